"""Random commands and histories for the property tests: mostly sound values, some that must be refused."""

from device_sites import FOUR_SEASONS, NOW, SUPPLIER, day_of, week_of
from hypothesis import strategies as st

from emulator.device import clock, commands, supply, tamper
from emulator.device.calendar import BillingCalendar, Season, SpecialDay, SwitchingTable
from emulator.device.commands import Sender
from emulator.device.electricity import power, voltage
from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.device.meter import Meter, Outcome
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.step import Event

TABLES = (
    SwitchingTable(),
    SwitchingTable(name="night", days=(day_of(1, (0, 2), (30, 1), (450, 2)),)),
    SwitchingTable(name="late", days=(day_of(1, (600, 5), (1410, 48)),)),
    FOUR_SEASONS,
    SwitchingTable(name="broken", weeks=(week_of("all", 9),)),
    SwitchingTable(name="no date", seasons=(Season("all", 2, 31, "all"),)),
)
CALENDARS = (
    BillingCalendar(),
    BillingCalendar("monthly", 28, 23, 59),
    BillingCalendar("weekly", 7, 0, 30),
    BillingCalendar("daily", 1, 12, 0),
    BillingCalendar("weekly", 8),
    BillingCalendar("fortnightly"),
)
SPECIAL_DAYS = ((), (SpecialDay(1, 1, 2, 1),), (SpecialDay(1, 1, 2, 1), SpecialDay(1, 1, 3, 1)))

# Whole half hours, minutes and odd milliseconds alike: boundaries are where mistakes are.
GAPS = st.one_of(
    st.just(0),
    st.integers(1, 5_000),
    st.integers(1, 90).map(lambda minutes: minutes * MINUTE),
    st.integers(1, DAY),
    st.integers(1, 48).map(lambda halves: halves * HALF_HOUR),
)
INSTANTS = st.one_of(
    st.none(), st.integers(NOW - DAY, NOW + 8 * DAY), st.sampled_from([0, -1, 10**15, 10**30, NOW + DAY])
)
CLOCKS = st.one_of(st.integers(NOW - 3 * DAY, NOW + 12 * DAY), st.sampled_from([0, 10**15, 10**30, -(10**30)]))
WHOLE = st.sampled_from([-1, 0, 1, 29, 30, 60, 600, 1_800, 86_400, 86_401, 10**30])
DECIVOLTS = st.sampled_from([None, -1, 0, 2_300, 2_380, 2_420, 2_900, 10**30])
WATTS = st.sampled_from([-1, 0, 200, 350, 500, 800, 2_300, 4_600, 100_000, 100_001, 10**30])
KEYS = st.sampled_from([None, bytes(16), bytes(range(16)), b"short"])
MAYBE = st.none()

SUPPLY = st.sampled_from(
    [commands.EnableSupply(), commands.DisableSupply(), commands.ArmSupply(), commands.RestoreSupply()]
)
CLOCK = st.one_of(
    st.builds(commands.SetClock, CLOCKS, st.one_of(MAYBE, st.sampled_from([0, 10, 10**6]))),
    st.builds(commands.ShiftClock, st.integers(-1_000, 1_000)),
    st.builds(commands.AlignClock, st.sampled_from([0, 1, 60, 900, 1_800, 86_400, 90_000])),
    st.builds(commands.PresetClock, CLOCKS, CLOCKS, CLOCKS),
    st.just(commands.ApplyPresetClock()),
)
TARIFF = st.one_of(
    st.builds(commands.SetTariff, st.sampled_from(TABLES), INSTANTS),
    st.builds(commands.WritePassiveTariff, st.sampled_from(TABLES)),
    st.builds(commands.ActivatePassiveTariff, INSTANTS),
    st.builds(commands.WriteSpecialDays, st.sampled_from(SPECIAL_DAYS)),
)
LOAD_LIMIT = st.one_of(
    st.builds(
        commands.WriteLoadLimit,
        st.one_of(MAYBE, WATTS),
        st.one_of(MAYBE, WHOLE),
        st.one_of(MAYBE, st.sampled_from([0, 7_200, 86_400])),
        st.one_of(MAYBE, st.booleans()),
        INSTANTS,
    ),
    st.just(commands.ResetLoadLimitCounter()),
)
SETTINGS = st.one_of(
    st.builds(commands.WriteBillingCalendar, st.sampled_from(CALENDARS)),
    st.builds(commands.WritePowerThresholds, WATTS, WATTS),
    st.sampled_from([commands.ResetMaximumDemand(), commands.ClearEventLog(), commands.ClearSecurityLog()]),
    st.builds(commands.UpdateSecurityCredentials, KEYS, KEYS, KEYS),
    st.builds(commands.ActivateSecurityPolicy, st.sampled_from([-1, 0, 1, 2, 3, 4, 10**30])),
)
VOLTAGE = st.one_of(
    st.builds(
        commands.WriteVoltageSettings,
        average_over_dv=DECIVOLTS,
        average_under_dv=DECIVOLTS,
        average_period_s=st.sampled_from([None, 29, 900, 3_600, 86_401]),
        sag_dv=DECIVOLTS,
        sag_s=st.sampled_from([None, 0, 30, 61]),
        swell_dv=DECIVOLTS,
        swell_s=st.sampled_from([None, 30, 61]),
    ),
    st.just(commands.ResetVoltageCounters()),
    st.builds(voltage.MainsDisturbed, st.sampled_from([0, 1_700, 2_100, 2_900]), st.sampled_from([0, 31, 600, 4_000])),
)
POWER = st.sampled_from(
    [power.MainsOff(), power.MainsOn(), supply.SwitchJams(jammed=True), supply.SwitchJams(jammed=False)]
)
CASE = st.one_of(
    st.builds(tamper.CoverOpened, st.sampled_from(["terminal_cover", "magnet", "battery_cover"])),
    st.builds(tamper.CoverClosed, st.sampled_from(["terminal_cover", "magnet"])),
    st.builds(commands.SetTamperState, st.booleans()),
    st.builds(commands.RestrictData, INSTANTS.filter(lambda at: at is not None)),
    st.just(tamper.MalformedReceived()),
)
DRIFT = st.builds(clock.ClockDrifts, st.sampled_from([-501, -400, 0, 5, 500]))
MILLIPENCE = st.sampled_from([-(2**31), -5_000_000, -1, 0, 1, 700_000, 2**31])
PRICES = (
    Prices(),
    Prices(tou_mp=(15_000, 30_000), standing_mp=20_000),
    Prices(by="block", block_mp=((9_000, 12_000, 15_000, 18_000),), thresholds_wh=((5_000, 9_000, UNUSED),)),
    Prices(tou_mp=(-1,)),
)
MONEY = st.one_of(
    st.builds(commands.SetPrices, st.sampled_from(PRICES), INSTANTS),
    st.builds(commands.SetTariff, st.sampled_from(TABLES), INSTANTS, st.sampled_from(PRICES)),
    st.builds(commands.SetPaymentMode, st.sampled_from(list(Mode)), *[st.sampled_from([None, True, False])] * 2),
    st.builds(commands.AdjustBalance, MILLIPENCE),
    st.builds(commands.AdjustDebt, MILLIPENCE, MILLIPENCE, MILLIPENCE, st.sampled_from([None, 40_000])),
    st.builds(commands.WritePrepaymentConfiguration, MILLIPENCE, MILLIPENCE, MILLIPENCE, MILLIPENCE),
    st.builds(commands.AddCredit, st.sampled_from(["", "0" * 20, "9" * 20])),
    st.sampled_from([commands.ResetBalance(), commands.ResetBlockCounters(), commands.ActivateEmergencyCredit()]),
)
ANY_COMMAND = st.one_of(SUPPLY, CLOCK, TARIFF, LOAD_LIMIT, SETTINGS)
"""What a head end or a consumer sends, but for money."""
ANYTHING = st.one_of(SUPPLY, CLOCK, TARIFF, LOAD_LIMIT, SETTINGS, VOLTAGE, POWER, CASE, DRIFT, MONEY)
"""Every command of an electricity meter, and what the world does to one."""


def sender_of(command: commands.Command) -> Sender:
    """Give a sender that may send a command."""
    return SUPPLIER if SUPPLIER & command.senders else Sender.CONSUMER


def act(device: Meter, what: commands.Command | Event, at: int | None = None) -> Outcome:
    """Send a command, or let an event happen."""
    return device.note(what, at) if isinstance(what, Event) else device.send(what, sender_of(what), at)


def histories(some=ANY_COMMAND, size: int = 8):
    """Give lists of (instant, command), in order of time, after NOW."""

    def timed(steps):
        at, made = NOW, []
        for gap, command in steps:
            at += gap
            made.append((at, command))
        return made

    return st.lists(st.tuples(GAPS, some), max_size=size).map(timed)


LATER = st.one_of(st.sampled_from([0, MINUTE, HALF_HOUR, DAY]), st.integers(0, 4 * DAY))

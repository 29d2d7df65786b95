"""Random commands and histories for the property tests: mostly sound values, some that must be refused."""

from device_sites import FOUR_SEASONS, NOW, SUPPLIER, day_of, week_of
from hypothesis import strategies as st

from emulator.device import commands
from emulator.device.calendar import BillingCalendar, Season, SpecialDay, SwitchingTable
from emulator.device.commands import Sender
from emulator.device.instant import DAY, HALF_HOUR, MINUTE

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
ANY_COMMAND = st.one_of(SUPPLY, CLOCK, TARIFF, LOAD_LIMIT, SETTINGS)


def sender_of(command: commands.Command) -> Sender:
    """Give a sender that may send a command."""
    return SUPPLIER if SUPPLIER & command.senders else Sender.CONSUMER


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

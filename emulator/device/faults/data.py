"""Faults of data and clock (device dossier 4.4): half hours, stamps, registers and prices that go wrong."""

from collections.abc import Iterable

from emulator.device.clock import ClockLost, ClockSynchronised
from emulator.device.commands import Sender, WriteVoltageSettings
from emulator.device.display.display import METERS
from emulator.device.display.display_rules import PricesTold
from emulator.device.faults.fault import Fault, Moment, Parameter, Values
from emulator.device.instant import DAY
from emulator.device.journal import DeviceName
from emulator.device.mishaps import LoggingFails, LoggingWorks, RegistersLost
from emulator.device.overlay import Changes
from emulator.device.reached import Reached

_ESME = DeviceName.ESME
_DISPLAYS = (DeviceName.PPMID, DeviceName.IHD)


def _lose_clock(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, ClockLost())


def _set_clock(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, ClockSynchronised())


def _change_period(moment: Moment) -> Iterable[Reached]:
    yield Reached(_ESME, WriteVoltageSettings(average_period_s=moment.number("period_s")), Sender.SUPPLIER)


def _change_back(moment: Moment) -> Iterable[Reached]:
    period_s = moment.devices[_ESME].site.profile.voltage.average_period_s
    yield Reached(_ESME, WriteVoltageSettings(average_period_s=period_s))


def _lose_registers(_: Moment) -> Iterable[Reached]:
    yield Reached(_ESME, RegistersLost())


def _stop_logging(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, LoggingFails(moment.at + moment.number("days") * DAY))


def _resume_logging(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, LoggingWorks())


def _program_displays(moment: Moment) -> Iterable[Reached]:
    for name in _DISPLAYS:
        display = moment.devices.get(name)
        for fuel, meter in METERS.items() if display is not None else ():
            seen = getattr(display.records.histories, fuel).prices if display is not None else ()
            if meter in moment.devices and seen and seen[-1].prices != moment.devices[meter].records.tariff.prices:
                yield Reached(name, PricesTold(fuel, moment.devices[meter].records.tariff.prices))


def _roll_over(given: Values) -> Changes:
    over = 10 ** int(given["digits"]) * 1_000
    return {"quirks": {"rolls_over_at": over, "registers_roll_over": given["where"] == "everywhere"}}


FAULTS = (
    Fault(
        name="half_hours_as_power",
        title="Half hours in kW",
        behaviour="The profile log gives out the average power of each half hour where its energy is expected: twice "
        "the value, or half of it where somebody converted once too often. It is how the log is read and not how it is "
        "kept, so rows from before the start are wrong too, and all are right again at the stop. Registers, demand and "
        "charges are right throughout.",
        source="device dossier 4.4 D1 [S74]; the source is muddled, so the direction is a parameter",
        target="home",
        row="D1",
        parameters=(Parameter("factor", "double", "what the values come to", words=("double", "half")),),
        changes=lambda given: {"quirks": {"half_hours": given["factor"]}},
    ),
    Fault(
        name="gas_profile_unit_flips",
        title="Gas unit flips",
        behaviour="The gas meter's profile log is in another unit than before: kWh where it was cubic metres, or the "
        "other way; whole litres or watt-hours stand in the rows. The register of volume stays what it is.",
        source="device dossier 4.4 D2 [S75][S76]",
        target="gsme",
        alone=True,
        row="D2",
        parameters=(Parameter("to", "kWh", "the unit from now on", words=("kWh", "m3")),),
        changes=lambda given: {"gas_device": {"profile_unit": given["to"]}},
        needs=("gas_device",),
    ),
    Fault(
        name="clock_invalid",
        title="Invalid clock",
        behaviour="The meter no longer knows the time: it writes a clock failure event, the tariff stays on the rate "
        "that counted last, tariffs and commands that wait for a time go on waiting, demand, billing periods and daily "
        "charges stop, and displays show -------- for the time. At the stop the hub gives it the time, as a set clock "
        "does before; one day's charges are then taken up, those of more days are not.",
        source="device dossier 4.4 D3, 3.1 [S23]",
        target="esme",
        meters=True,
        row="D3",
        begins=_lose_clock,
        ends=_set_clock,
    ),
    Fault(
        name="log_stamps_an_hour_off",
        title="Local and standard time mixed up",
        behaviour="While British summer time holds, the stamps in the profile log, the daily reads, the billing log "
        "and new lines of the event log are an hour off those by which the tariff switches: ahead where the log is in "
        "local time and read as standard time, behind the other way. In winter nothing shows.",
        source="device dossier 4.4 D4 [S23]",
        target="home",
        row="D4",
        parameters=(Parameter("way", "ahead", "which way the stamps are off", words=("ahead", "behind")),),
        changes=lambda given: {"quirks": {"log_stamps": given["way"]}},
    ),
    Fault(
        name="voltage_profile_wiped",
        title="Voltage profile wiped",
        behaviour="Somebody changes the averaging period of the voltage, and with it goes all that the voltage profile "
        "held: that is standing behaviour of every set, the fault is the change. At the stop the period is what "
        "it was as delivered, which empties the log once more; then averages are logged as before.",
        source="device dossier 4.4 D5, 3.1 [S23]",
        target="esme",
        alone=True,
        row="D5",
        needs=("voltage.averages",),
        parameters=(Parameter("period_s", 600, "the averaging period in s", least=60, most=3_600),),
        begins=_change_period,
        ends=_change_back,
    ),
    Fault(
        name="totals_reset",
        title="Totals reset to zero",
        behaviour="All registers of the electricity meter begin anew at zero, and displays in the home show nothing of "
        "electricity until the stop. Consumption is counted on from zero, and charges go on unharmed. What the "
        "registers held does not come back at the stop.",
        source="device dossier 4.4 D6 [S55], seen on a second-generation set",
        target="esme",
        alone=True,
        row="D6",
        changes=lambda _: {"quirks": {"displays_lose_electricity": True}},
        begins=_lose_registers,
    ),
    Fault(
        name="profile_hole",
        title="Hole of a day or two",
        behaviour="For some days, or until the stop if that comes first, no half hour reaches the profile log; these "
        "rows are never filled. Registers and daily reads go on.",
        source="device dossier 4.4 D7 [S66][S77]",
        target="esme",
        meters=True,
        row="D7",
        parameters=(Parameter("days", 1, "how many days are lost", least=1, most=31),),
        begins=_stop_logging,
        ends=_resume_logging,
    ),
    Fault(
        name="rollover",
        title="Rollover",
        behaviour="Totals begin anew at zero beyond the width of the display: 99999.99 and then 0. On displays alone, "
        "or in the registers that are read as well. Nothing is lost: at the stop they are whole again.",
        source="device dossier 4.4 D8, 3.2 [S22]",
        target="home",
        row="D8",
        parameters=(
            Parameter("digits", 5, "digits of whole kWh (or cubic metres)", least=1, most=7),
            Parameter("where", "display", "where they begin anew", words=("display", "everywhere")),
        ),
        changes=_roll_over,
    ),
    Fault(
        name="display_keeps_old_prices",
        title="Tariff frozen after a change of supplier",
        behaviour="Displays in the home keep the prices they have and take no new ones, whatever the meter is told: "
        "what they say of price and cost is the old supplier's. At the stop the new supplier programs them, and from "
        "then on they show what the meter charges.",
        source="device dossier 4.4 D9, 7.2 (0x0700) [S78]",
        target="home",
        row="D9",
        changes=lambda _: {"quirks": {"displays_keep_prices": True}},
        ends=_program_displays,
    ),
)

"""Settings of an electricity meter: what is set is what it holds, in the right unit; what it holds is what is read."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Need
from emulator.conformance.samples import LOAD_LIMIT, VOLTAGE
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7"
FIELDS: Final = "service requests, section 3"
NAMES: Final = {
    "extreme_over_voltage": "RMSExtremeOverVoltage",
    "extreme_under_voltage": "RMSExtremeUnderVoltage",
    "voltage_sag": "RMSVoltageSag",
    "voltage_swell": "RMSVoltageSwell",
}
AVERAGE: Final = ("average_over_voltage_dv", "average_under_voltage_dv", "average_voltage_period_s")
U32: Final = 2**32 - 1
OUT_OF_RANGE: Final = (Why.INVALID_VALUE, Why.REFUSED)
"""What only the meter knows to be out of range: its wire has but one word for every refusal (IEC 62056-5-3: other)."""


def equal(stage: Stage, item: str, wanted: Any, device: str = "esme") -> None:
    """Hold that a device holds a value."""
    held = stage.truth(item, device)
    stage.expect(held == wanted, f"{item} is {wanted}", held)


def told(stage: Stage, body: dict[str, Any], name: str, wanted: Any) -> None:
    """Hold that a reply has a value."""
    stage.expect(body.get(name) == wanted, f"{name} is {wanted}", body.get(name))


def _with(**changes: int) -> dict[str, Any]:
    settings = {**VOLTAGE["RMSVoltageSettings"], **{key: value for key, value in changes.items() if key[:3] == "RMS"}}
    average = {
        **VOLTAGE["SinglePhaseVoltageSettings"],
        **{key: value for key, value in changes.items() if key[:3] == "Ave"},
    }
    return {"RMSVoltageSettings": settings, "SinglePhaseVoltageSettings": average}


def _averages(profile: Profile) -> str:
    return "" if profile.voltage.averages else "the set takes no averages"


# 6.5, 6.2.1 and 6.27: voltage


async def _thresholds(stage: Stage) -> None:
    stage.done(await stage.ask("6.5", VOLTAGE))
    for item, name in NAMES.items():
        equal(stage, f"{item}_dv", 10 * VOLTAGE["RMSVoltageSettings"][f"{name}Threshold"])
        equal(stage, f"{item}_s", VOLTAGE["RMSVoltageSettings"][f"{name}MeasurementPeriod"])
    if stage.profile.voltage.averages:
        for item, wanted in zip(AVERAGE, (2_630, 2_010, 1_800), strict=True):
            equal(stage, item, wanted)
    stage.expect(stage.truth("event_log"), "the event log has an entry of it", stage.truth("event_log"))


async def _thresholds_told(stage: Stage) -> None:
    for body in (None, _with(RMSVoltageSagThreshold=210, AverageRMSOverVoltageThreshold=260)):
        if body is not None:
            stage.done(await stage.ask("6.5", body))
        read = stage.done(await stage.ask("6.2.1")).body
        for item, name in NAMES.items():
            told(stage, read["RMSVoltageSettings"], f"{name}Threshold", stage.truth(f"{item}_dv") // 10)
            told(stage, read["RMSVoltageSettings"], f"{name}MeasurementPeriod", stage.truth(f"{item}_s"))
        if stage.profile.voltage.averages:
            average = read["SinglePhaseVoltageSettings"]
            told(stage, average, "AverageRMSOverVoltageThreshold", stage.truth(AVERAGE[0]) // 10)
            told(stage, average, "AverageRMSUnderVoltageThreshold", stage.truth(AVERAGE[1]) // 10)


async def _thresholds_touch(stage: Stage) -> None:
    stage.done(await stage.ask("6.5", _with(RMSVoltageSagThreshold=229, RMSVoltageSwellThreshold=230)))
    equal(stage, "voltage_sag_dv", 2_290)
    equal(stage, "voltage_swell_dv", 2_300)


async def _under_above_over(stage: Stage) -> None:
    wrong: tuple[dict[str, int], ...] = (
        {"RMSVoltageSagThreshold": 253, "RMSVoltageSwellThreshold": 253},
        {"RMSVoltageSagThreshold": 254, "RMSVoltageSwellThreshold": 253},
        {"RMSExtremeUnderVoltageThreshold": 286},
        {"RMSExtremeUnderVoltageThreshold": 300},
        {"AverageRMSUnderVoltageThreshold": 263},
        {"AverageRMSUnderVoltageThreshold": 264},
    )
    async with untouched(stage):
        for one in wrong:
            stage.refused(await stage.ask("6.5", _with(**one)), Why.INVALID_VALUE)


async def _voltage_edges(stage: Stage) -> None:
    async with untouched(stage):
        for name in ("RMSExtremeOverVoltageThreshold", "RMSExtremeOverVoltageMeasurementPeriod"):
            stage.refused(await stage.ask("6.5", _with(**{name: U32})), Why.INVALID_VALUE)


async def _counted(stage: Stage) -> int:
    await stage.fault("voltage_out_of_bounds", voltage_dv=2_700, for_s=7_200)
    await stage.advance("3h")
    count: int = stage.truth("average_over_voltage_count")
    stage.expect(count, "the stage's own arranging: over-voltage was counted", count)
    return count


async def _counters_anew(stage: Stage) -> None:
    await _counted(stage)
    stage.done(await stage.ask("6.5", VOLTAGE))
    equal(stage, "average_over_voltage_count", 0)


async def _counters_kept(stage: Stage) -> None:
    count = await _counted(stage)
    body = {**_with(RMSVoltageSagThreshold=211), "RMSVoltageCountersNotReset": {}}
    stage.done(await stage.ask("6.5", body))
    equal(stage, "voltage_sag_dv", 2_110)
    equal(stage, "average_over_voltage_count", count)


async def _counters_reset(stage: Stage) -> None:
    before = stage.truth("voltage_swell_dv")
    await _counted(stage)
    stage.done(await stage.ask("6.27"))
    equal(stage, "average_over_voltage_count", 0)
    equal(stage, "voltage_swell_dv", before)


async def _log_begins_anew(stage: Stage) -> None:
    held = stage.truth("voltage_log_entries")
    stage.done(await stage.ask("6.5", VOLTAGE))  # the period as it was
    stage.expect(stage.truth("voltage_log_entries") == held, "the log of averages is kept", held)
    stage.done(await stage.ask("6.5", _with(AverageRMSVoltageMeasurementPeriod=600)))
    left = stage.truth("voltage_log_entries")
    stage.expect(left == 0, "another period empties the log of averages", left)


# 6.12 and 6.2.5: bands of power


async def _bands(stage: Stage) -> None:
    for low_w, high_w in ((1_500, 3_500), (0, 1), (99_999, 100_000)):
        body = {"LowMediumPowerThreshold": low_w, "MediumHighPowerThreshold": high_w}
        stage.done(await stage.ask("6.12", body))
        equal(stage, "low_medium_w", low_w)
        equal(stage, "medium_high_w", high_w)


async def _bands_told(stage: Stage) -> None:
    for body in (None, {"LowMediumPowerThreshold": 1_111, "MediumHighPowerThreshold": 2_222}):
        if body is not None:
            stage.done(await stage.ask("6.12", body))
        read = stage.done(await stage.ask("6.2.5")).body
        told(stage, read, "LowMediumPowerThreshold", stage.truth("low_medium_w"))
        told(stage, read, "MediumHighPowerThreshold", stage.truth("medium_high_w"))


async def _bands_crossed(stage: Stage) -> None:
    async with untouched(stage):
        for low_w, high_w in ((3_000, 3_000), (3_001, 3_000), (0, 0), (1_000, U32)):
            body = {"LowMediumPowerThreshold": low_w, "MediumHighPowerThreshold": high_w}
            stage.refused(await stage.ask("6.12", body), *OUT_OF_RANGE)


# 6.4: load limiting


async def _load_limit(stage: Stage) -> None:
    for word, held in (("Disable", "disable"), ("Unchanged", "unchanged")):
        stage.done(await stage.ask("6.4.1", {**LOAD_LIMIT, "LoadLimitSupplyState": word}))
        equal(stage, "load_limit_w", 6_900)
        equal(stage, "load_limit_period_s", 300)
        equal(stage, "load_limit_restoration_s", 30)
        equal(stage, "load_limit_supply_state", held)
    stage.expect(stage.truth("event_log"), "the event log has an entry of it", stage.truth("event_log"))


async def _load_limit_acts(stage: Stage) -> None:
    limit = {**LOAD_LIMIT, "LoadLimitPowerThreshold": 1, "LoadLimitPeriod": 60, "LoadLimitRestorationPeriod": 600}
    stage.done(await stage.ask("6.4.1", limit))
    stage.expect(await stage.until("supply_state == armed", "2d"), "the limit opens the switch and arms it")
    stage.expect(await stage.happened("LoadLimitReached"), "the meter tells of it")
    await stage.advance("11m")
    stage.expect(await stage.happened("SupplyRestored"), "the switch closes after the restoration period")


async def _load_limit_watches(stage: Stage) -> None:
    limit = {"LoadLimitPowerThreshold": 1, "LoadLimitPeriod": 60, "LoadLimitSupplyState": "Unchanged"}
    stage.done(await stage.ask("6.4.1", {**LOAD_LIMIT, **limit}))
    await stage.advance("12h")
    stage.expect(stage.truth("load_limit_counter"), "the excess is counted", stage.truth("load_limit_counter"))
    equal(stage, "supply_state", "enabled")
    stage.done(await stage.ask("6.4.2"))
    equal(stage, "load_limit_counter", 0)
    equal(stage, "load_limit_w", 1)


async def _load_limit_edges(stage: Stage) -> None:
    async with untouched(stage):
        for name in ("LoadLimitPeriod", "LoadLimitPowerThreshold", "LoadLimitRestorationPeriod"):
            stage.refused(await stage.ask("6.4.1", {**LOAD_LIMIT, name: U32}), *OUT_OF_RANGE)


def _case(variant: str, word: str, says: str, act: Any, *needs: str, group: Group = Group.UNITS, **more: Any) -> Case:
    target = more.pop("target", Target.E)
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=f"{SHEET}, {variant}; {FIELDS}",
        group=group,
        needs=tuple(Need(one, target) for one in (variant, *needs)),
        act=act,
        **more,
    )


CASES: tuple[Case, ...] = (
    _case("6.5", "sets-thresholds", "volts and seconds are set as they are asked, each at its place", _thresholds),
    _case("6.2.1", "tells-thresholds", "volts and seconds are told as the meter holds them", _thresholds_told, "6.5"),
    _case(
        "6.5",
        "one-volt-apart",
        "an under-voltage threshold may lie a volt below its over-voltage one",
        _thresholds_touch,
    ),
    _case(
        "6.5",
        "under-at-or-above-over",
        "an under-voltage threshold at or above its over-voltage one is refused, and nothing changes",
        _under_above_over,
        negative=True,
    ),
    _case(
        "6.5",
        "beyond-the-meter",
        "what no meter can hold is refused, and nothing changes",
        _voltage_edges,
        negative=True,
    ),
    _case(
        "6.5",
        "counters-anew",
        "setting the thresholds starts the counters of averages anew",
        _counters_anew,
        only=_averages,
    ),
    _case(
        "6.5",
        "counters-not-reset",
        "with RMSVoltageCountersNotReset the counters go on",
        _counters_kept,
        only=_averages,
        negative=True,
    ),
    _case(
        "6.27", "counters-reset", "the counters start anew, and no threshold changes", _counters_reset, only=_averages
    ),
    _case(
        "6.5",
        "another-period-empties-the-log",
        "the log of averages is emptied by another averaging period, and by nothing else",
        _log_begins_anew,
        only=_averages,
    ),
    _case("6.12", "sets-bands", "watts are set as they are asked, to the ends of the range", _bands),
    _case("6.2.5", "tells-bands", "watts are told as the meter holds them", _bands_told, "6.12"),
    _case(
        "6.12",
        "low-at-or-above-high",
        "a lower threshold at or above the higher is refused, and nothing changes",
        _bands_crossed,
        negative=True,
    ),
    _case("6.4.1", "sets-the-limit", "watts, seconds and what happens are set, each at its place", _load_limit),
    _case(
        "6.4.1",
        "opens-the-switch",
        "beyond the limit the switch opens, is armed, and closes after its time",
        _load_limit_acts,
        group=Group.HAPPY,
    ),
    _case(
        "6.4.2",
        "counts-anew",
        "a limit that leaves the supply unchanged only counts, and 6.4.2 sets the counter to zero",
        _load_limit_watches,
        "6.4.1",
        group=Group.HAPPY,
    ),
    _case(
        "6.4.1",
        "beyond-the-meter",
        "what no meter can hold is refused, and nothing changes",
        _load_limit_edges,
        negative=True,
    ),
)

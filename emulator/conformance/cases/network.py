"""The network data: 4.10, averages of the voltage, and of gas six minutes each (functional reference 10.7)."""

from decimal import Decimal
from typing import Any

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Need
from emulator.conformance.cases.profiles import NETWORK, averages, read
from emulator.conformance.counted import litres, moved, stamps
from emulator.conformance.samples import VOLTAGE
from emulator.conformance.short import row
from emulator.conformance.stage import Stage
from emulator.device.commands import RecordNetworkData, Sender
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND, isoformat
from emulator.device.journal import DeviceName
from emulator.services.row import Role, Target


async def _volts(stage: Stage) -> None:
    body = doc.period(stage.now - 2 * HOUR, stage.now)
    told = stage.done(await stage.ask("4.10", body, role=Role.ED)).body["Electricity"]["SinglePhaseESME"]
    log = told["AvgRMSVoltageProfileDataLog"]
    period_s = stage.truth("average_voltage_period_s")
    stage.expect(log["MeasurementPeriod"] == period_s, f"the period is {period_s} s", log["MeasurementPeriod"])
    entries = list(log["LogEntry"])
    wanted = [at for at in range(0, stage.now + 1, period_s * SECOND) if at >= stage.now - 2 * HOUR]
    stage.expect(
        stamps(entries) == wanted, "there is an average at each end of a period, oldest first", stamps(entries)
    )
    held = Decimal(stage.truth("average_voltage_dv")) / 10
    stage.expect(Decimal(entries[-1]["Value"]) == held, f"the last is {held} V", entries[-1])
    for name, item in (
        ("AvgRMSOverVoltageCounter", "average_over_voltage_count"),
        ("AvgRMSUnderVoltageCounter", "average_under_voltage_count"),
    ):
        stage.expect(told[name]["Value"] == stage.truth(item), f"{name} is the meter's", told[name])


async def _over_is_over(stage: Stage) -> None:
    mains = stage.truth("average_voltage_dv") // 10
    for over, under, counted, still in (
        (mains - 20, mains - 60, "Over", "Under"),
        (mains + 60, mains + 20, "Under", "Over"),
    ):
        average = {
            **VOLTAGE["SinglePhaseVoltageSettings"],
            "AverageRMSOverVoltageThreshold": over,
            "AverageRMSUnderVoltageThreshold": under,
        }
        before = await _counters(stage)
        stage.done(
            await stage.ask(
                "6.5",
                {**VOLTAGE, "SinglePhaseVoltageSettings": average, "RMSVoltageCountersNotReset": {}},
                role=Role.ED,
            )
        )
        await stage.advance("3h")
        after = await _counters(stage)
        stage.expect(after[counted] > before[counted], f"beyond that threshold counts as {counted}", (before, after))
        stage.expect(after[still] == before[still], f"and not as {still}", (before, after))


async def _counters(stage: Stage) -> dict[str, int]:
    body = doc.period(stage.now, stage.now)
    told = stage.done(await stage.ask("4.10", body, role=Role.ED)).body["Electricity"]["SinglePhaseESME"]
    return {word: told[f"AvgRMS{word}VoltageCounter"]["Value"] for word in ("Over", "Under")}


async def _never_begun(stage: Stage) -> None:
    told = await read(stage, "4.10", "gsme", stage.now - DAY, stage.now)
    stage.expect(not told, "a network log that was never begun is empty, which is success", told)


async def _six_minutes(stage: Stage) -> None:
    await stage.farm.send(stage.index, RecordNetworkData(), Sender.NETWORK | Sender.SUPPLIER, DeviceName.GSME)
    await stage.advance("6h")
    told = await read(stage, "4.10", "gsme", stage.now - DAY, stage.now)
    held = stamps(told)
    stage.expect(0 < len(held) <= 41, "there are up to 41 entries", len(held))
    stage.expect(held == [held[0] + place * 6 * MINUTE for place in range(len(held))], "one each six minutes", held)
    for entry, at in zip(told, held, strict=True):
        taken = moved(stage, Channel.GAS, at - 6 * MINUTE, at) / 1000
        stage.expect(abs(litres(entry["Value"]) - taken) <= 1, f"{isoformat(at)} has {taken} l, in m3", entry)


def _row(name: str, says: str, act: Any, clause: str = NETWORK, **more: Any) -> Case:
    return row(name, says, act, clause=clause, **more)


CASES: tuple[Case, ...] = (
    _row(
        "4.10/averages-in-volts",
        "averages are volts, by the stamp of their end",
        _volts,
        NETWORK,
        group=Group.HAPPY,
        only=averages,
    ),
    _row(
        "4.10/over-is-not-under",
        "each counter counts beyond its own threshold",
        _over_is_over,
        NETWORK,
        needs=(Need("6.5"),),
        only=averages,
    ),
    _row("4.10/never-begun-gas", "a log that was never begun is empty", _never_begun, NETWORK, target=Target.G),
    _row(
        "4.10/six-minutes-gas",
        "the network log has six minutes an entry",
        _six_minutes,
        NETWORK,
        target=Target.G,
        group=Group.HAPPY,
    ),
)

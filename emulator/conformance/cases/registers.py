"""Registers and power as they are now: 4.1, 4.2, 4.15 and 4.16, each in its unit (functional reference 10.7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Need
from emulator.conformance.cases.tariffs import at_time, gas
from emulator.conformance.counted import cubic_metres, litres, moved, whole
from emulator.conformance.samples import LOAD_LIMIT
from emulator.conformance.short import asked_as, at_each, blocks, columns, gas_blocks, gas_registers, row, same
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.household import Channel
from emulator.device.instant import HALF_HOUR, HOUR
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Role, Target

SHEET: Final = "functional reference 10.7 (4.1, 4.2); service requests, section 3"
STALE: Final = "functional reference 3.8 and 10.7 (4.1): live registers; of gas none older than its half-hourly wake"
BOTH: Final = (Target.G, Target.P)
READS: Final[Mapping[str, str]] = {
    "4.1.1": "E",
    "4.1.2": "E",
    "4.1.3": "E",
    "4.1.4": "G",
    "4.2": "E",
    "4.15": "E",
    "4.16": "E",
}


def _total(body: dict[str, Any], name: str, unit: str = "Wh") -> int:
    register = body[name]
    kind = "ActiveEnergyUnit" if unit == "Wh" else "ReactiveEnergyUnit"
    return int(register["Value"]) if register[kind] == unit else -1


async def _import(stage: Stage) -> None:
    told = stage.done(await stage.ask("4.1.1")).body["Electricity"]
    held = stage.truth("import_wh")
    stage.expect(_total(told, "ActiveImportRegister") == held, f"the total is {held} Wh", told)
    stage.expect(held == whole(stage, Channel.IMPORT, stage.now), "the register is what was counted", held)
    if stage.profile.metering.reactive:
        held = stage.truth("reactive_import_varh")
        stage.expect(_total(told, "ReactiveImportRegister", "varh") == held, f"the total is {held} varh", told)


async def _not_metered(stage: Stage) -> None:
    told = stage.done(await stage.ask("4.1.1")).body["Electricity"]
    for name in ("ReactiveImportRegister", "SecondaryActiveImportRegister"):
        stage.expect(name not in told, f"what is not metered is not told as nothing: {name}", told)


async def _import_anew(stage: Stage) -> None:
    first = stage.done(await stage.ask("4.1.1")).body["Electricity"]["ActiveImportRegister"]["Value"]
    since = stage.now
    await stage.advance("5h")
    second = stage.done(await stage.ask("4.1.1")).body["Electricity"]["ActiveImportRegister"]["Value"]
    wanted = whole(stage, Channel.IMPORT, stage.now)
    stage.expect(second == wanted, f"the second read has {wanted} Wh", second)
    counted = moved(stage, Channel.IMPORT, since, stage.now) // 1000
    stage.expect(second - first in {counted, counted + 1}, f"it moved by {counted} Wh", second - first)


async def _gas_total(stage: Stage, device: str) -> None:
    told = stage.done(await stage.ask("4.1.1", device=device)).body["Gas"]["ConsumptionRegister"]
    held = whole(stage, Channel.GAS, stage.truth("last_wake", "gsme"))
    wanted = {"Value": cubic_metres(held), "Unit": "m3"}
    stage.expect(Decimal(told["Value"]) == Decimal(wanted["Value"]), f"the total is {wanted['Value']} m3", told)
    stage.expect(told["Unit"] == "m3", "the unit is m3", told)
    stage.expect_strictly(told["Value"] == wanted["Value"], "a volume has three digits", told)


async def _gas_total_anew(stage: Stage, device: str) -> None:
    first = litres(stage.done(await stage.ask("4.1.1", device=device)).body["Gas"]["ConsumptionRegister"]["Value"])
    await stage.advance("1d")
    second = litres(stage.done(await stage.ask("4.1.1", device=device)).body["Gas"]["ConsumptionRegister"]["Value"])
    oldest = whole(stage, Channel.GAS, stage.now - HALF_HOUR - HOUR // 60)
    newest = whole(stage, Channel.GAS, stage.now)
    stage.expect(oldest <= second <= newest, f"the second read has {oldest} to {newest} l", second)
    stage.expect(second > first, "it moved meanwhile", (first, second))


async def _matrix(stage: Stage) -> None:
    given = doc.update(doc.tariff(doc.day(1, ("00:00", 1), ("10:30", 2), ("11:00", 3))), doc.prices(1, 2, 3))
    stage.done(await stage.ask("1.1.1", given))
    await at_time(stage, "12:00")
    read = stage.done(await stage.ask("4.1.2")).body["Electricity"]["TariffTOURegisterCollection"]
    told = read["TOUPrimaryRegisterValue"]
    same(stage, "the matrix", told, stage.truth("tou_wh"))
    stage.expect(len(told) == stage.profile.metering.tou_registers, "it has the meter's registers", len(told))
    stage.expect(0 < told[1] != told[2] > 0, "registers 2 and 3 counted", told[:4])
    stage.expect(abs(sum(told) - whole(stage, Channel.IMPORT, stage.now)) <= len(told), "they come to the total", told)
    before = list(told)
    await stage.advance("1h")
    again = stage.done(await stage.ask("4.1.2")).body["Electricity"]["TariffTOURegisterCollection"]
    same(stage, "the matrix an hour later", again["TOUPrimaryRegisterValue"], stage.truth("tou_wh"))
    stage.expect(again["TOUPrimaryRegisterValue"][2] > before[2], "register 3 went on", again)


async def _matrix_read(stage: Stage) -> None:
    read = stage.done(await stage.ask("4.1.2")).body["Electricity"]["TariffTOURegisterCollection"]
    told = read["TOUPrimaryRegisterValue"]
    same(stage, "the matrix", told, stage.truth("tou_wh"))
    stage.expect(told[0] == whole(stage, Channel.IMPORT, stage.now), "it is in Wh", told[0])


async def _gas_matrix(stage: Stage, device: str) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 2)), doc.gas_prices(1, 2)))
    await stage.advance("1d")
    told = stage.done(await stage.ask("4.1.2", device=device)).body["Gas"]["TariffTOURegisterMatrix"]
    own = stage.profile.gas_metering
    stage.expect(own is not None and len(told) == own.tou_registers, "it has the meter's registers", told)
    total = whole(stage, Channel.GAS, stage.truth("last_wake", "gsme"))
    stage.expect(abs(sum(map(litres, told)) - total) <= len(told), f"they come to {total} l", told)
    stage.expect(litres(told[0]) > litres(told[1]) > 0, "register 2 counted since", told)
    stage.expect(not any(map(litres, told[2:])), "no other did", told)


async def _gas_matrix_read(stage: Stage, device: str) -> None:
    told = stage.done(await stage.ask("4.1.2", device=device)).body["Gas"]["TariffTOURegisterMatrix"]
    held = cubic_metres(whole(stage, Channel.GAS, stage.truth("last_wake", "gsme")))
    stage.expect(Decimal(told[0]) == Decimal(held), f"the first register is {held} m3", told)


async def _blocks(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    await stage.advance("6h")
    told = stage.done(await stage.ask("4.1.3")).body["TariffBlockTOURegisterCollection"]
    rows = stage.truth("block_counters_wh")
    same(
        stage,
        "the counters by block",
        [one["CounterMatrixTOUValue"] for one in told],
        list(zip(*rows, strict=True))[:4],
    )
    first = [one["CounterMatrixTOUValue"][0] for one in told]
    stage.expect(first[:2] == [50, 50], "the first two blocks are full", first)
    stage.expect(first[2] > 0, "the third counts, in Wh", first)
    await stage.advance("1h")
    again = stage.done(await stage.ask("4.1.3")).body["TariffBlockTOURegisterCollection"]
    stage.expect(again[2]["CounterMatrixTOUValue"][0] > first[2], "the third goes on", again)


async def _block_columns(stage: Stage) -> None:
    elements = doc.tariff(doc.column_day(1, ("00:00", 3)), limits=doc.LIMITS)
    stage.done(await stage.ask("1.1.1", doc.update(elements, doc.prices(blocks=((0, 0, 0, 0),) * 2 + ((3, 2, 1, 0),)))))
    await stage.advance("6h")
    told = stage.done(await stage.ask("4.1.3")).body["TariffBlockTOURegisterCollection"]
    stage.expect(len(told) == 4, "there are four blocks", len(told))
    by_column = [one["CounterMatrixTOUValue"] for one in told]
    stage.expect(all(len(one) == 8 for one in by_column), "each has eight columns", by_column)
    stage.expect([one[2] for one in by_column][:2] == [50, 50], "column 3 counted", by_column)
    stage.expect(not any(sum(one) - one[2] for one in by_column), "no other column did", by_column)


async def _gas_blocks(stage: Stage, device: str) -> None:
    await gas(stage, doc.GAS_BLOCKS)
    since = stage.now
    await stage.advance("3d")
    told = stage.done(await stage.ask("4.1.4", device=device)).body["ImportBlockCounters"]
    taken = [litres(one) for one in told]
    stage.expect(len(taken) == 4, "there are four blocks", told)
    stage.expect(abs(taken[0] - 200) <= 1, "the first block is full at 0.200 m3", told)
    stage.expect(abs(taken[1] - 300) <= 1 or taken[2] == 0, "the second is full at 0.500 m3, or the third empty", told)
    least = moved(stage, Channel.GAS, since + HALF_HOUR, stage.truth("last_wake", "gsme")) // 1000
    most = moved(stage, Channel.GAS, since - HALF_HOUR, stage.now) // 1000
    stage.expect(least - 2 <= sum(taken) <= most + 2, f"they come to {least} to {most} l", told)


async def _export(stage: Stage) -> None:
    told = stage.done(await stage.ask("4.2", role=Role.ED)).body
    held = stage.truth("export_wh")
    stage.expect(_total(told, "ActiveExportRegister") == held, f"the total is {held} Wh", told)
    stage.expect(held != stage.truth("import_wh"), "the home exports", held)
    if stage.profile.metering.reactive:
        held = stage.truth("reactive_export_varh")
        stage.expect(_total(told, "ReactiveExportRegister", "varh") == held, f"the total is {held} varh", told)


async def _export_anew(stage: Stage) -> None:
    first = stage.done(await stage.ask("4.2", role=Role.ED)).body["ActiveExportRegister"]["Value"]
    await stage.advance("3h")
    second = stage.done(await stage.ask("4.2", role=Role.ED)).body["ActiveExportRegister"]["Value"]
    wanted = whole(stage, Channel.EXPORT, stage.now)
    stage.expect(first < second == wanted, f"the second read has {wanted} Wh", (first, second))


async def _limit(stage: Stage) -> None:
    stage.done(await stage.ask("6.4.1", {**LOAD_LIMIT, "LoadLimitPeriod": 301, "LoadLimitRestorationPeriod": 32}))
    told = stage.done(await stage.ask("4.15")).body
    wanted = {
        "LoadLimitCounterValue": stage.truth("load_limit_counter"),
        "LoadLimitPowerThreshold": 6_900,
        "LoadLimitPeriod": 301,
        "LoadLimitRestorationPeriod": 32,
        "LoadLimitSupplyState": "Disable",
    }
    same(stage, "the load limit", told, wanted)


async def _limit_counted(stage: Stage) -> None:
    low = {**LOAD_LIMIT, "LoadLimitPowerThreshold": 20, "LoadLimitSupplyState": "Unchanged", "LoadLimitPeriod": 60}
    stage.done(await stage.ask("6.4.1", low))
    await stage.advance("3h")
    told = stage.done(await stage.ask("4.15")).body
    held = stage.truth("load_limit_counter")
    stage.expect(held > 0, "the limit is reached", held)
    stage.expect(told["LoadLimitCounterValue"] == held, f"it was reached {held} times", told)


async def _power(stage: Stage) -> None:
    told = stage.done(await stage.ask("4.16")).body
    watts = stage.truth("import_w")
    stage.expect(watts > 0, "the home takes power", watts)
    same(stage, "the power", told["ActivePowerImport"], {"Value": watts, "Unit": "W"})
    same(stage, "the power of the element", told["PrimaryActivePowerImportValue"], watts)


async def _power_anew(stage: Stage) -> None:
    seen, held = set(), []
    for _ in range(4):
        told = stage.done(await stage.ask("4.16")).body["ActivePowerImport"]["Value"]
        held.append((told, stage.truth("import_w")))
        seen.add(told)
        await stage.advance("47m")
    stage.expect(all(told == watts for told, watts in held), "each read is the power of then", held)
    stage.expect(len(seen) > 1, "it does not stay the same", held)


async def _no_power(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    told = stage.done(await stage.ask("4.16")).body
    same(stage, "the power", told["PrimaryActivePowerImportValue"], 0)
    same(stage, "the power", told["ActivePowerImport"], {"Value": 0, "Unit": "W"})


async def _of_then(stage: Stage, device: str) -> None:
    at = stage.now + 3 * HOUR
    variant = "4.1.1"
    request = stage.request(variant, doc.dated(at), **asked_as(device, variant))
    taken = await stage.submit(request)
    stage.expect(taken.accepted, "a dated read is taken", taken.response_code)
    await stage.advance(3 * HOUR - HALF_HOUR)
    stage.expect(not await stage.gather(0.0), "nothing is answered before its date")
    response = await stage.outcome(request, "2h")
    stage.expect(response is not None and response.ok, "it is answered after its date", response)
    assert response is not None
    assert response.body is not None
    body = next(iter(response.body.values()))
    if device == "esme":
        held = whole(stage, Channel.IMPORT, at)
        told = body["Electricity"]["ActiveImportRegister"]["Value"]
        stage.expect(held <= told <= held + 2, f"the value is that of its date, {held} Wh", told)
    else:
        held = whole(stage, Channel.GAS, at - HALF_HOUR)
        told = litres(body["Gas"]["ConsumptionRegister"]["Value"])
        stage.expect(held <= told <= whole(stage, Channel.GAS, stage.now), "the value is that of its date", told)


async def _words_too_many(stage: Stage, variant: str, device: str) -> None:
    wrong: tuple[Any, ...] = ({"Register": 1}, {"ExecutionDateTime": "tomorrow"}, doc.period(stage.now, stage.now))
    async with untouched(stage):
        for body in wrong:
            asked = stage.refused(await stage.ask(variant, body, **asked_as(device, variant)), Why.MALFORMED)
            stage.expect(asked.response is None or not asked.response.body, "no value is told", asked.body)


def _other(variant: str, letter: str) -> Case:
    async def act(stage: Stage) -> None:
        await _words_too_many(stage, variant, "esme" if letter == "E" else "gsme")

    target = Target.E if letter == "E" else Target.G
    says = "what the request has no place for is refused, and no value is told"
    return row(f"{variant}/not-in-its-shape", says, act, clause=SHEET, target=target, negative=True)


async def _reads_only(stage: Stage) -> None:
    async with untouched(stage):
        for variant in ("4.1.1", "4.1.2"):
            for _ in range(2):
                stage.done(await stage.ask(variant))


async def _reads_gas_only(stage: Stage, device: str) -> None:
    async with untouched(stage):
        for variant in ("4.1.1", "4.1.2"):
            stage.done(await stage.ask(variant, device=device))


def without_reactive(profile: Profile) -> str:
    """Say why a family is not meant by what only a meter without reactive energy shows."""
    return "the set meters reactive energy" if profile.metering.reactive else ""


def silent(profile: Profile) -> str:
    """Say why a family is not meant by what holds that a read leaves no trace."""
    return "the hub keeps a record of every SMS" if profile.protocol == "sms" else ""


def limits(profile: Profile) -> str:
    """Say why a family is not meant by what needs a load limit."""
    return "" if profile.power.load_limit else "the set limits no load"


def _row(name: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    needs = tuple(Need(one) for one in more.pop("needs", ()))
    return row(name, says, act, clause=clause, needs=needs, **more)


def _each(name: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> list[Case]:
    return at_each(name, says, act, *more.pop("targets", BOTH), clause=clause, **more)


CASES: tuple[Case, ...] = (
    _row("4.1.1/import-in-watt-hours", "totals are whole Wh and varh, and the meter's own", _import, group=Group.HAPPY),
    _row(
        "4.1.1/only-what-is-metered",
        "a register that the make has not is left out",
        _not_metered,
        only=without_reactive,
    ),
    _row("4.1.1/not-stale", "a later read tells what was counted meanwhile", _import_anew, STALE),
    *_each("4.1.1/volume-in-cubic-metres", "the total is in m3 with three digits", _gas_total, group=Group.HAPPY),
    *_each("4.1.1/volume-not-stale", "a day later the value is no older than half an hour", _gas_total_anew, STALE),
    *_each(
        "4.1.1/value-of-its-date",
        "a dated read tells the value of its date",
        _of_then,
        targets=(Target.E, *BOTH),
        group=Group.FUTURE,
    ),
    _row(
        "4.1.1/reads-change-nothing",
        "a read leaves no trace",
        _reads_only,
        only=silent,
        needs=("4.1.2",),
        negative=True,
    ),
    *_each("4.1.1/reads-change-nothing", "a read leaves no trace", _reads_gas_only, needs=("4.1.2",), negative=True),
    _row(
        "4.1.2/registers-in-watt-hours", "registers are whole Wh, the first one first", _matrix_read, group=Group.HAPPY
    ),
    _row("4.1.2/registers-by-time", "each register has what was taken at its time", _matrix, needs=("1.1.1",)),
    *_each(
        "4.1.2/registers-in-cubic-metres", "registers are m3, the first one first", _gas_matrix_read, group=Group.HAPPY
    ),
    *_each(
        "4.1.2/registers-by-day",
        "each has what was taken on its days",
        _gas_matrix,
        needs=("1.1.1",),
        only=gas_registers,
    ),
    _row(
        "4.1.3/counters-by-block",
        "counters stand by block, each to its threshold",
        _blocks,
        group=Group.HAPPY,
        needs=("1.1.1",),
        only=blocks,
    ),
    _row("4.1.3/counters-by-column", "in a block they stand by column", _block_columns, needs=("1.1.1",), only=columns),
    *_each(
        "4.1.4/counters-in-cubic-metres",
        "counters are volumes, each to its threshold",
        _gas_blocks,
        needs=("1.1.1",),
        group=Group.HAPPY,
        only=gas_blocks,
    ),
    _row("4.2/export-in-watt-hours", "export is told, not import", _export, group=Group.HAPPY),
    _row("4.2/not-stale", "a later read tells what was exported meanwhile", _export_anew, STALE),
    _row(
        "4.15/limit-as-set",
        "each item of the load limit is told in its unit",
        _limit,
        group=Group.HAPPY,
        needs=("6.4.1",),
        only=limits,
    ),
    _row(
        "4.15/how-often",
        "the counter tells how often the limit was reached",
        _limit_counted,
        needs=("6.4.1",),
        only=limits,
    ),
    _row("4.16/power-in-watts", "the power is what is taken now", _power, group=Group.HAPPY),
    _row("4.16/not-stale", "every read tells the power of then", _power_anew),
    _row("4.16/no-power-when-open", "with an open switch the power is 0", _no_power, needs=("7.2",)),
    *(_other(variant, letter) for variant, letter in READS.items()),
)

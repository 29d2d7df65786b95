"""Who and what an electricity meter, a hub and a display are: 6.2.4, 6.2.7, 6.2.9, 6.20.1, 6.25 and 11.2."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Need
from emulator.conformance.cases.roles import device_of
from emulator.conformance.cases.settings import OUT_OF_RANGE, equal, told
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.services.codes import Why
from emulator.services.row import Role, Target

SHEET: Final = "functional reference 10.7"
FIELDS: Final = "service requests, section 3"


async def _identity(stage: Stage) -> None:
    read = stage.done(await stage.ask("6.2.4")).body
    told(stage, read, "DeviceIdentifier", stage.eui())
    told(stage, read, "ModelType", stage.truth("model")[:8])
    told(stage, read, "ManufacturerIdentifier", stage.truth("maker"))
    stage.expect("Gas" not in read, "an electricity meter has no gas part", read)


async def _identity_of_hub(stage: Stage) -> None:
    read = stage.done(await stage.ask("6.2.4", device="chf", role=Role.IS)).body
    told(stage, read, "DeviceIdentifier", stage.eui("chf"))
    stage.expect(not {"Electricity", "Gas"} & set(read), "a hub has neither part", read)


async def _number(stage: Stage) -> None:
    read = stage.done(await stage.ask("6.2.7")).body
    told(stage, read.get("Electricity", {}), "ImportMPAN", stage.truth("mpan"))


async def _number_set(stage: Stage) -> None:
    number = sample(stage, "6.20.1")["ImportMPANs"]["ImportMPAN"]
    stage.done(await stage.ask("6.20.1", sample(stage, "6.20.1")))
    equal(stage, "mpan", number)
    read = stage.done(await stage.ask("6.2.7")).body
    told(stage, read.get("Electricity", {}), "ImportMPAN", number)


async def _wrong_numbers(stage: Stage) -> None:
    number = sample(stage, "6.20.1")["ImportMPANs"]["ImportMPAN"]
    off_by_one = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    async with untouched(stage):
        stage.refused(await stage.ask("6.20.1", {"ImportMPRN": "1000000206"}), Why.INVALID_VALUE, Why.NOT_APPLICABLE)
        stage.refused(await stage.ask("6.20.1", {"ImportMPANs": {"ImportMPAN": off_by_one}}), *OUT_OF_RANGE)
        second = {"ImportMPANs": {"ImportMPAN": number, "SecondaryImportMPAN": number}}
        stage.refused(await stage.ask("6.20.1", second), Why.NOT_SUPPORTED, Why.INVALID_VALUE)


async def _mode(stage: Stage) -> None:
    told(stage, stage.done(await stage.ask("6.2.9")).body, "PaymentMode", "Credit")
    if not stage.profile.prepayment.offered:
        return
    for emergency, disabled in ((True, False), (False, True)):
        terms = {"SuspendDebtEmergency": emergency, "SuspendDebtDisabled": disabled, "DisablementThreshold": -100}
        stage.done(await stage.ask("1.6", {"Prepayment": terms}))
        read = stage.done(await stage.ask("6.2.9")).body
        told(stage, read, "PaymentMode", "Prepayment")
        told(stage, read, "SuspendDebtEmergency", emergency)
        told(stage, read, "SuspendDebtDisabled", disabled)


async def _tamper_locks(stage: Stage) -> None:
    for word, locks in (("Unchanged", False), ("Locked", True)):
        stage.done(await stage.ask("6.25", {"SupplyTamperState": word}))
        read = stage.done(await stage.ask("6.2.4")).body
        told(stage, read.get("Electricity", {}), "SupplyTamperState", word)
        await stage.act("open_terminal_cover")
        equal(stage, "supply_state", "disabled" if locks else "enabled")
        await stage.act("close_terminal_cover")


async def _tamper_lock_stands(stage: Stage) -> None:
    stage.done(await stage.ask("6.25", {"SupplyTamperState": "Locked"}))
    await stage.act("open_terminal_cover")
    async with untouched(stage):
        stage.refused(await stage.ask("7.1"), Why.CONFLICT_STATE)
    stage.done(await stage.ask("7.3"))
    equal(stage, "supply_state", "armed")
    stage.done(await stage.ask("7.1"))
    equal(stage, "supply_state", "enabled")


async def _version(stage: Stage) -> None:
    told(stage, stage.done(await stage.ask("11.2")).body, "FirmwareVersion", stage.truth("firmware"))


async def _version_of_hub(stage: Stage) -> None:
    read = stage.done(await stage.ask("11.2", device="chf", role=Role.IS)).body
    told(stage, read, "FirmwareVersion", stage.truth("firmware", "chf"))


async def _version_of_display(stage: Stage) -> None:
    device = device_of(stage, "I")
    asked = await stage.ask("11.2", device=device, role=Role.IS)
    if asked.ok:
        told(stage, asked.body, "FirmwareVersion", stage.truth("firmware", device))
    stage.expect(asked.ok or asked.code in {"E20", "E21"}, "a version, or that nobody can reach it", asked.code)


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
    _case("6.2.4", "tells-who-it-is", "EUI-64, model and maker are the meter's own", _identity),
    _case(
        "6.2.4",
        "hub-tells-who-it-is",
        "a hub tells its own EUI-64, and neither part of a meter",
        _identity_of_hub,
        target=Target.H,
    ),
    _case("6.2.7", "tells-the-mpan", "the MPAN is the one that the meter holds", _number),
    _case("6.20.1", "sets-the-mpan", "the MPAN is set, and told from then on", _number_set, "6.2.7"),
    _case(
        "6.20.1",
        "wrong-number",
        "the number of the other fuel, a wrong check digit and a second element's are refused",
        _wrong_numbers,
        negative=True,
    ),
    _case("6.2.9", "tells-the-mode", "payment mode and suspensions are told, each at its place", _mode, "1.6"),
    _case("6.25", "tamper-locks", "tamper opens the switch if it is to, and not otherwise", _tamper_locks, "6.2.4"),
    _case(
        "7.1",
        "tamper-lock-stands",
        "a standing tamper lock keeps 7.1 from closing the switch, until 7.3 lifts it",
        _tamper_lock_stands,
        "6.25",
        "7.3",
        negative=True,
        group=Group.HAPPY,
    ),
    _case("11.2", "tells-the-version", "the version is the one that runs", _version),
    _case("11.2", "hub-tells-its-version", "a hub tells its own version", _version_of_hub, target=Target.H),
    _case(
        "11.2",
        "display-tells-its-version",
        "a display's version is its own, or it is said that nobody can reach the display",
        _version_of_display,
        target=Target.I,
    ),
)

"""Firmware as far as it goes: 11.1 sorts its list and is honest of what became of the image; 11.3 runs none unsent."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.services.row import Role, Target

CLAUSE: Final = "service requests, section 3 (11.1), section 4 (11.3) and 8.2"
IMAGE: Final = "VEVTVA=="  # the word TEST, which is no make's image
VERSION: Final = "TEST 99"
WARNING: Final = "DSPUpdateFirmwareWarning"
CHANGED: Final = "8F43"


async def _update(stage: Stage, *devices: str, role: Role = Role.IS) -> Asked:
    body = {"FirmwareImage": IMAGE, "FirmwareVersion": VERSION, "DeviceIDList": ",".join(devices)}
    return await stage.ask("11.1", body, role=role)


def _listed(asked: Asked, name: str) -> set[str]:
    return set(filter(None, str(asked.body.get(name) or "").split(",")))


def _warned(stage: Stage, asked: Asked, name: str, devices: set[str]) -> None:
    got = _listed(asked, name)
    stage.expect(got == devices, f"{name} has {', '.join(devices) or 'nobody'}", ", ".join(got))
    code = asked.acknowledged.response_code
    stage.expect(code[:1] == "W", "a list that is refused in part is answered with a warning", code)


async def _sorts_the_list(stage: Stage) -> None:
    asked = await _update(stage, stage.eui(), NOBODY, stage.eui("chf"))
    _warned(stage, asked, "InvalidDeviceIDList", {NOBODY, stage.eui("chf")})
    stage.expect(not _listed(asked, "NotCommissionedDeviceIDList"), "nobody else is left out", asked.body)


async def _all_of_it(stage: Stage) -> None:
    code = (await _update(stage, stage.eui())).acknowledged.response_code
    stage.expect(code in {"I0", "I99"}, "a list of meters that can be updated is taken", code)


async def _not_commissioned(stage: Stage) -> None:
    model = stage.profile.model
    announced: dict[str, Any] = {
        "DeviceID": stage.eui(),
        "DeviceManufacturer": model.maker,
        "DeviceModel": model.model,
        "DeviceType": "ESME",
    }
    stage.done(await stage.ask("12.2", announced, role=Role.IS))
    async with untouched(stage):
        asked = await _update(stage, stage.eui())
    _warned(stage, asked, "NotCommissionedDeviceIDList", {stage.eui()})


async def _is_honest(stage: Stage) -> None:
    before = stage.truth("firmware")
    asked = await _update(stage, stage.eui())
    stage.expect(asked.acknowledged.accepted, "the request is taken", asked.acknowledged.response_code)
    await stage.advance("2h")
    await stage.gather(0.05)
    told_changed = any(one.alert_code == CHANGED for one in stage.alerts)
    changed = stage.truth("firmware") != before
    stage.expect(not told_changed or changed, "no change of version is told that was not made", stage.truth("firmware"))
    failed = any(one.request_id == asked.request.request_id for one in stage.alerts)
    stage.expect(
        changed or failed, "of an image that no meter runs, somebody is told", [one.alert_code for one in stage.alerts]
    )
    read = stage.done(await stage.ask("11.2")).body.get("FirmwareVersion")
    stage.expect(read == stage.truth("firmware"), "11.2 tells the version that runs", read)


async def _activates_nothing(stage: Stage) -> None:
    async with untouched(stage):
        asked = await stage.ask("11.3", {"FirmwareHash": "00" * 32})
    word = asked.body.get("ActivateImageResponseCode", {}).get("ASN1Status")
    stage.expect(not asked.ok or word not in {None, "success"}, "nothing is activated that nobody sent", asked.body)
    if asked.ok:
        version = asked.body.get("FirmwareVersion")
        wanted = stage.truth("firmware")[:8]
        stage.expect(version in {None, wanted}, "FirmwareVersion is the one that runs", version)


async def _other_fuel(stage: Stage) -> None:
    asked = await _update(stage, stage.eui("gsme"), role=Role.IS)
    code = asked.acknowledged.response_code
    left_out = _listed(asked, "InvalidDeviceIDList") | _listed(asked, "NotApplicableFirmwareDeviceIDList")
    ok = code[:1] == "E" or stage.eui("gsme") in left_out
    stage.expect(ok, "an import supplier gives a gas meter no firmware", f"{code} {asked.body}")


def _case(variant: str, word: str, says: str, act: Any, *needs: Need, **more: Any) -> Case:
    first = Need(variant, Target.D if variant == "11.1" else Target.E)
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=CLAUSE,
        group=Group.FIRMWARE,
        needs=(first, *needs),
        act=act,
        **more,
    )


ESME: Final = Need("11.2")
CASES: tuple[Case, ...] = (
    _case("11.1", "all-of-the-list", "a list of meters that can be updated is taken", _all_of_it, ESME),
    _case(
        "11.1",
        "sorts-its-list",
        "who is no meter, or nobody, is told of at once, and the rest is taken",
        _sorts_the_list,
        ESME,
        negative=True,
    ),
    _case(
        "11.1",
        "not-commissioned",
        "a meter that is not commissioned yet is left out and named",
        _not_commissioned,
        ESME,
        home=Home(commissioned=False),
        negative=True,
    ),
    _case(
        "11.1",
        "other-fuel",
        "a supplier gives firmware to meters of its own fuel only",
        _other_fuel,
        ESME,
        home=Home(gas=True),
        negative=True,
    ),
    _case(
        "11.1",
        "is-honest",
        "what is told of an image agrees with what the meter runs",
        _is_honest,
        ESME,
        negative=True,
    ),
    _case(
        "11.3",
        "activates-nothing-unsent",
        "an image that nobody sent is not activated",
        _activates_nothing,
        negative=True,
    ),
)

"""Firmware as far as it goes: 11.1 sorts its list and is honest of what became of the image; 11.3 runs none unsent."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Role, Target

CLAUSE: Final = "service requests, section 3 (11.1), section 4 (11.3) and 8.2"
IMAGE: Final = "VEVTVA=="  # the word TEST, which is no make's image
VERSION: Final = "TEST 99"
CHANGED: Final = "8F43"
PARTLY: Final = "W110101"


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
    stage.expect_strictly(code == PARTLY, f"which is {PARTLY}", code)


async def _sorts_the_list(stage: Stage) -> None:
    asked = await _update(stage, stage.eui(), NOBODY, stage.eui("chf"))
    _warned(stage, asked, "InvalidDeviceIDList", {NOBODY, stage.eui("chf")})
    stage.expect(not _listed(asked, "NotCommissionedDeviceIDList"), "nobody else is left out", asked.body)


async def _all_of_it(stage: Stage) -> None:
    code = (await _update(stage, stage.eui())).acknowledged.response_code
    stage.expect(code in {"I0", "I99"}, "a list of meters that can be updated is taken", code)
    asked = await _update(stage, stage.eui(), NOBODY)  # what takes all of any list has not looked at it
    _warned(stage, asked, "InvalidDeviceIDList", {NOBODY})


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


async def _not_applicable(stage: Stage) -> None:
    async with untouched(stage):
        asked = await _update(stage, stage.eui())
        _warned(stage, asked, "NotApplicableFirmwareDeviceIDList", {stage.eui()})
        stage.expect(not _listed(asked, "InvalidDeviceIDList"), "it is not called unknown", asked.body)


async def _nobody_left(stage: Stage) -> None:
    async with untouched(stage):
        asked = await _update(stage, NOBODY, stage.eui("chf"))
        _warned(stage, asked, "InvalidDeviceIDList", {NOBODY, stage.eui("chf")})
        await stage.advance("5m")
        await stage.gather(0.02)
    failed = [one.body for one in stage.alerts if one.request_id == asked.request.request_id]
    stage.expect(not failed, "nobody was left whom an image might not have reached", failed)


async def _told_by_name(stage: Stage) -> None:
    """Of a list of a good meter and a bad one, what failed later names the good one alone."""
    before = stage.truth("firmware")
    asked = await _update(stage, stage.eui(), NOBODY)
    await stage.advance("2h")
    await stage.gather(0.02)
    bodies = [one.body for one in stage.alerts if one.body is not None]
    told = [one["FirmwareDistributionFailure"] for one in bodies if "FirmwareDistributionFailure" in one]
    if stage.truth("firmware") != before:
        stage.expect(not told, "an image that runs is not called undelivered", told)
        return
    stage.expect(told, "the meter that it did not reach is told of")
    for one in told:
        stage.expect(one.get("UpdateFirmwareRequestID") == asked.request.request_id, "by its request", one)
        stage.expect(set(one.get("MeterIDs", "").split(",")) == {stage.eui()}, "and who was refused is not", one)


async def _no_list(stage: Stage) -> None:
    async with untouched(stage):
        for listed in ("", ",", f"{stage.eui()},", stage.eui().replace("-", ""), f"{stage.eui()};{stage.eui()}"):
            body = {"FirmwareImage": IMAGE, "FirmwareVersion": VERSION, "DeviceIDList": listed}
            stage.refused(await stage.ask("11.1", body, role=Role.IS), Why.MALFORMED)
        for version in ("", "123456789"):
            body = {"FirmwareImage": IMAGE, "FirmwareVersion": version, "DeviceIDList": stage.eui()}
            stage.refused(await stage.ask("11.1", body, role=Role.IS), Why.MALFORMED)


async def _reads(stage: Stage, device: str) -> str:
    asked = await stage.ask("11.2", device=device, role=Role.GS if device == "gsme" else Role.IS, within="8h")
    return str(stage.done(asked).body.get("FirmwareVersion"))


async def _new_version(stage: Stage, device: str) -> None:
    await stage.image("TEST 2", device)
    await stage.advance("2h")  # the meter starts anew; a gas meter wakes
    held = stage.truth("firmware", device)
    stage.expect(held == "TEST 2", "the stage's own arranging: the new version runs", held)
    read = await _reads(stage, device)
    stage.expect(read == held, "11.2 tells the version that runs now", read)


async def _new_version_is_logged(stage: Stage) -> None:
    await _new_version(stage, "esme")
    period = {"StartDateTime": "2026-06-01T00:00:00Z", "EndDateTime": "2026-12-01T00:00:00Z"}
    body = {"ReadLogPeriod": period, "LogToRead": "Security"}
    log = stage.done(await stage.ask("6.13", body)).body.get("Log", [])
    codes = [one["LogCode"].upper() for one in log]
    stage.expect(CHANGED in codes, f"the security log has {CHANGED}", codes)


async def _nothing_is_lost(stage: Stage) -> None:
    items = ("meter_balance_mp", "payment_mode", "mpan", "supply_state", "standing_charge_mp", "import_wh")
    before = {item: stage.truth(item) for item in items}
    had = stage.done(await stage.ask("4.3")).body
    await stage.image("TEST 2")
    await stage.advance("5m")
    after = {item: stage.truth(item) for item in items}
    stage.expect(after["import_wh"] >= before["import_wh"], "registers go on", after)
    for item in ("payment_mode", "mpan", "supply_state", "standing_charge_mp"):
        stage.expect(after[item] == before[item], f"{item} is as it was", after[item])
    now = stage.done(await stage.ask("4.3")).body
    stage.expect(set(now) == set(had), "4.3 answers as before", now)
    stage.expect(await _reads(stage, "esme") == stage.truth("firmware"), "11.2 tells the version that runs")


async def _refused_image(stage: Stage) -> None:
    before = await _reads(stage, "esme")
    await stage.fault("manufacturer_gone")  # an image is offered, and nobody signed it
    await stage.advance("1h")
    await stage.gather(0.02)
    read = await _reads(stage, "esme")
    stage.expect(read == before == stage.truth("firmware"), "the version is the one from before", read)
    told = [one.alert_code for one in stage.alerts]
    stage.expect(CHANGED not in told, "no change of version is told", told)


async def _broken(stage: Stage) -> None:
    await stage.fault("firmware_in_wrong_order")
    await stage.advance("1h")
    asked = await stage.ask("11.2")
    stage.expect(not asked.ok, "a meter that an image broke answers nothing", asked.body)
    stage.expect(asked.code in {"E20", "E21"}, "nobody could be reached", asked.code)


async def _waits_unrun(stage: Stage) -> None:
    """An image waits, verified; who names another by its hash activates nothing."""
    before = stage.truth("firmware")
    await stage.image("TEST 2", runs=False)
    asked = await stage.ask("11.3", {"FirmwareHash": "5A" * 32})
    word = asked.body.get("ActivateImageResponseCode", {}).get("ASN1Status")
    stage.expect(
        not asked.ok or word in {"noImageHeld", "hashMismatch"}, "it is not this image that is held", asked.body
    )
    await stage.advance("1h")
    stage.expect(stage.truth("firmware") == before, "the version is the one from before", stage.truth("firmware"))


def _takes_none(profile: Profile) -> str:
    model = profile.firmware_model
    return "" if model is not None and model.stages == "none" else "the family can be given firmware"


def _waits(profile: Profile) -> str:
    model = profile.firmware_model
    held = model is not None and model.stages in {"two-stage", "three-stage"}
    return "" if held else "the family runs an image at once"


def _by_device(device: str) -> Any:
    async def act(stage: Stage) -> None:
        await _new_version(stage, device)

    return act


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
PREPAID: Final = Home(payment="prepayment")
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
    Case(
        name="11.1/no-firmware-at-all",
        says="a meter that takes no firmware is left out and named so",
        clause=CLAUSE,
        group=Group.FIRMWARE,
        needs=(Need("11.1", Target.D), Need("4.1.1")),
        act=_not_applicable,
        only=_takes_none,
        negative=True,
    ),
    _case("11.1", "nobody-left", "of a list of nobodies no failure is told later", _nobody_left, ESME, negative=True),
    _case(
        "11.1",
        "failure-names-the-meter",
        "what failed names the meters of the list that were taken, and no others",
        _told_by_name,
        ESME,
        negative=True,
    ),
    _case("11.1", "no-list", "what is no list, or no version, is refused", _no_list, ESME, negative=True),
    _case("11.2", "new-version", "once another version runs 11.2 tells it", _by_device("esme")),
    Case(
        name="11.2/new-gas-version",
        says="once another version runs in a gas meter 11.2 tells it",
        clause=CLAUSE,
        group=Group.FIRMWARE,
        needs=(Need("11.2", Target.G),),
        act=_by_device("gsme"),
        home=Home(gas=True),
    ),
    _case(
        "11.2",
        "new-version-is-logged",
        f"a new version stands in the security log ({CHANGED})",
        _new_version_is_logged,
        Need("6.13"),
    ),
    _case("11.2", "nothing-is-lost", "a new version changes nothing else", _nothing_is_lost, Need("4.3"), home=PREPAID),
    _case(
        "11.2",
        "refused-image",
        "an image that is rejected leaves the version, and nobody is told of another",
        _refused_image,
        negative=True,
    ),
    _case("11.2", "broken-meter", "a meter that an image broke is not made to answer", _broken, negative=True),
    _case(
        "11.3",
        "other-image",
        "another hash than that of the image that waits activates nothing",
        _waits_unrun,
        only=_waits,
        negative=True,
    ),
)

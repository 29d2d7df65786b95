"""Credentials: 6.15 and 6.23 put nobody's key into a SMETS1 device, refused or taken (service requests, 8.3)."""

import asyncio
from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.dlms.access import Access
from emulator.dlms.errors import PduError
from emulator.dlms.security import SecurityError
from emulator.headend import HeadEnd, NotAssociatedError, ServiceRefusedError
from emulator.services.codes import Why
from emulator.services.row import Target

CLAUSE: Final = "service requests, section 8.3"
VARIANTS: Final = ("6.15.1", "6.15.2", "6.23")
PATIENCE_S: Final = 0.3


def refuses(profile: Profile) -> str:
    """Say why a family is not meant where it does not refuse them."""
    declared = profile.services
    return "" if declared is not None and declared.credentials == "refuse" else "the family declares no refusal"


def takes(profile: Profile) -> str:
    """Say why a family is not meant where it does not take them untouched."""
    declared = profile.services
    taken = declared is not None and declared.credentials == "no-touch"
    return "" if taken else "the family declares that it refuses them"


def by_texts(profile: Profile) -> str:
    """Say why a family is not meant that is not spoken to by SMS."""
    return "" if profile.protocol == "sms" else "the family is not spoken to by SMS"


async def opens(access: Access) -> str:
    """Try an association with keys that somebody has had for long; say what came of it, "" if it opens."""
    try:
        async with asyncio.timeout(PATIENCE_S), HeadEnd.open(access) as head_end:
            await head_end.read("clock")
    except (NotAssociatedError, ServiceRefusedError, SecurityError, PduError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _access(stage: Stage) -> Access:
    return stage.farm.access(f"{stage.name}/esme", "management")


async def _keys_hold(stage: Stage, variant: str) -> None:
    had = _access(stage)
    await stage.ask(variant, sample(stage, variant))
    shut = await opens(had)
    stage.expect(not shut, "the keys from before open the meter's door still", shut)
    stage.expect(_access(stage).encryption_key == had.encryption_key, "the meter's keys are the same")


async def _silent(stage: Stage, variant: str, device: str) -> None:
    before = len(stage.wire)
    asked = await stage.ask(variant, sample(stage, variant, device), device=device)
    stage.expect(len(stage.wire) == before, "no octet goes to the device", stage.wire[before:])
    got = asked.response
    stage.expect(got is not None or not asked.acknowledged.accepted, "it is answered", asked.code)


async def _refused(stage: Stage, variant: str) -> None:
    asked = await stage.ask(variant, sample(stage, variant))
    stage.refused(asked, Why.NOT_APPLICABLE, code="E11")


async def _taken(stage: Stage, variant: str) -> None:
    asked = stage.done(await stage.ask(variant, sample(stage, variant)))
    told = str(asked.body).lower()
    stage.expect("certificate" not in told, "no outcome of a certificate is made up", asked.body)


async def _both(stage: Stage) -> None:
    """One supplier after the other asks; neither gets a door of its own, nor shuts the other's."""
    had = _access(stage)
    for which in (1, 2):
        for variant in VARIANTS:
            await stage.ask(variant, sample(stage, variant), which=which)
    shut = await opens(had)
    stage.expect(not shut, "the keys from before open the meter's door still", shut)
    for which in (1, 2):  # nobody is registered: 6.23 registers nobody
        stage.done(await stage.ask("7.4", which=which))


async def _registers_nobody(stage: Stage) -> None:
    await stage.change_supplier(1)
    stage.refused(await stage.ask("6.23", sample(stage, "6.23"), which=2), Why.NOT_THE_SUPPLIER, code="E4")
    stage.done(await stage.ask("7.4", which=1))
    stage.refused(await stage.ask("7.4", which=2), Why.NOT_THE_SUPPLIER, code="E4")


async def _account(stage: Stage) -> None:
    stage.done(await stage.ask("6.23", sample(stage, "6.23")))
    told = await stage.happened("AccountChanged")
    stage.expect(len(told) == 1, "the meter is told once that its supplier changed", told)
    stage.expect(not await stage.happened("CredentialsUpdated"), "and has no new key")


def _case(variant: str, word: str, says: str, act: Any, *wanted: Need, **more: Any) -> Case:
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=CLAUSE,
        group=Group.CREDENTIALS,
        needs=wanted or (Need(variant),),
        act=act,
        **more,
    )


def _each(variant: str, word: str, says: str, act: Any, **more: Any) -> Case:
    async def acted(stage: Stage) -> None:
        await act(stage, variant)

    return _case(variant, word, says, acted, Need(variant), Need("7.4"), **more)


def _still(variant: str, device: str) -> Case:
    async def act(stage: Stage) -> None:
        await _silent(stage, variant, device)

    gas, target = device == "gsme", Target.G if device == "gsme" else Target.E
    return _case(
        variant,
        f"{'gas-' if gas else ''}nothing-is-sent",
        f"no octet of it goes to the device{' (gas)' if gas else ''}",
        act,
        Need(variant, target),
        Need("7.4", target),
        home=Home(gas=gas),
        negative=True,
    )


CASES: tuple[Case, ...] = (
    *(
        _each(one, "keys-hold", "keys from before go on opening the meter", _keys_hold, negative=True)
        for one in VARIANTS
    ),
    *(_still(one, device) for one in VARIANTS for device in ("esme", "gsme")),
    *(
        _each(one, "refused-cleanly", "where it is refused, it is with E11", _refused, only=refuses, negative=True)
        for one in VARIANTS
    ),
    *(
        _each(one, "taken-untouched", "where it is taken, it is a plain success", _taken, only=takes)
        for one in VARIANTS
    ),
    _case(
        "6.23",
        "no-door-of-ones-own",
        "two suppliers ask, and the keys from before hold",
        _both,
        *(Need(one) for one in VARIANTS),
        Need("7.4"),
        negative=True,
    ),
    _case(
        "6.23",
        "registers-nobody",
        "who is registered decides, and 6.23 registers nobody (E4)",
        _registers_nobody,
        Need("6.23"),
        Need("7.4"),
        negative=True,
    ),
    _case("6.23", "tells-the-account", "a meter of texts is told that its supplier changed", _account, only=by_texts),
)

"""Commissioning from nothing, in order and out of order: 12.2, 8.11, joining, 8.1.1, 8.7, 6.20.1, 8.4."""

from datetime import datetime
from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    METERS,
    announce,
    call_hub,
    commission,
    devices,
    display,
    inventory,
    is_called,
    joined,
    joins,
    let_in,
    on_log,
    outcome_of,
    supply_number,
    switch_on,
    whole_home,
)
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import MINUTE, SECOND
from emulator.services.codes import Why
from emulator.services.document import instant_of
from emulator.services.row import Role, Target

ORDER: Final = "functional reference 8.1; service requests 8.4"
NOTHING: Final = Home(commissioned=False)
NOTHING_GAS: Final = Home(commissioned=False, gas=True)
LOG: Final = Need("8.11", Target.H)
UPDATED: Final = Need("8.4", Target.D)
OF_DISPLAY: Final = Need("8.7.2", Target.I)


def needs(device: str, variant: str = "8.1.1") -> tuple[Need, ...]:
    """Give what a case needs in which a meter is let in and commissioned."""
    return (Need(variant, Target.G if device == "gsme" else Target.E), LOG)


# In order


async def _whole(stage: Stage) -> None:
    stage.expect(not on_log(stage), "the stage's own arranging: nobody is on the hub's log", on_log(stage))
    await whole_home(stage)
    for device in ("chf", *devices(stage)):
        await is_called(stage, device, "Commissioned")
    wanted = {stage.eui(device) for device in devices(stage)}
    stage.expect(on_log(stage, joined_only=True) == wanted, "all devices have joined", on_log(stage))
    for device in devices(stage):
        if device in METERS:
            held = stage.truth("firmware", device)
            asked = stage.done(await stage.ask("11.2", device=device, role=Role.IS if device == "esme" else Role.GS))
            stage.expect(asked.body.get("FirmwareVersion") == held, f"the {device} is served: {held}", asked.body)


async def _proxy_follows(stage: Stage) -> None:
    await whole_home(stage)
    await is_called(stage, "gpf", "Commissioned")
    stage.done(await stage.ask("7.4", device="gsme"))


async def _steps(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    await is_called(stage, "chf", "Pending")
    await is_called(stage, "esme", "Pending")
    added = stage.done(await let_in(stage, "esme"))
    await is_called(stage, "esme", "Whitelisted")
    stage.expect(on_log(stage) == {stage.eui()}, "the meter is on the hub's log", on_log(stage))
    stage.expect(not on_log(stage, joined_only=True), "and has not joined yet", on_log(stage))
    stage.expect(await switch_on(stage, "esme"), "the hub lets it in", await stage.happened("JoinRefused"))
    stage.expect(await outcome_of(stage, added), "the alert UpdateHANDeviceLogResult tells how it went")
    await is_called(stage, "esme", "InstalledNotCommissioned")
    stage.done(await commission(stage, "esme"))
    await is_called(stage, "esme", "Commissioned")
    own = await inventory(stage, "esme")
    stage.expect(own.get("ImportMPxN") == supply_number(stage, "esme"), "the supply number of 8.11 is kept", own)


async def _sets_the_clock(stage: Stage, device: str, off_ms: int) -> None:
    await announce(stage, "chf", device)
    await joined(stage, device)
    began = stage.now
    asked = stage.done(await commission(stage, device, off_ms))
    off = clock_off(stage, device) - off_ms
    stage.expect(abs(off) <= (SECOND if device == "esme" else MINUTE), "the clock is set to what was sent", f"{off} ms")
    told = instant_of(datetime.fromisoformat(asked.body.get("DeviceTime", "1970-01-01T00:00:00Z"))) - off_ms
    meanwhile = began - MINUTE <= told <= stage.now + MINUTE  # a gas meter tells when it wakes
    stage.expect(meanwhile, "DeviceTime tells the clock as it was set", asked.body)


def clock_off(stage: Stage, device: str) -> int:
    """Say how far the clock of a meter is off, in milliseconds."""
    held = stage.truth("clock", device)
    return (held if isinstance(held, int) else instant_of(datetime.fromisoformat(held))) - stage.now


async def _twice_commissioned(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    await joined(stage, "esme")
    for _ in range(2):
        stage.done(await commission(stage, "esme"))
        await is_called(stage, "esme", "Commissioned")


async def _display_joins(stage: Stage, variant: str) -> None:
    other = display(stage)
    await announce(stage, "chf", "esme", other)
    await joined(stage, "esme")
    stage.done(await commission(stage, "esme"))
    await joined(stage, other)
    if variant == "8.7.1":
        await joins(stage, variant, "esme", other)
    else:
        await joins(stage, variant, other, "esme")
    await is_called(stage, other, "Commissioned")


async def _number(stage: Stage, device: str) -> None:
    body: dict[str, Any] = {"ImportMPANs": {"ImportMPAN": "1000000000021"}}
    item, number = "mpan", "1000000000021"
    if device == "gsme":
        body, item, number = {"ImportMPRN": "1000000210"}, "mprn", "1000000210"
    await announce(stage, "chf", device)
    for stepped in (None, joined, commission):
        if stepped is not None:
            stage.done(await stepped(stage, device))
        if stepped is not commission:
            async with untouched(stage):
                stage.refused(await stage.ask("6.20.1", body, device=device), Why.WRONG_STATUS, code="E5")
    stage.done(await stage.ask("6.20.1", body, device=device, within="8h"))
    await stage.advance("1h")
    stage.expect(str(stage.truth(item, device)) == number, f"the meter holds {number}", stage.truth(item, device))


async def _hub_called(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        stage.refused(await call_hub(stage, "Commissioned"), Why.WRONG_STATUS, code="E5")
    await is_called(stage, "chf", "Pending")
    stage.done(await let_in(stage, "esme"))
    await is_called(stage, "chf", "InstalledNotCommissioned")
    stage.done(await call_hub(stage, "Commissioned"))
    await is_called(stage, "chf", "Commissioned")


def journey(
    name: str, says: str, act: Any, *wanted: Need, clause: str = ORDER, home: Home = NOTHING, **more: Any
) -> Case:
    """Make a case of an installation; its home has nothing yet unless it is said otherwise."""
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.COMMISSIONING,
        needs=wanted,
        act=act,
        home=home,
        **more,
    )


def of(device: str, word: str, says: str, act: Any, *others: Need, variant: str = "8.1.1", **more: Any) -> Case:
    """Make the case of one kind of meter."""

    async def acted(stage: Stage) -> None:
        await act(stage, device)

    gas = device == "gsme"
    return journey(
        f"{variant}/{'gas-' if gas else ''}{word}",
        f"{says}{' (gas)' if gas else ''}",
        acted,
        *needs(device, variant),
        *others,
        home=NOTHING_GAS if gas else NOTHING,
        **more,
    )


def _clock(off_ms: int) -> Any:
    async def act(stage: Stage, device: str) -> None:
        await _sets_the_clock(stage, device, off_ms)

    return act


def _by(variant: str) -> Any:
    async def act(stage: Stage) -> None:
        await _display_joins(stage, variant)

    return act


E, G = needs("esme"), needs("gsme")

CASES: tuple[Case, ...] = (
    journey("8.1.1/whole-home", "a home from nothing is served", _whole, *E, Need("8.7.1"), Need("11.2")),
    journey(
        "8.1.1/whole-home-with-gas",
        "a home with gas from nothing is served",
        _whole,
        *E,
        *G,
        Need("8.7.1"),
        Need("11.2"),
        home=NOTHING_GAS,
    ),
    journey(
        "8.1.1/proxy-follows",
        "once its gas meter is commissioned, the gas proxy is",
        _proxy_follows,
        *E,
        *G,
        Need("8.7.1"),
        home=NOTHING_GAS,
    ),
    journey("8.11/step-by-step", "each step of an installation moves the meter's status on", _steps, *E),
    *(of(one, "sets-the-clock", "commissioning sets the clock, and tells it", _clock(0)) for one in METERS),
    of("esme", "sets-a-clock-apart", "commissioning sets the clock to what was sent", _clock(-90 * SECOND)),
    journey("8.1.1/twice", "a second commissioning is no fault", _twice_commissioned, *E),
    journey(
        "8.7.1/joins-a-display",
        "a meter joins its display, which is commissioned then",
        _by("8.7.1"),
        *E,
        Need("8.7.1"),
    ),
    journey("8.7.2/joins-a-meter", "a display joins its meter, and is commissioned then", _by("8.7.2"), *E, OF_DISPLAY),
    *(
        of(
            one,
            "only-once-commissioned",
            "a supply number is set in a meter that is commissioned, and not before (E5)",
            _number,
            Need("8.1.1", Target.G if one == "gsme" else Target.E),
            variant="6.20.1",
            negative=True,
        )
        for one in METERS
    ),
    journey(
        "8.4/hub-once-installed",
        "the last step calls the hub Commissioned, and is refused while it is Pending (E5)",
        _hub_called,
        UPDATED,
        LOG,
        negative=True,
    ),
)

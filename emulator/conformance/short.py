"""Cases written short: a row in a table, and the shapes that many cases share."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Role, Target

DEVICES: Final = {Target.E: "esme", Target.G: "gsme", Target.P: "gpf"}
INVALID: Final = (Why.INVALID_VALUE, Why.REFUSED, Why.MALFORMED)
"""What is out of range may be seen by whoever reads the document, by the adapter, or by the meter."""
Act = Callable[[Stage], Awaitable[None]]


def row(name: str, says: str, act: Act, *, clause: str, target: Target = Target.E, **more: Any) -> Case:
    """Give a case of one service at one kind of device; `needs` are more services at the same."""
    variant = name.partition("/")[0]
    home = more.pop("home", Home(gas=target is not Target.E))
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=more.pop("group", Group.UNITS),
        needs=(Need(variant, target), *more.pop("needs", ())),
        act=act,
        home=home,
        **more,
    )


def at_each(name: str, says: str, act: Callable[..., Awaitable[None]], *targets: Target, **more: Any) -> list[Case]:
    """Give a case for each kind of device: the words of its name say which. The act is given the device's name."""
    words = {Target.E: name, Target.G: f"{name}-gas", Target.P: f"{name}-gas-proxy"}
    home: Home | None = more.pop("home", None)
    needs: tuple[str, ...] = more.pop("needs", ())
    made = []
    for target in targets:
        at = Home(gas=target is not Target.E) if home is None else with_gas(home, target)
        others = tuple(Need(one, Target.G if target is Target.P else target) for one in needs)
        act_there = partial(act, device=DEVICES[target])
        made.append(row(words[target], says, act_there, target=target, home=at, needs=others, **more))
    return made


def with_gas(home: Home, target: Target) -> Home:
    """Give a home the gas meter that a kind of device is about."""
    return Home(payment=home.payment, balance_mp=home.balance_mp, gas=target is not Target.E, at=home.at)


def asked_as(device: str, variant: str) -> dict[str, Any]:
    """Say at which device, and as whom: only a network and an export supplier may ask for export."""
    return {"device": device, "role": Role.ED} if variant in {"4.2", "4.8.3"} else {"device": device}


async def none_taken(stage: Stage, variant: str, wrong: Mapping[str, dict[str, Any]], device: str = "esme") -> None:
    """Hold that every one of some bodies is refused, and that nothing changes. Raises Failed."""
    async with untouched(stage):
        for label, body in wrong.items():
            asked: Asked = await stage.ask(variant, body, **asked_as(device, variant))
            stage.expect(not asked.ok, f"{variant} with {label} is refused", asked.code)
            stage.refused(asked, *INVALID, Why.NOT_SUPPORTED, Why.NOT_APPLICABLE)


def refuses(
    name: str, says: str, wrong: Mapping[str, dict[str, Any]], *, target: Target = Target.E, **more: Any
) -> Case:
    """Give a negative case: bodies that are refused, each by its label, and that change nothing."""

    async def act(stage: Stage) -> None:
        await none_taken(stage, name.partition("/")[0], wrong, DEVICES[target])

    return row(name, says, act, target=target, negative=True, **more)


def equal(stage: Stage, item: str, wanted: Any, device: str = "esme") -> None:
    """Hold that a device holds a value. Raises Failed."""
    held = stage.truth(item, device)
    stage.expect(held == wanted, f"{item} is {wanted}", held)


def same(stage: Stage, what: str, got: Any, wanted: Any) -> None:
    """Hold that a value is the one wanted; lists and tuples are the same. Raises Failed."""
    stage.expect(flat(got) == flat(wanted), f"{what} is {wanted}", got)


def flat(value: Any) -> Any:
    """Give values as JSON has them: an adapter in process gives tuples, one beyond HTTP gives lists."""
    if isinstance(value, dict):
        return {key: flat(one) for key, one in value.items()}
    return [flat(one) for one in value] if isinstance(value, (list, tuple)) else value


def blocks(profile: Profile) -> str:
    """Say why a family is not meant by what needs blocks."""
    return "" if profile.metering.blocks else "the make has no blocks"


def no_blocks(profile: Profile) -> str:
    """Say why a family is not meant by what only a make without blocks refuses."""
    return "the make has blocks" if profile.metering.blocks else ""


def columns(profile: Profile) -> str:
    """Say why a family is not meant by what needs several columns of blocks."""
    return "" if profile.metering.hybrid else "the make has no columns of blocks"


def one_column(profile: Profile) -> str:
    """Say why a family is not meant by what only a make with one column of blocks refuses."""
    own = profile.metering
    return "" if own.blocks and not own.hybrid else "the make has columns of blocks, or no blocks"


def gas_blocks(profile: Profile) -> str:
    """Say why a family is not meant by what needs gas by blocks."""
    return "" if profile.gas_metering is not None and profile.gas_metering.blocks else "its gas meter has no blocks"


def gas_registers(profile: Profile) -> str:
    """Say why a family is not meant by what needs two TOU registers of gas."""
    own = profile.gas_metering
    return "" if own is not None and own.tou_registers > 1 else "its gas meter has one register"

"""A scene: homes that share one clock, each a farm with an adapter of its own, and the steps that are done to them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from emulator.api.requests import told_outcome
from emulator.conformance import step as steps
from emulator.conformance.case import Home
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.staging import staged
from emulator.conformance.step import HomeOf, Step
from emulator.conformance.targets import Target, parse
from emulator.device.commands import COMMANDS, Command, Sender
from emulator.device.device import Outcome
from emulator.device.display import customer
from emulator.device.instant import isoformat, span
from emulator.device.instant import parse as parse_instant
from emulator.device.items import present
from emulator.device.journal import DeviceName, Entry
from emulator.device.readings import find as find_item
from emulator.headend import HeadEnd
from emulator.services.codes import Why
from emulator.services.document import Alert
from emulator.services.naming import duis_name

EPOCH: Final = Home().at
ARRIVE_S: Final = 0.002
ARRIVE_TRIES: Final = 250
GATHER_S: Final = 0.05
BY_NAME: Final = {kind.__name__: kind for kind in COMMANDS}
NOT_COMPARED: Final = frozenset({Why.NOT_SUPPORTED, Why.NOT_ESTABLISHED, Why.UNREACHABLE, Why.TIMEOUT})
BALANCES: Final = {"meter_balance": "meter_balance_mp", "emergency_credit_balance": "emergency_credit_mp"}


class StepError(ValueError):
    """A step that cannot be done as it is written; the text says what is allowed."""


class Scene:
    """Homes under one clock. Open it with `async with`; `target` says whose adapter is under test."""

    def __init__(self, target: str | Target = "emulated") -> None:
        self.target = parse(target) if isinstance(target, str) else target
        self.stages: list[Stage] = []
        self.rate = 0
        self._codes: dict[tuple[int, str], str] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self.target.not_run:
            raise StepError(self.target.not_run)
        await self._stack.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    @property
    def now(self) -> int:
        """The present instant of the scene; that of the default beginning before there is a home."""
        return max((stage.now for stage in self.stages), default=parse_instant(EPOCH))

    async def stand_up(self, wanted: HomeOf) -> Stage:
        """Stand a home up. Raises what `Farm.start` raises, or StepError for an instant before the present."""
        at = parse_instant(wanted.at) if wanted.at else self.now
        if self.stages and at < self.now:
            raise StepError(f"the homes before it are at {isoformat(self.now)}: a later one cannot begin before that")
        home = Home(
            payment=wanted.payment,
            balance_mp=wanted.balance_mp,
            gas=wanted.gas,
            at=isoformat(at),
            commissioned=wanted.commissioned,
        )
        stage = await self._stack.enter_async_context(staged(wanted.profile, home, wanted.seed, self.target.stand))
        self.stages.append(stage)
        if self.rate:
            stage.farm.set_rate(self.rate)
        await self._together()
        return stage

    def set_rate(self, rate: int) -> None:
        """Let time go on by itself at a pace, for an adapter that cannot be told the time; 0 stands still."""
        self.rate = rate
        for stage in self.stages:
            stage.farm.set_rate(rate)

    async def do(self, step: Step) -> Any:
        """Do a step and give what came of it; `told` makes that plain. Raises StepError and what the step raises."""
        if not 1 <= step.home <= len(self.stages):
            raise StepError(f"there is no home {step.home}; there are {len(self.stages)}")
        deed = _DEEDS[type(step)]
        result = await deed(self, self.stages[step.home - 1], step)
        if not isinstance(step, steps.Advance):
            await self._together()
        await self._arrived()
        return result

    async def _arrived(self) -> None:
        """Let alerts that are on their way arrive: how fast this machine is must not change what comes next."""
        for stage in self.stages:
            for _ in range(ARRIVE_TRIES):
                if stage.farm.push.idle:
                    break
                await asyncio.sleep(ARRIVE_S)

    async def _together(self) -> None:
        """Let no home's clock stay behind."""
        if self.rate or len(self.stages) < 2:
            return
        now = self.now
        for stage in self.stages:
            if stage.now < now:
                await stage.advance(now - stage.now)

    # The steps

    async def ask(self, stage: Stage, step: steps.Ask) -> Asked:
        """Ask a service."""
        more = {"device": step.device, "role": step.role, "which": step.which, "within": step.within}
        return await stage.ask(step.service, step.body, **more, **step.envelope)

    async def top_up(self, stage: Stage, step: steps.TopUp) -> Asked | customer.Done:
        """Buy a code, or take the last one again, and bring it to the meter."""
        key = (step.home, step.device)
        if not step.again or key not in self._codes:
            self._codes[key] = stage.vend(step.value_mp, step.device)
        digits = self._codes[key]
        if step.by == "service":
            return await stage.ask("2.2", {"UTRN": digits}, device=step.device)
        return await self.code(stage, steps.Code(digits=digits, device=step.device))

    async def read(self, stage: Stage, step: steps.Read) -> Any:
        """Read over the wire."""
        async with HeadEnd.open(stage.farm.access(f"{stage.name}/{step.device}")) as line:
            return present(line.find(step.item), await line.read(step.item))

    async def truth(self, stage: Stage, step: steps.Truth) -> Any:
        """Read past the wire."""
        return present(find_item(DeviceName(step.device), step.item), stage.truth(step.item, step.device))

    async def agree(self, stage: Stage, step: steps.Agree) -> list[str]:
        """Compare what the adapter says with what the device holds."""
        differs = []
        status = await stage.ask("7.4", device=step.device)
        if status.ok:
            said, held = status.body.get("SupplyState"), str(stage.truth("supply_state", step.device)).capitalize()
            if said != held:
                differs.append(f"7.4 says {said}, the device is {held}")
        elif status.reason not in NOT_COMPARED:
            differs.append(f"7.4 is answered with {status.code} {status.reason}")
        money = await stage.ask("4.3", device=step.device)
        if money.ok:
            for name, item in BALANCES.items():
                said, held = money.body.get(duis_name(name)), stage.truth(item, step.device)
                if said not in {None, held}:
                    differs.append(f"4.3 says {duis_name(name)} {said}, the device holds {held}")
        elif money.reason not in NOT_COMPARED:
            differs.append(f"4.3 is answered with {money.code} {money.reason}")
        return differs

    async def send(self, stage: Stage, step: steps.Send) -> Outcome:
        """Send a command."""
        kind = BY_NAME.get(step.command)
        if kind is None:
            raise StepError(f"no command is called {step.command!r}; docs/reference.md lists them")
        command: Command = msgspec.convert(step.fields, kind)
        return await stage.farm.send(stage.index, command, Sender[step.sender.upper()], DeviceName(step.device))

    async def press(self, stage: Stage, step: steps.Press) -> customer.Done:
        """Press keys."""
        return await stage.press(*step.keys, device=step.device)

    async def code(self, stage: Stage, step: steps.Code) -> customer.Done:
        """Key a code in."""
        name = DeviceName(step.device)
        return await stage.farm.act(stage.index, lambda home: customer.code(home, name, step.digits))

    async def act(self, stage: Stage, step: steps.Act) -> None:
        """Do something by hand."""
        await stage.act(step.deed, step.device)

    async def vend(self, stage: Stage, step: steps.Vend) -> str:
        """Buy a code."""
        return stage.vend(step.value_mp, step.device)

    async def shown(self, stage: Stage, step: steps.Shown) -> tuple[str, ...]:
        """Look at a display."""
        return await stage.farm.act(stage.index, lambda home: customer.shown(home, DeviceName(step.device)))

    async def fault(self, stage: Stage, step: steps.Fault) -> int:
        """Put a fault in."""
        selector = f"{stage.name}/{step.device}" if step.device else stage.name
        for_ms = span(step.lasts) if step.lasts else None
        order, _ = await stage.farm.faults.put_in(step.name, selector, step.given, for_ms=for_ms)
        return order.number

    async def clear_fault(self, stage: Stage, step: steps.ClearFault) -> None:
        """Take a fault out."""
        await stage.farm.faults.clear(stage.name, step.number)

    async def advance(self, stage: Stage, step: steps.Advance) -> None:
        """Move all homes, that of the step first."""
        for one in sorted(self.stages, key=lambda other: other is not stage):
            await one.advance(step.by)

    async def until(self, stage: Stage, step: steps.Until) -> bool:
        """Move until a condition holds."""
        return await stage.until(step.condition, step.limit)

    async def alerts(self, stage: Stage, step: steps.Alerts) -> list[Alert]:
        """Take the alerts in."""
        del step
        while await stage.gather(GATHER_S):
            pass
        return stage.alerts

    async def journal(self, stage: Stage, step: steps.Journal) -> list[Entry]:
        """Take what happened."""
        del step
        return await stage.journal()


_DEEDS: Final[dict[type[Step], Callable[[Scene, Stage, Any], Awaitable[Any]]]] = {
    steps.Ask: Scene.ask,
    steps.TopUp: Scene.top_up,
    steps.Read: Scene.read,
    steps.Truth: Scene.truth,
    steps.Agree: Scene.agree,
    steps.Send: Scene.send,
    steps.Press: Scene.press,
    steps.Code: Scene.code,
    steps.Act: Scene.act,
    steps.Vend: Scene.vend,
    steps.Shown: Scene.shown,
    steps.Fault: Scene.fault,
    steps.ClearFault: Scene.clear_fault,
    steps.Advance: Scene.advance,
    steps.Until: Scene.until,
    steps.Alerts: Scene.alerts,
    steps.Journal: Scene.journal,
}


def told(step: Step, result: Any) -> dict[str, Any]:
    """Give what came of a step as plain data: what `expect` is held against, and what a replay must give again."""
    if isinstance(result, Asked):
        said: dict[str, Any] = {"ok": result.ok, "code": result.code, "reason": result.reason, "body": result.body}
    elif isinstance(result, Outcome):
        said = _outcome(result)
    elif isinstance(result, customer.Done):
        said = {**_outcome(result.outcome), "display": result.display}
    elif isinstance(step, steps.Agree):
        said = {"differs": result}
    elif isinstance(step, steps.Alerts):
        said = {"value": [one.alert_code for one in result]}
    elif isinstance(step, steps.Journal):
        said = {"value": [type(one.what).__name__ for one in result]}
    else:
        said = {} if result is None else {"value": result}
    return dict(_plain(said))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    said = told_outcome(outcome)
    return {**said, "events": [event["event"] for event in said["events"]]}


def _plain(value: Any) -> Any:
    """Give plain data as a file would give it back."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))

"""What the pytest fixture `meterfarm` gives: homes for plain tests, one clock for them all, and a record of all done.

Every method is a step of a scenario: what a test did can be written down, and replays.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from emulator.conformance import step as steps
from emulator.conformance.repro import Repro, named
from emulator.conformance.scenario import raised, readings, write
from emulator.conformance.scene import StepError, told
from emulator.conformance.scene_thread import SceneThread
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.step import AnyStep, HomeOf, Scenario
from emulator.conformance.time_endpoint import Reading, serve
from emulator.device.commands import Command
from emulator.device.device import Outcome
from emulator.device.display.customer import Done
from emulator.device.journal import Entry
from emulator.dlms.access import Access
from emulator.services.body import Body, plain
from emulator.services.document import Alert, Request

SEED_OCTETS: Final = 4
SCENARIOS: Final = "scenarios"
ENVELOPE: Final = frozenset(Request.__struct_fields__)
Span = int | str


def seed_of(text: str) -> int:
    """Give the seed that a text stands for."""
    return int.from_bytes(blake2b(text.encode(), digest_size=SEED_OCTETS).digest(), "big")


class SyncHome:
    """One home of a test. Devices are esme, gsme, chf, ppmid, ihd; spans are text such as 36h or milliseconds."""

    def __init__(self, farm: "Meterfarm", number: int, stage: Stage) -> None:
        self._farm, self._number, self.stage = farm, number, stage

    def _do(self, step: AnyStep) -> Any:
        return self._farm.do(step)

    @property
    def profile(self) -> str:
        """The name of its family's profile."""
        return self.stage.profile.name

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where its hub answers."""
        return self.stage.farm.addresses.of(self.stage.index)

    @property
    def now(self) -> int:
        """The present instant, in milliseconds UTC."""
        return self.stage.now

    @property
    def alerts(self) -> list[Alert]:
        """The alerts that the adapter under test gave out so far."""
        return list(self._do(steps.Alerts(home=self._number)))

    def eui(self, device: str = "esme") -> str:
        """Give the EUI-64 of a device."""
        return self.stage.eui(device)

    def access(self, level: str = "reader", device: str = "esme") -> Access:
        """Give what somebody's own client needs, TEST secrets among it, to be public, reader or management."""

        async def find() -> Access:
            return self.stage.farm.access(f"{self.stage.name}/{device}", level)

        access: Access = self._farm.run(find())
        return access

    def read(self, item: str, device: steps.Device = "esme") -> Any:
        """Read a data item over the wire."""
        return self._do(steps.Read(home=self._number, item=item, device=device))

    def truth(self, item: str, device: steps.Device = "esme") -> Any:
        """Read what a device itself holds, past every wire."""
        return self._do(steps.Truth(home=self._number, item=item, device=device))

    def ask(
        self,
        service: str,
        body: Body | dict[str, Any] | None = None,
        *,
        device: str | None = None,
        role: str | None = None,
        which: int = 1,
        within: str = "2h",
        **fields: Any,
    ) -> Asked:
        """Ask a service of the adapter under test: its items by their DUIS names, or a whole body.

        `home.ask("2.2", UTRN=code, role="IS")`; what is in the envelope goes by its lower-case name, such as
        `first_in_sequence=True`. The answer has `ok`, `code`, `reason` and `body`.
        """
        given = dict(plain(body)) if isinstance(body, Body) else dict(body or {})
        envelope = {name: value for name, value in fields.items() if name in ENVELOPE}
        given |= {name: value for name, value in fields.items() if name not in ENVELOPE}
        asked = steps.Ask(
            home=self._number,
            service=service,
            body=msgspec.to_builtins(given),
            device=device,
            role=role,
            which=which,
            within=within,
            envelope=msgspec.to_builtins(envelope),
        )
        answer: Asked = self._do(asked)
        return answer

    def send(
        self,
        command: Command,
        device: steps.Device = "esme",
        sender: Literal["supplier", "network", "consumer"] = "supplier",
    ) -> Outcome:
        """Have a device carry out a command, past adapter and wire."""
        fields = msgspec.to_builtins(command)
        name = type(command).__name__
        step = steps.Send(home=self._number, command=name, fields=fields, device=device, sender=sender)
        outcome: Outcome = self._do(step)
        return outcome

    def press(self, *keys: str, device: steps.Device = "esme") -> Done:
        """Press keys of a meter or a display."""
        done: Done = self._do(steps.Press(home=self._number, keys=keys, device=device))
        return done

    def code(self, digits: str, device: steps.Device = "esme") -> Done:
        """Key a top-up code in."""
        done: Done = self._do(steps.Code(home=self._number, digits=digits, device=device))
        return done

    def act(self, deed: str, device: steps.Device = "esme") -> None:
        """Do something by hand: cut_power, open_cover, magnet, unplug and so on."""
        self._do(steps.Act(home=self._number, deed=deed, device=device))

    def vend(self, value_mp: int, device: steps.Device = "esme") -> str:
        """Buy a valid top-up code."""
        return str(self._do(steps.Vend(home=self._number, value_mp=value_mp, device=device)))

    def fault(self, name: str, lasts: str = "", device: str = "", **given: int | str) -> int:
        """Put a fault in, for a span or until it is cleared; give its number. `meterfarm fault ls` lists them."""
        return int(self._do(steps.Fault(home=self._number, name=name, lasts=lasts, device=device, given=given)))

    def clear_fault(self, number: int = 0) -> None:
        """Take a fault out; 0 is all of them."""
        self._do(steps.ClearFault(home=self._number, number=number))

    def advance(self, by: Span) -> None:
        """Move the clock of the test, and so of all its homes."""
        self._do(steps.Advance(home=self._number, by=_span(by)))

    def until(self, condition: str, limit: Span = "31d") -> bool:
        """Move the clock from event to event until a condition holds, such as `event SupplyChanged`."""
        return bool(self._do(steps.Until(home=self._number, condition=condition, limit=_span(limit))))

    def journal(self) -> list[Entry]:
        """Give what happened in the home since it was stood up, oldest first."""
        return list(self._do(steps.Journal(home=self._number)))

    def happened(self, name: str, device: str = "") -> list[Any]:
        """Give the happenings of a name, such as SupplyArmed."""
        return [one.what for one in self.journal() if type(one.what).__name__ == name and device in {"", one.device}]

    def shown(self, device: steps.Device = "esme") -> Sequence[str]:
        """Give the lines on a display."""
        return tuple(self._do(steps.Shown(home=self._number, device=device)))


class JourneyError(AssertionError):
    """A random journey failed; the text has its steps and how to replay it."""


class Meterfarm:
    """The farm of one test: nothing runs until it has a home."""

    def __init__(
        self, test: str, seed: int, state: Path, target: str = "emulated", faults: Sequence[steps.Fault] = ()
    ) -> None:
        self.test, self.seed, self.target = test, seed, target
        self._state = state
        self.homes: list[SyncHome] = []
        self.answers: list[dict[str, Any]] = []
        self._faults = faults
        self._specs: list[HomeOf] = []
        self._steps: list[AnyStep] = []
        self._thread: SceneThread | None = None
        self._time_url = ""
        self._rate = 0
        self._open = AsyncExitStack()

    def home(
        self,
        profile: str,
        *,
        payment: Literal["credit", "prepayment"] = "credit",
        balance_mp: int = 2_000_000,
        gas: bool = False,
        at: str = "",
        commissioned: bool = True,
        seed: int | None = None,
    ) -> SyncHome:
        """Stand a home of a packaged profile up, at the test's present or, for the first, at an instant."""
        wanted = HomeOf(
            profile=profile,
            payment=payment,
            balance_mp=balance_mp,
            gas=gas,
            at=at,
            commissioned=commissioned,
            seed=seed_of(f"{self.seed}/{len(self.homes)}") if seed is None else seed,
            before=len(self._steps) + 1,
        )
        thread = self._running
        stage = thread.run(thread.scene.stand_up(wanted))
        self._specs.append(wanted)
        self.homes.append(SyncHome(self, len(self.homes) + 1, stage))
        for fault in self._faults:
            self.do(msgspec.structs.replace(fault, home=len(self.homes)))
        return self.homes[-1]

    def explore(self, profile: str, *, examples: int = 25, longest: int = 12, **home: Any) -> None:
        """Take random journeys of prepayment at homes of their own (needs the extra `conformance`).

        Raises JourneyError with the smallest journey that fails, which is kept as a scenario file that replays.
        """
        __tracebackhide__ = True  # the text of the error says it all
        from emulator.conformance.journeys import explore  # noqa: PLC0415 (Hypothesis is an extra)

        usual = {"payment": "prepayment", "balance_mp": 300_000, "seed": self.seed}
        wanted = HomeOf(profile=profile, **{**usual, **home})
        found = explore(wanted, target=self.target, seed=self.seed, examples=examples, longest=longest)
        if found is not None:
            path = self._state / SCENARIOS / f"{named(self.test, self.seed)}.json"
            write(msgspec.structs.replace(found.scenario, name=self.test, says="; ".join(found.wrong)), path)
            raise JourneyError(f"{found.told}\nmeterfarm scenario run {path.relative_to(self._state.parent)}")

    def advance(self, by: Span) -> None:
        """Move the clock of all homes."""
        if not self.homes:
            raise StepError("there is no home yet whose clock could be moved")
        self.homes[0].advance(by)

    @property
    def now(self) -> int:
        """The present instant of the test, in milliseconds UTC."""
        return self._running.scene.now

    @property
    def time_url(self) -> str:
        """Where an adapter in another process learns the farm's time: GET gives {"Now", "Rate"}."""
        if not self._time_url:
            scene = self._running.scene
            self._time_url = self.run(self._open.enter_async_context(serve(lambda: Reading(scene.now, scene.rate))))
        return self._time_url

    def real_time(self, rate: int = 1) -> None:
        """Let time go on by itself, for an adapter that cannot be told the time; 0 lets it stand again."""

        async def go_on() -> None:
            scene.set_rate(rate)

        scene = self._running.scene
        self.run(go_on())
        self._rate = rate

    @property
    def _running(self) -> SceneThread:
        if self._thread is None:
            thread = SceneThread(self.target)
            thread.start()
            self._thread = thread
        return self._thread

    def run(self, work: Any) -> Any:
        """Do something on the farm's loop."""
        return self._running.run(work)

    def do(self, step: AnyStep) -> Any:
        """Do a step of a scenario, and write down what came of it."""
        thread = self._running
        self._steps.append(step)
        try:
            result = thread.run(thread.scene.do(step))
        except BaseException as error:
            self.answers.append(raised(error))
            raise
        self.answers.append(told(step, result))
        return result

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """What was done so far."""
        return tuple(self._steps)

    def repro(self, why: str) -> Repro:
        """Write down what the test did so far."""

        async def held() -> tuple[dict[str, Any], ...]:
            return tuple(readings(home.stage) for home in self.homes)

        scenario = Scenario(
            name=self.test, says=f"seed {self.seed}", target=self.target, homes=tuple(self._specs), steps=self.steps
        )
        return Repro(
            id=named(self.test, self.seed),
            test=self.test,
            seed=self.seed,
            why=why,
            scenario=scenario,
            answers=tuple(self.answers),
            readings=() if self._rate else self.run(held()),
        )

    def close(self) -> None:
        """Close all homes."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            thread.run(self._open.aclose())
            thread.stop()


def _span(by: Span) -> str:
    return by if isinstance(by, str) else f"{by}ms"

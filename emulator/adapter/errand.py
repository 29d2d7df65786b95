"""An errand: one request on its way to a device. It counts its steps, so that a failure says where it happened.

A step is one call of the head end. What a step refuses is a `StepError`, which ends the errand; what was done before it
stays done, and the answer says so (partial failure with its position; service requests 2.3).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from emulator.adapter import gas_queue
from emulator.adapter.inventory import Entry
from emulator.adapter.lines import Lines
from emulator.adapter.trying import Call, Pause, StepError, tried
from emulator.device.commands import Command
from emulator.device.profile import Profile
from emulator.dlms.codec.data import Data
from emulator.headend import HeadEnd, ServiceRefusedError
from emulator.services.body import Body
from emulator.services.codes import Why
from emulator.services.document import Request
from emulator.services.row import Service

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

__all__ = ["Errand", "Step", "StepError"]
SLEEPERS = frozenset({"GSME", "GPF"})


class Errand:
    """One request at one device, with the conversations it is carried out in."""

    def __init__(self, adapter: "Adapter", request: Request, service: Service, body: Any, entry: Entry) -> None:
        self.adapter, self.around, self.inventory = adapter, adapter.around, adapter.inventory
        self.request, self.service, self.body, self.entry = request, service, body, entry
        self.lines = Lines(adapter.around, adapter.patience_s)
        self.began = adapter.around.now()
        self.position = 0
        self.done: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.lines.close()

    @property
    def now(self) -> int:
        """The present instant."""
        return self.around.now()

    def later(self, at: int) -> int:
        """Give an instant that a request told as its present: it has gone on while the request waited for its home."""
        return at + self.now - self.began

    @property
    def profile(self) -> Profile:
        """The profile of the device's set."""
        return self.around.family(self.entry.device_id)

    @property
    def gas(self) -> bool:
        """Whether it is the gas meter, or its proxy on the hub."""
        return self.entry.device_type in SLEEPERS

    @property
    def home(self) -> str:
        """The EUI-64 of the home's hub."""
        return self.entry.hub or self.entry.device_id

    # Steps

    async def read(self, *items: str, device: str = "", level: str = "reader") -> dict[str, Any]:
        """Read data items, all as one step; of the errand's own device unless another is named. Raises StepError."""

        async def act(head_end: HeadEnd, _: Pause) -> dict[str, Any]:
            return {item: await head_end.read(item) for item in items}

        read: dict[str, Any] = await self._step(Call(f"read {', '.join(items)}", self._at(device), level, act))
        return read

    async def log(self, name: str, start: int, end: int, device: str = "") -> list[tuple[Any, ...]]:
        """Read the entries of a log whose stamps lie in a range, as one step. Raises StepError."""

        async def act(head_end: HeadEnd, _: Pause) -> list[tuple[Any, ...]]:
            return await head_end.profile(name, start, end)

        rows: list[tuple[Any, ...]] = await self._step(Call(f"read {name}", self._at(device), "reader", act))
        return rows

    async def attribute(self, row: str, number: int, device: str = "") -> Data:
        """Read an attribute of an object beside the steps, to learn more of one: it is no step. Raises StepError."""

        async def act(head_end: HeadEnd, _: Pause) -> Data:
            return await head_end.attribute(row, number)

        data: Data = await tried(self, Call(f"read {row}", self._at(device), "reader", act))
        return data

    async def send(self, command: Command, device: str = "") -> None:
        """Send a command, as one step; to a gas meter, until it woke and did it. Raises StepError."""
        await self.send_all((command,), device)

    async def send_all(self, commands: Iterable[Command], device: str = "") -> None:
        """Send commands one after another, a step each. Raises StepError at the first that fails.

        To a gas meter they go together, and are waited for together.
        """
        entry = self.inventory.get(device) if device else self.entry
        if entry is not None and entry.device_type in SLEEPERS:
            await gas_queue.carried_out(self, tuple(commands), device)
            return
        for command in commands:
            await self.hand_over(command, device)

    async def hand_over(self, command: Command, device: str = "") -> None:
        """Send one command, as one step; a gas meter's then waits at the hub. Raises StepError."""

        async def act(head_end: HeadEnd, pause: Pause) -> None:
            async def between() -> None:
                self.adapter.kept_busy(self.home, self.profile.pace)
                await pause()

            answer = await head_end.send(command, between)
            self.adapter.kept_busy(self.home, self.profile.pace)
            if not answer.accepted:
                raise ServiceRefusedError(answer.reason)

        await self._step(Call(command.title, self._at(device), "management", act, reads=False))

    def refuse(self, why: Why, detail: str) -> StepError:
        """Make the refusal of the step that would come next."""
        return StepError(why, self.position + 1, detail)

    async def pause(self) -> None:
        """Wait until the home is no longer busy with what it was given last."""
        until = self.adapter.busy_until.get(self.home, 0)
        if self.now < until:
            await self.adapter.until(until)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """Wait for something with all lines down, and let others use the home meanwhile."""
        await self.lines.close()
        async with self.adapter.others_turn(self.home):
            yield

    def _at(self, device: str) -> str:
        entry = self.inventory.get(device) if device else self.entry
        return device if entry is None else entry.way_id

    async def _step(self, call: Call) -> Any:
        self.position += 1
        result = await tried(self, call)
        self.done.append(call.what)
        return result


Step = Callable[[Errand], Awaitable[Body]]
"""The equivalent steps of a service at a family's wire: they act by the errand and give the reply's body."""

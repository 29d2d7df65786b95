"""The adapter under test, whoever's it is: what the suite asks of it, in process or elsewhere."""

import asyncio
from typing import Protocol

from emulator.adapter import operators
from emulator.adapter.adapter import Adapter
from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.adapter.outbox import Given
from emulator.services.document import Acknowledgement, Request
from emulator.services.row import Role


class SubjectError(Exception):
    """The adapter under test died, hung, or answered what is no document; the text says which."""


class Subject(Protocol):
    """An adapter under test."""

    async def submit(self, request: Request) -> Acknowledgement:
        """Hand a request in and give the answer at once. Raises SubjectError."""

    async def given(self, after: int, wait_s: float) -> list[Given]:
        """Give responses and alerts beyond a number, waiting a while for the first. Raises SubjectError."""

    @property
    def next_wait(self) -> int | None:
        """The instant that the adapter is known to wait for; None is not known, or none."""

    @property
    def at_rest(self) -> bool | None:
        """Whether all it has to do waits for an instant; None is not known."""

    def moved(self) -> None:
        """Tell the adapter that the clock was moved, if it can be told."""


class Reference:
    """The reference adapter, in process."""

    def __init__(self, adapter: Adapter, around: FarmSurroundings) -> None:
        self._adapter, self._around = adapter, around

    async def submit(self, request: Request) -> Acknowledgement:
        """Hand a request in."""
        return await self._adapter.submit(request)

    async def given(self, after: int, wait_s: float) -> list[Given]:
        """Give what it gave out beyond a number."""
        return await self._adapter.outbox.wait(after, wait_s)

    @property
    def next_wait(self) -> int | None:
        """The instant it waits for."""
        return self._around.next_wait

    @property
    def at_rest(self) -> bool | None:
        """Whether all it has to do waits for an instant."""
        return self._adapter.at_rest

    def moved(self) -> None:
        """Tell it that the clock was moved."""
        self._around.moved()

    def change_supplier(self, meter: str, role: Role, to: str) -> asyncio.Future[str]:
        """Have it register another supplier at a meter; what comes of it is "" or what failed."""
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def change() -> None:
            failed = await operators.change_supplier(self._adapter, meter, role, to)
            done.set_result("" if failed is None else str(failed))

        self._adapter.beside(change())
        return done

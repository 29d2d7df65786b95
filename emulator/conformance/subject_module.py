"""An adapter of somebody's own, in process: `adapter:MODULE:FACTORY`.

`FACTORY(surroundings)` gives an async context manager, and that an object with `submit` and `outbox`, like `Adapter`:

    @asynccontextmanager
    async def factory(surroundings):
        yield MyAdapter(surroundings)

    async submit(request) -> Acknowledgement
    async outbox.wait(after, timeout_s) -> list of (number, Response or Alert)

Documents may be ours or their JSON as plain values. `at_rest`, if it has that, says that all it has to do waits for an
instant, by `surroundings.until`. `surroundings.inventory()` is what enrolment left behind.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import msgspec

from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.adapter.inventory import Inventory
from emulator.adapter.outbox import Given
from emulator.conformance.case import Home
from emulator.conformance.staging import Stand, push_to
from emulator.conformance.subject import Subject, SubjectError
from emulator.farm.farm import Farm
from emulator.services.document import Acknowledgement, Alert, Request, Response

ANSWER_S: Final = 10.0
"""An acknowledgement is an answer at once; who needs longer hangs."""
MOST: Final = 1_000
T = TypeVar("T")


class HomeSurroundings(FarmSurroundings):
    """The surroundings beside one home, which nobody has enrolled yet unless it is commissioned."""

    commissioned = True

    def inventory(self) -> Inventory:
        """Give what enrolment left behind."""
        return super().inventory() if self.commissioned else Inventory()


def of_factory(place: str) -> Stand:
    """Stand up what a factory makes, named as MODULE:FACTORY."""

    @asynccontextmanager
    async def stand(farm: Farm, home: Home) -> AsyncIterator[Subject]:
        make = _found(place)
        async with HomeSurroundings.beside(farm) as around:
            around.commissioned = home.commissioned
            await push_to(farm, around.listens_at)
            opened = _guarded(f"{place}()", make, around)
            if not hasattr(opened, "__aenter__") or not hasattr(opened, "__aexit__"):
                raise SubjectError(f"{place} gives {_kind(opened)}, not an async context manager")
            adapter = await _within(opened.__aenter__(), "opening the adapter", ANSWER_S)
            try:
                yield InProcess(adapter, around)
            finally:
                await _within(opened.__aexit__(None, None, None), "closing the adapter", ANSWER_S)

    return stand


def _found(place: str) -> Any:
    module, _, name = place.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:
        raise SubjectError(f"{place} cannot be imported: {_told(error)}") from error
    return found


class InProcess:
    """Somebody's adapter; whatever it raises or gives is its own doing."""

    def __init__(self, adapter: Any, around: FarmSurroundings) -> None:
        self._adapter, self._around = adapter, around

    async def submit(self, request: Request) -> Acknowledgement:
        """Hand a request in. Raises SubjectError."""
        given = await _within(_guarded("submit", getattr(self._adapter, "submit", None), request), "submit", ANSWER_S)
        return _document(given, Acknowledgement, "submit")

    async def given(self, after: int, wait_s: float) -> list[Given]:
        """Give what it gave out beyond a number. Raises SubjectError."""
        wait = getattr(getattr(self._adapter, "outbox", None), "wait", None)
        told = await _within(_guarded("outbox.wait", wait, after, wait_s), "outbox.wait", wait_s + ANSWER_S)
        if not isinstance(told, list | tuple) or len(told) > MOST:
            raise SubjectError(f"outbox.wait gave {_kind(told)}, not a list of at most {MOST} documents")
        found = [_given(one) for one in told]
        return [one for one in found if one.number > after]

    @property
    def next_wait(self) -> int | None:
        """The instant it waits for, as far as the surroundings know."""
        return self._around.next_wait

    @property
    def at_rest(self) -> bool | None:
        """What it says of itself."""
        told = getattr(self._adapter, "at_rest", None)
        return told if isinstance(told, bool) else None

    def moved(self) -> None:
        """Tell its surroundings that the clock was moved."""
        self._around.moved()


def _given(one: Any) -> Given:
    try:
        number, document = one
    except (TypeError, ValueError) as error:
        raise SubjectError(f"outbox.wait gave {_kind(one)}, not a number and a document") from error
    if not isinstance(number, int):
        raise SubjectError(f"outbox.wait gave a document whose number is {_kind(number)}")
    if isinstance(document, dict):
        kind: type[Response | Alert] = Alert if "AlertCode" in document else Response
        return Given(number, _document(document, kind, "outbox.wait"))
    if not isinstance(document, Response | Alert):
        raise SubjectError(f"outbox.wait gave {_kind(document)}, not a response or an alert")
    return Given(number, document)


def _document(given: Any, kind: type[T], who: str) -> T:
    if isinstance(given, kind):
        return given
    if not isinstance(given, dict):
        raise SubjectError(f"{who} gave {_kind(given)}, not {kind.__name__}")
    try:
        return msgspec.convert(given, kind)
    except (msgspec.ValidationError, TypeError) as error:
        raise SubjectError(f"{who} gave what is no {kind.__name__}: {error}") from error


def _guarded(what: str, call: Any, *given: Any) -> Any:
    """Call what is somebody else's. Raises SubjectError for whatever it raises."""
    if not callable(call):
        raise SubjectError(f"it has no {what}")
    try:
        return call(*given)
    except (Exception, SystemExit) as error:
        raise SubjectError(f"{what} raised {_told(error)}") from error


async def _within(awaited: Awaitable[Any], what: str, limit_s: float) -> Any:
    """Wait for what is somebody else's. Raises SubjectError for whatever it raises, and if it takes too long."""
    if not hasattr(awaited, "__await__"):
        raise SubjectError(f"{what} gave {_kind(awaited)}, and is not async")
    task = asyncio.ensure_future(_awaiting(awaited))
    done, _ = await asyncio.wait({task}, timeout=limit_s)
    if not done:
        task.cancel()
        raise SubjectError(f"{what} hangs: nothing came within {limit_s:g} s")
    if task.cancelled():
        raise SubjectError(f"{what} was cancelled by itself")
    error = task.exception()
    if isinstance(error, SubjectError):
        raise error
    if error is not None:
        raise SubjectError(f"{what} raised {_told(error)}") from error
    return task.result()


async def _awaiting(awaited: Awaitable[T]) -> T:
    try:
        return await awaited
    except SystemExit as error:
        raise SubjectError("it ends the process that it runs in (SystemExit)") from error


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{f': {text}' if text else ''}"

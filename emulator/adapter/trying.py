"""Trying: one step at a device, again where that is safe. Sleeping hubs are woken, busy devices asked once more.

A hub of a family that sleeps is woken by SMS before each further try, for some need two; any other before the last one.

Nothing is done twice. What was never handed over, and what only reads, is tried again; a command that had no answer may
have been done, so it is not repeated and its request ends with E21, which says so (service requests, 8.1). On a wire
of requests and responses no answer comes late: a later request finds what the device did.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulator.adapter import waking
from emulator.adapter.surroundings import UnknownWayError
from emulator.device.profile import Profile
from emulator.headend import BrokenAnswerError, HeadEnd, NotAssociatedError, NotOnWireError, ServiceRefusedError
from emulator.services.body import Body
from emulator.services.codes import Why

if TYPE_CHECKING:
    from emulator.adapter.errand import Errand, Step

MORE_TRIES: Final = 3
MORE_AFTER_SILENCE: Final = 1
AGAIN_AFTER_MS: Final = 30_000
BUSY: Final = "temporary_failure"
RESULTS: Final = {
    "read_write_denied": Why.NOT_AUTHORISED,
    "object_undefined": Why.NOT_SUPPORTED,
    "object_unavailable": Why.NOT_SUPPORTED,
    "object_class_inconsistent": Why.NOT_SUPPORTED,
    "type_unmatched": Why.INVALID_VALUE,
    "scope_of_access_violated": Why.NOT_AUTHORISED,
    "other_reason": Why.REFUSED,
    BUSY: Why.CONFLICT_STATE,
    "hardware_fault": Why.HARDWARE_FAULT,
}
"""What a result of the DLMS services means for whoever asked (functional reference 10.5 and 10.8)."""
EXPECTED: Final = (
    NotOnWireError,
    ServiceRefusedError,
    NotAssociatedError,
    UnknownWayError,
    OSError,  # of which TimeoutError is one
)

Pause = Callable[[], Awaitable[None]]
"""Wait until the device is no longer busy with what it was just given."""


class StepError(Exception):
    """A step failed: why, at which position (1 is the first), and what the device or the way said."""

    def __init__(self, why: Why, position: int, detail: str) -> None:
        super().__init__(detail)
        self.why, self.position, self.detail = why, position, detail


class Call(NamedTuple):
    """One step: what it is called, at which device (EUI-64) and level, what is done there, whether that only reads."""

    what: str
    device: str
    level: str
    act: Callable[[HeadEnd, Pause], Awaitable[Any]]
    reads: bool = True


async def carried(errand: "Errand", step: "Step") -> Body | StepError:
    """Carry an errand out; give the reply's body, or the step that failed."""
    async with errand:
        try:
            return await step(errand)
        except StepError as failed:
            return failed


async def tried(errand: "Errand", call: Call) -> Any:
    """Make a call, and again where that is safe and helps. Raises StepError."""
    adapter, profile = errand.adapter, errand.profile
    left = {Why.UNREACHABLE: MORE_TRIES, Why.TIMEOUT: MORE_AFTER_SILENCE, Why.CONFLICT_STATE: MORE_TRIES}
    while True:
        await errand.pause()
        handed_over = False
        try:
            async with asyncio.timeout(adapter.patience_s) as bound:

                async def pause() -> None:
                    await errand.pause()
                    bound.reschedule(asyncio.get_running_loop().time() + adapter.patience_s)

                head_end = await errand.lines.to(call.device, call.level)
                handed_over = not call.reads
                return await call.act(head_end, pause)
        except EXPECTED as error:
            failed = _failed(call, errand.position, error)
        if failed.why in {Why.UNREACHABLE, Why.TIMEOUT}:
            await errand.lines.drop()
            if handed_over:
                raise StepError(Why.TIMEOUT, failed.position, f"{failed.detail}; it may have been done")
        if not _again(failed, profile) or not left[failed.why]:
            raise failed
        left[failed.why] -= 1
        if failed.why is Why.UNREACHABLE and (waking.sleeps(profile) or not left[failed.why]):
            refused = await waking.wake(adapter, profile, errand.home)
            if refused:
                raise StepError(Why.UNREACHABLE, failed.position, refused)
            continue
        busy_ms = profile.pace.busy_after_write_ms
        await adapter.until(adapter.around.now() + (busy_ms if failed.why is Why.CONFLICT_STATE else AGAIN_AFTER_MS))


def _again(failed: StepError, profile: Profile) -> bool:
    """Say whether trying again can help: a conflict passes only at a make that says so while it is busy."""
    if failed.why is Why.CONFLICT_STATE:
        return BUSY in failed.detail and profile.pace.busy == "temporary-failure"
    return failed.why in {Why.UNREACHABLE, Why.TIMEOUT}


def _failed(call: Call, position: int, error: Exception) -> StepError:
    match error:
        case NotOnWireError():
            return StepError(Why.NOT_SUPPORTED, position, str(error))
        case UnknownWayError():
            return StepError(Why.NOT_ESTABLISHED, position, str(error))
        case BrokenAnswerError():
            return StepError(Why.TIMEOUT, position, f"{call.what}: {error}")
        case ServiceRefusedError():
            why = next((RESULTS[word] for word in RESULTS if word in str(error)), Why.REFUSED)
            return StepError(why, position, f"{call.what}: {error}")
        case NotAssociatedError():
            return StepError(Why.NOT_AUTHENTIC, position, f"{call.what}: {error}")
        case TimeoutError():
            return StepError(Why.TIMEOUT, position, f"{call.what}: no answer in time")
    return StepError(Why.UNREACHABLE, position, f"{call.what}: {error}")

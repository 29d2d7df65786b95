"""The adapter: it takes requests, judges them, carries them out over the wire, and gives the answers out.

Concurrency is one task a request; requests to one home take turns, as one hub has one session to spare.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Self

import structlog
from msgspec.structs import replace

from emulator.adapter import combinations, dates, national
from emulator.adapter.alert_intake import AlertIntake
from emulator.adapter.combinations import Eligible
from emulator.adapter.device_log import Joining, await_joining
from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.held import Held
from emulator.adapter.inventory import Entry, Inventory
from emulator.adapter.judging import Judged, Refusal, judge, unregistered
from emulator.adapter.keeping import Keeping
from emulator.adapter.outbox import Outbox
from emulator.adapter.outcomes import Outcomes
from emulator.adapter.schedules import Schedules
from emulator.adapter.sequence import Sequence
from emulator.adapter.steps import BY_PROTOCOL
from emulator.adapter.surroundings import Surroundings, UnknownWayError
from emulator.adapter.trying import carried
from emulator.device.profiles.profile_family import Pace
from emulator.services.body import Body, Done, plain
from emulator.services.catalogue import body_of, find
from emulator.services.codes import Why, code, of_device
from emulator.services.document import NATIONAL_SERVICE, Acknowledgement, Alert, Debug, Request, Response, dated
from emulator.services.row import Target
from emulator.services.users import BY_EUI

PATIENCE_S: Final = 16.0
"""How long one step may take: the target response time of SMETS1 (service requests, 8.1)."""
REMEMBERED: Final = 10_000
_DETAIL = 250
_log = structlog.get_logger("meterfarm")


class Adapter:
    """One adapter, with its inventory, its schedules and its outbox. Open it with `async with`."""

    def __init__(
        self,
        around: Surroundings,
        inventory: Inventory | None = None,
        *,
        patience_s: float = PATIENCE_S,
        keep: Path | None = None,
        eligible: Eligible | None = None,
    ) -> None:
        """Stand beside devices, with an inventory to begin with and a list of eligible combinations (the packaged one).

        With a directory to keep things in, what was kept there goes before `inventory`. Raises KeptError or OSError.
        """
        self.around = around
        self.keeping = Keeping(keep)
        kept = self.keeping.devices()
        self.inventory = (Inventory() if inventory is None else inventory) if kept is None else Inventory(kept)
        self.eligible = combinations.packaged() if eligible is None else eligible
        self.held = Held()
        self.outcomes = Outcomes(self)
        self.outbox = Outbox()
        self.schedules = Schedules(self)
        self.sequence = Sequence()
        self.alerts = AlertIntake(self)
        self.patience_s = patience_s
        self._results: OrderedDict[str, asyncio.Future[Response]] = OrderedDict()
        self._homes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.busy_until: dict[str, int] = {}
        self._rest = self.keeping.rest()
        self._counters: dict[str, int] = dict(self._rest.counters)
        self._under_way: dict[str, Request] = {}
        self.joining: dict[str, Joining] = {}
        self._own = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work = 0

    async def __aenter__(self) -> Self:
        self._spawn(self.alerts.listen())
        self._go_on()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.keeping.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Requests

    async def submit(self, request: Request) -> Acknowledgement:
        """Take a request: I99 and its result follows, the answer at once of a non-device one, or a refusal."""
        judged = self._judge(request)
        if isinstance(judged, Refusal):
            return self.acknowledge(request, judged.why, judged.detail)
        self._counters[request.originator] = request.counter
        if judged.service.targets is Target.D:
            self.sequence.begin(request)
            acknowledged = await national.answer(self, judged, request)
            self.sequence.end(request, succeeded=acknowledged.accepted)
            self.save()
            return acknowledged
        self.start(request, judged)
        self.save()
        return self.acknowledge(request, Why.ACCEPTED_FUTURE)

    def start(self, request: Request, judged: Judged, schedule: int | None = None) -> None:
        """Let a request that was judged go on its way."""
        self._begin(request)
        if schedule is None:
            self._under_way[request.request_id] = request
            at = dates.execution_at(judged.body)
            if request.preceding_service_request_id is not None or (at is not None and at > self.around.now()):
                self.held.begin(request)
        self._at_work += 1
        self._spawn(self._carry(request, judged, schedule))

    def next_counter(self, originator: str) -> int:
        """Give the lowest counter that a user's next request may have."""
        return self._counters.get(originator, -1) + 1

    def _judge(self, request: Request) -> Judged | Refusal:
        judged = judge(request, self.inventory)
        if isinstance(judged, Refusal):
            return judged
        if request.counter <= self._counters.get(request.originator, -1):
            return Refusal(Why.DUPLICATE_REQUEST, f"the counter of {request.originator} must rise")
        why = self.sequence.refuses(request)
        return judged if why is None else Refusal(Why.BROKEN_SEQUENCE, why)

    async def result(self, request_id: str) -> Response:
        """Wait for the result of a request that was accepted. Raises KeyError for one that was not."""
        return await asyncio.shield(self._results[request_id])

    @property
    def at_rest(self) -> bool:
        """Whether no request is at work: those on their way all wait for an instant, or for one that does."""
        return self._at_work == 0

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let a request wait: meanwhile it is not at work."""
        self._at_work -= 1
        try:
            yield
        finally:
            self._at_work += 1

    async def until(self, at: int) -> None:
        """Let a request wait for an instant."""
        with self.resting():
            await self.around.until(at)

    def acknowledge(self, request: Request, why: Why, detail: str = "", **more: Any) -> Acknowledgement:
        """Make the answer at once."""
        return Acknowledgement(
            request_id=request.request_id,
            response_code=code(why),
            response_date_time=dated(self.around.now()),
            reason=why.value,
            detail=detail[:_DETAIL],
            **more,
        )

    # On its way

    async def _carry(self, request: Request, judged: Judged, schedule: int | None) -> None:
        entry = judged.entry
        assert entry is not None
        try:
            response = await self._answer(request, judged, entry)
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller gets an answer, and the log the fault)
            _log.exception("errand_failed", service=judged.service.variant)
            fault = StepError(Why.REFUSED, 1, f"a fault of the adapter's own: {type(error).__name__}")
            response = self.respond(request, judged, entry, fault)
        if schedule is not None:
            response = self.schedules.told(response, schedule)
        self._end(request, judged, response, scheduled=schedule is not None)
        self._under_way.pop(request.request_id, None)
        self._at_work -= 1
        self.save()

    def _begin(self, request: Request) -> None:
        """Remember a request that has its answer to come."""
        self._results[request.request_id] = asyncio.get_running_loop().create_future()
        while len(self._results) > REMEMBERED:
            self._results.popitem(last=False)
        self.sequence.begin(request)

    def _end(self, request: Request, judged: Judged, response: Response, *, scheduled: bool = False) -> None:
        """Give the answer of a request out, and tell whoever waits for it, or has to do something about it."""
        result = self._results.get(request.request_id)
        if result is not None and not result.done():
            result.set_result(response)
        self.outbox.put(response)
        expected = not scheduled and dates.execution_at(judged.body) is None
        self.alerts.failed(request, response, judged.body, expected=expected)
        self.sequence.end(request, succeeded=response.ok)

    async def _answer(self, request: Request, judged: Judged, entry: Entry) -> Response:
        stopped = await self.held.wait(request, self._in_time(request, judged, entry))
        self.save()
        if stopped is not None:
            return self.respond(request, judged, entry, stopped)
        entry = self.inventory.get(entry.device_id) or entry
        refused = unregistered(request.originator, judged.role, entry)
        if refused is not None and request.originator != NATIONAL_SERVICE:
            return self.respond(request, judged, entry, StepError(Why.DROPPED, 1, refused.detail))
        outcome = await self.perform(request, judged, entry)
        return dates.answered(self, request, judged, entry, outcome)

    async def _in_time(self, request: Request, judged: Judged, entry: Entry) -> Body | StepError | None:
        """Wait for the request before this one, and for its date; say why it goes no further."""
        with self.resting():
            in_order = await self.sequence.turn(request)
        if not in_order:
            return StepError(Why.BROKEN_SEQUENCE, 1, "the preceding request failed")
        return await dates.wait(self, request, judged, entry)

    async def perform(self, request: Request, judged: Judged, entry: Entry) -> Body | StepError:
        """Carry a request out at its device, with the tries that its family needs; give the reply or the failure."""
        try:
            profile = self.around.family(entry.device_id)
        except UnknownWayError as error:
            return StepError(Why.NOT_ESTABLISHED, 1, str(error))
        steps = BY_PROTOCOL.get(profile.protocol)
        if steps is None:
            return StepError(Why.NOT_ESTABLISHED, 1, f"the {profile.protocol} wire of this family is not there yet")
        step = steps.get(judged.service.variant)
        if step is None:
            return StepError(Why.NOT_SUPPORTED, 1, f"{judged.service.variant} has no place on this family's wire")

        return await self._carried(Errand(self, request, judged.service, judged.body, entry), step)

    async def _carried(self, errand: Errand, step: Step) -> Body | StepError:
        turn = self._homes[errand.home]
        with self.resting():
            await turn.acquire()
        try:
            return await carried(errand, step)
        finally:
            turn.release()

    @asynccontextmanager
    async def others_turn(self, home: str) -> AsyncIterator[None]:
        """Let others use a home while a request of it, whose turn it is, waits for something else."""
        turn = self._homes[home]
        turn.release()
        try:
            yield
        finally:
            with self.resting():
                await turn.acquire()

    def kept_busy(self, home: str, pace: Pace) -> None:
        """Remember that a home was just written to: a make that is busy then is not asked meanwhile."""
        if pace.busy != "never":
            self.busy_until[home] = self.around.now() + pace.busy_after_write_ms

    def respond(self, request: Request, judged: Judged, entry: Entry, outcome: Body | StepError) -> Response:
        """Make the response of an outcome. What a device refused has SMETS1Debug with the step's position."""
        failed = outcome if isinstance(outcome, StepError) else None
        why = Why.OK if failed is None else failed.why
        debug: tuple[Debug, ...] = ()
        if failed is not None and of_device(why):
            number = list(Why).index(why)
            debug = (Debug(response_code=number, position=failed.position, error=failed.detail[:_DETAIL]),)
        return Response(
            request_id=request.request_id,
            response_code=code(why),
            service_reference=judged.service.reference,
            service_reference_variant=judged.service.variant,
            business_originator_id=entry.device_id,
            business_target_id=request.originator,
            timestamp=dated(self.around.now()),
            success=failed is None,
            reason=why.value,
            body=None if failed is not None else {judged.service.answer: plain(outcome)},
            debug=debug,
            is_from_gsme=entry.device_type == "GSME",
        )

    def alert(self, alert: Alert) -> None:
        """Give an alert out."""
        self.outbox.put(alert)

    # Of its own accord

    async def behind(self, entry: Entry, variant: str, step: Step) -> Body | StepError:
        """Do something at a device that no user asked for, when it is the home's turn."""
        self._own += 1
        service = find(variant)
        request = Request(
            request_id=f"{NATIONAL_SERVICE}:{entry.device_id}:{self._own}",
            service_reference=service.reference,
            service_reference_variant=variant,
            command_variant=1,
            body={},
        )
        return await self._carried(Errand(self, request, service, Done(), entry), step)

    def beside(self, work: Coroutine[Any, Any, object]) -> None:
        """Let work go on beside the requests; while it waits for an instant it is at rest, as they are."""

        async def at_work() -> None:
            try:
                await work
            except Exception:  # noqa: BLE001 (nobody waits for it: the log has the fault)
                _log.exception("work_failed")
            self._at_work -= 1
            self.save()

        self._at_work += 1
        self._spawn(at_work()).add_done_callback(lambda _: work.close())  # it may be stopped before it began

    def drop(self, user: str, device_id: str) -> int:
        """End what a user ("" is anybody) has waiting for a device; each is answered as dropped. Say how many."""
        self.schedules.drop(user, device_id)
        return self.held.drop(user, device_id, "who asked for it no longer serves this device")

    # Kept

    def save(self) -> None:
        """Keep what changed, if there is a directory to keep it in. Raises OSError."""
        self.alerts.watch()
        if not self.keeping.on:
            return
        held = self.held.requests
        waiting = {one.request_id for one in held}
        under_way = tuple(one for one in self._under_way.values() if one.request_id not in waiting)
        self.keeping.save(
            self.inventory,
            self._counters,
            held=held,
            under_way=under_way,
            schedules=self.schedules.kept(),
            joining=tuple(self.joining.values()),
        )

    def _go_on(self) -> None:
        """Go on after a restart: what waited waits; what was on its way may have been done, and nobody knows."""
        waited = {one.request_id for one in self._rest.held}
        begun: set[str | None] = set()
        for request in (*self._rest.under_way, *self._rest.held):
            service, body = body_of(request)
            entry = self.inventory.get(request.target)
            if entry is None:
                continue
            judged = Judged(service, body, request.user_role or BY_EUI[request.originator].roles[0], entry)
            begun.add(request.request_id)
            if request.request_id not in waited:
                lost = StepError(Why.TIMEOUT, 1, "the adapter was stopped meanwhile; it may have been done")
                self._begin(request)
                self._end(request, judged, self.respond(request, judged, entry, lost))
                continue
            alone = request.preceding_service_request_id not in begun
            self.start(replace(request, preceding_service_request_id=None) if alone else request, judged)
        self.schedules.restore(self._rest.schedules)
        for one in self._rest.joining:
            await_joining(self, one)
        self.save()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

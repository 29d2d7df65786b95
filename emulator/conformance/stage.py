"""The stage of one case: a home on a farm of its own, an adapter under test, a clock that only the case moves.

A case arranges by the farm's public API, acts by `ask`, and asserts by `expect` on answers, on what passed the wire,
and on the device's own truth. All of it is kept as evidence.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from emulator.adapter.outbox import Given
from emulator.conformance.case import Failed, NonStrict, NotHere, Tolerated, Undecided
from emulator.conformance.subject import Subject
from emulator.conformance.unwritten import unwritten
from emulator.conformance.verdict import Octets, Passed
from emulator.device import snapshot
from emulator.device.conditions import next_look, parse
from emulator.device.display import customer
from emulator.device.display.deeds import DEEDS
from emulator.device.firmware_install import FirmwareActivation, FirmwareOffered, FirmwareVerification
from emulator.device.identity import format_eui64
from emulator.device.instant import span
from emulator.device.journal import DeviceName, Entry
from emulator.device.profile import Profile
from emulator.device.readings import find as find_item
from emulator.device.readings import value
from emulator.farm.farm import Farm
from emulator.services import catalogue
from emulator.services.body import Body, plain
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE, Acknowledgement, Alert, Request, Response
from emulator.services.row import Role, Target
from emulator.services.users import user

QUIET_S: Final = 0.25
STEP_MS: Final = 300_000
REAL_S: Final = 20.0
FIRST_COUNTER: Final = 1_000
MOST_MINUTES: Final = 120


class Asked(NamedTuple):
    """A request, the answer at once, and its result; None where it was refused or nothing came."""

    request: Request
    acknowledged: Acknowledgement
    response: Response | None

    @property
    def code(self) -> str:
        """The response code that counts: the result's, or that of the refusal."""
        return self.acknowledged.response_code if self.response is None else self.response.response_code

    @property
    def reason(self) -> str:
        """The reason that counts."""
        return self.acknowledged.reason if self.response is None else self.response.reason

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        if self.response is None:
            return self.acknowledged.response_code == "I0" or (
                self.acknowledged.response_code == "I99" and self.request.target == NATIONAL_SERVICE
            )
        return self.response.ok

    @property
    def body(self) -> dict[str, Any]:
        """The element of the reply, without its name."""
        held = self.acknowledged.body if self.response is None else self.response.body
        return {} if not held else next(iter(held.values()))


class Stage:
    """What a case acts on. `index` is its home on the farm."""

    def __init__(self, farm: Farm, profile: Profile, subject: Subject, seed: int, index: int = 0) -> None:
        self.farm, self.profile, self.subject, self.seed, self.index = farm, profile, subject, seed, index
        self.documents: list[Passed] = []
        self.given: list[Given] = []
        self._counter = FIRST_COUNTER
        self._euis: dict[str, str] = {}
        self._journal_from = farm.home(index).installation.seq
        if not farm.capture.on(index):
            farm.capture.start(self.name)

    # The home and its truth

    @property
    def name(self) -> str:
        """The home's selector."""
        return self.farm.estate.name(self.index)

    @property
    def now(self) -> int:
        """The present instant."""
        return self.farm.clock.now()

    def eui(self, device: str = "esme") -> str:
        """Give the EUI-64 of a device of the home: esme, gsme, gpf, chf, ppmid, ihd; "" is the national service's."""
        if not device:
            return NATIONAL_SERVICE
        if device not in self._euis:
            self._euis[device] = self._worked_out(device)
        return self._euis[device]

    def _worked_out(self, device: str) -> str:
        site = self.farm.estate.site(self.index)
        if device in {"chf", "gpf"}:
            return format_eui64(site.hub_eui64 + (4 if device == "gpf" else 0))
        return format_eui64(self.farm.estate.premises(self.index).sites[DeviceName(device)].eui64)

    def truth(self, item: str, device: str = "esme") -> Any:
        """Read what a device itself holds, past every wire."""
        home = self.farm.home(self.index)
        name = DeviceName(device)
        return value(home.installation.devices[name], find_item(name, item))

    async def journal(self) -> list[Entry]:
        """Give what happened in the home since the case began, oldest first."""
        return await self.farm.journal(self.index, self._journal_from, 5_000)

    async def happened(self, name: str, device: str = "") -> list[Any]:
        """Give the happenings of a name, such as SupplyArmed, since the case began."""
        entries = await self.journal()
        return [e.what for e in entries if type(e.what).__name__ == name and device in {"", e.device}]

    def snapshot(self) -> dict[str, Any]:
        """Give the state of the home's devices as plain values: what before and after are compared by."""
        taken = snapshot.take(self.farm.home(self.index).installation)
        return {"at": taken.at, "state": taken}

    @property
    def wire(self) -> list[Octets]:
        """What passed the home's wire since the case began, decoded, and opened by the home's keys."""
        return [
            Octets(one.row.at, "to" if one.row.inward else "from", one.row.octets.hex(" "), one.text)
            for one in self.farm.capture.decoded(self.index)
        ]

    # Arranging

    async def fault(self, name: str, lasts: str = "", **given: int | str) -> None:
        """Put a fault into the home."""
        await self.farm.faults.put_in(name, self.name, given, for_ms=span(lasts) if lasts else None)

    async def act(self, deed: str, device: str = "esme") -> None:
        """Do something by hand."""
        await self.farm.act(self.index, lambda home: DEEDS[deed](home, DeviceName(device)))

    async def press(self, *keys: str, device: str = "esme") -> customer.Done:
        """Press keys."""
        return await self.farm.act(self.index, lambda home: customer.press(home, DeviceName(device), keys))

    async def image(self, version: str, device: str = "esme", *, runs: bool = True) -> None:
        """Have a complete image come to a meter by its optical port, and have it run, or only wait there."""
        name = DeviceName(device)
        every = (FirmwareOffered(version, port="optical"), FirmwareVerification(), FirmwareActivation())
        for event in every if runs else every[:2]:
            await self.farm.act(self.index, lambda home, one=event: home.note(name, one))  # type: ignore[misc]

    async def change_supplier(self, which: int, device: str = "esme") -> None:
        """Register the first or the second supplier of a meter's fuel there. Raises NotHere."""
        change = getattr(self.subject, "change_supplier", None)
        if change is None:
            raise NotHere("who is registered is what this adapter is told elsewhere: the suite has no way to change it")
        role = Role.GS if device == "gsme" else Role.IS
        done = change(self.eui(device), role, user(role, which).eui64)
        for _ in range(MOST_MINUTES):
            await self._rest()
            if done.done():
                self.expect(not done.result(), "the stage's own arranging: the supplier changes", done.result())
                return
            await self.advance("1m")
        raise Undecided("the change of supplier did not end")

    def vend(self, value_mp: int, device: str = "esme") -> str:
        """Make a valid top-up code."""
        return self.farm.home(self.index).vend(value_mp, DeviceName(device))

    async def advance(self, by: int | str) -> None:
        """Move the clock, through everything that the adapter waits for on the way."""
        end = self.now + (by if isinstance(by, int) else span(by))
        while True:
            await self._rest()
            at = self.subject.next_wait
            if at is None or at > end:
                break
            await self._move(max(at, self.now))
        await self._move(end)
        await self._rest()

    async def until(self, condition: str, limit: str = "31d") -> bool:
        """Move the clock from event to event until a condition on the home holds."""
        end = self.now + span(limit)
        holds = parse(condition, self.farm.home(self.index).installation)
        while True:
            home = self.farm.home(self.index).installation
            if holds(home):
                return True
            if self.now >= end:
                return False
            await self._move(min(end, next_look(home, end)))

    async def _move(self, to: int) -> None:
        if to > self.now:
            await self.farm.advance(to - self.now)
        self.subject.moved()
        await asyncio.sleep(0)

    async def _rest(self) -> None:
        """Let an adapter in process do what it can do now, and let alerts that hubs are sending arrive."""
        for _ in range(2_000):
            await asyncio.sleep(0)
            if self.subject.at_rest is not False and self.farm.push.idle:
                return
            await asyncio.sleep(0.002)

    # Acting

    def request(
        self,
        variant: str,
        body: Body | dict[str, Any] | None = None,
        *,
        device: str | None = None,
        role: Role | str | None = None,
        which: int = 1,
        **envelope: Any,
    ) -> Request:
        """Make a request, as its first role and with its first command variant unless it is said otherwise."""
        service = catalogue.find(variant)
        if device is None:
            device = "" if service.targets is Target.D else "esme" if service.targets & Target.E else "gsme"
        if role is None:
            own = (Role.GS,) if device in {"gsme", "gpf"} else (Role.IS, Role.ED, Role.ES)
            role = next((one for one in own if one in service.roles & service.duis_roles), None)
            role = role or min(service.roles)
        self._counter += 1
        element = plain(body) if isinstance(body, Body) else (body or {})
        fields = {
            "request_id": f"{user(Role(role), which).eui64}:{self.eui(device)}:{self._counter}",
            "service_reference": service.reference,
            "service_reference_variant": service.variant,
            "command_variant": service.command_variants[0] if not service.critical else service.command_variants[1],
            "user_role": Role(role),
            "body": {service.element: element},
        }
        return Request(**{**fields, **envelope})

    async def submit(self, request: Request) -> Acknowledgement:
        """Hand a request in, and keep both as evidence."""
        self._keep("request", plain(request))
        acknowledged = await self.subject.submit(request)
        self._keep("acknowledgement", plain(acknowledged))
        return acknowledged

    async def ask(self, variant: str, body: Body | dict[str, Any] | None = None, **more: Any) -> Asked:
        """Ask a service and wait for its result, moving the clock as far as `within` (2h) if need be."""
        within = more.pop("within", "2h")
        request = self.request(variant, body, **more)
        acknowledged = await self.submit(request)
        follows = acknowledged.response_code == "I99" and request.target != NATIONAL_SERVICE
        response = await self.outcome(request, within) if follows else None
        return Asked(request, acknowledged, response)

    async def outcome(self, request: Request, within: str = "2h") -> Response | None:
        """Wait for the result of a request that was accepted; None if none comes."""

        def is_result(given: Given) -> bool:
            document = given.document
            return isinstance(document, Response) and document.request_id == request.request_id

        found = await self._await(is_result, within)
        return found if isinstance(found, Response) else None

    async def alert(self, *codes: str, device: str = "", within: str = "2h") -> Alert | None:
        """Wait for an alert of one of some codes (four hexadecimal digits, N..., S1SP-...); None if none comes."""
        eui = self.eui(device) if device else ""

        def is_alert(given: Given) -> bool:
            document = given.document
            return (
                isinstance(document, Alert)
                and document.alert_code in codes
                and eui in {"", document.business_originator_id}
            )

        found = await self._await(is_alert, within)
        return found if isinstance(found, Alert) else None

    @property
    def alerts(self) -> list[Alert]:
        """The alerts that came so far."""
        return [one.document for one in self.given if isinstance(one.document, Alert)]

    async def _await(self, wanted: Callable[[Given], bool], within: str) -> Response | Alert | None:
        end, stop = self.now + span(within), asyncio.get_running_loop().time() + REAL_S
        while True:
            for given in self.given:
                if wanted(given):
                    return given.document
            resting = self.subject.at_rest
            fresh = await self.gather(QUIET_S if resting is None else 0.005)
            if fresh:
                continue
            if False in {resting, self.subject.at_rest} and asyncio.get_running_loop().time() < stop:
                continue  # also where it came to rest only now, as its result may be out, or went back to work
            if self.now >= end or asyncio.get_running_loop().time() >= stop:
                return None
            at = self.subject.next_wait
            await self._move(min(end, max(self.now, at if at is not None else self.now + STEP_MS)))

    async def gather(self, wait_s: float = 0.0) -> list[Given]:
        """Take in what the adapter gave out meanwhile, waiting a while for the first; give what is new."""
        fresh = await self.subject.given(self.given[-1].number if self.given else 0, wait_s)
        for given in fresh:
            self.given.append(given)
            self._keep(type(given.document).__name__.lower(), plain(given.document))
        return fresh

    def _keep(self, kind: str, document: dict[str, Any]) -> None:
        self.documents.append(Passed(self.now, kind, document))

    # Asserting

    def expect(self, held: object, expected: str, got: object = "") -> None:
        """Hold what is required. Raises Failed."""
        if not held:
            raise Failed(expected, str(got))

    def expect_strictly(self, held: object, expected: str, got: object = "") -> None:
        """Hold a form that the reference gives where the duty itself is met. Raises NonStrict."""
        if not held:
            raise NonStrict(expected, str(got))

    def tolerate(self, expected: str, got: object) -> None:
        """Tell of a departure that the profile declares. Raises Tolerated."""
        raise Tolerated(expected, str(got))

    def done(self, asked: Asked) -> Asked:
        """Hold that a service was done. Raises Failed."""
        told = unwritten(self, asked) or _told(asked)
        self.expect(asked.ok, f"{asked.request.service_reference_variant} is done", told)
        return asked

    def refused(self, asked: Asked, *reasons: str, code: str = "") -> Asked:
        """Hold that a service was refused, for one of the reasons, and with a code if one is named. Raises Failed."""
        variant = asked.request.service_reference_variant
        self.expect(not asked.ok, f"{variant} is refused", _told(asked))
        if Why.NOT_SUPPORTED not in reasons and (told := unwritten(self, asked)):
            self.expect(not told, f"{variant} is refused{f' with {code}' if code else ' for what is wrong'}", told)
        if code:
            self.expect(asked.code == code, f"{variant} is refused with {code}", _told(asked))
        if reasons:
            wanted = " or ".join(reasons)
            self.expect_strictly(asked.reason in reasons, f"{variant} is refused as {wanted}", _told(asked))
        return asked

    def undecided(self, why: str) -> None:
        """Say that nothing was seen that decides it. Raises Undecided."""
        raise Undecided(why)

    def not_here(self, why: str) -> None:
        """Say that it cannot be done at this target. Raises NotHere."""
        raise NotHere(why)


def _told(asked: Asked) -> str:
    response = asked.response
    detail = asked.acknowledged.detail if response is None else "; ".join(one.error for one in response.debug)
    nothing = " and nothing followed" if response is None and asked.code == "I99" else ""
    return f"{asked.code} {asked.reason}{nothing}{f': {detail}' if detail else ''}"

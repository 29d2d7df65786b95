"""What becomes of dated commands that a meter holds: 8F66 (done) or 8F67 (failed), one each (service requests, 7).

A make that tells of them itself is believed: its alert gets the request's id. Of the others the event log is read once
the date has passed, and the alert is the adapter's own reading of it. If a day later nothing is known, N13 says that.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emulator.adapter import alert_codes
from emulator.adapter.errand import Errand, StepError
from emulator.adapter.inventory import Entry
from emulator.adapter.judging import Judged
from emulator.device.instant import DAY, MINUTE, SECOND
from emulator.device.instant import parse as parse_instant
from emulator.services.body import Body, Done
from emulator.services.document import Request
from emulator.services.row import Service

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

DONE, FAILED = 0x8F66, 0x8F67
GRACE_MS: Final = 2 * MINUTE
AGAIN_MS: Final = 30 * MINUTE
NEAR_MS: Final = 10 * MINUTE
"""How far the stamps of a meter whose clock is off may lie from the date that it was given."""
TARIFF: Final = frozenset({"1.1.1", "1.1.2"})


@dataclass(slots=True)
class Followed:
    """A dated command at a meter: whose request, of which service, when it is to act, and whether its end was told."""

    request: Request
    entry: Entry
    variant: str
    at: int
    ended: bool = False


class Outcomes:
    """The dated commands that meters hold for one adapter."""

    def __init__(self, adapter: "Adapter") -> None:
        self._adapter = adapter
        self._followed: list[Followed] = []

    @property
    def open(self) -> tuple[Followed, ...]:
        """Those whose end was not told yet."""
        return tuple(one for one in self._followed if not one.ended)

    def replaced(self, entry: Entry, service: Service) -> None:
        """Forget what a newer request of the service replaced or cancelled: a meter keeps the newest of a kind."""
        key = (entry.way_id, service.variant)
        self._followed = [one for one in self._followed if one.ended or (one.entry.way_id, one.variant) != key]

    def follow(self, request: Request, judged: Judged, entry: Entry, at: int) -> None:
        """Follow a dated command until its end."""
        one = Followed(request, entry, judged.service.variant, at)
        self._followed.append(one)
        self._adapter.beside(self._until_known(one))

    def ended(self, device_id: str, code: int, raised_at: int) -> Followed | None:
        """Find the command whose end an alert of a meter tells; one that was told before is found too."""
        if code not in {DONE, FAILED}:
            return None
        near = [
            one
            for one in self._followed
            if one.entry.way_id == device_id and one.at - NEAR_MS <= raised_at <= one.at + DAY
        ]
        return min(near, key=lambda one: (one.ended, abs(one.at - raised_at)), default=None)

    async def _until_known(self, one: Followed) -> None:
        adapter, at = self._adapter, one.at + GRACE_MS
        while one in self.open and at <= one.at + DAY:
            await adapter.until(at)
            if one not in self.open:
                break
            found = await self._in_log(one)
            if found is not None:
                one.ended = True
                adapter.alerts.outcome(one, *found)
            at += AGAIN_MS
        if one in self.open:
            one.ended = True
            adapter.alerts.unknown_outcome(one)
        self._followed = self._followed[-1_000:]

    async def _in_log(self, one: Followed) -> tuple[int, int] | None:
        """Read a meter's event log for the end of a command: its code in GBCS, and its stamp."""
        lines: list[dict[str, Any]] = []

        async def look(errand: Errand) -> Body:
            lines.extend((await errand.read("event_log"))["event_log"])
            return Done()

        if isinstance(await self._adapter.behind(one.entry, one.variant, look), StepError):
            return None
        made = alert_codes.made(self._adapter.around.family(one.entry.device_id))
        done = made["TariffChanged" if one.variant in TARIFF else "FutureActioned"]
        meant = {
            done: DONE,
            made["FutureNotActioned"]: FAILED,
            made["TariffNotActivated"]: FAILED,
        }
        told = [(parse_instant(line["at"]), line["code"]) for line in lines]
        ends = [(meant[code], at) for at, code in told if code in meant and one.at - SECOND <= at <= one.at + DAY]
        place = [other for other in self._followed if self._alike(one, other)].index(one)
        return ends[place] if place < len(ends) else None

    @staticmethod
    def _alike(one: Followed, other: Followed) -> bool:
        """Say whether two commands end in lines of a log that nobody can tell apart but by their order."""
        same = (one.entry.way_id, one.at) == (other.entry.way_id, other.at)
        return same and (one.variant in TARIFF) == (other.variant in TARIFF)

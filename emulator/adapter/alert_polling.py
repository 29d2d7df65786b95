"""Asking for what a hub does not push: the alert log of families that are polled, and readings that come as texts.

While no such home is enrolled nothing is asked, and nothing is waited for.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from emulator.adapter.errand import Errand
from emulator.adapter.inventory import Entry
from emulator.adapter.judging import GONE
from emulator.adapter.surroundings import Pushed, Text, UnknownWayError
from emulator.device.instant import MINUTE
from emulator.device.instant import parse as parse_instant
from emulator.services.body import Body, Done

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

POLL_MS: Final = 30 * MINUTE
OF_THE_HUB: Final = "8.9"
"""The service in whose name a hub is asked: reading its device log."""


class Polling:
    """Which hubs are asked again and again. `watch` is called whenever the inventory may have changed."""

    def __init__(
        self, adapter: "Adapter", take: Callable[[Pushed], None], texted: Callable[[Entry, Text], None]
    ) -> None:
        self._adapter, self._take, self._texted = adapter, take, texted
        self._asked: set[str] = set()
        self._changes = -1

    def watch(self) -> None:
        """Begin to ask the hubs that are new in the inventory, where their family needs it."""
        inventory = self._adapter.inventory
        if inventory.changes == self._changes:
            return
        self._changes = inventory.changes
        for entry in inventory:
            if entry.device_type == "CHF" and entry.device_id not in self._asked and self._stands(entry.device_id):
                ask = self._way_to_ask(entry.device_id)
                if ask is not None:
                    self._asked.add(entry.device_id)
                    self._adapter.beside(ask(entry.device_id))

    def _way_to_ask(self, hub: str) -> Callable[[str], Coroutine[Any, Any, None]] | None:
        try:
            profile = self._adapter.around.family(hub)
        except UnknownWayError:
            return None
        if profile.protocol == "sms":
            return self._texts
        return self._log if profile.protocol == "dlms" and profile.push.service == "none" else None

    def _stands(self, hub: str) -> bool:
        entry = self._adapter.inventory.get(hub)
        return entry is not None and entry.status not in GONE

    async def _again(self, hub: str) -> AsyncIterator[Entry]:
        """Wait from one time to the next for as long as a hub is in use."""
        while True:
            await self._adapter.until(self._adapter.around.now() + POLL_MS)
            entry = self._adapter.inventory.get(hub)
            if entry is None or entry.status in GONE:
                self._asked.discard(hub)
                return
            yield entry

    async def _log(self, hub: str) -> None:
        """Ask for the alert log; what was raised before the adapter knew the hub is none of its alerts."""
        began = self._adapter.around.now()
        async for entry in self._again(hub):
            for row in await self._rows(entry):
                raised_at = parse_instant(row["raised_at"])
                if raised_at >= began:
                    self._take(Pushed(self._source(entry, row), hub, row["number"], row["code"], "", raised_at))

    def _source(self, hub: Entry, row: dict[str, Any]) -> str:
        home = self._adapter.inventory.home_of(hub)
        return next((one.device_id for one in home if one.device_type == row["device"].upper()), hub.device_id)

    async def _rows(self, entry: Entry) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []

        async def look(errand: Errand) -> Body:
            rows.extend((await errand.read("alert_log"))["alert_log"])
            return Done()

        await self._adapter.behind(entry, OF_THE_HUB, look)
        return rows

    async def _texts(self, hub: str) -> None:
        """Look at the texts that came."""
        last = max((one.number for one in self._adapter.around.texts(hub, 0)), default=0)
        async for entry in self._again(hub):
            for one in self._adapter.around.texts(hub, last):
                last = max(last, one.number)
                self._texted(entry, one)

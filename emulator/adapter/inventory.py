"""The inventory: which devices there are, how far each has come, whose they are, and what they can do.

Records and rules only. Every change gives a new inventory entry; `Inventory` holds them by EUI-64.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

DeviceType = Literal["ESME", "GSME", "GPF", "CHF", "PPMID", "IHD"]
Status = Literal[
    "Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned", "Withdrawn", "Suspended"
]
"""The words of DUIS that a SMETS1 device can have (service requests, section 5, INVENTORY)."""


class Sim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The SIM of a hub, and whether its network lets it in."""

    iccid: str
    imsi: str
    active: bool = False


class Registered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which user (EUI-64) holds a role at a supply point, and since when."""

    role: str
    user: str
    since: int


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One device. `family` is its profile; `hub` the EUI-64 of its hub; `proxy_for` a gas proxy's gas meter.

    `s1sp` is who operates it, if that is another than its family's provider.
    """

    device_id: str
    device_type: DeviceType
    status: Status
    manufacturer: str
    model: str
    firmware: str = ""
    smets_version: str = "SMETS1"
    family: str = ""
    combination: str = ""
    hub: str = ""
    proxy_for: str = ""
    mpxn: str = ""
    secondary_mpan: str = ""
    export_mpan: str = ""
    uprn: int = 0
    post_code: str = ""
    address: str = ""
    s1sp: str = ""
    esme_variant: str = ""
    registered: tuple[Registered, ...] = ()
    commissioned_at: int | None = None
    sim: Sim | None = None
    joined: tuple[str, ...] = ()

    @property
    def way_id(self) -> str:
        """The EUI-64 at whose wire the device answers."""
        return self.proxy_for or self.device_id

    def holder(self, role: str) -> str:
        """Give the user that holds a role here now, who came last; "" is nobody."""
        held = [one for one in self.registered if one.role == role]
        return held[-1].user if held else ""


class Inventory:
    """All devices by EUI-64. `changes` counts what was done to it, so that whoever keeps it knows when."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self._entries = {entry.device_id: entry for entry in entries}
        self.changes = 0

    def get(self, device_id: str) -> Entry | None:
        """Find a device."""
        return self._entries.get(device_id)

    def put(self, entry: Entry) -> None:
        """Hold a device as it is now."""
        self._entries[entry.device_id] = entry
        self.changes += 1

    def change(self, device_id: str, **changes: Any) -> Entry | None:
        """Hold a device with some of its fields changed, if it is there."""
        entry = self.get(device_id)
        if entry is not None:
            entry = msgspec.structs.replace(entry, **changes)
            self.put(entry)
        return entry

    def remove(self, device_id: str) -> None:
        """Forget a device. Raises KeyError."""
        del self._entries[device_id]
        self.changes += 1

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def home_of(self, entry: Entry) -> tuple[Entry, ...]:
        """Give the devices of a home: the hub's own and all that name it; one that has no hub yet is alone."""
        hub = entry.device_id if entry.device_type == "CHF" else entry.hub
        if not hub:
            return (entry,)
        return tuple(one for one in self if hub in {one.device_id, one.hub})

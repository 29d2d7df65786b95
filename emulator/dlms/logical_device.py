"""The logical devices: a home as DLMS servers at one address, with what its associations share.

That is the cipher of its keys and its invocation counters. The counters of every message would be too much for the
journal, so a block of them is reserved there; after a restart the meter goes on beyond the block, and a client's
counter must be above the one it associated with.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from emulator.device.commands import Command, Sender
from emulator.device.configuration import CountersReserved
from emulator.device.household import Site
from emulator.device.hub.command_queue import queued
from emulator.device.hub.gas_mirror import mirrored, mirrored_at
from emulator.device.hub.hub import Hub
from emulator.device.hub.hub_records import Mirror
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName
from emulator.device.meter import Meter, Outcome
from emulator.device.profile import POLICIES, Profile
from emulator.device.profile import Association as Allowed
from emulator.device.splitmix import stream
from emulator.dlms.busy import Busy, busy_after_write
from emulator.dlms.framing.gateway import Route
from emulator.dlms.objects.administration import GAS_SAP, HUB_SAP, METER_SAP, logical_device_name, system_title
from emulator.dlms.objects.rows import AccessError, Level
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.dlms.security import AUTHENTICATED, MAX_COUNTER, Cipher, SecurityError
from emulator.dlms.watch import watch_of

RESERVED_COUNTERS = 4096
CHALLENGE_OCTETS = 16
EUI64_OCTETS = 8
DEVICE_AT: Final = {METER_SAP: DeviceName.ESME, HUB_SAP: DeviceName.CHF, GAS_SAP: DeviceName.GSME}
NETWORK: Final = 0  # of the gateway: the home area network
_WITHOUT_GAS: Final = (METER_SAP, HUB_SAP)
_ALL: Final = (*_WITHOUT_GAS, GAS_SAP)


class Role(NamedTuple):
    """What a client may do at a logical device, and how it must prove itself."""

    level: Level
    allowed: Allowed


class Unheard:
    """A gas meter that never called its hub: its site is known, all else is refused as a temporary failure."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def __getattr__(self, name: str) -> Any:
        raise AccessError(DataAccessResult.TEMPORARY_FAILURE)


class LogicalDevices:
    """The DLMS servers of one home at one address; the meter may be replaced by its successor after a restart.

    The meter stands behind SAP 1, the hub behind SAP 2, and behind SAP 3 the gas meter as the hub's mirror shows it.
    Keys, counters and security log are the electricity meter's for all of them (*assumed*).
    """

    __slots__ = (
        "_cipher",
        "_credentials",
        "_hub",
        "_mirrored",
        "_names",
        "_opened",
        "_sent",
        "address",
        "advance",
        "busy",
        "installation",
        "meter",
        "roles",
        "seen",
        "servers",
        "title",
        "watch",
    )

    def __init__(
        self,
        meter: Meter,
        address: tuple[str, int],
        advance: Callable[[int], None] | None = None,
        installation: Installation | None = None,
    ) -> None:
        """Serve a home at an address; `advance` moves it to an instant, with all that lives beside the meter.

        A meter without an installation stands behind a hub as fitted, which nothing else sees.
        """
        self.meter = meter
        self.advance = advance or meter.advance
        self.busy: Busy | None = None
        self.installation = installation
        self.address = address
        self.title = system_title(meter.site)
        fitted = {DeviceName.ESME} if installation is None else set(installation.devices)
        self.servers = _ALL if {DeviceName.CHF, DeviceName.GSME} <= fitted else _WITHOUT_GAS
        self.roles = _roles(meter.site.profile, self.servers)
        self._credentials = meter.records.credentials
        self._cipher = self._make_cipher()
        self._sent = self._credentials.sent_below
        self.seen = dict(self._credentials.seen)
        self._opened = 0
        self.watch = watch_of(installation)
        self._names: dict[int, bytes] | None = None
        self._hub: Hub | None = None
        self._mirrored: tuple[Mirror, int | None, Any] | None = None

    # What stands behind each SAP.

    @property
    def names(self) -> dict[int, bytes]:
        """The COSEM logical device names, by SAP."""
        if self._names is None:
            self._names = {sap: logical_device_name(self._site(sap), sap) for sap in self.servers}
        return self._names

    def shown(self, server: int) -> Any:
        """Give the device behind a SAP as it is read now."""
        if server == METER_SAP:
            return self.meter
        hub = self.hub
        return hub if server == HUB_SAP else self._gas(hub)

    @property
    def hub(self) -> Hub:
        """The hub at the present instant: the wire moves the meter, and the others only when something falls due."""
        now = self.meter.now
        hub = None if self.installation is None else self.installation.devices.get(DeviceName.CHF)
        if hub is None:
            hub = self._hub = self._hub or Hub(self.meter.site, now)
        assert isinstance(hub, Hub)
        if hub.now < now:
            hub.advance(now)
        return hub

    def send(self, server: int, command: Command) -> Outcome:
        """Have the device behind a SAP carry out a command; what is for the gas meter waits at the hub for its wake."""
        self.busy = busy_after_write(self.meter) or self.busy
        if server == METER_SAP:
            return self.meter.send(command, Sender.SUPPLIER)
        if self.installation is None or DeviceName.CHF not in self.installation.devices:
            return self.hub.send(command, Sender.SUPPLIER)
        if server == HUB_SAP:
            return self.installation.send(DeviceName.CHF, command, Sender.SUPPLIER)
        return self.installation.note(DeviceName.CHF, queued(command, Sender.SUPPLIER))

    def answer_busy(self, apdu: bytes) -> bytes | None:
        """Answer a request while the devices are busy; None where it is served."""
        if self.busy is None or self.busy.over:
            self.busy = None
            return None
        return self.busy.answer(apdu)

    def routed(self, route: Route) -> int | None:
        """Find whom a gateway header names by its EUI-64 or its serial number: a SAP, or None for nobody."""
        if route.network != NETWORK:
            return None
        for sap in self.servers:
            site = self._site(sap)
            eui64, serial = (site.hub_eui64, site.hub_serial) if sap == HUB_SAP else (site.eui64, site.serial)
            if route.address in (eui64.to_bytes(EUI64_OCTETS, "big"), serial.encode("ascii")):
                return sap
        return None

    def _site(self, server: int) -> Site:
        if server != GAS_SAP or self.installation is None:
            return self.meter.site
        return self.installation.devices[DeviceName.GSME].site

    def _gas(self, hub: Hub) -> Any:
        """Give the gas meter as the mirror shows it: the same object until a wake or a change shows another."""
        assert self.installation is not None
        gas, now = self.installation.devices[DeviceName.GSME], self.meter.now
        at, mirror = mirrored_at(hub, gas, now), hub.records.mirror
        held = self._mirrored
        if held is None or held[0] is not mirror or held[1] != at or held[2].site is not gas.site:
            held = self._mirrored = (mirror, at, mirrored(hub, gas, now) or Unheard(gas.site))
        return held[2]

    # What the associations share.

    @property
    def cipher(self) -> Cipher:
        """The cipher of the present keys. A new key forgets the counters taken under the old one.

        The counter sent goes on: a dedicated key, which lives as long as its association, may still be in use.
        """
        held = self.meter.records.credentials
        if held is not self._credentials:
            old, self._credentials = self._credentials, held
            if old.encryption_key != held.encryption_key:
                self.seen = {}
            if (old.encryption_key, old.authentication_key) != (held.encryption_key, held.authentication_key):
                self._cipher = self._make_cipher()
        return self._cipher

    @property
    def counter(self) -> int:
        """The highest counter taken from any client."""
        return max(self.seen.values(), default=0)

    def next_counter(self) -> int:
        """Take the next counter to send with. Raises SecurityError when there is none left."""
        if self._sent >= MAX_COUNTER:
            raise SecurityError("the invocation counters are used up")
        self._sent += 1
        if self._sent >= min(self.meter.records.credentials.sent_below, MAX_COUNTER):
            self.meter.note(CountersReserved(self.reserve()))
        return max(1, self._sent - self.meter.site.profile.quirks.counter_back)

    def take_counter(self, client: int, control: int, counter: int, required: int) -> None:
        """Remember a client's counter, unless nothing vouches for it: else a stranger could lock that client out."""
        if required or control & AUTHENTICATED:
            self.seen[client] = counter

    def reserve(self) -> int:
        """Give the bound below which counters may be used once it is journalled."""
        return min(self._sent + RESERVED_COUNTERS, MAX_COUNTER)

    def role(self, client: int, server: int) -> Role | None:
        """Give a client's role at a server, or None for a stranger."""
        return self.roles.get((client, server))

    def policy(self, role: Role) -> int:
        """Give the least protection of a role's messages; management's may have been strengthened."""
        if role.level is Level.MANAGEMENT:
            return self.meter.records.credentials.policy
        return POLICIES[role.allowed.policy]

    def challenge(self) -> bytes:
        """Make a challenge: unlike any before, and the same again for the same seed and course of events."""
        self._opened += 1
        parts = [stream(self.meter.site.key, "challenge", self.meter.now, self._opened, half) for half in (0, 1)]
        return b"".join(part.to_bytes(8, "big") for part in parts)[:CHALLENGE_OCTETS]

    def _make_cipher(self) -> Cipher:
        return Cipher(self._credentials.encryption_key, self._credentials.authentication_key)


@lru_cache(maxsize=256)
def _roles(profile: Profile, servers: tuple[int, ...]) -> dict[tuple[int, int], Role]:
    """Give the roles of the clients: the same ones at every logical device (*assumed*)."""
    allowed = profile.associations
    if allowed is None:
        return {}
    levels = (
        (Level.PUBLIC, allowed.public),
        (Level.READER, allowed.reader),
        (Level.MANAGEMENT, allowed.management),
    )
    return {(client.client, sap): Role(level, client) for sap in servers for level, client in levels}

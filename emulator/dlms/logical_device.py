"""A logical device: a meter as one or more DLMS servers, with what its associations share.

That is the cipher of its keys and its invocation counters. The counters of every message would be too much for the
journal, so a block of them is reserved there; after a restart the meter goes on beyond the block, and a client's
counter must be above the one it associated with.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulator.device.configuration import CountersReserved
from emulator.device.meter import Meter
from emulator.device.profile import POLICIES
from emulator.device.profile import Association as Allowed
from emulator.device.splitmix import stream
from emulator.dlms.objects.administration import HUB_SAP, METER_SAP, system_title
from emulator.dlms.objects.rows import Level
from emulator.dlms.security import AUTHENTICATED, MAX_COUNTER, Cipher, SecurityError

RESERVED_COUNTERS = 4096
CHALLENGE_OCTETS = 16


class Role(NamedTuple):
    """What a client may do at a logical device, and how it must prove itself."""

    level: Level
    allowed: Allowed


class LogicalDevices:
    """The DLMS servers of one meter at one address; the meter may be replaced by its successor after a restart."""

    __slots__ = ("_cipher", "_credentials", "_opened", "_sent", "address", "advance", "meter", "roles", "seen", "title")

    def __init__(self, meter: Meter, address: tuple[str, int], advance: Callable[[int], None] | None = None) -> None:
        """Serve a meter at an address; `advance` moves it to an instant, with all that lives beside it."""
        self.meter = meter
        self.advance = advance or meter.advance
        self.address = address
        self.title = system_title(meter.site)
        self.roles = _roles(meter)
        self._credentials = meter.records.credentials
        self._cipher = self._make_cipher()
        self._sent = self._credentials.sent_below
        self.seen = dict(self._credentials.seen)
        self._opened = 0

    @property
    def servers(self) -> tuple[int, ...]:
        """The SAPs that answer."""
        return (METER_SAP, HUB_SAP)

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
        return self._sent

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


def _roles(meter: Meter) -> dict[tuple[int, int], Role]:
    allowed = meter.site.profile.associations
    if allowed is None:
        return {}
    return {
        (allowed.public.client, METER_SAP): Role(Level.PUBLIC, allowed.public),
        (allowed.reader.client, METER_SAP): Role(Level.READER, allowed.reader),
        (allowed.management.client, METER_SAP): Role(Level.MANAGEMENT, allowed.management),
        (allowed.public.client, HUB_SAP): Role(Level.PUBLIC, allowed.public),
    }

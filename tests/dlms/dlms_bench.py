"""A meter on a table, its settings, and lines to it: what the DLMS tests share below their clients."""

from typing import Any

import msgspec

from emulator.device.household import Household, Site
from emulator.device.instant import instant
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import HdlcClient, HdlcLimits, Response, Transmit
from emulator.dlms.framing.hdlc_frame import encode_address
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.session import Session
from emulator.farm import library

PROFILE = library.packaged("elster-as300p")
START = instant(2026, 1, 1, 3, 4, 5)


def changed(profile: Profile, **blocks: dict[str, Any]) -> Profile:
    """Give a profile with some keys of its blocks changed, under a name of its own."""
    name = "test-" + "-".join(f"{block}-{key}" for block in sorted(blocks) for key in sorted(blocks[block]))
    given = {block: msgspec.structs.replace(getattr(profile, block), **keys) for block, keys in blocks.items()}
    return msgspec.structs.replace(profile, name=name.replace("_", "-")[:40], **given)


def allowed(profile: Profile, level: str, **keys: Any) -> Profile:
    """Give a profile in which the association of a level differs."""
    changed_one = msgspec.structs.replace(getattr(profile.associations, level), **keys)
    return changed(profile, associations={level: changed_one})


def site(key: int = 77, profile: Profile = PROFILE, household: Household | None = None) -> Site:
    """Give a site whose identity is the same in every test."""
    return Site(
        key=key,
        profile=profile,
        serial="14K0000001",
        eui64=0x00237E0000000001,
        mpan="2000000000006",
        hub_serial="H14K0000001",
        hub_eui64=0x001A630000000001,
        iccid="8944100000000000014",
        imsi="234150000000001",
        household=household or Household(),
        installed_at=instant(2014, 5, 5, 10),
    )


class Bench:
    """One meter, its logical devices, and the present instant, which tests move."""

    def __init__(
        self,
        now: int = START,
        key: int = 77,
        profile: Profile = PROFILE,
        household: Household | None = None,
        state: bytes | None = None,
    ) -> None:
        self.now = now
        self.meter = Meter(site(key, profile, household), now, state)
        self.device = LogicalDevices(self.meter, ("127.0.0.1", 4059))

    def session(self) -> Session:
        return Session(self.device)

    def happened(self) -> list[str]:
        """Name what the journal holds, oldest first."""
        return [type(entry.what).__name__ for entry in self.meter.journal]

    def refusals(self) -> list[str]:
        """Give the details of what was not authentic or not allowed."""
        return [entry.what.detail for entry in self.meter.journal if hasattr(entry.what, "detail")]


class WrapperLine:
    """APDUs through a session in the TCP wrapper."""

    def __init__(self, bench: Bench, client: int, server: int, session: Session) -> None:
        self.bench, self.client, self.server, self.session = bench, client, server, session
        self.recorded: list[bytes] = []

    def exchange(self, apdu: bytes) -> bytes:
        self.recorded.append(apdu)
        replies = self.session.receive(wrapper.encode(self.client, self.server, apdu), self.bench.now)
        assert len(replies) <= 1
        if not replies:
            return b""
        (reply,) = wrapper.WrapperDeframer().feed(replies[0])
        assert (reply.source, reply.destination) == (self.server, self.client)
        return reply.apdu


class HdlcLine:
    """APDUs through a session in HDLC frames, link set-up included."""

    def __init__(self, bench: Bench, client: int, server: int, session: Session, limits: HdlcLimits) -> None:
        physical = bench.meter.site.profile.hdlc.physical_address
        self.bench, self.session = bench, session
        self.hdlc = HdlcClient(client, encode_address(server, physical, octets=2), limits)
        self.until(self.hdlc.connect())

    def exchange(self, apdu: bytes) -> bytes:
        return self.until(self.hdlc.request(apdu))

    def until(self, octets: bytes) -> bytes:
        while octets:
            received, octets = b"".join(self.session.receive(octets, self.bench.now)), b""
            for event in self.hdlc.feed(received):
                if isinstance(event, Transmit):
                    octets += event.octets
                elif isinstance(event, Response):
                    return event.apdu
        return b""

"""A session: one connection's octets in, octets out, at an instant. It does no I/O.

The first octet tells the framing: 0x7E opens an HDLC frame, anything else must be the TCP wrapper's version. One
connection may carry several associations, one for each pair of client and server addresses.
"""

from collections import Counter
from functools import lru_cache

from emulator.dlms.association import Association
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_parameters import HdlcLimits
from emulator.dlms.framing.hdlc_server import Connected, Delivery, Disconnected, HdlcServer, Transmit
from emulator.dlms.framing.wrapper import HEADER_OCTETS, WrapperDeframer
from emulator.dlms.gateway import Gateway
from emulator.dlms.logical_device import LogicalDevices

FLAG = 0x7E
MAX_ASSOCIATIONS = 16
WRAPPER_SLACK = 1024
SHORT_ANSWERS = 64  # of up to so many octets; longer ones cost more than their header
SHORT = HEADER_OCTETS - 1  # octets of a header without the low one of its length; equal in all frames up to 255


class Session:
    """One conversation with the devices at one address."""

    __slots__ = (
        "_answer_heads",
        "_associations",
        "_device",
        "_gateway",
        "_hdlc",
        "_head",
        "_last",
        "_meter",
        "_wrapper",
        "closed",
        "refused",
    )

    def __init__(self, device: LogicalDevices) -> None:
        self._device = device
        self._meter = device.meter
        self._associations: dict[tuple[int, int], Association] = {}
        self._gateway = Gateway(device)
        self._wrapper: WrapperDeframer | None = None
        self._hdlc: HdlcServer | None = None
        self._last: Association | None = None  # the last one spoken with, while no frame is cut off
        self._head = b""  # how a short frame for it begins
        self._answer_heads: tuple[bytes, ...] = ()  # the header of a short answer, by its length
        self.closed = ""
        self.refused: Counter[str] = Counter()

    @property
    def pending(self) -> bool:
        """Whether the beginning of a frame waits for its end."""
        framing = self._wrapper or self._hdlc
        return framing is not None and framing.pending

    @property
    def line_due(self) -> int | None:
        """When silence takes the HDLC links of this line down, in the line's time; None where none is up."""
        return None if self._hdlc is None else self._hdlc.next_due

    def receive(self, data: bytes, now: int, line_now: int | None = None) -> list[bytes]:
        """Take octets at an instant and give the octets to send. When `closed` is not empty, the link must end.

        `line_now` is the time of the line, for HDLC's time-outs, where the meters' time runs at another pace.
        """
        meter = self._meter
        if now > meter.now:
            self._device.advance(now)
        line_at = now if line_now is None else line_now
        last = self._last
        # Nearly always one whole short frame for the same association: with a thousand meters in turn, every object
        # that is left alone saves a wait for memory.
        if last is not None and HEADER_OCTETS < len(data) == HEADER_OCTETS + data[SHORT] and data[:SHORT] == self._head:
            reply = last.receive(data[HEADER_OCTETS:], line_at)
            size = len(reply)
            if 0 < size < SHORT_ANSWERS:
                return [self._answer_heads[size] + reply]
            return [wrapper.encode(last.server, last.client, reply)] if reply else []
        framing = self._wrapper
        if framing is not None:
            return [] if self.closed else self._receive_wrapped(framing, data, line_at)
        if self._hdlc is None:
            if not data:
                return []
            return self._begin(data, now, line_now)
        return self._receive_hdlc(self._hdlc, data, line_at)

    def _begin(self, data: bytes, now: int, line_now: int | None) -> list[bytes]:
        profile = self._meter.site.profile
        if data[0] == FLAG:
            hdlc = profile.wire.hdlc
            limits = HdlcLimits(hdlc.information_field, hdlc.information_field, hdlc.window, hdlc.window)
            servers = self._device.servers
            milliseconds = hdlc.inactivity_s * 1000
            self._hdlc = HdlcServer(limits, hdlc.physical_address, servers, inactivity_ms=milliseconds)
        else:
            self._wrapper = WrapperDeframer(profile.wire.dlms.max_apdu + WRAPPER_SLACK)
        return self.receive(data, now, line_now)

    def _receive_wrapped(self, framing: WrapperDeframer, data: bytes, line_at: int) -> list[bytes]:
        replies = []
        association = None
        for client, server, apdu in framing.feed(data):
            association = self._associations.get((client, server))
            if association is None:
                association = self._associate(client, server)
                if association is None:
                    continue
            reply = association.receive(apdu, line_at)
            if reply:
                replies.append(wrapper.encode(server, client, reply))
        if framing.error is not None:
            self.closed = framing.error.kind
        self._last = None if self.closed or framing.pending else association
        if self._last is not None:
            self._head = _short_head(self._last.client, self._last.server)
            self._answer_heads = _short_heads(self._last.server, self._last.client)
        return replies

    def _receive_hdlc(self, line: HdlcServer, data: bytes, line_at: int) -> list[bytes]:
        replies = []
        for event in line.feed(data, line_at):
            match event:
                case Transmit(octets):
                    replies.append(octets)
                case Delivery(client, server, apdu, confirmed):
                    association = self._associations.get((client, server)) or self._associate(client, server)
                    reply = association.receive(apdu, line_at) if association is not None else b""
                    if not confirmed:
                        continue
                    if reply:
                        replies.append(line.send(client, server, reply))
                    else:
                        replies.append(line.acknowledge(client, server))
                case Connected(client, server) | Disconnected(client, server):
                    lost = self._associations.pop((client, server), None)
                    if lost is not None:
                        lost.link_lost()
                    self._gateway.link_lost(client, server)
        self.refused = line.rejected
        return [octets for octets in replies if octets]

    def _associate(self, client: int, server: int) -> Association | None:
        """Make the association of two addresses; a server that is not here gets silence, as on a real line."""
        if server not in self._device.servers or len(self._associations) >= MAX_ASSOCIATIONS:
            self.refused["unknown_server"] += 1
            return None
        association = self._associations[client, server] = Association(
            self._device, client, server, self._gateway.relay
        )
        return association


@lru_cache(maxsize=64)
def _short_head(client: int, server: int) -> bytes:
    """Give how a frame of up to 255 octets begins: one object for all sessions, so that it stays near."""
    return wrapper.encode(client, server, b"")[:SHORT]


@lru_cache(maxsize=64)
def _short_heads(server: int, client: int) -> tuple[bytes, ...]:
    """Give the headers of answers by their length, for all sessions too."""
    return tuple(wrapper.encode(server, client, bytes(size))[:HEADER_OCTETS] for size in range(SHORT_ANSWERS))

"""The secondary station: one physical line as a meter sees it (IEC 62056-46, 6.4.2 and 6.4.4; docs/hdlc.md).

Finds the link that a frame is for, or that it is for nobody here. Does no I/O and asks no clock: octets and the time
of the line come in as arguments. The session above does

    for event in line.feed(data, now):
        match event:
            case Transmit(octets): write(octets)
            case Delivery(client, server, apdu): write(line.send(client, server, answer(apdu)))
            case Connected() | Disconnected(): ...
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator

from emulator.dlms.framing.hdlc_frame import (
    ALL_STATIONS,
    CALLING_DEVICE,
    CONTROLS,
    NO_STATION,
    Address,
    Frame,
    FrameKind,
    HdlcDeframer,
    control_octet,
    decode_address,
    encode_address,
)
from emulator.dlms.framing.hdlc_link import (
    LLC_COMMAND,
    Connected,
    Delivery,
    Disconnected,
    Event,
    HdlcLink,
    Mode,
    Transmit,
)
from emulator.dlms.framing.hdlc_parameters import HdlcLimits

__all__ = ["Connected", "Delivery", "Disconnected", "Event", "HdlcLimits", "HdlcServer", "Transmit"]

MANAGEMENT_LOGICAL_DEVICE = 0x01
MAX_CONNECTIONS = 8  # links up at once on one line; a bound of our own, a further SNRM gets DM

_ALL_CLIENTS = 0x7F
_SNRM = control_octet(FrameKind.SNRM, poll_final=True)


class HdlcServer:
    """All links of one line. `now` is the time of that line in milliseconds; it only drives the two time-outs.

    `inter_octet_ms` ends a frame whose next octet is late (6.4.4.3.3: 25 ms on a telephone line; over TCP the octets
    have no rhythm, hence the longer default), `inactivity_ms` takes the links down (6.4.4.10.3). 0 switches one off.
    """

    def __init__(
        self,
        limits: HdlcLimits,
        physical: int,
        logical_devices: Collection[int],
        *,
        address_octets: Collection[int] = (1, 2, 4),
        calling: bool = False,
        inter_octet_ms: int = 1_000,
        inactivity_ms: int = 120_000,
    ) -> None:
        if physical in (NO_STATION, CALLING_DEVICE, ALL_STATIONS):
            raise ValueError(f"{physical:#x} is reserved and cannot be a physical address")
        self._limits = limits
        self._physical = physical
        self._logical_devices = logical_devices
        self._address_octets = address_octets
        self._calling = calling
        self._inter_octet_ms = inter_octet_ms
        self._inactivity_ms = inactivity_ms
        self._deframer = HdlcDeframer()
        self._links: dict[tuple[int, int], HdlcLink] = {}
        self._routes: dict[bytes, tuple[HdlcLink, bytes]] = {}
        self._waiting: deque[Frame | Event] = deque()
        self._last_octet_at = 0

    @property
    def rejected(self) -> Counter[str]:
        """Count what was received and dropped, by kind."""
        return self._deframer.rejected

    @property
    def pending(self) -> bool:
        """Tell whether the beginning of a frame waits for its end."""
        return self._deframer.pending

    @property
    def next_due(self) -> int | None:
        """Give the instant at which `advance` takes silent links down, if any are up."""
        if not self._inactivity_ms or not self._links_up():
            return None
        return self._last_octet_at + self._inactivity_ms

    def advance(self, now: int) -> list[Event]:
        """Take the links down if the line was silent for too long."""
        due = self.next_due
        if due is None or now < due:
            return []
        return [event for link in self._links.values() for event in link.drop()]

    def feed(self, data: bytes, now: int) -> Iterator[Event]:
        """Take received octets and give events, to be acted on in order and to the end.

        The next frame is looked at only when the next event is asked for. So an answer sent on a Delivery is on its way
        before what followed in the same read is judged, and it makes no difference how the octets were split.
        """
        silent_ms = now - self._last_octet_at
        if silent_ms:
            if 0 < self._inter_octet_ms < silent_ms:
                self._deframer.drop_incomplete()
            self._waiting.extend(self.advance(now))
            self._last_octet_at = now
        self._waiting.extend(self._deframer.feed(data))
        return self._events()

    def send(self, client: int, server: int, apdu: bytes) -> bytes:
        """Answer a client; the octets that may go out now. What the window keeps back goes with later polls.

        Nothing goes out, ever, if the link is gone.
        """
        link = self._links.get((client, server))
        return b"" if link is None else link.send(apdu)

    def send_unnumbered(self, client: int, server: int, apdu: bytes) -> bytes:
        """Leave a UI frame (an event, say) for a client that has been heard; it goes before our next frame to it."""
        link = self._links.get((client, server))
        return b"" if link is None else link.send_unnumbered(apdu)

    def acknowledge(self, client: int, server: int) -> bytes:
        """Give the turn back after a Delivery that will get no answer."""
        link = self._links.get((client, server))
        return b"" if link is None else link.acknowledge()

    def _links_up(self) -> int:
        return sum(link.mode is not Mode.NDM for link in self._links.values())

    def _events(self) -> Iterator[Event]:
        waiting = self._waiting
        while waiting:
            next_one = waiting.popleft()
            if isinstance(next_one, Frame):
                yield from self._receive(next_one)
            else:
                yield next_one

    def _receive(self, frame: Frame) -> Iterable[Event]:
        route = self._routes.get(frame.destination + frame.source)
        if route is None:
            route = self._find_route(frame)
            if route is None:
                return self._broadcast(frame)
        link = route[0]
        link.addresses = route[1]
        if link.mode is Mode.NDM and self._links_up() >= MAX_CONNECTIONS and frame.control == _SNRM:
            return link.refuse_connection()
        return link.receive(frame)

    def _destination(self, octets: bytes) -> Address | None:
        """Read a destination if its length is one that we may take (6.4.2.5, Table 5)."""
        address = decode_address(octets)
        own = self._address_octets
        size = len(octets)
        if size in own or (size == 2 and 4 in own):
            return address
        if size == 2:
            return address if address.lower == ALL_STATIONS else None
        if size == 4:
            to_all = address == (ALL_STATIONS, ALL_STATIONS)
            to_caller = 2 in own and address == (MANAGEMENT_LOGICAL_DEVICE, CALLING_DEVICE)
            return address if to_all or to_caller else None
        return None

    def _find_route(self, frame: Frame) -> tuple[HdlcLink, bytes] | None:
        """Find the link of a frame that is for one device here, and remember it."""
        if len(frame.source) != 1 or frame.source[0] >> 1 in (NO_STATION, _ALL_CLIENTS):
            return None
        address = self._destination(frame.destination)
        if address is None or address.upper == NO_STATION or address.upper not in self._logical_devices:
            return None
        if address.lower not in (None, self._physical) and not (self._calling and address.lower == CALLING_DEVICE):
            return None
        client = frame.source[0] >> 1
        size = len(frame.destination)
        if size == 1:
            ours = encode_address(address.upper)
        else:
            octets = 4 if self._physical > 0x7F else size
            ours = encode_address(address.upper, self._physical, octets=octets)
        addresses = frame.source + ours
        link = self._links.get((client, address.upper))
        if link is None:
            link = HdlcLink(client, address.upper, addresses, self._limits)
            self._links[client, address.upper] = link
        route = self._routes[frame.destination + frame.source] = (link, addresses)
        return route

    def _broadcast(self, frame: Frame) -> list[Event]:
        """Take a UI or DISC for all stations, which never has P and gets no answer (6.4.4.6); drop anything else."""
        if len(frame.source) != 1 or frame.source[0] >> 1 in (NO_STATION, _ALL_CLIENTS):
            self.rejected["bad_source"] += 1
            return []
        address = self._destination(frame.destination)
        control = CONTROLS[frame.control]
        if address is None or address.lower not in (None, self._physical, ALL_STATIONS):
            self.rejected["unknown_address"] += 1
            return []
        if address.upper == ALL_STATIONS:
            devices = sorted(self._logical_devices)
        elif address.lower == ALL_STATIONS and address.upper in self._logical_devices:
            devices = [address.upper]
        else:
            self.rejected["unknown_address"] += 1
            return []
        client = frame.source[0] >> 1
        if control.kind is FrameKind.DISC and not control.poll_final:
            links = [self._links[client, device] for device in devices if (client, device) in self._links]
            return [event for link in links for event in link.drop()]
        if (
            control.kind is FrameKind.UI
            and not control.poll_final
            and frame.information.startswith(LLC_COMMAND)
            and len(frame.information) <= self._limits.max_info_receive
        ):
            apdu = frame.information[len(LLC_COMMAND) :]
            return [Delivery(client, device, apdu, confirmed=False) for device in devices]
        self.rejected["broadcast"] += 1
        return []

"""A link: one TCP connection to a home, as thin as it can be. Octets go to the session, replies leave when durable."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol, cast

from emulator.dlms.session import Session
from emulator.farm.flaws import Piece
from emulator.farm.home import Home

MAX_BACKLOG = 256 * 1024
_MS_IN_S, _APART_S = 1_000, 0.002  # timers tell milliseconds apart
_NS_IN_S, _NS_IN_MS = 1_000_000_000, 1_000_000


class Farmstead(Protocol):
    """What a link needs of the farm."""

    def arrive(self, link: "Link", address: tuple[str, int]) -> Home | None:
        """Take a connection in: the home that lives at the address, or None for nobody."""

    def leave(self, link: "Link") -> None:
        """A connection is gone."""

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store."""

    def refuse(self, link: "Link", kind: str) -> None:
        """Count and log a link that was ended for what it sent."""


class Link(asyncio.Protocol):
    """One connection's end at the farm."""

    __slots__ = (
        "_answered_ns",
        "_backlog",
        "_choked",
        "_ended",
        "_farm",
        "_heard_ns",
        "_held",
        "_in_air",
        "_last",
        "_session",
        "home",
        "peer",
        "transport",
    )

    def __init__(self, farm: Farmstead) -> None:
        self._farm = farm
        self._backlog = bytearray()
        self._held = False  # what arrives waits for a commit
        self._choked = False  # the peer does not read what we send
        self._in_air = 0  # octets that are late by a fault, either way
        self._last: dict[bool, float] = {}  # when the last late piece passes, by whether it is the meter's
        self._ended = False  # by us, and counted, or by the peer, who has nothing more to send
        self.home: Home | None = None
        self._heard_ns = self._answered_ns = time.monotonic_ns()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find the home by the address that was dialled."""
        transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.transport = transport
        self.peer: tuple[str, int] = transport.get_extra_info("peername")
        self.home = self._farm.arrive(self, transport.get_extra_info("sockname"))
        if self.home is None:
            transport.abort()
            return
        self._session = Session(self.home.devices)
        if self.home.use(self.home.clock.now()):
            self._farm.keep(self.home)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        if self.home is not None:
            if self.pending and not self._ended:
                self._farm.refuse(self, "cut_short")
            self._farm.leave(self)

    def eof_received(self) -> bool:
        """Answer what is still to be answered to a peer who has said all, and then close."""
        if self.home is not None and self.pending and not self._held:
            self._farm.refuse(self, "cut_short")
        self._ended = True
        return self._held

    def data_received(self, data: bytes, *, spoiled: bool = False) -> None:
        """Answer octets; while a commit is awaited, what arrives waits too.

        Where the home's link has flaws, octets pass through them first, once.
        """
        home = self.home
        if home is None:
            return
        if home.tap is not None and not spoiled:
            home.tap.take(self.peer[1], data, inward=True)
        if home.flaws is not None and not spoiled:
            self._pass(home.flaws.inward(data), self._arrived, outward=False)
            return
        if self._held:
            self._backlog += data
            if len(self._backlog) > MAX_BACKLOG:
                self.transport.pause_reading()
            return
        self._heard_ns = heard_ns = time.monotonic_ns()
        now = home.clock.at(heard_ns)
        if now >= home.use_due:
            home.use(now)
        replies = self._session.receive(data, now, heard_ns // _NS_IN_MS)
        if replies:
            self._answered_ns = heard_ns
        if home.unsettled:
            self._hold(home, replies)
            return
        if len(replies) == 1 and home.flaws is None and home.tap is None:
            self.transport.write(replies[0])
        else:
            self._send(replies)
        if self._session.closed:
            self.end(self._session.closed)

    def pause_writing(self) -> None:
        """Hear nothing more from a peer who does not read our answers."""
        self._choked = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._choked = False
        self._hear_on()

    def _hear_on(self) -> None:
        """Hear the peer again, unless something else still speaks against it."""
        if not self._choked and max(len(self._backlog), self._in_air) <= MAX_BACKLOG:
            self.transport.resume_reading()

    @property
    def heard_at(self) -> float:
        """When octets last came, in seconds of the machine's monotonic clock."""
        return self._heard_ns / _NS_IN_S

    @property
    def answered_at(self) -> float:
        """When octets came that were last answered, in seconds of the machine's monotonic clock."""
        return self._answered_ns / _NS_IN_S

    @property
    def in_air(self) -> int:
        """How many octets are late by a fault, and still to pass."""
        return self._in_air

    @property
    def pending(self) -> bool:
        """Whether the beginning of a frame waits for its end."""
        return self._session.pending

    @property
    def refused(self) -> Counter[str]:
        """What was dropped of what the peer sent, by kind; no link is ended for it."""
        return self._session.refused

    def _send(self, replies: list[bytes]) -> None:
        flaws = None if self.home is None else self.home.flaws
        if flaws is None:
            for reply in replies:
                self._tapped(reply)
            self.transport.writelines(replies)
            return
        for reply in replies:
            self._pass(flaws.outward(reply), self._write, outward=True)

    def _write(self, octets: bytes) -> None:
        self._tapped(octets)
        self.transport.write(octets)

    def _tapped(self, octets: bytes) -> None:
        """Let a capture of the home see what leaves, as the peer gets it."""
        if self.home is not None and self.home.tap is not None:
            self.home.tap.take(self.peer[1], octets, inward=False)

    def _arrived(self, octets: bytes) -> None:
        self.data_received(octets, spoiled=True)

    def _pass(self, pieces: list[Piece], on: Callable[[bytes], None], *, outward: bool) -> None:
        """Let pieces pass when their time has come, by the clock of the line, and none before the one ahead of it."""
        loop = asyncio.get_running_loop()
        for piece in pieces:
            now, last = loop.time(), self._last.get(outward, 0.0)
            if piece.after_ms or last + _APART_S > now:
                at = self._last[outward] = max(now + piece.after_ms / _MS_IN_S, last + _APART_S)
                self._in_air += len(piece.octets)
                loop.call_at(at, self._land, piece, on)
            else:
                self._pass_one(piece, on)
        if self._in_air > MAX_BACKLOG and not self.transport.is_closing():
            self.transport.pause_reading()

    def _land(self, piece: Piece, on: Callable[[bytes], None]) -> None:
        """Let a late piece pass; a peer was not heard while too many octets were in the air."""
        before = self._in_air
        self._in_air -= len(piece.octets)
        self._pass_one(piece, on)
        if self._in_air <= MAX_BACKLOG < before and not self.transport.is_closing():
            self._hear_on()

    def _pass_one(self, piece: Piece, on: Callable[[bytes], None]) -> None:
        if self.transport.is_closing():
            return
        on(piece.octets)
        if piece.ends:
            self.transport.abort()

    def _hold(self, home: Home, replies: list[bytes]) -> None:
        self._held = True
        self._farm.keep(home)

        def release(error: Exception | None) -> None:
            self._held = False
            if error is not None:
                self.transport.abort()  # what was not kept is not answered
                return
            if self.transport.is_closing():
                return  # the peer did not wait for its answer
            self._send(replies)
            if self._session.closed:
                self.end(self._session.closed)
                return
            if self._backlog:
                waiting = bytes(self._backlog)
                self._backlog.clear()
                self._hear_on()
                self.data_received(waiting, spoiled=True)
            if self._ended and not self._held:
                self.transport.close()

        home.when_settled(release)

    def end(self, kind: str) -> None:
        """End the link for what it sent, or did not send in time."""
        self._farm.refuse(self, kind)
        self._ended = True
        self.transport.close()

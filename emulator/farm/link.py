"""A link: one TCP connection to a home, as thin as it can be. Octets go to the session, replies leave when durable."""

import asyncio
import time
from typing import Protocol, cast

from emulator.dlms.session import Session
from emulator.farm.clock import FarmClock
from emulator.farm.home import Home

MAX_BACKLOG = 256 * 1024


class Farmstead(Protocol):
    """What a link needs of the farm."""

    clock: FarmClock

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

    __slots__ = ("_backlog", "_farm", "_held", "_session", "heard_at", "home", "peer", "transport")

    def __init__(self, farm: Farmstead) -> None:
        self._farm = farm
        self._backlog = bytearray()
        self._held = False
        self.home: Home | None = None
        self.heard_at = time.monotonic()

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

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        if self.home is not None:
            self._farm.leave(self)

    def data_received(self, data: bytes) -> None:
        """Answer octets; while a commit is awaited, what arrives waits too."""
        if self._held:
            self._backlog += data
            if len(self._backlog) > MAX_BACKLOG:
                self.transport.pause_reading()
            return
        home = self.home
        if home is None:
            return
        self.heard_at = heard_at = time.monotonic()
        replies = self._session.receive(data, self._farm.clock.now(), int(heard_at * 1000))
        if home.unsettled:
            self._hold(home, replies)
            return
        if len(replies) == 1:
            self.transport.write(replies[0])
        else:
            self.transport.writelines(replies)
        if self._session.closed:
            self.end(self._session.closed)

    def pause_writing(self) -> None:
        """Hear nothing more from a peer who does not read our answers."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self.transport.resume_reading()

    @property
    def pending(self) -> bool:
        """Whether the beginning of a frame waits for its end."""
        return self._session.pending

    def _hold(self, home: Home, replies: list[bytes]) -> None:
        self._held = True
        self._farm.keep(home)

        def release(error: Exception | None) -> None:
            self._held = False
            if error is not None:
                self.transport.abort()  # what was not kept is not answered
                return
            self.transport.writelines(replies)
            if self._session.closed:
                self.end(self._session.closed)
            if self._backlog and not self.transport.is_closing():
                waiting = bytes(self._backlog)
                self._backlog.clear()
                self.transport.resume_reading()
                self.data_received(waiting)

        home.when_settled(release)

    def end(self, kind: str) -> None:
        """End the link for what it sent, or did not send in time."""
        self._farm.refuse(self, kind)
        self.transport.close()

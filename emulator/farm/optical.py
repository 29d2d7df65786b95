"""Optical ports of a farm: a meter's port at a pseudo-terminal, where a reader's program finds it.

Octets take the road of a link: into the port, and an answer leaves when what it told of is durable. No hub stands
between, so a home without WAN is read as well. A port that is open keeps its home in memory.
"""

import asyncio
import time
from typing import NamedTuple, Protocol

import structlog

from emulator.device.device import EndlessError, StateError
from emulator.device.household import Site
from emulator.device.journal import DeviceName
from emulator.device.meter import Metered
from emulator.device.profiles.profile_optical import Optical
from emulator.dlms.optical import OpticalPort, Sent, State, block_of
from emulator.farm.farmstead import Farmstead
from emulator.farm.home import Home
from emulator.farm.selectors import Addresses, Chosen, SelectorError, select
from emulator.transports.pty import PtyLine

MAX_BACKLOG = 64 * 1024
_log = structlog.get_logger("meterfarm")


class AddressedFarm(Farmstead, Protocol):
    """A farm whose devices a selector finds."""

    addresses: Addresses


class OpenPort(NamedTuple):
    """One open port, for people; `heard` counts the octets that came, noise too."""

    selector: str
    path: str
    pace: bool
    state: str
    heard: int


class OpticalLine:
    """One meter's optical port at one pseudo-terminal."""

    def __init__(self, farm: Farmstead, chosen: Chosen, *, pace: bool) -> None:
        self._farm = farm
        self.chosen = chosen
        self.pace = pace
        self._loop = asyncio.get_running_loop()
        self._home: Home | None = None
        self._port: OpticalPort | None = None
        self.heard = 0
        self._held = False  # what arrives waits for a commit
        self._backlog: list[tuple[bytes, frozenset[int]]] = []
        self._backlog_size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._line = PtyLine(self._read, pace=pace)
        self.path = self._line.path

    @property
    def state(self) -> str:
        """How far a reader has come."""
        return (State.IDLE if self._port is None else self._port.state).value

    def close(self) -> None:
        """Take the line away."""
        self._line.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._home is not None:
            self._home.connections -= 1

    def _reach(self) -> tuple[Home, OpticalPort] | None:
        """Give the home as it stands now, and its port; a home that was put into another state has another one."""
        try:
            home = self._farm.home(self.chosen.home)
        except (StateError, EndlessError) as error:
            _log.error("unreadable_state", home=self.chosen.name, error=str(error))
            return None
        if self._home is not home or self._port is None:
            if self._home is not None:
                self._home.connections -= 1
            home.connections += 1
            meter = home.installation.devices[self.chosen.device]
            assert isinstance(meter, Metered)
            wired = self.chosen.device is DeviceName.ESME
            self._home = home
            self._port = OpticalPort(meter, home.devices if wired else None, home.installation.advance)
        return home, self._port

    def _read(self, data: bytes, speeds: frozenset[int]) -> None:
        self.heard += len(data)
        self._take(data, speeds)

    def _take(self, data: bytes, speeds: frozenset[int]) -> None:
        """Let the port hear octets; while a commit is awaited, what arrives waits too."""
        if not self._held:
            self._hear(data, speeds)
        elif self._backlog_size + len(data) <= MAX_BACKLOG:
            self._backlog.append((data, speeds))
            self._backlog_size += len(data)

    def _hear(self, data: bytes, speeds: frozenset[int]) -> None:
        reached = self._reach()
        if reached is None:
            return
        home, port = reached
        baud = port.baud if port.baud in speeds else max(speeds)
        self._answer(home, port, port.receive(data, home.clock.now(), _line_now(), baud))

    def _tick(self) -> None:
        self._timer = None
        if self._held:
            return
        reached = self._reach()
        if reached is not None:
            home, port = reached
            self._answer(home, port, port.tick(_line_now()))

    def _answer(self, home: Home, port: OpticalPort, sent: list[Sent]) -> None:
        self._farm.keep(home)
        if home.unsettled:
            self._hold(home, port, sent)
        else:
            self._send(port, sent)

    def _hold(self, home: Home, port: OpticalPort, sent: list[Sent]) -> None:
        self._held = True

        def release(error: Exception | None) -> None:
            self._held = False
            if self._line.closed:
                return
            if error is None:  # what was not kept is not answered
                self._send(port, sent)
            waiting, self._backlog, self._backlog_size = self._backlog, [], 0
            for data, speeds in waiting:
                self._take(data, speeds)

        home.when_settled(release)

    def _send(self, port: OpticalPort, sent: list[Sent]) -> None:
        for octets, baud, after_ms in sent:
            self._line.send(octets, baud, after_ms)
        if port.state is State.IDLE:
            self._line.let_in()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = port.line_due()
        if due is not None:
            self._timer = self._loop.call_later(max(0, due - _line_now()) / 1000, self._tick)


class OpticalLines:
    """The open optical ports of one farm: `farm.optical("home-1")` opens one and gives its path."""

    def __init__(self, farm: AddressedFarm) -> None:
        self._farm = farm
        self._open: dict[tuple[int, DeviceName], OpticalLine] = {}

    def __call__(self, selector: str, *, pace: bool = False) -> str:
        """Open the port of the meter that a selector names, as `open` does."""
        return self.open(select(selector, self._farm.estate, self._farm.addresses, 1)[0], pace=pace)

    def open(self, chosen: Chosen, *, pace: bool = False) -> str:
        """Open a meter's port and give its path. One that is open already, at the same pace, keeps its path.

        Raises SelectorError for a device without such a port, OSError where there are no more pseudo-terminals.
        """
        if self._block(chosen) is None:
            raise SelectorError(f"{chosen.text} has no optical port; a profile's block `optical` gives a meter one")
        place = (chosen.home, chosen.device)
        line = self._open.get(place)
        if line is not None and line.pace is not pace:
            line.close()
            line = None
        if line is None:
            line = self._open[place] = OpticalLine(self._farm, chosen, pace=pace)
        return line.path

    def modes(self, chosen: Chosen) -> tuple[str, ...]:
        """Give the modes of IEC 62056-21 that a meter's port offers."""
        block = self._block(chosen)
        return () if block is None else block.modes

    def _block(self, chosen: Chosen) -> Optical | None:
        if chosen.device not in {DeviceName.ESME, DeviceName.GSME}:
            return None
        site: Site = self._farm.estate.premises(chosen.home).sites[chosen.device]
        return block_of(site)

    def listed(self) -> list[OpenPort]:
        """Tell of the ports that are open."""
        lines = self._open.values()
        return [OpenPort(line.chosen.text, line.path, line.pace, line.state, line.heard) for line in lines]

    def close(self, chosen: Chosen) -> bool:
        """Close a port; says whether it was open."""
        line = self._open.pop((chosen.home, chosen.device), None)
        if line is not None:
            line.close()
        return line is not None

    def stop(self) -> None:
        """Close all of them."""
        for line in self._open.values():
            line.close()
        self._open.clear()


def _line_now() -> int:
    return int(time.monotonic() * 1000)

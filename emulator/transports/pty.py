"""A pseudo-terminal as a serial line: a program opens its path as it would open the port of an optical head.

A pseudo-terminal carries octets whole and at once. It knows the speed that the program has set, but not at which speed
an octet was sent; it has no parity bit and no modem lines. So a reader is told, with what it reads, all the speeds the
line may have had since it last looked; and where it is asked to keep pace, octets leave ten bits each at their speed,
and are lost where the program has set another one.
"""

import asyncio
import os
import termios
import tty
from collections import deque
from collections.abc import Callable

BITS_A_CHARACTER = 10
CHUNK_S = 0.05  # what leaves together where pace is kept
MAX_READ = 4_096
MAX_WAITING = 64 * 1024  # octets that nobody reads; what comes then is lost, as on a line
SPEEDS = (50, 75, 110, 134, 150, 200, 300, 600, 1_200, 1_800, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200)
_BAUD_OF = {getattr(termios, f"B{speed}"): speed for speed in SPEEDS}
_INPUT_FLAGS, _SPEED = 0, 4

Heard = Callable[[bytes, frozenset[int]], None]


class PtyLine:
    """One pseudo-terminal. `heard` is called with octets and the speeds they may have been sent at."""

    def __init__(self, heard: Heard, *, pace: bool = False) -> None:
        """Open it. Raises OSError where the system has no more of them."""
        self._heard = heard
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._ours, self._theirs = os.openpty()  # theirs stays open here too: else a program's leaving ends the line
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._last_speed = self.speed
        self._waiting: deque[tuple[bytes, int | None]] = deque()  # octets that may leave, and the speed they have
        self._size = 0
        self._busy_until = 0.0  # until when octets of either side are on the line
        self._timers: set[asyncio.TimerHandle] = set()
        self._loop.add_reader(self._ours, self._read)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._ours < 0

    @property
    def speed(self) -> int:
        """The speed that the program has set; 0 for one that has no number here."""
        return _BAUD_OF.get(termios.tcgetattr(self._ours)[_SPEED], 0)

    def _read(self) -> None:
        try:
            data = os.read(self._ours, MAX_READ)
        except BlockingIOError:
            return
        speed = self.speed
        speeds = frozenset((self._last_speed, speed))
        self._last_speed = speed
        if self._pace and speed:
            taken_s = len(data) * BITS_A_CHARACTER / min(filter(None, speeds))
            self._busy_until = max(self._busy_until, self._loop.time()) + taken_s
        self._heard(data, speeds)

    def send(self, octets: bytes, baud: int, after_ms: int = 0) -> None:
        """Send octets; with pace, at a speed, and so long after what was heard or sent before."""
        if self.closed or self._size + len(octets) > MAX_WAITING:
            return
        self._size += len(octets)
        if not self._pace:
            self._leave(octets, None)
            return
        at = max(self._busy_until, self._loop.time()) + after_ms / 1000
        size = max(1, int(baud / BITS_A_CHARACTER * CHUNK_S))
        for start in range(0, len(octets), size):
            chunk = octets[start : start + size]
            at += len(chunk) * BITS_A_CHARACTER / baud  # an octet is there when its last bit is
            self._later(at, chunk, baud)
        self._busy_until = at

    def _later(self, at: float, chunk: bytes, baud: int) -> None:
        def leave() -> None:
            self._timers.discard(timer)
            self._leave(chunk, baud)

        timer = self._loop.call_at(at, leave)
        self._timers.add(timer)

    def _leave(self, octets: bytes, baud: int | None) -> None:
        self._waiting.append((octets, baud))
        self._write()

    def _write(self) -> None:
        while self._waiting:
            octets, baud = self._waiting.popleft()
            if baud is not None and baud != self.speed:
                self._size -= len(octets)
                continue
            try:
                written = os.write(self._ours, octets)
            except BlockingIOError:
                written = 0
            self._size -= written
            if written < len(octets):
                self._waiting.appendleft((octets[written:], baud))
                self._loop.add_writer(self._ours, self._write)
                return
        self._loop.remove_writer(self._ours)

    def let_in(self) -> None:
        """Make ready for the next program.

        One that opens the line with the settings it has already, parity among them, is refused: the C library takes
        parity, which a pseudo-terminal cannot have, for an error where nothing else changes. Here something changes.
        """
        settings = termios.tcgetattr(self._ours)
        if not settings[_INPUT_FLAGS] & termios.IGNBRK:
            settings[_INPUT_FLAGS] |= termios.IGNBRK
            termios.tcsetattr(self._ours, termios.TCSANOW, settings)

    def close(self) -> None:
        """Close it; its path goes away."""
        if self.closed:
            return
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()
        self._loop.remove_reader(self._ours)
        self._loop.remove_writer(self._ours)
        os.close(self._ours)
        os.close(self._theirs)
        self._ours = -1

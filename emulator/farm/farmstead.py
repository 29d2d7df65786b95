"""What the rooms of a farm may ask of the farm itself."""

from typing import Protocol

from emulator.farm.clock import FarmClock
from emulator.farm.estate import Estate
from emulator.farm.home import Home


class Farmstead(Protocol):
    """A farm, as its homes apart and its futures see it."""

    estate: Estate

    @property
    def clock(self) -> FarmClock:
        """The farm's clock."""

    @property
    def awake(self) -> tuple[int, ...]:
        """The homes in memory."""

    def home(self, index: int) -> Home:
        """Wake a home and bring it to the present."""

    def now(self, index: int) -> int:
        """Give a home's time."""

    def clock_of(self, index: int) -> FarmClock:
        """Give the clock that a home goes by."""

    def reset_clock(self, index: int) -> None:
        """Let a home in memory go by the clock that is its now."""

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store."""

    async def settled(self, home: Home | None = None) -> None:
        """Wait until what changed so far is durable."""

    async def put(self, index: int, state: bytes) -> Home:
        """Put a home into another state."""

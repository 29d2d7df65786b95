"""The conduct log of a farm's homes: what their clients did wrong, from journals that are durable."""

from collections.abc import AsyncIterator
from typing import Protocol

from emulator.device.journal import Entry
from emulator.dlms.conduct import SERVER_OF, Misconduct, conduct_of
from emulator.farm.farmstead import Farmstead
from emulator.farm.futures import Futures
from emulator.farm.selectors import GLOB, Addresses, select

EVERYWHERE = "*"
_MOST_OF_ONE = 6  # a home has five devices
_MOST = 10_000_000
_AT_ONCE = 10_000


class JournalledFarm(Farmstead, Protocol):
    """A farm whose devices a selector finds, and whose journals can be read."""

    addresses: Addresses
    futures: Futures

    async def journal(self, index: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Give a home's journal beyond a sequence number, oldest first."""


class ConductLog:
    """Answers what clients did wrong: `await farm.conduct("home-1")`, in all homes with "*"."""

    def __init__(self, farm: JournalledFarm) -> None:
        self._farm = farm

    async def __call__(self, selector: str = "*") -> list[Misconduct]:
        """Give what clients did wrong in the homes that a selector names, home by home, oldest first.

        A selector of one device, as in home-1/gsme, gives what was done at its logical device only. Homes that nothing
        ever happened to are not woken for it. Raises SelectorError.
        """
        named = None if selector == EVERYWHERE else self._named(selector)
        found: list[Misconduct] = []
        for index in self._farm.futures.touched():
            if named is None or index in named:
                entries = [entry async for entry in self._entries(index)]
                told = conduct_of(entries, self._farm.estate.name(index))
                found += [one for one in told if named is None or one.server in named[index]]
        return found

    def _named(self, selector: str) -> dict[int, set[int | None]]:
        """Give the homes that a selector names, and of each the logical devices."""
        most = _MOST if GLOB & set(selector) else _MOST_OF_ONE
        named: dict[int, set[int | None]] = {}
        for one in select(selector, self._farm.estate, self._farm.addresses, most):
            named.setdefault(one.home, set()).add(SERVER_OF.get(one.device))
        return named

    async def _entries(self, index: int) -> AsyncIterator[Entry]:
        after = 0
        while more := await self._farm.journal(index, after, _AT_ONCE):
            after = more[-1].seq
            for entry in more:
                yield entry

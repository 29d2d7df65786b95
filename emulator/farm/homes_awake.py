"""Homes awake: those of a farm's homes that are in memory, woken when wanted and forgotten when idle."""

from collections import OrderedDict
from collections.abc import Mapping

from emulator.farm.addresses import LoopbackAddresses, PortAddresses
from emulator.farm.farmstead import Farmstead
from emulator.farm.fault_book import FaultBook
from emulator.farm.home import Home, oldest
from emulator.farm.homes_apart import HomesApart
from emulator.farm.links import Links
from emulator.farm.store import Store

HOMES_IN_MEMORY = 20_000


class HomesAwake:
    """The homes in memory of one farm, dialled last at the end; at most `most`, unless more are at work."""

    def __init__(
        self,
        farm: Farmstead,
        store: Store,
        addresses: LoopbackAddresses | PortAddresses,
        *,
        most: int = HOMES_IN_MEMORY,
        paced: bool = False,
    ) -> None:
        self._farm, self._store, self._addresses = farm, store, addresses
        self.most, self._paced = most, paced
        self._homes: OrderedDict[int, Home] = OrderedDict()

    @property
    def all(self) -> Mapping[int, Home]:
        """Give them by their indexes."""
        return self._homes

    @property
    def unsettled(self) -> list[Home]:
        """Those with something that is not durable yet."""
        return [home for home in self._homes.values() if home.unsettled]

    def get(self, index: int) -> Home | None:
        """Give a home that is in memory."""
        return self._homes.get(index)

    def put(self, home: Home) -> None:
        """Take a home in, in the place of the one there was."""
        self._homes[home.index] = home

    def dialled(self, index: int) -> None:
        """A home is wanted: it is forgotten after the others."""
        self._homes.move_to_end(index)

    def forget(self, home: Home) -> None:
        """Let a home go, as it stands."""
        if self._homes.get(home.index) is home:
            del self._homes[home.index]

    def wake(self, index: int, now: int, faults: FaultBook) -> Home:
        """Make a home; one that was never touched is set up by its supplier first, and has lived through its faults.

        Raises StateError or EndlessError.
        """
        estate, state, first = self._farm.estate, self._store.state(index), faults.first_start(index)
        home = self.made(index, now if first is None else min(now, first), state)
        if state is None:
            home.set_push(estate.header.push)
            for device in home.installation.devices:
                contract = estate.contract(index, device)
                if contract is not None:
                    home.open_account(device, contract)
        faults.consider(home)
        home.installation.advance(max(now, home.installation.now))
        return home

    def made(self, index: int, now: int, state: bytes | None, seq: int = 0) -> Home:
        """Make a home of its state, without taking it in. Raises StateError."""
        estate, clock = self._farm.estate, self._farm.clock_of(index)
        at, premises = self._addresses.of(index), estate.premises(index)
        return Home(index, estate.name(index), premises, now, state, at, clock, first_seq=seq, paced=self._paced)

    def make_room(self, links: Links, apart: HomesApart) -> None:
        """Forget homes that were not wanted for long, where there are too many."""
        too_many = len(self._homes) - self.most
        if too_many <= 0:
            return
        candidates = oldest(self._homes, 2 * len(links.open) + len(apart.homes) + 64)
        idle = [index for index in candidates if self._homes[index].idle and apart.clock(index) is None]
        for index in idle[:too_many]:
            del self._homes[index]

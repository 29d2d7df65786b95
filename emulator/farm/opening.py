"""Opening a farm: its store, its clock's first instant and its sockets, each judged before the next is touched."""

from contextlib import ExitStack
from pathlib import Path
from socket import socket

from emulator.device.instant import isoformat
from emulator.farm.addresses import AddressError, LoopbackAddresses, PortAddresses
from emulator.farm.clock import Setting, wall
from emulator.farm.estate import Estate
from emulator.farm.store import Store
from emulator.transports import tcp

CLOCK_KEY = "clock"
ESTATE_KEY = "estate"
FORKS_KEY = "forks"
MAX_FORKS = 64
STORE_FILE = "farm.sqlite"
FIRST_PORT = 40_590
LAST_PORT = 65_535


class StateMismatchError(Exception):
    """A state directory that cannot be gone on with as asked."""


def listen(homes: int, port: int, *, each: bool) -> tuple[list[socket], LoopbackAddresses | PortAddresses]:
    """Open the sockets of so many homes. Raises AddressError or ListenError."""
    if not 0 <= port <= LAST_PORT:
        raise AddressError(f"--port {port}: allowed: 0 (any free one) to {LAST_PORT}")
    if not each:
        LoopbackAddresses(homes, port)  # judged before anything is opened
        listener = tcp.every_loopback_address(port)
        return [listener], LoopbackAddresses(homes + MAX_FORKS, listener.getsockname()[1])
    PortAddresses(homes, port or FIRST_PORT)  # judged before anything is opened
    for first in range(port or FIRST_PORT, (port or LAST_PORT - homes) + 1, homes):
        addresses = PortAddresses(homes, first)
        try:
            return _listen_each(addresses), addresses
        except tcp.ListenError:
            if port:
                raise
    raise tcp.ListenError(f"there are no {homes} free ports in a row above {FIRST_PORT}: choose with --port")


def _listen_each(addresses: PortAddresses) -> list[socket]:
    with ExitStack() as undo:
        sockets = [undo.enter_context(tcp.one_address(addresses.of(index))) for index in range(addresses.homes)]
        undo.pop_all()
    return sockets


def judge(store: Store, estate: Estate, folder: Path) -> None:
    """Refuse a store that holds another estate's state. Raises StateMismatchError."""
    if store.meta(ESTATE_KEY) not in {None, estate.digest()}:
        raise StateMismatchError(
            f"{folder} holds other homes than the ones asked for; name another directory with --state, "
            "or start afresh with --fresh, which discards it"
        )


def adopt(store: Store, estate: Estate) -> None:
    """Take a store for an estate for good: nothing else can go wrong now. Raises StoreError."""
    if store.meta(ESTATE_KEY) is None:
        store.set_meta(ESTATE_KEY, estate.digest())


def start_at(store: Store, began: Setting) -> int:
    """Give the instant at which the clock starts: never before the one it stopped at. Raises StateMismatchError."""
    kept = int(store.meta(CLOCK_KEY) or 0)
    if began.at is not None and began.at < kept:
        raise StateMismatchError(
            f"the clock asked for is behind the one this farm stopped at, {isoformat(kept)}, and time does not run "
            "back; start at that instant or later, name another directory with --state, or start afresh with --fresh"
        )
    return max(began.at if began.at is not None else wall(), kept)


def forks_of(store: Store) -> list[int]:
    """Give the forks that a store holds, each as the index of its home."""
    kept = store.meta(FORKS_KEY)
    return [] if kept is None else [int(index) for index in kept.split()]


def forks_text(forks: list[int]) -> str:
    """Write the list of forks for the store."""
    return " ".join(str(index) for index in forks)

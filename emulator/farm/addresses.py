"""Addresses: where each home's hub is reached, computed from its index and back (D3, D4)."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

FIRST = int(IPv4Address("127.1.0.1"))
FIRST_OF_MANY = int(IPv4Address("127.0.1.0"))
LAST = int(IPv4Address("127.255.255.254"))
DLMS_PORT = 4059
MAX_PORTS = 1000

Address = tuple[str, int]


class AddressError(ValueError):
    """More homes than there are addresses."""


@dataclass(frozen=True, slots=True)
class LoopbackAddresses:
    """Every hub has its own 127.x.y.z and the same port."""

    homes: int
    port: int

    def __post_init__(self) -> None:
        if self.base + self.homes - 1 > LAST:
            raise AddressError(f"{self.homes} homes do not fit in 127.0.0.0/8")

    @property
    def base(self) -> int:
        """The first home's address as a number."""
        return FIRST if FIRST + self.homes - 1 <= LAST else FIRST_OF_MANY

    def of(self, index: int) -> Address:
        """Give a home's address."""
        return str(IPv4Address(self.base + index)), self.port

    def index(self, address: Address) -> int | None:
        """Give the home at an address, or None for nobody's."""
        try:
            index = int(IPv4Address(address[0])) - self.base
        except AddressValueError:
            return None
        return index if 0 <= index < self.homes and address[1] == self.port else None


@dataclass(frozen=True, slots=True)
class PortAddresses:
    """Every hub has a port of its own on 127.0.0.1: for systems without a whole network of loopback addresses."""

    homes: int
    port: int

    def __post_init__(self) -> None:
        if self.homes > MAX_PORTS or self.port + self.homes > 65_536:
            raise AddressError(f"one port a home: at most {MAX_PORTS} homes, from port {self.port} up")

    def of(self, index: int) -> Address:
        """Give a home's address."""
        return "127.0.0.1", self.port + index

    def index(self, address: Address) -> int | None:
        """Give the home at an address, or None for nobody's."""
        index = address[1] - self.port
        return index if 0 <= index < self.homes and address[0] == "127.0.0.1" else None

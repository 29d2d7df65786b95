"""Long transfers: a service parameter too long for one APDU, cut into blocks or put together from them."""

from emulator.dlms.pdu.services import Block, Request
from emulator.dlms.pdu.tags import DataAccessResult

MAX_LONG_OCTETS = 65_536
BLOCK_OVERHEAD = 12  # service, type, invoke id, last flag, number, choice, length of up to 3 octets


class Outgoing:
    """Octets that leave block by block."""

    __slots__ = ("_octets", "_place", "_size", "number")

    def __init__(self, octets: bytes, limit: int) -> None:
        self._octets = octets
        self._place = 0
        self._size = limit - BLOCK_OVERHEAD
        self.number = 0

    def next_block(self) -> Block:
        """Give the next block; the last one says so."""
        piece = self._octets[self._place : self._place + self._size]
        self._place += len(piece)
        self.number += 1
        return Block(self._place >= len(self._octets), self.number, piece)


class Incoming:
    """A request whose value arrives block by block. `first` is the request that named its target."""

    __slots__ = ("_next", "first", "octets")

    def __init__(self, first: Request) -> None:
        self.first = first
        self.octets = bytearray()
        self._next = 1

    def take(self, block: Block) -> DataAccessResult | None:
        """Take a block in its turn, or say why the transfer ends here."""
        if block.number != self._next:
            return DataAccessResult.DATA_BLOCK_NUMBER_INVALID
        if len(self.octets) + len(block.octets) > MAX_LONG_OCTETS:
            return DataAccessResult.LONG_SET_ABORTED
        self.octets += block.octets
        self._next += 1
        return None

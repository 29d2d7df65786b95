"""General block transfer: whole APDUs, plain or ciphered, in numbered blocks both ways (IEC 62056-5-3, 7.3.13).

We take streams of the client's blocks as far as our window and send our own one at a time, each confirmed before the
next: a window says what a side can take, not what the other must send.
"""

from collections.abc import Callable

from emulator.dlms.errors import PduError
from emulator.dlms.pdu.general import GeneralBlock, read_general_block

WINDOW = 8
OVERHEAD_OCTETS = 9  # tag, control, two numbers, length of up to 3 octets
MAX_LONG_OCTETS = 65_536


class GeneralBlocks:
    """One association's block stream: what has come in, and what is still to go out."""

    __slots__ = ("_expected", "_number", "_received", "_sending", "_size")

    def __init__(self, largest: int) -> None:
        self._size = largest - OVERHEAD_OCTETS
        self._received = bytearray()
        self._expected = 1
        self._number = 0
        self._sending: list[bytes] = []  # block n at place n - first; acknowledged ones are gone

    def receive(self, apdu: bytes, serve: Callable[[bytes], bytes]) -> bytes:
        """Take one block. Raises PduError."""
        block = read_general_block(apdu)
        if self._sending and not block.octets:
            return self._go_on(block)
        if block.number == 1:
            self._begin()
        if block.number == self._expected:
            if len(self._received) + len(block.octets) > MAX_LONG_OCTETS:
                self._begin()
                raise PduError("more octets than one request may have")
            self._received += block.octets
            self._expected += 1
            if block.last:
                whole = bytes(self._received)
                self._received.clear()
                if not whole:
                    raise PduError("blocks with nothing in them")
                return self.send(serve(whole))
        return b"" if block.streaming else self._confirm()

    def send(self, reply: bytes) -> bytes:
        """Cut a reply into blocks and give the first; no reply is confirmed by an empty block."""
        pieces = [reply[place : place + self._size] for place in range(0, len(reply), self._size)]
        self._sending = pieces or [b""]
        return self._next()

    def _begin(self) -> None:
        self._received.clear()
        self._sending = []
        self._expected = 1
        self._number = 0

    def _go_on(self, block: GeneralBlock) -> bytes:
        if block.acknowledged == self._number:
            self._sending.pop(0)
        elif block.acknowledged != self._number - 1:
            self._sending = []
            raise PduError("a block was confirmed that was not sent")
        else:
            self._number -= 1
        return self._next() if self._sending else b""

    def _next(self) -> bytes:
        self._number += 1
        return self._block(self._sending[0], last=len(self._sending) == 1)

    def _confirm(self) -> bytes:
        self._number += 1
        return self._block(b"", last=False)

    def _block(self, octets: bytes, *, last: bool) -> bytes:
        return GeneralBlock(
            last=last,
            streaming=False,
            window=WINDOW,
            number=self._number & 0xFFFF,
            acknowledged=(self._expected - 1) & 0xFFFF,
            octets=octets,
        ).to_bytes()

"""A meter's optical port and a reader's program at it: what the tests of the port share.

Octets: the reader's are the standard's and public programs' own (see test_iec62056); the meter's values are what the
meter itself holds, written by hand here; whole answers were also read by Gurux, pydlms-client and iec62056-21
(tests/peers/test_optical_peers.py). The clock stands at 2026-01-01 03:04:05 UTC.
"""

from functools import reduce
from operator import xor

import msgspec
from dlms_bench import PROFILE, Bench

from emulator.device.household import Household
from emulator.device.instant import SECOND
from emulator.device.profiles.profile_optical import Optical
from emulator.dlms.optical import OpticalPort

PORT = Optical(provenance="assumed", source="for tests", readout=("serial", "import_wh"), lockable=True)
SIGN_ON = b"/?!\r\n"
IDENTIFIED = b"/ELR5\\2AS300P\r\n"
READ_OUT, PROGRAM, TO_HDLC = b"\x06050\r\n", b"\x06051\r\n", b"\x06252\r\n"
BREAK = bytes.fromhex("01 42 30 03 71")
ACK, NAK = b"\x06", b"\x15"
LINE = 5_000_000  # the line's time has nothing to do with the meter's


class Reader:
    """A reader's program at one port: what it says, and what it hears back."""

    def __init__(self, block: Optical | None = PORT, hdlc: bool = True, **keys: object) -> None:
        given = block if block is None else msgspec.structs.replace(block, **keys)
        profile = msgspec.structs.replace(PROFILE, optical=given)
        self.bench = Bench(profile=profile, household=Household(shape="none", opening_import_wh=1_234_120))
        self.port = OpticalPort(self.bench.meter, self.bench.device if hdlc else None)
        self.line_now = LINE
        self.bauds: list[int] = []

    def say(self, octets: bytes, baud: int | None = None) -> bytes:
        sent = self.port.receive(octets, self.bench.now, self.line_now, baud)
        self.bauds = [one.baud for one in sent]
        return b"".join(one.octets for one in sent)

    def wait(self, milliseconds: int) -> bytes:
        self.line_now += milliseconds
        return b"".join(one.octets for one in self.port.tick(self.line_now))

    def programming(self) -> "Reader":
        assert self.say(SIGN_ON) == IDENTIFIED
        assert self.say(PROGRAM) == command("P0", "(14K0000001)")
        return self

    def unlocked(self) -> "Reader":
        assert self.programming().say(self.password()) == ACK
        return self

    def password(self) -> bytes:
        return command("P1", f"({self.bench.meter.site.password('optical').decode()})")

    def is_served(self) -> bool:
        """Show that the next reader is answered, once this one is gone."""
        self.say(BREAK)
        self.wait(200 * SECOND)
        return self.say(SIGN_ON) == IDENTIFIED


def checked(start: bytes, content: str) -> bytes:
    """Write a message with its check character (by hand, as the standard has it)."""
    octets = content.encode() + b"\x03"
    return start + octets + bytes((reduce(xor, octets),))


def command(name: str, data: str) -> bytes:
    return checked(b"\x01", f"{name}\x02{data}")


def answer(data: str) -> bytes:
    return checked(b"\x02", data)


BLOCK = answer("0.0.0(14K0000001)\r\n1.8.0(001234.120*kWh)\r\n!\r\n")

"""Drives Gurux.DLMS.Python (GPL-2.0) at an optical port: the sign-on by hand over pyserial, then the library's HDLC.

The library asks its users for the line, as it does over TCP; its example signs on in the same steps.
"""

import time
from typing import Any

import serial
from gurux_client import GuruxPeer
from steps import TIMEOUT_S, LinkLost, main

BAUDS = {b"0": 300, b"1": 600, b"2": 1_200, b"3": 2_400, b"4": 4_800, b"5": 9_600, b"6": 19_200}
OPTION_S = 0.2  # six characters at 300 baud, and then the speed changes


def even(characters: bytes) -> bytes:
    return bytes(each | 0x80 if each.bit_count() % 2 else each for each in characters)


def plain(octets: bytes) -> bytes:
    if any(each.bit_count() % 2 for each in octets):
        raise LinkLost(f"a wrong parity in {octets!r}")
    return bytes(each & 0x7F for each in octets)


class OpticalHead:
    """A serial port that has signed on to mode E, in the clothes of a socket."""

    def __init__(self, device: str) -> None:
        # A pseudo-terminal has no parity: it is put in and taken out here, and the port is 8N1 from the beginning.
        self.port = serial.Serial(device, 300, timeout=TIMEOUT_S)
        self.port.write(even(b"/?!\r\n"))
        self.identification = plain(self.port.read_until(b"\n"))
        if self.identification[5:7] != b"\\2":
            raise LinkLost(f"no mode E in {self.identification!r}")
        digit = self.identification[4:5]
        option = even(b"\x062" + digit + b"2\r\n")
        self.port.write(option)
        time.sleep(OPTION_S)
        self.port.baudrate = BAUDS[digit]
        confirmed = self.port.read(len(option))
        if confirmed != option:
            raise LinkLost(f"mode E was not confirmed: {confirmed!r}")

    def sendall(self, octets: bytes) -> None:
        self.port.write(octets)

    def recv(self, size: int) -> bytes:
        data = self.port.read(1)
        if not data:
            raise LinkLost("the meter is silent")
        return data + self.port.read(min(self.port.in_waiting, size))

    def close(self) -> None:
        self.port.close()


class GuruxOpticalPeer(GuruxPeer):
    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__(job)
        self.negotiated["identification"] = self.sock.identification.decode("ascii")

    @staticmethod
    def _dial(job: dict[str, Any]) -> OpticalHead:
        return OpticalHead(job["device"])


if __name__ == "__main__":
    main(GuruxOpticalPeer)

"""The two transports of dlms-cosem 21.3.2 made to end: its own wait for ever in cases a meter may well produce.

The wrapper reader spins on a closed connection. The HDLC reader takes a lone flag for an opening one, so it
waits for another after an FCS whose last octet is 0x7E; and it cannot read a UA without information field,
which is what DISC is answered with.
"""

import contextlib
import socket

from dlms_cosem.clients.blocking_tcp_transport import BlockingTcpTransport
from dlms_cosem.clients.hdlc_transport import SerialHdlcTransport
from steps import TIMEOUT_S, LinkLost

MOMENT_S = 0.25


class SocketLine:
    """A TCP socket in the clothes of the serial port that the library's HDLC transport reads and writes."""

    def __init__(self, host: str, port: int) -> None:
        self.sock = socket.create_connection((host, port), TIMEOUT_S)
        self.received = bytearray()
        self.timeout_s = TIMEOUT_S
        self.patient = True

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read_until(self, flag: bytes) -> bytes:
        """Give the octets up to the next flag. After a lone flag, which may end a frame, wait only a moment."""
        self.sock.settimeout(self.timeout_s if self.patient else MOMENT_S)
        while flag not in self.received:
            try:
                data = self.sock.recv(4096)
            except TimeoutError:
                if self.patient:
                    raise
                self.patient = True
                return b""
            if not data:
                raise LinkLost("the meter closed the connection")
            self.received += data
        end = self.received.index(flag) + 1
        part = bytes(self.received[:end])
        del self.received[:end]
        self.patient = part != flag
        return part


class BoundedHdlcTransport(SerialHdlcTransport):
    def disconnect(self) -> None:
        """Send DISC and wait a moment, for form."""
        self._serial.timeout_s = MOMENT_S
        with contextlib.suppress(Exception):
            super().disconnect()
        self.abandon()

    def abandon(self) -> None:
        self._serial.sock.close()


class BoundedTcpTransport(BlockingTcpTransport):
    def _recv_bytes(self, amount: int) -> bytes:
        data = b""
        while len(data) < amount:
            part = self.tcp_socket.recv(amount - len(data))
            if not part:
                raise LinkLost("the meter closed the connection")
            data += part
        return data

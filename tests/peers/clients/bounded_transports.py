"""The two transports of dlms-cosem 21.3.2 made to end: its own wait for ever in cases a meter may well produce.

The wrapper reader spins on a closed connection. The HDLC reader takes a flag for the beginning of a frame after an
FCS whose last octet is 0x7E, and waits for octets that are already there after two octets 0x7E in a row; and it
cannot read a UA without information field, which is what DISC is answered with.
"""

import contextlib
import socket

from dlms_cosem.clients.blocking_tcp_transport import BlockingTcpTransport
from dlms_cosem.clients.hdlc_transport import SerialHdlcTransport
from dlms_cosem.hdlc.frames import HDLC_FLAG
from dlms_cosem.hdlc.state import NEED_DATA
from steps import TIMEOUT_S, LinkLost

MOMENT_S = 0.05


class SocketLine:
    """A TCP socket in the clothes of the serial port that the library's HDLC transport reads and writes."""

    def __init__(self, host: str, port: int) -> None:
        self.sock = socket.create_connection((host, port), TIMEOUT_S)
        self.received = bytearray()

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read_until(self, flag: bytes) -> bytes:
        """Give the octets up to the next flag."""
        while flag not in self.received:
            data = self.sock.recv(4096)
            if not data:
                raise LinkLost("the meter closed the connection")
            self.received += data
        end = self.received.index(flag) + 1
        part = bytes(self.received[:end])
        del self.received[:end]
        return part


class BoundedHdlcTransport(SerialHdlcTransport):
    def next_event(self) -> object:
        """Give the next frame: every flag received so far may be its end before more octets are waited for."""
        connection = self.hdlc_connection
        while True:
            event = connection.next_event()
            if event is not NEED_DATA:
                return event
            if HDLC_FLAG not in connection.buffer[connection.buffer_search_position :]:
                connection.receive_data(self._serial.read_until(HDLC_FLAG))

    def disconnect(self) -> None:
        """Send DISC and wait a moment, for form."""
        self._serial.sock.settimeout(MOMENT_S)
        with contextlib.suppress(Exception):
            super().disconnect()
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

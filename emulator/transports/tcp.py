"""TCP: listening sockets whose connections become protocols, and a client's connection as a plain stream of octets.

One wildcard listener bound to the loopback device serves every 127.x.y.z there is; the local address of an accepted
connection says which one was dialled. Connections are taken in bursts: a loop that takes one a turn starves callers.
"""

import asyncio
import errno
import socket
import sys
from collections.abc import Callable, Sequence

BURST = 64
BACKLOG = 4096
LOOPBACK_DEVICE = b"lo"
RETRY_S = 0.1

Address = tuple[str, int]


class ListenError(OSError):
    """A socket that cannot listen; the text says what to do about it."""


def every_loopback_address(port: int) -> socket.socket:
    """Listen on a port of every 127.x.y.z address, and on no other device's. Linux only. Raises ListenError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LOOPBACK_DEVICE)
        listener.bind(("0.0.0.0", port))  # noqa: S104 (of the loopback device, to which it is bound)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_explained(error, port)) from error
    listener.setblocking(False)
    return listener


def one_address(address: Address) -> socket.socket:
    """Listen on one address. Raises ListenError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_explained(error, address[1])) from error
    listener.setblocking(False)
    return listener


def has_loopback_network() -> bool:
    """Say whether this system answers at every 127.x.y.z without being told (Linux does)."""
    return sys.platform == "linux"


def _explained(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: stop what listens there, or choose another with --port"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {port}: {error.strerror}; ports below 1024 need rights, choose another with --port"
    return f"port {port}: {error.strerror}"


class Listener:
    """Takes connections from listening sockets and makes a protocol for each."""

    def __init__(self, sockets: Sequence[socket.socket], protocol: Callable[[], asyncio.Protocol]) -> None:
        self._sockets = list(sockets)
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[object]] = set()
        self.full = 0
        for listener in self._sockets:
            self._loop.add_reader(listener, self._take, listener)

    def _take(self, listener: socket.socket) -> None:
        for _ in range(BURST):
            try:
                connection, _peer = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                    self._rest(listener)
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._start(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self, connection: socket.socket) -> object:
        try:
            return await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()  # the peer was gone before it was served
            return None

    def _rest(self, listener: socket.socket) -> None:
        """Leave callers in the backlog for a moment: no descriptor is free."""
        self.full += 1
        self._loop.remove_reader(listener)
        self._loop.call_later(RETRY_S, self._resume, listener)

    def _resume(self, listener: socket.socket) -> None:
        if listener.fileno() >= 0:
            self._loop.add_reader(listener, self._take, listener)

    def close(self) -> None:
        """Stop listening; connections that are up go on."""
        for listener in self._sockets:
            self._loop.remove_reader(listener)
            listener.close()


class Connection:
    """A client's connection: octets out, octets in, each wait bounded by a time-out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float) -> None:
        self._reader, self._writer, self._timeout_s = reader, writer, timeout_s

    @classmethod
    async def dial(cls, address: Address, timeout_s: float = 10) -> "Connection":
        """Connect. Raises OSError or TimeoutError."""
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(*address)
        return cls(reader, writer, timeout_s)

    async def send(self, octets: bytes) -> None:
        """Send octets. Raises OSError or TimeoutError."""
        self._writer.write(octets)
        async with asyncio.timeout(self._timeout_s):
            await self._writer.drain()

    async def receive(self) -> bytes:
        """Wait for octets; none is the end. Raises OSError or TimeoutError."""
        async with asyncio.timeout(self._timeout_s):
            return await self._reader.read(65_536)

    async def close(self) -> None:
        """Close, whatever the peer does."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            return

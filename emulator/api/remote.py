"""The other end of the control API: a plain blocking caller, for command lines."""

import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from emulator.api import control_file
from emulator.api.control_file import CONTROL_FILE, HOST

TIMEOUT_S = 600


class NoFarmError(ConnectionError):
    """No farm runs with this state directory."""


class RefusedError(Exception):
    """The farm refused a request; `kind` says of what sort it was."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _Error(msgspec.Struct, frozen=True):
    kind: str
    message: str


class _Answer(msgspec.Struct, frozen=True):
    ok: Any = None
    error: _Error | None = None


class Remote:
    """A conversation with a running farm."""

    def __init__(self, state: Path) -> None:
        try:
            self.known = control_file.read(state)
        except (OSError, msgspec.DecodeError):
            raise NoFarmError(
                f"no farm runs with the state directory {state}: "
                "start one with `meterfarm up`, or name another with --state"
            ) from None
        try:
            self._socket = socket.create_connection((HOST, self.known.port), timeout=TIMEOUT_S)
        except OSError:
            raise NoFarmError(f"the farm of {state} does not answer; it may have been killed: start it again") from None
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, verb: str, **fields: Any) -> Any:
        """Ask and give the answer. Raises RefusedError, NoFarmError or TimeoutError."""
        try:
            asked = msgspec.json.encode({"token": self.known.token, "verb": verb, **fields})
        except UnicodeEncodeError:
            raise RefusedError("usage", "a word of the command is not UTF-8") from None
        try:
            self._socket.sendall(asked + b"\n")
            line = self._file.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise NoFarmError("the farm ended the conversation")
        try:
            answer = msgspec.json.decode(line, type=_Answer)
        except msgspec.DecodeError:
            raise NoFarmError("what answers at the farm's port is no farm; it may have been killed") from None
        if answer.error is None:
            return answer.ok
        if answer.error.kind == "not_authorised":
            raise NoFarmError(f"another farm answers at this farm's port, or {CONTROL_FILE} is not its own")
        raise RefusedError(answer.error.kind, answer.error.message)

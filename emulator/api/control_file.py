"""The control file: where a running farm's control API is found, readable by the farm's owner only."""

import os
from pathlib import Path

import msgspec

CONTROL_FILE = "control.json"
HOST = "127.0.0.1"


class ControlFile(msgspec.Struct, frozen=True):
    """What a command line must know to reach a farm."""

    port: int
    token: str
    pid: int
    ready: str


def write(state: Path, known: ControlFile) -> None:
    """Write the file of a state directory, whole or not at all."""
    half = state / (CONTROL_FILE + ".new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(known))
    half.replace(state / CONTROL_FILE)


def read(state: Path) -> ControlFile:
    """Read the file of a state directory. Raises OSError or msgspec.DecodeError."""
    return msgspec.json.decode((state / CONTROL_FILE).read_bytes(), type=ControlFile)


def remove(state: Path) -> None:
    """Take the file away."""
    (state / CONTROL_FILE).unlink(missing_ok=True)

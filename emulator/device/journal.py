"""The journal: what happened in a home, in order. It is the devices' only output; every reader keeps its place.

Happenings are past tense and hold no secret.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import cast

import msgspec

from emulator.device.happenings import HAPPENINGS, Happening
from emulator.device.records import Cause


class DeviceName(StrEnum):
    """The devices of one home, by the names that selectors use; `HOME` is the home itself, where faults are put in."""

    ESME = "esme"
    GSME = "gsme"
    CHF = "chf"
    PPMID = "ppmid"
    IHD = "ihd"
    HOME = "home"


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal: its number (1 is the first), true time, what happened, and to which device."""

    seq: int
    at: int
    what: HAPPENINGS
    device: DeviceName = DeviceName.ESME


class Journal:
    """The journal of one home while it is in memory: the newest entries, and the number of the last."""

    __slots__ = ("entries", "seq")

    def __init__(self, seq: int = 0) -> None:
        self.entries: list[Entry] = []
        self.seq = seq

    def append(self, device: DeviceName, at: int, happened: Sequence[Happening]) -> tuple[Entry, ...]:
        """Write down what happened to a device at one instant."""
        first = self.seq + 1
        made = tuple(Entry(first + place, at, cast("HAPPENINGS", what), device) for place, what in enumerate(happened))
        self.seq += len(made)
        self.entries.extend(made)
        return made

    def since(self, seq: int) -> tuple[Entry, ...]:
        """Give the entries in memory beyond a number."""
        count = self.seq - seq
        return tuple(self.entries[len(self.entries) - count :])

    def forget(self, keep: int) -> None:
        """Let all but the newest entries go; the store has them."""
        del self.entries[:-keep]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Write an entry for the store."""
    return _ENCODER.encode(entry)


def decode(data: bytes) -> Entry:
    """Read an entry from the store. Raises msgspec.DecodeError."""
    return _DECODER.decode(data)


def describe(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Give entries as plain data for people and for JSON."""
    told = []
    for entry in entries:
        fields = {name: _named(getattr(entry.what, name)) for name in entry.what.__struct_fields__}
        told.append(
            {
                "seq": entry.seq,
                "at": entry.at,
                "device": entry.device.value,
                "event": type(entry.what).__name__,
                **fields,
            }
        )
    return told


def _named(value: object) -> object:
    """Give flags by their names; all else as plain data."""
    if isinstance(value, Cause):
        return [str(cause.name).lower() for cause in value]
    return msgspec.to_builtins(value)

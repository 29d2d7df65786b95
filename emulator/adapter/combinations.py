"""Which combinations of devices may be enrolled: a list, as data (device dossier 1.3 and 4.6, E4).

The packaged list has our own names of combinations; another list is one file away.
"""

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final, Literal

import msgspec

import device_profiles
from emulator.device import declaration
from emulator.device.profiles.profile_block import Basis, Kind, Said, Text

LIST: Final = ("lists", "eligible_combinations.toml")
LISTED_TYPES: Final = frozenset({"ESME", "GSME", "CHF"})
"""Whose models the list names. Displays are of any make (*assumed*)."""


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who made a device, and what he calls it."""

    maker: Text
    model: Text


class Combination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One combination: its name, the capability release it came in, and its devices."""

    name: Text
    release: Literal["IOC", "MOC", "FOC", "none"]
    esme: Made
    chf: Made
    gsme: Made | None = None


class Eligible(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list, and who says so."""

    provenance: Kind
    source: Said
    basis: Basis = ""
    combination: tuple[Combination, ...] = ()

    def find(self, name: str) -> Combination | None:
        """Find a combination by its name."""
        return next((one for one in self.combination if one.name == name), None)

    def refuses(self, name: str) -> str | None:
        """Say why a combination may not be enrolled; None if it may."""
        if self.find(name) is not None:
            return None
        told = ", ".join(repr(one.name) for one in self.combination)
        return f"the combination {name!r} is on no list of eligible ones; there is {told or 'none'}"

    def refuses_device(self, device_type: str, maker: str, model: str) -> str | None:
        """Say why a device is in no eligible combination; None if it is in one."""
        if device_type not in LISTED_TYPES:
            return None
        known = dict.fromkeys(
            made for one in self.combination if (made := getattr(one, device_type.lower())) is not None
        )
        if Made(maker, model) in known:
            return None
        told = ", ".join(f"{made.maker} {made.model}" for made in known)
        return f"no eligible combination has the {device_type} {maker} {model}; there is {told}"


@lru_cache(maxsize=1)
def packaged() -> Eligible:
    """Read the packaged list."""
    file = resources.files(device_profiles).joinpath(*LIST)
    return declaration.read(file.read_text("utf-8"), LIST[-1], Eligible)


def load(path: Path) -> Eligible:
    """Read a list of one's own. Raises OSError or DeclarationError."""
    return declaration.read(path.read_text("utf-8", "surrogateescape"), str(path), Eligible)

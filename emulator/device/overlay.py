"""Overlays: a profile with some keys of its blocks changed, as a later firmware or a fault in force has them (D7, D11).

The same changes give the same object, so that devices share it and what is compiled from it.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from emulator.device.declaration import choices
from emulator.device.profile import Profile, blocks
from emulator.device.profiles.profile_block import Block, Claim, keys
from emulator.device.profiles.profile_family import Overlay

Changes = Mapping[str, Mapping[str, Any]]


class OverlayError(ValueError):
    """A change that the profile's types do not allow, or a version it does not have; the text says what is."""


def versions(profile: Profile) -> tuple[str, ...]:
    """Give the firmware versions of a profile, the one it is written for first."""
    return (profile.model.firmware, *(one.firmware for one in profile.versions))


@lru_cache(maxsize=512)
def at_version(profile: Profile, firmware: str) -> Profile:
    """Give a profile as a firmware version has it. Raises OverlayError."""
    if firmware == profile.model.firmware:
        return profile
    names = [one.firmware for one in profile.versions]
    if firmware not in names:
        raise OverlayError(f"{profile.name} has no firmware {firmware!r}; allowed: {', '.join(versions(profile))}")
    laid = profile
    for one in profile.versions[: names.index(firmware) + 1]:
        laid = overlaid(laid, _signed(laid, one))
    return overlaid(laid, {"model": {"firmware": firmware}})


def _signed(laid: Profile, version: Overlay) -> Changes:
    """Give a version's changes, and with them who says so of each key changed."""
    who = Claim(provenance=version.provenance, source=version.source, basis=version.basis)
    signed: dict[str, Mapping[str, Any]] = {}
    for name, changed in version.changes.items():
        block = getattr(laid, name, None)
        claims = {**block.claims, **dict.fromkeys(changed, who)} if isinstance(block, Block) else {}
        signed[name] = {**changed, "claims": claims} if claims else changed
    return signed


def overlaid(profile: Profile, changes: Changes) -> Profile:
    """Give a profile with keys changed, block by block; a block that the set does not have is left out.

    Raises OverlayError where a change is not of the key's type.
    """
    return _laid(profile, msgspec.json.encode(changes)) if changes else profile


@lru_cache(maxsize=4_096)
def _laid(profile: Profile, changes: bytes) -> Profile:
    replaced: dict[str, Any] = {}
    for name, changed in msgspec.json.decode(changes, type=dict[str, dict[str, Any]]).items():
        block = getattr(profile, name, None)
        if isinstance(block, msgspec.Struct):
            try:
                replaced[name] = msgspec.convert({**msgspec.to_builtins(block), **changed}, type(block))
            except msgspec.ValidationError as error:
                known = f"; its keys: {choices(keys(block))}" if isinstance(block, Block) else ""
                raise OverlayError(f"{name}: {error}{known}") from None
        elif name not in profile.__struct_fields__:
            raise OverlayError(f"no block is called {name!r}; allowed: {choices(blocks(profile), name)}")
    return msgspec.structs.replace(profile, **replaced)

"""The library of profiles: the packaged ones by name, and files that somebody wrote."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

import device_profiles
from emulator.device.alerts import unknown
from emulator.device.declaration import DeclarationError, Problem, Source, choices
from emulator.device.identity import SerialPattern
from emulator.device.overlay import OverlayError, at_version, versions
from emulator.device.profile import Profile, blocks
from emulator.device.profiles.profile_block import Block, Claim, keys
from emulator.device.profiles.profile_display import faults
from emulator.device.toml_lines import join
from emulator.dlms.objects.object_list import DEVICES
from emulator.dlms.objects.rows import Object

_SUFFIX, _BASES = ".toml", "bases"
LAST_OCTET = 255
_WHO = ("provenance", "source", "basis")
_DEFAULT = Claim(provenance="assumed", source="nothing is said of it: the schema's own", basis="by default")
FIXED = frozenset({"association"})  # its name is the standard's own (IEC 62056-6-2): clients dial it unasked


class UnknownProfileError(KeyError):
    """No packaged profile has this name."""

    def __str__(self) -> str:
        return f"no profile is called {self.args[0]!r}; there is {', '.join(names())}"


def names() -> tuple[str, ...]:
    """List the packaged profiles."""
    files = resources.files(device_profiles).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX)))


def bases() -> tuple[str, ...]:
    """List the packaged bases: blocks that profiles lay their own over."""
    files = resources.files(device_profiles).joinpath(_BASES).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX)))


@lru_cache(maxsize=64)
def packaged(name: str) -> Profile:
    """Read a packaged profile. Raises UnknownProfileError, or DeclarationError for a faulty file."""
    if name not in names():
        raise UnknownProfileError(name)
    file = name + _SUFFIX
    return read(resources.files(device_profiles).joinpath(file).read_text("utf-8"), file)


def named(name: str, folder: Path = Path()) -> Profile:
    """Read a profile by a packaged one's name or by a TOML file. Raises what `load` and `packaged` do."""
    return load(folder / name) if name.endswith(_SUFFIX) else packaged(name)


def load(path: Path) -> Profile:
    """Read a profile file. Raises OSError or DeclarationError."""
    return read(path.read_text("utf-8", "surrogateescape"), str(path))


def read(text: str, file: str) -> Profile:
    """Read a profile's text and check what its types cannot say. Raises DeclarationError."""
    source = Source(text, file)
    tables = source.parse()
    problems = list(_unsigned(source, tables))
    laid = _on_base(source, tables)
    profile = _by_default(source.convert(laid, Profile), laid)
    serials = [("model.serial", profile.model.serial), ("hub.serial", profile.hub.serial)]
    if profile.gas_model is not None:
        serials.append(("gas_model.serial", profile.gas_model.serial))
    displays = (("ppmid.serial", profile.ppmid), ("ihd.serial", profile.ihd))
    serials += [(key, display.serial) for key, display in displays if display is not None]
    if len({block is None for block in (profile.gas_metering, profile.gas_model, profile.gas_device)}) > 1:
        problems.append(source.problem("gas_model", "a gas meter needs gas_metering, gas_model and gas_device"))
    for key, pattern in serials:
        try:
            SerialPattern(pattern)
        except ValueError as error:
            problems.append(source.problem(key, str(error), "text with {year} and {number:N}"))
    if profile.installation.first_year > profile.installation.last_year:
        problems.append(source.problem("installation.last_year", "before first_year"))
    if profile.power.low_medium_w >= profile.power.medium_high_w:
        problems.append(source.problem("power.medium_high_w", "not above low_medium_w"))
    if profile.power.load_limit_w and not profile.power.load_limit:
        problems.append(source.problem("power.load_limit_w", "a set without a load limit has no threshold", "0"))
    problems.extend(_unwired(source, profile))
    problems.extend(_misversioned(source, profile))
    problems.extend(_unclaimed(source, profile))
    problems.extend(_untold(source, profile))
    if problems:
        raise DeclarationError(tuple(problems))
    return profile


def _on_base(source: Source, tables: dict[str, Any]) -> dict[str, Any]:
    """Lay a profile over the bases it names, in order: block by block, key by key. Raises DeclarationError."""
    laid: dict[str, Any] = {}
    for name in _based_on(tables):
        if name not in bases():
            raise DeclarationError([source.problem("base", f"no base is called {name!r}", choices(bases(), name))])
        file = resources.files(device_profiles).joinpath(_BASES, f"{name}{_SUFFIX}")
        laid = _laid_over(laid, Source(file.read_text("utf-8"), f"{_BASES}/{name}{_SUFFIX}").parse())
    return _laid_over(laid, {key: value for key, value in tables.items() if key != "base"})


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {key for key, value in above.items() if isinstance(value, dict) and isinstance(below.get(key), dict)}
    return {**below, **above, **{key: _block_over(below[key], above[key]) for key in both}}


def _block_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay a block over a base's. What it leaves as it was is still as sure as the base said, and no surer."""
    said = {key: below[key] for key in _WHO if key in below}
    kept = {key: value for key, value in below.items() if key not in {*_WHO, "claims", *above}}
    claims, own = below.get("claims", {}), above.get("claims", {})
    if not (isinstance(claims, dict) and isinstance(own, dict)):
        return {**below, **above}
    return {**kept, **above, "claims": {**{key: claims.get(key, said) for key in kept}, **own}}


def _by_default(profile: Profile, laid: dict[str, Any]) -> Profile:
    """Say of the keys that nobody wrote down that they are our defaults, however sure their block is."""
    signed: dict[str, Block] = {}
    for name, block in blocks(profile).items():
        written = laid.get(name, {})
        silent = [key for key in keys(block) if key not in written and key not in block.claims] if written else []
        if silent:
            claims = {**block.claims, **dict.fromkeys(silent, _DEFAULT)}
            signed[name] = msgspec.structs.replace(block, claims=claims)
    return msgspec.structs.replace(profile, **signed) if signed else profile


def _based_on(tables: dict[str, Any]) -> tuple[str, ...]:
    named = tables.get("base", ())
    return (named,) if isinstance(named, str) else tuple(str(name) for name in named)


def _unsigned(source: Source, tables: dict[str, Any]) -> Iterator[Problem]:
    """Find blocks laid over a base's that do not say who says so: they would borrow the base's word."""
    for name, block in tables.items():
        if isinstance(block, dict) and "base" in tables:
            for key in ("provenance", "source"):
                if key not in block:
                    yield source.problem(join(name, key), "missing", "who says so, as in every block")


def _misversioned(source: Source, profile: Profile) -> Iterator[Problem]:
    """Find firmware versions that come twice or whose changes no profile could have."""
    known = versions(profile)
    for number, one in enumerate(profile.versions):
        if known.count(one.firmware) > 1:
            yield source.problem(f"versions[{number}].firmware", f"{one.firmware} comes twice")
        try:
            at_version(profile, one.firmware)
        except OverlayError as error:
            yield source.problem(f"versions[{number}].changes", str(error))


def _unclaimed(source: Source, profile: Profile) -> Iterator[Problem]:
    """Find claims of keys that a block does not have."""
    for name, block in blocks(profile).items():
        for key in block.claims:
            if key not in keys(block):
                yield source.problem(f"{name}.claims.{key}", "no such key in this block", choices(keys(block), key))


def _unwired(source: Source, profile: Profile) -> Iterator[Problem]:
    """Find what a DLMS set lacks of its wire, and what another set has of one it does not speak."""
    blocks = {"dlms": profile.dlms, "hdlc": profile.hdlc, "associations": profile.associations}
    for name, block in blocks.items():
        if (block is None) is (profile.protocol == "dlms"):
            wrong = "missing" if block is None else f"a set whose protocol is {profile.protocol} has no such wire"
            yield source.problem(name, wrong, "dlms, hdlc and associations exactly where the protocol is dlms")
    if profile.associations is not None:
        allowed = profile.associations
        clients = {allowed.public.client, allowed.reader.client, allowed.management.client}
        if len(clients) < len(("public", "reader", "management")):
            yield source.problem("associations", "two associations have one client address")
    if profile.dlms is not None:
        yield from _misnamed(source, profile, profile.dlms.logical_names)


def _misnamed(source: Source, profile: Profile, given: Mapping[str, str]) -> Iterator[Problem]:
    """Find logical names that no object can have."""
    known = sorted({row.name for rows in DEVICES.values() for row in rows} - FIXED)
    taken = {(device, row.kind.id, given.get(row.name, row.logical_name)): row.name for device, row in _rows(profile)}
    for name, logical_name in given.items():
        key = join("dlms.logical_names", name)
        if name not in known:
            yield source.problem(key, f"no object to rename is called {name!r}", choices(known, name))
        elif any(int(octet) > LAST_OCTET for octet in logical_name.split(".")):
            yield source.problem(key, f"{logical_name!r} is no logical name", f"six numbers from 0 to {LAST_OCTET}")
        for device, row in _rows(profile):
            other = taken[device, row.kind.id, given.get(row.name, row.logical_name)]
            if row.name == name != other:
                yield source.problem(key, f"{logical_name} is the name of {other} too", "a name of its own")


def _untold(source: Source, profile: Profile) -> Iterator[Problem]:
    """Find alerts of events that nothing tells, and displays that open menus they do not have."""
    for key, name in unknown(profile.alerts):
        yield source.problem(join("alerts", key), f"no event is called {name!r}")
    blocks = {name: getattr(profile, name) for name in ("display", "gas_display", "ppmid", "ihd")}
    for name, block in blocks.items():
        for key, fault in () if block is None else faults(block):
            yield source.problem(f"{name}.{key}", fault)


def _rows(profile: Profile) -> list[tuple[int, Object]]:
    return [(server, row) for server, rows in DEVICES.items() for row in rows if row.when(profile)]

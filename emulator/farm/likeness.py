"""Estates like a real one: an estate file drawn up from the families' weights and a template of shares (dossier 1.1).

The file is text for people: everything in it can be read, and changed by hand.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

import device_profiles
from emulator.device.declaration import DeclarationError, choices
from emulator.device.declaration import read as declared
from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import lacking
from emulator.device.profile import Profile
from emulator.device.profiles.profile_family import Family
from emulator.farm import library
from emulator.farm.cohort import MAX_HOMES, MAX_SEED, EstateError, Share
from emulator.farm.estate_file import read

_FOLDER, _SUFFIX = "estates", ".toml"


class StandingFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fault that stands in a share of every cohort; `family` names the family's own figure, in thousandths."""

    row: str
    share: Share
    family: str = ""


class Likeness(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A template: shares that hold in every cohort, and faults that stand in it."""

    title: str
    source: str
    shares: dict[str, Annotated[float, Meta(ge=0, le=1)]]
    fault: tuple[StandingFault, ...] = ()


def names() -> tuple[str, ...]:
    """List the templates."""
    files = resources.files(device_profiles).joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX)))


@lru_cache(maxsize=8)
def likeness(name: str) -> Likeness:
    """Read a template. Raises EstateError."""
    if name not in names():
        raise EstateError(f"no estate is called {name!r}; allowed: {choices(names(), name)}")
    file = resources.files(device_profiles).joinpath(_FOLDER, name + _SUFFIX)
    return declared(file.read_text("utf-8"), file.name, Likeness)


def like(name: str, homes: int, seed: int) -> str:
    """Draw up an estate file of so many homes; a farm takes what is given here. Raises EstateError."""
    if not 1 <= homes <= MAX_HOMES:
        raise EstateError(f"{homes} homes; allowed: 1 to {MAX_HOMES}")
    if not 0 <= seed <= MAX_SEED:
        raise EstateError(f"the seed {seed}; allowed: 0 to {MAX_SEED}")
    template = likeness(name)
    families = [(profile, profile.family) for profile in map(library.packaged, library.names())]
    weighed = [(profile, family) for profile, family in families if family is not None and family.weight]
    counts = apportioned(homes, [family.weight for _, family in weighed])
    there = [(profile, family, count) for (profile, family), count in zip(weighed, counts, strict=True) if count]
    text = "\n".join(_lines(name, template, seed, there)) + "\n"
    try:
        read(text, name, Path())
    except DeclarationError as error:  # a make has only so many serial numbers
        raise EstateError(f"{homes} homes: {error.problems[0].message}; {error.problems[0].allowed}") from None
    return text


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """Share out a whole number by weights, the largest remainders first, so that the parts sum to the whole."""
    whole = sum(weights)
    counts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in rest[: total - sum(counts)]:
        counts[place] += 1
    return counts


def _lines(name: str, template: Likeness, seed: int, there: Sequence[tuple[Profile, Family, int]]) -> Iterator[str]:
    yield f"# {template.title}. Drawn up by `meterfarm estate like {name}`; change it as you like."
    yield f"# {template.source}"
    yield "[estate]"
    yield f'name = "{name}"'
    yield f"seed = {seed}"
    for profile, family, count in there:
        yield ""
        yield f"[[cohort]]                      # {family.cohort}: {profile.title}"
        yield f'profile = "{profile.name}"'
        yield f"homes = {count}"
        for key, share in template.shares.items():
            if not _has(profile, key):
                continue
            yield f"{key} = {share}"
        if versions := ", ".join(f'"{one.firmware}" = {one.share / 1_000}' for one in profile.versions if one.share):
            yield f"firmware = {{ {versions} }}    # the rest run {profile.model.firmware}"
    for standing in template.fault:
        fault = find(standing.row)
        for profile, family, _ in there:
            if lacking(fault, profile) or not _befalls(profile, fault.target):
                continue
            own = getattr(family, standing.family) / 1_000 if standing.family else 0.0
            yield ""
            yield f"[[fault]]                       # {fault.title}"
            yield f'name = "{fault.name}"'
            yield f'into = "cohort:{profile.name}"'
            yield f"probability = {max(own, standing.share)}"


def _has(profile: Profile, key: str) -> bool:
    if key in {"prepayment", "debts"}:
        return profile.prepayment.level != "none"
    blocks = {"gas": profile.gas_model, "ihd": profile.ihd}
    return key not in blocks or blocks[key] is not None


def _befalls(profile: Profile, target: str) -> bool:
    models = {"gsme": profile.gas_model, "ppmid": profile.ppmid, "ihd": profile.ihd}
    return target not in models or models[target] is not None

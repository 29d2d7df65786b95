"""Estate files: TOML text becomes an estate, or a list of everything that is wrong with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from emulator.device.declaration import DeclarationError, Problem, Source, choices
from emulator.device.faults import fault as rows
from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import FaultError
from emulator.device.instant import parse, span
from emulator.device.load import recording
from emulator.device.load.recorded import Recording
from emulator.device.overlay import versions
from emulator.device.profile import Profile
from emulator.farm import library
from emulator.farm.cohort import MAX_HOMES, EstateFile
from emulator.farm.estate import COHORT, GLOB, PREFIX, Estate


def load(path: Path) -> Estate:
    """Read an estate file. Raises OSError or DeclarationError; a profile may be a name or a TOML file beside it."""
    return read(path.read_text("utf-8", "surrogateescape"), str(path), path.parent)


def read(text: str, file: str, folder: Path) -> Estate:
    """Read an estate's text. Raises DeclarationError."""
    source = Source(text, file)
    declared = source.read(EstateFile)
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for number, cohort in enumerate(declared.cohort):
        key = f"cohort[{number}].profile"
        try:
            profiles[cohort.profile] = library.named(cohort.profile, folder)
        except library.UnknownProfileError:
            allowed = choices((*library.names(), "FILE.toml"), cohort.profile)
            problems.append(source.problem(key, f"unknown profile {cohort.profile!r}", allowed))
        except OSError as error:
            problems.append(source.problem(key, f"{cohort.profile}: {error.strerror}"))
        except DeclarationError as error:
            problems.extend(error.problems)
    recordings: dict[str, Recording] = {}
    for number, cohort in enumerate(declared.cohort):
        name = "" if cohort.household is None else cohort.household.recording
        if not name or name in recordings:
            continue
        key = f"cohort[{number}].household.recording"
        try:
            recordings[name] = recording.read((folder / name).read_text("utf-8", "replace"), str(folder / name))
        except OSError as error:
            problems.append(source.problem(key, f"{name}: {error.strerror}", "a CSV file beside the estate file"))
        except DeclarationError as error:
            problems.extend(error.problems)
    if sum(cohort.homes for cohort in declared.cohort) > MAX_HOMES:
        problems.append(source.problem("cohort", "too many homes", f"at most {MAX_HOMES} in all"))
    if problems:
        raise DeclarationError(problems)
    problems.extend(_misfirmed(source, declared, profiles))
    problems.extend(_misput(source, declared))
    if problems:
        raise DeclarationError(problems)
    estate = Estate(declared.estate, declared.cohort, profiles, recordings, declared.fault)
    for number, message, allowed in estate.short_serials():
        problems.append(source.problem(f"cohort[{number}].homes", message, allowed))
    if problems:
        raise DeclarationError(problems)
    return estate


def _misfirmed(source: Source, declared: EstateFile, profiles: Mapping[str, Profile]) -> Iterator[Problem]:
    """Find firmware that a cohort's profile does not have, and shares of more than the whole."""
    for number, cohort in enumerate(declared.cohort):
        known = versions(profiles[cohort.profile])
        for firmware in cohort.firmware:
            if firmware not in known:
                key = f"cohort[{number}].firmware"
                yield source.problem(key, f"{cohort.profile} has no firmware {firmware!r}", choices(known, firmware))
        if sum(cohort.firmware.values()) > 1:
            yield source.problem(f"cohort[{number}].firmware", "shares of more than the whole", "at most 1 in all")


def _misput(source: Source, declared: EstateFile) -> Iterator[Problem]:
    """Find faults that there are not, or that cannot be put in like this."""
    for number, one in enumerate(declared.fault):
        key = f"fault[{number}]"
        try:
            fault = find(one.name)
            if fault.wholly_absent:
                yield source.problem(f"{key}.name", f"{fault.name} cannot be reproduced in software: {fault.absent}")
            rows.values(fault, one.given)
        except FaultError as error:
            yield source.problem(f"{key}.name", str(error))
        if not _names_homes(one.into, declared):
            homes, known = sum(cohort.homes for cohort in declared.cohort), [one.profile for one in declared.cohort]
            allowed = [f"{PREFIX}1 to {PREFIX}{homes}", f"{PREFIX}1/gsme", f"a glob such as {PREFIX}*"]
            allowed += [f"{COHORT}{profile}" for profile in dict.fromkeys(known)]
            yield source.problem(f"{key}.into", f"{one.into!r} names no home", choices(allowed, one.into))
        for name, read_one, text in (("starts", parse, one.starts), ("lasts", span, one.lasts)):
            try:
                read_one(text or ("2026-01-01T00:00:00Z" if name == "starts" else "1h"))
            except ValueError as error:
                told = f"{text!r} is no instant; allowed: 2026-01-01T00:00:00Z" if name == "starts" else str(error)
                yield source.problem(f"{key}.{name}", told)


def _names_homes(selector: str, declared: EstateFile) -> bool:
    """Say whether a selector can name a home of the estate; of a glob that is not looked at."""
    if selector.startswith(COHORT):
        names = {cohort.profile for cohort in declared.cohort} | {str(one + 1) for one in range(len(declared.cohort))}
        return selector.removeprefix(COHORT) in names
    home = selector.partition("/")[0]
    if GLOB & set(home):
        return True
    number = home.removeprefix(PREFIX)
    homes = sum(cohort.homes for cohort in declared.cohort)
    return home.startswith(PREFIX) and number.isascii() and number.isdecimal() and 1 <= int(number) <= homes

"""What a run has: which cases, by words, at which families. Who declares what decides the rest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from emulator.conformance.case import Case, Chosen, Group
from emulator.conformance.cases import CASES
from emulator.device.declaration import DeclarationError
from emulator.device.profile import Profile
from emulator.farm import library
from emulator.services.catalogue import numbers

_GLOB: Final = frozenset("*?[")
_NUMBER: Final = re.compile(r"\d+(\.\d+)*")


class SelectionError(ValueError):
    """A word names no case, or no family; the text names what is near."""


class Pair(NamedTuple):
    """A case at a family, and whether it is run there. `place` is its profile's: a packaged name, or a file."""

    case: Case
    profile: Profile
    chosen: Chosen
    place: str

    @property
    def name(self) -> str:
        """What it is called while it runs."""
        return f"{self.case.name}@{self.profile.name}"


def paired(case: Case, profile: Profile, place: str = "") -> Pair:
    """Put a case and a family together."""
    return Pair(case, profile, case.chosen(profile), place or profile.name)


def cases(what: Sequence[str] = (), table: Sequence[Case] = CASES) -> tuple[Case, ...]:
    """Give the cases that words name, in the table's order; all of them without a word. Raises SelectionError.

    A word is a case (`2.2/duplicate-utrn`), a service by its number or the beginning of it (`2.2`, `6`), a group
    (`wrong role`, or WRONG_ROLE), or a glob of names (`*/wrong-*`).
    """
    if not what:
        return tuple(table)
    chosen = {case.name for word in what for case in _named(word.strip(), table)}
    return tuple(case for case in table if case.name in chosen)


def _named(word: str, table: Sequence[Case]) -> list[Case]:
    if _GLOB & set(word):
        found = [case for case in table if fnmatchcase(case.name, word)]
    elif _NUMBER.fullmatch(word):
        found = [case for case in table if _is_of(case, numbers(word))]
    else:
        group = _group(word)
        found = [case for case in table if case.group is group or case.name == word]
    if not found:
        raise SelectionError(f"no case is called {word!r}{_near(word, table)}")
    return found


def _is_of(case: Case, asked: tuple[int, ...]) -> bool:
    names = (case.name.partition("/")[0], *case.services)
    return any(numbers(one)[: len(asked)] == asked for one in names if _NUMBER.fullmatch(one))


def _group(word: str) -> Group | None:
    plain = word.replace("_", " ").replace("-", " ").casefold()
    return next((one for one in Group if plain in {one.value, one.name.replace("_", " ").casefold()}), None)


def _near(word: str, table: Sequence[Case]) -> str:
    known = [*(case.name for case in table), *(group.value for group in Group)]
    found = get_close_matches(word, known, n=3, cutoff=0.4)
    return f"; near: {', '.join(found)}" if found else "; `meterfarm conformance list` lists them"


def families(names: Iterable[str] = ()) -> dict[str, Profile]:
    """Read families by packaged name, glob, or file; every packaged one without a name. Gives each by its place.

    Raises SelectionError.
    """
    wanted: dict[str, Profile] = {}
    for name in tuple(names) or ("*",):
        if _GLOB & set(name):
            matching = [one for one in library.names() if fnmatchcase(one, name)]
            if not matching:
                raise SelectionError(f"no profile is called {name!r}; there is {', '.join(library.names())}")
        else:
            matching = [str(Path(name).absolute()) if name.endswith(".toml") else name]
        wanted |= {one: _read(one) for one in matching}
    called = [profile.name for profile in wanted.values()]
    if len(set(called)) < len(called):
        raise SelectionError(f"two families have one name: {', '.join(called)}")
    return wanted


def _read(name: str) -> Profile:
    try:
        return library.named(name)
    except (library.UnknownProfileError, DeclarationError) as error:
        raise SelectionError(str(error)) from None
    except OSError as error:
        raise SelectionError(f"{name}: {error.strerror}") from None


def pairs(chosen: Iterable[Case], profiles: Mapping[str, Profile]) -> tuple[Pair, ...]:
    """Give each case at each family that it is meant for."""
    every = (paired(case, profile, place) for case in chosen for place, profile in profiles.items())
    return tuple(pair for pair in every if pair.chosen.choice != "not applicable")

"""The estate: which homes there are, and everything about a home computed from its index, both ways (D3).

No table of homes exists: a million of them cost as much as one. Home 1 is index 0.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from emulator.device import identity
from emulator.device.declaration import DeclarationError, Problem, Source, choices
from emulator.device.household import Household, HouseholdShape, Site
from emulator.device.instant import DAY, HOUR, instant, to_datetime
from emulator.device.profile import Profile
from emulator.device.splitmix import stream
from emulator.farm import library

MAX_HOMES = 16_000_000
KINDS = 4  # EUI-64 numbers a home takes: its devices, METER first
METER, HUB = 0, 1
DEVICE_TYPES = {"esme": METER, "chf": HUB}
_MILLION = 1_000_000
_DISTRIBUTORS = 14
MAX_SEED = 2**63 - 1
Share = Annotated[float, Meta(ge=0, le=1)]


class EstateError(ValueError):
    """No estate can be made of this; the text says what is allowed."""


class FixedHousehold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A household written down instead of drawn: energy of the mean day, registers at installation."""

    shape: HouseholdShape = "domestic"
    daily_import_wh: Annotated[int, Meta(ge=0, le=100_000)] = 7_400
    daily_export_wh: Annotated[int, Meta(ge=0, le=100_000)] = 0
    opening_import_wh: Annotated[int, Meta(ge=0, le=999_999_999)] = 0
    opening_export_wh: Annotated[int, Meta(ge=0, le=999_999_999)] = 0


class Cohort(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Homes of one profile, and the shares of them that differ. A fixed household is the same for each of them."""

    profile: Annotated[str, Meta(min_length=1, max_length=60)]
    homes: Annotated[int, Meta(ge=1, le=MAX_HOMES)]
    economy_7: Share = 0.1
    solar: Share = 0.05
    prepayment: Share = 0.0
    gas: Share = 0.0
    household: FixedHousehold | None = None


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The estate's name and the seed that all of it is drawn from."""

    name: Annotated[str, Meta(min_length=1, max_length=60)] = "estate"
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 1


class EstateFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An estate file: one header and at least one cohort."""

    estate: Header = Header()
    cohort: Annotated[tuple[Cohort, ...], Meta(min_length=1)]


@dataclass(frozen=True)
class Estate:
    """All homes of a farm. `profiles` holds what the cohorts name."""

    header: Header
    cohorts: tuple[Cohort, ...]
    profiles: Mapping[str, Profile]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(cohort.homes for cohort in self.cohorts))

    @property
    def homes(self) -> int:
        """How many homes there are."""
        return self._ends[-1]

    def cohort(self, index: int) -> Cohort:
        """Give the cohort of a home. Raises IndexError."""
        if not 0 <= index < self.homes:
            raise IndexError(f"home {index + 1} of {self.homes}")
        return self.cohorts[bisect_right(self._ends, index)]

    def site(self, index: int) -> Site:
        """Compute the site of a home."""
        cohort = self.cohort(index)
        profile = self.profiles[cohort.profile]
        key = stream(self.header.seed, index)
        installed_at = _installed(key, profile)
        year = to_datetime(installed_at).year % 100
        meter_serial = identity.SerialPattern(profile.model.serial)
        hub_serial = identity.SerialPattern(profile.hub.serial)
        number = index + 1
        return Site(
            key=key,
            profile=profile,
            serial=meter_serial.format(year, number % meter_serial.capacity),
            eui64=identity.eui64(identity.parse_oui(profile.model.oui), number * KINDS + METER),
            mpan=identity.mpan(10 + index % _DISTRIBUTORS, number),
            hub_serial=hub_serial.format(year, number % hub_serial.capacity),
            hub_eui64=identity.eui64(identity.parse_oui(profile.hub.oui), number * KINDS + HUB),
            iccid=identity.iccid(profile.hub.iccid_issuer, number),
            imsi=identity.imsi(profile.hub.imsi_network, number),
            household=_household(key, cohort),
            installed_at=installed_at,
        )

    def find_eui64(self, eui64: int) -> tuple[int, int] | None:
        """Find the home and the kind of device that an EUI-64 belongs to."""
        number, kind = divmod(eui64 & ((1 << 40) - 1), KINDS)
        index = number - 1
        if not 0 <= index < self.homes or kind not in {METER, HUB}:
            return None
        site = self.site(index)
        return (index, kind) if eui64 == (site.eui64, site.hub_eui64)[kind] else None

    def digest(self) -> str:
        """Give a text that is the same exactly for the same homes: what stored state belongs to.

        Of a profile only what makes a home another one counts: the rest may change between two starts.
        """
        made = {cohort.profile: _making(self.profiles[cohort.profile]) for cohort in self.cohorts}
        return msgspec.json.encode([self.header.seed, self.cohorts, made]).decode()

    def short_serials(self) -> Iterator[tuple[int, str, str]]:
        """Find cohorts whose serial numbers would come twice: which, what is wrong, and what is allowed."""
        for number, (cohort, end) in enumerate(zip(self.cohorts, self._ends, strict=True)):
            profile = self.profiles[cohort.profile]
            for pattern in (profile.model.serial, profile.hub.serial):
                capacity = identity.SerialPattern(pattern).capacity
                if end > capacity:
                    yield number, f"home-{end} has no serial number like {pattern}", f"homes up to home-{capacity}"
                    break

    def warnings(self) -> Iterator[str]:
        """Say what an estate asks for that this release does not have."""
        for number, cohort in enumerate(self.cohorts):
            for word, share in (("prepayment", cohort.prepayment), ("gas", cohort.gas)):
                if share:
                    where = f"cohort[{number}].{word} = {share}"
                    yield f"{where}: not in this release; these homes run on credit, without gas"


def from_flags(profiles: tuple[str, ...], homes: int, seed: int) -> Estate:
    """Make an estate of so many homes of each profile. Raises UnknownProfileError or EstateError."""
    if not 1 <= homes <= MAX_HOMES // max(1, len(profiles)):
        raise EstateError(f"{homes} homes of each profile: allowed: 1 to {MAX_HOMES} homes in all")
    if not 0 <= seed <= MAX_SEED:
        raise EstateError(f"the seed {seed}: allowed: 0 to {MAX_SEED}")
    cohorts = tuple(Cohort(profile=name, homes=homes) for name in profiles)
    estate = Estate(Header(name="farm", seed=seed), cohorts, {name: library.packaged(name) for name in profiles})
    for _, message, allowed in estate.short_serials():
        raise EstateError(f"{message}; allowed: {allowed}")
    return estate


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
            profiles[cohort.profile] = _profile(cohort.profile, folder)
        except library.UnknownProfileError:
            allowed = choices((*library.names(), "FILE.toml"), cohort.profile)
            problems.append(source.problem(key, f"unknown profile {cohort.profile!r}", allowed))
        except OSError as error:
            problems.append(source.problem(key, f"{cohort.profile}: {error.strerror}"))
        except DeclarationError as error:
            problems.extend(error.problems)
    if sum(cohort.homes for cohort in declared.cohort) > MAX_HOMES:
        problems.append(source.problem("cohort", "too many homes", f"at most {MAX_HOMES} in all"))
    if problems:
        raise DeclarationError(problems)
    estate = Estate(declared.estate, declared.cohort, profiles)
    for number, message, allowed in estate.short_serials():
        problems.append(source.problem(f"cohort[{number}].homes", message, allowed))
    if problems:
        raise DeclarationError(problems)
    return estate


def _profile(name: str, folder: Path) -> Profile:
    return library.load(folder / name) if name.endswith(".toml") else library.packaged(name)


def _making(profile: Profile) -> tuple[str | int, ...]:
    model, hub, installation = profile.model, profile.hub, profile.installation
    of_hub = (hub.oui, hub.serial, hub.iccid_issuer, hub.imsi_network)
    years = (installation.first_year, installation.last_year)
    return (model.oui, model.serial, *of_hub, *years, profile.metering.tou_registers)


def _installed(key: int, profile: Profile) -> int:
    """Draw the day of installation; fitters come between 8 and 17 o'clock."""
    first, last = profile.installation.first_year, profile.installation.last_year
    year = first + stream(key, "year") % (last - first + 1)
    drawn = stream(key, "day")
    return instant(year, 1, 1) + drawn % 365 * DAY + (8 + (drawn >> 32) % 9) * HOUR


def _household(key: int, cohort: Cohort) -> Household:
    """Draw a household: about 7.4 kWh a day in the mean (*assumed* spread), more where heating runs at night."""
    if cohort.household is not None:
        return Household(**msgspec.structs.asdict(cohort.household))
    economy_7 = _drawn(key, "economy-7", cohort.economy_7)
    solar = _drawn(key, "solar", cohort.solar)
    size = stream(key, "size")
    daily_wh = 2_500 + size % 5_000 + (size >> 32) % 5_000 + (6_000 if economy_7 else 0)
    return Household(
        shape="economy-7" if economy_7 else "domestic",
        daily_import_wh=daily_wh,
        daily_export_wh=3_000 + stream(key, "panels") % 5_000 if solar else 0,
    )


def _drawn(key: int, what: str, share: float) -> bool:
    return stream(key, what) % _MILLION < round(share * _MILLION)

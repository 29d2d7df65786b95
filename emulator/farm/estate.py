"""The estate: which homes there are, and everything about a home computed from its index, both ways (D3).

No table of homes exists: a million of them cost as much as one. Home 1 is index 0.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np

from emulator.device import identity
from emulator.device.household import Household, Site
from emulator.device.hub.push_setup import host_and_port
from emulator.device.installation import Premises
from emulator.device.instant import to_datetime
from emulator.device.journal import DeviceName
from emulator.device.load.recorded import Recording
from emulator.device.money.contract import Contract
from emulator.device.overlay import at_version
from emulator.device.profile import Profile
from emulator.device.splitmix import stream, streams
from emulator.farm import library
from emulator.farm.cohort import MAX_HOMES, MAX_SEED, Cohort, DeclaredFault, EstateError, Header
from emulator.farm.drawing import MILLION, household, installed_at, prepayment_contract

KINDS = 8  # EUI-64 numbers a home takes: one a device, by its place here
PLACES = (DeviceName.ESME, DeviceName.CHF, DeviceName.GSME, DeviceName.PPMID, DeviceName.IHD)
_DISTRIBUTORS = 14
PREFIX, FORK = "home-", "~"
COHORT = "cohort:"
GLOB = frozenset("*?[")
_DRAWS = {
    DeviceName.ESME: "meter",
    DeviceName.CHF: "hub",
    DeviceName.GSME: "gas",
    DeviceName.PPMID: "prepayment",  # one share decides who prepays and has the display for it
    DeviceName.IHD: "ihd",
}
_MODELS = {DeviceName.GSME: "gas_model", DeviceName.PPMID: "ppmid", DeviceName.IHD: "ihd"}


@dataclass(frozen=True)
class Estate:
    """All homes of a farm. `profiles` holds what the cohorts name.

    `forks` are further futures of homes, each the index of its home: the first of them has the index after the last
    home's. It is the one thing here that grows.
    """

    header: Header
    cohorts: tuple[Cohort, ...]
    profiles: Mapping[str, Profile]
    recordings: Mapping[str, Recording] = field(default_factory=dict)
    faults: tuple[DeclaredFault, ...] = ()
    forks: list[int] = field(default_factory=list)

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(cohort.homes for cohort in self.cohorts))

    @property
    def homes(self) -> int:
        """How many homes there are."""
        return self._ends[-1]

    def cohort(self, index: int) -> Cohort:
        """Give the cohort of a home. Raises IndexError."""
        index = self.origin(index)
        return self.cohorts[bisect_right(self._ends, index)]

    def pushing(self, destination: str) -> "Estate":
        """Give the same homes, the new ones of which send their alerts to a head end. Raises EstateError."""
        try:
            host_and_port(destination)
        except ValueError as error:
            raise EstateError(str(error)) from error
        return replace(self, header=msgspec.structs.replace(self.header, push=destination))

    def known(self, index: int) -> bool:
        """Say whether there is such a home or fork."""
        return 0 <= index < self.homes + len(self.forks)

    def origin(self, index: int) -> int:
        """Give the home that a fork is another future of; a home is its own. Raises IndexError."""
        if not self.known(index):
            raise IndexError(f"home {index + 1} of {self.homes}")
        return index if index < self.homes else self.forks[index - self.homes]

    def name(self, index: int) -> str:
        """Give the selector of a home (home-7) or of a fork (home-7~1)."""
        if index < self.homes:
            return f"{PREFIX}{index + 1}"
        place = index - self.homes
        number = self.forks[: place + 1].count(self.forks[place])
        return f"{PREFIX}{self.forks[place] + 1}{FORK}{number}"

    def site(self, index: int) -> Site:
        """Compute the site of a home's electricity meter."""
        index = self.origin(index)
        cohort = self.cohort(index)
        key = stream(self.header.seed, index)
        profile = self._profile(cohort, key)
        fitted_at = installed_at(key, profile)
        year = to_datetime(fitted_at).year % 100
        meter_serial = identity.serial_pattern(profile.model.serial)
        hub_serial = identity.serial_pattern(profile.hub.serial)
        number = index + 1
        lives = _household(key, cohort)
        return Site(
            key=key,
            profile=profile,
            serial=meter_serial.format(year, number % meter_serial.capacity),
            eui64=_eui64(profile.model.oui, index, DeviceName.ESME),
            mpan=identity.mpan(10 + index % _DISTRIBUTORS, number),
            hub_serial=hub_serial.format(year, number % hub_serial.capacity),
            hub_eui64=_eui64(profile.hub.oui, index, DeviceName.CHF),
            iccid=identity.iccid(profile.hub.iccid_issuer, number),
            imsi=identity.imsi(profile.hub.imsi_network, number),
            household=lives,
            installed_at=fitted_at,
            recording=self.recordings.get(lives.recording),
        )

    def _profile(self, cohort: Cohort, key: int) -> Profile:
        """Give the profile of a home's set as the firmware that is drawn for it has it.

        A cohort that does not say runs the version that its profile is written for.
        """
        profile = self.profiles[cohort.profile]
        drawn = stream(key, "firmware") % MILLION
        for firmware, share in cohort.firmware.items():
            drawn -= round(share * MILLION)
            if drawn < 0:
                return at_version(profile, firmware)
        return profile

    def devices(self, index: int) -> tuple[DeviceName, ...]:
        """Say which devices stand in a home, without computing them."""
        index, cohort = self.origin(index), self.cohort(index)
        return tuple(
            name
            for name, share in self._shares(cohort).items()
            if stream(self.header.seed, index, _DRAWS[name]) % MILLION < share
        )

    def device_count(self) -> int:
        """Count the devices of all homes and forks."""
        count, start = sum(len(self.devices(origin)) for origin in self.forks), 0
        for cohort in self.cohorts:
            for name, share in self._shares(cohort).items():
                if 0 < share < MILLION:
                    ends = range(start, start + cohort.homes, MILLION)
                    count += sum(self._drawn(name, share, at, min(at + MILLION, start + cohort.homes)) for at in ends)
                else:
                    count += cohort.homes if share else 0
            start += cohort.homes
        return count

    def _drawn(self, name: DeviceName, share: int, first: int, end: int) -> int:
        """Count how many homes of a range have a device."""
        drawn = streams(self.header.seed, np.arange(first, end, dtype=np.int64), _DRAWS[name])
        return int((drawn % np.uint64(MILLION) < np.uint64(share)).sum())

    def _shares(self, cohort: Cohort) -> dict[DeviceName, int]:
        """Give of how many homes in a million of a cohort each device is one."""
        profile = self.profiles[cohort.profile]
        able = profile.prepayment.level != "none"
        shares = {
            DeviceName.ESME: 1.0,
            DeviceName.CHF: 1.0,
            DeviceName.GSME: cohort.gas,
            DeviceName.PPMID: cohort.prepayment if able else 0.0,
            DeviceName.IHD: cohort.ihd,
        }
        return {
            name: round(share * MILLION) if name not in _MODELS or _model(profile, name) is not None else 0
            for name, share in shares.items()
        }

    def prepays(self, index: int) -> bool:
        """Say whether a home pays before it uses."""
        index, cohort = self.origin(index), self.cohort(index)
        able = self.profiles[cohort.profile].prepayment.level != "none"
        share = round(cohort.prepayment * MILLION) if able else 0
        return stream(self.header.seed, index, _DRAWS[DeviceName.PPMID]) % MILLION < share

    def premises(self, index: int) -> Premises:
        """Compute all that stands in a home."""
        index, site = self.origin(index), self.site(index)
        return Premises({name: _site_of(name, site, index) for name in self.devices(index)})

    def contract(self, index: int, device: DeviceName) -> Contract | None:
        """Draw what a home's supplier sets a meter up with when it is first woken; None leaves it as delivered."""
        if not self.prepays(index) or device not in {DeviceName.ESME, DeviceName.GSME}:
            return None
        index, cohort, seed = self.origin(index), self.cohort(index), self.header.seed
        by_time = self._profile(cohort, stream(seed, index)).prepayment.full
        return prepayment_contract(stream(seed, index, device.value), device, cohort.debts, by_time=by_time)

    def find_eui64(self, eui64: int) -> tuple[int, DeviceName] | None:
        """Find the home and the device that an EUI-64 belongs to."""
        number, place = divmod(eui64 & ((1 << 40) - 1), KINDS)
        index = number - 1
        if not 0 <= index < self.homes or place >= len(PLACES):
            return None
        name = PLACES[place]
        site = self.premises(index).sites.get(name)
        if site is None:
            return None
        return (index, name) if eui64 == (site.hub_eui64 if name is DeviceName.CHF else site.eui64) else None

    def digest(self) -> str:
        """Give a text that is the same exactly for the same homes: what stored state belongs to.

        Of a profile only what makes a home another one counts: the rest may change between two starts.
        """
        homes = [_without_later_keys(cohort) for cohort in self.cohorts]
        made = {cohort.profile: _making(self.profiles[cohort.profile]) for cohort in self.cohorts}
        recorded = {name: one.digest() for name, one in self.recordings.items()}
        faults = [self.faults] if self.faults else []
        return msgspec.json.encode([self.header.seed, homes, made, recorded, *faults]).decode()

    def short_serials(self) -> Iterator[tuple[int, str, str]]:
        """Find cohorts whose serial numbers would come twice: which, what is wrong, and what is allowed."""
        for number, (cohort, end) in enumerate(zip(self.cohorts, self._ends, strict=True)):
            profile = self.profiles[cohort.profile]
            makers = [
                _model(profile, name) for name, share in self._shares(cohort).items() if name in _MODELS and share
            ]
            for pattern in (profile.model.serial, profile.hub.serial, *(maker.serial for maker in makers)):
                capacity = identity.serial_pattern(pattern).capacity
                if end > capacity:
                    yield number, f"home-{end} has no serial number like {pattern}", f"homes up to home-{capacity}"
                    break

    def warnings(self) -> Iterator[str]:
        """Say what an estate asks for that its profiles do not have."""
        for number, cohort in enumerate(self.cohorts):
            profile = self.profiles[cohort.profile]
            if cohort.gas and profile.gas_metering is None:
                yield f"cohort[{number}].gas = {cohort.gas}: {profile.name} has no gas meter; these homes have none"
            if cohort.prepayment and profile.prepayment.level == "none":
                yield f"cohort[{number}].prepayment = {cohort.prepayment}: {profile.name} runs on credit only"
        for one in self.recordings.values():
            yield from one.warnings


def from_flags(
    profiles: tuple[str, ...], homes: int, seed: int, *, gas: float = 0.0, prepayment: float = 0.0
) -> Estate:
    """Make an estate of so many homes of each profile (a name or a TOML file), shares of them with gas, on prepayment.

    Raises OSError, DeclarationError, UnknownProfileError or EstateError.
    """
    if not (0 <= gas <= 1 and 0 <= prepayment <= 1):
        raise EstateError(f"shares of {gas} with gas and {prepayment} on prepayment: allowed: 0 to 1")
    if not 1 <= homes <= MAX_HOMES // max(1, len(profiles)):
        raise EstateError(f"{homes} homes of each profile: allowed: 1 to {MAX_HOMES} homes in all")
    if not 0 <= seed <= MAX_SEED:
        raise EstateError(f"the seed {seed}: allowed: 0 to {MAX_SEED}")
    cohorts = tuple(Cohort(profile=name, homes=homes, gas=gas, prepayment=prepayment) for name in profiles)
    estate = Estate(Header(name="farm", seed=seed), cohorts, {name: library.named(name) for name in profiles})
    for _, message, allowed in estate.short_serials():
        raise EstateError(f"{message}; allowed: {allowed}")
    return estate


def _making(profile: Profile) -> tuple[str | int, ...]:
    model, hub, installation = profile.model, profile.hub, profile.installation
    of_hub = (hub.oui, hub.serial, hub.iccid_issuer, hub.imsi_network)
    years = (installation.first_year, installation.last_year)
    others = [maker for name in _MODELS if (maker := _model(profile, name)) is not None]
    of_others = [text for maker in others for text in (maker.oui, maker.serial)]
    return (model.oui, model.serial, *of_hub, *years, profile.metering.tou_registers, *of_others)


def _without_later_keys(cohort: Cohort) -> dict[str, Any]:
    """Give a cohort's keys, later ones only where they say something: what is stored stays its estate's."""
    silent: dict[str, Any] = {"debts": None, "firmware": {}}
    told = msgspec.to_builtins(cohort)
    return {key: value for key, value in told.items() if key not in silent or value != silent[key]}


def _eui64(oui: str, index: int, device: DeviceName) -> int:
    return identity.eui64(identity.parse_oui(oui), (index + 1) * KINDS + PLACES.index(device))


def _model(profile: Profile, name: DeviceName) -> Any:
    """Give the block that says who made a device; None where the set has none."""
    return getattr(profile, _MODELS[name], None)


def _site_of(name: DeviceName, site: Site, index: int) -> Site:
    """Give the site of another device of a home, from its electricity meter's."""
    profile, number, year = site.profile, index + 1, to_datetime(site.installed_at).year % 100
    if name in {DeviceName.ESME, DeviceName.CHF}:
        return site
    maker = _model(profile, name)
    assert maker is not None
    pattern = identity.serial_pattern(maker.serial)
    of_gas = name is DeviceName.GSME
    return replace(
        site,
        key=stream(site.key, name.value),
        serial=pattern.format(year, number % pattern.capacity),
        eui64=_eui64(maker.oui, index, name),
        mpan=identity.mprn(number) if of_gas else "",
        fuel="gas" if of_gas else site.fuel,
    )


def _household(key: int, cohort: Cohort) -> Household:
    if cohort.household is not None:
        return Household(**msgspec.structs.asdict(cohort.household))
    return household(key, cohort.economy_7, cohort.solar, cohort.vacant)

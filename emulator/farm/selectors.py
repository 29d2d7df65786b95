"""Selectors: how people name devices: home-7, home-7/esme, an EUI-64, an address, or a glob over the first two."""

import re
from collections.abc import Iterator
from fnmatch import translate
from itertools import chain, islice
from typing import NamedTuple

from emulator.device.household import Site
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.journal import DeviceName
from emulator.dlms.access import LEVELS
from emulator.dlms.logical_device import DEVICE_AT
from emulator.farm.addresses import LoopbackAddresses, PortAddresses
from emulator.farm.estate import FORK, PREFIX, Estate

GLOB = frozenset("*?[")
MAX_DIGITS = 8
_LEADING = re.compile(rf"{PREFIX}([1-9][0-9]{{0,{MAX_DIGITS - 1}}})")
SERVERS = {device: server for server, device in DEVICE_AT.items()}
"""The logical device behind which a device answers; one that is not here has no wire of its own yet."""

Addresses = LoopbackAddresses | PortAddresses


class SelectorError(LookupError):
    """A selector that names no device; the text says what would."""


class Chosen(NamedTuple):
    """One device: its home's index (0 is the first), which of its devices, and the home's name."""

    home: int
    device: DeviceName
    name: str

    @property
    def text(self) -> str:
        """The selector that names it."""
        return f"{self.name}/{self.device}"


def every(estate: Estate) -> Iterator[Chosen]:
    """Go through all devices, home by home, the electricity meter first."""
    for index in range(estate.homes + len(estate.forks)):
        yield from of_home(estate, index)


def of_home(estate: Estate, index: int) -> list[Chosen]:
    """Give the devices of one home."""
    return [Chosen(index, device, estate.name(index)) for device in estate.devices(index)]


def select(text: str, estate: Estate, addresses: Addresses, limit: int) -> list[Chosen]:
    """Find at most `limit` devices that a selector names. Raises SelectorError if there is none."""
    if GLOB & set(text):
        found = list(islice(_matching(text if "/" in text else text + "/*", estate), limit))
    else:
        found = _exactly(text, estate, addresses)
    if not found:
        raise SelectorError(
            f"{text!r} names no device; there are {PREFIX}1 to {PREFIX}{estate.homes}, each with /esme "
            "and /chf, some with /gsme, /ppmid, /ihd; an EUI-64, an address and globs are taken too"
        )
    return found


def _matching(pattern: str, estate: Estate) -> Iterator[Chosen]:
    matches = re.compile(translate(pattern)).match
    forks = range(estate.homes, estate.homes + len(estate.forks))
    for index in chain(_numbered(pattern, estate.homes), forks):
        for chosen in of_home(estate, index):
            if matches(chosen.text):
                yield chosen


def _numbered(pattern: str, homes: int) -> Iterator[int]:
    """Go through the homes whose numbers begin with the digits a glob begins with: a million need not be tried."""
    begins = _LEADING.match(pattern)
    if begins is None:
        yield from range(homes)
        return
    first, count = int(begins[1]), 1
    while first <= homes:
        yield from range(first - 1, min(first + count - 1, homes))
        first, count = first * 10, count * 10


def _exactly(text: str, estate: Estate, addresses: Addresses) -> list[Chosen]:
    home, _, device = text.partition("/")
    if home.startswith(PREFIX):
        index = home_index(home, estate)
        if index is None:
            return []
        return [chosen for chosen in of_home(estate, index) if not device or chosen.device == device.lower()]
    try:
        found = estate.find_eui64(parse_eui64(text))
    except ValueError:
        host, _, port = text.partition(":")
        at = addresses.index((host, _number(port) if port else addresses.port))
        return [] if at is None else of_home(estate, at)
    return [Chosen(*found, estate.name(found[0]))] if found else []


def home_index(name: str, estate: Estate) -> int | None:
    """Find a home by its name, home-7, or a fork by its name, home-7~1."""
    number, fork, place = name.removeprefix(PREFIX).partition(FORK)
    index = _number(number) - 1
    if not name.startswith(PREFIX) or not 0 <= index < estate.homes:
        return None
    if not fork:
        return index
    futures = [estate.homes + at for at, origin in enumerate(estate.forks) if origin == index]
    wanted = _number(place) - 1
    return futures[wanted] if 0 <= wanted < len(futures) else None


def _number(text: str) -> int:
    """Read a number of a few digits; -1 is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else -1


def described(chosen: Chosen, estate: Estate, addresses: Addresses) -> dict[str, object]:
    """Give a device's row of `ls`: how it is reached, or that it has no wire of its own.

    A fork has no address where each hub has a port. Nothing listens for a set whose wire is not DLMS/COSEM: its host is
    empty, and its address says what it would be called there.
    """
    site = estate.premises(chosen.home).sites[chosen.device]
    profile = site.profile
    reached = profile.dlms is not None and addresses.index(addresses.of(chosen.home)) is not None
    host, port = addresses.of(chosen.home) if reached else ("", 0)
    address = _address(chosen.device, site) if reached or profile.dlms is None else {}
    return {
        "selector": chosen.text,
        "eui64": format_eui64(site.hub_eui64 if chosen.device is DeviceName.CHF else site.eui64),
        "type": chosen.device.value.upper(),
        "profile": profile.name,
        "protocol": profile.protocol if address else "none",
        "host": host,
        "port": port,
        "address": address,
    }


def _address(device: DeviceName, site: Site) -> dict[str, object]:
    """Give what a client needs behind the port, or on the home network, or of the SIM."""
    profile = site.profile
    if profile.zigbee is not None and device in profile.zigbee.devices:
        eui64 = site.hub_eui64 if device is DeviceName.CHF else site.eui64
        return {"eui64": format_eui64(eui64), "endpoint": profile.zigbee.devices[device.value].endpoint}
    if profile.protocol == "sms" and device in {DeviceName.ESME, DeviceName.CHF}:
        return {"iccid": site.iccid, "imsi": site.imsi}
    if device not in SERVERS or profile.associations is None or profile.hdlc is None:
        return {}
    clients = {level: getattr(profile.associations, level).client for level in LEVELS}
    return {"server": SERVERS[device], "clients": clients, "hdlc_physical": profile.hdlc.physical_address}

"""Selectors: how people name devices: home-7, home-7/esme, an EUI-64, an address, or a glob over the first two."""

import re
from collections.abc import Iterator
from fnmatch import translate
from itertools import islice
from typing import NamedTuple

from emulator.device.identity import format_eui64, parse_eui64
from emulator.dlms.objects.administration import HUB_SAP, METER_SAP
from emulator.farm.addresses import LoopbackAddresses, PortAddresses
from emulator.farm.estate import DEVICE_TYPES, HUB, METER, Estate

PREFIX = "home-"
GLOB = frozenset("*?[")
MAX_DIGITS = 8
_LEADING = re.compile(rf"{PREFIX}([1-9][0-9]{{0,{MAX_DIGITS - 1}}})")
SERVERS = {METER: METER_SAP, HUB: HUB_SAP}
NAMES = {kind: name for name, kind in DEVICE_TYPES.items()}
TYPES = {METER: "ESME", HUB: "CHF"}

Addresses = LoopbackAddresses | PortAddresses


class SelectorError(LookupError):
    """A selector that names no device; the text says what would."""


class Chosen(NamedTuple):
    """One device: its home's index (0 is the first) and its kind."""

    home: int
    kind: int

    @property
    def text(self) -> str:
        """The selector that names it."""
        return f"{PREFIX}{self.home + 1}/{NAMES[self.kind]}"


def every(estate: Estate) -> Iterator[Chosen]:
    """Go through all devices, the meter of a home before its hub."""
    for index in range(estate.homes):
        yield Chosen(index, METER)
        yield Chosen(index, HUB)


def select(text: str, estate: Estate, addresses: Addresses, limit: int) -> list[Chosen]:
    """Find at most `limit` devices that a selector names. Raises SelectorError if there is none."""
    if GLOB & set(text):
        found = list(islice(_matching(text if "/" in text else text + "/*", estate.homes), limit))
    else:
        found = _exactly(text, estate, addresses)
    if not found:
        raise SelectorError(
            f"{text!r} names no device; there are {PREFIX}1 to {PREFIX}{estate.homes}, each with /esme and /chf; "
            "an EUI-64, an address and globs are taken too"
        )
    return found


def _matching(pattern: str, homes: int) -> Iterator[Chosen]:
    matches = re.compile(translate(pattern)).match
    for index in _numbered(pattern, homes):
        for kind, name in NAMES.items():
            if matches(f"{PREFIX}{index + 1}/{name}"):
                yield Chosen(index, kind)


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
    home, _, kind = text.partition("/")
    if home.startswith(PREFIX):
        index = _number(home[len(PREFIX) :]) - 1
        if not 0 <= index < estate.homes or (kind and kind.lower() not in DEVICE_TYPES):
            return []
        return [Chosen(index, DEVICE_TYPES[kind.lower()])] if kind else [Chosen(index, METER), Chosen(index, HUB)]
    try:
        found = estate.find_eui64(parse_eui64(text))
    except ValueError:
        host, _, port = text.partition(":")
        at = addresses.index((host, _number(port) if port else addresses.port))
        return [] if at is None else [Chosen(at, METER), Chosen(at, HUB)]
    return [Chosen(*found)] if found else []


def _number(text: str) -> int:
    """Read a number of a few digits; -1 is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else -1


def described(chosen: Chosen, estate: Estate, addresses: Addresses) -> dict[str, object]:
    """Give a device's row of `ls`."""
    site = estate.site(chosen.home)
    host, port = addresses.of(chosen.home)
    allowed = site.profile.associations
    clients = {"public": allowed.public.client}
    if chosen.kind == METER:
        clients |= {"reader": allowed.reader.client, "management": allowed.management.client}
    return {
        "selector": chosen.text,
        "eui64": format_eui64(site.eui64 if chosen.kind == METER else site.hub_eui64),
        "type": TYPES[chosen.kind],
        "profile": site.profile.name,
        "protocol": site.profile.protocol,
        "host": host,
        "port": port,
        "address": {
            "server": SERVERS[chosen.kind],
            "clients": clients,
            "hdlc_physical": site.profile.hdlc.physical_address,
        },
    }

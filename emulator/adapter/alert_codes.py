"""Codes of alerts: those of a make, and the nearest of GBCS's that an alert document carries (service requests, 11).

Meters have vendors' codes; a profile gives them, by events. The 13 mandated alerts are the device's own table
(`emulator.device.alerts.MANDATED`), with GBCS's codes; which code the national service wants for which was not found.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from emulator.device.alerts import MANDATED
from emulator.device.event_table import LINES
from emulator.device.profile import Profile
from emulator.device.profiles.profile_alerts import Alerts

OURS: Final = range(0x9000, 0xA000)
"""Where the event table has codes of its own, for events that GBCS knows under no code."""
NEAREST: Final[Mapping[int, int]] = {
    0x9021: 0x8F3F,  # the hub was removed: physical tamper
    0x9030: 0x8F1D,  # a gas meter's battery was lost: loss of power
    0x9031: 0x8F35,
    0x9043: 0x81A3,  # the hub lost its power: it is no longer there
    0x9044: 0x81A2,
    0x9050: 0x8F72,
    0x9052: 0x8F1C,
    0x9053: 0x8F1C,
}
"""The nearest code of GBCS's for some of ours (*inferred*)."""
LAST_GASP: Final = 0x9040
OUTAGE: Final = "AD1"
READING: Final = 0
READ_BY_SCHEDULE: Final = "S1SP-SCHEDULED-READ"
"""What a meter with schedules of its own sends under the code 0 is no GBCS alert: a reading."""


class Meant(NamedTuple):
    """What a make's code means: the code that goes into the document, and a description."""

    code: str
    description: str


def names() -> dict[str, int]:
    """Give all events by the names that profiles use, with the event table's code."""
    return {
        f"{key[0].__name__}.{key[1]}" if isinstance(key, tuple) else key.__name__: line.code
        for key, line in LINES.items()
    }


@lru_cache(maxsize=64)
def _made(codes: tuple[tuple[str, int], ...]) -> dict[str, int]:
    given = dict(codes)
    return {name: given.get(name, given.get(name.partition(".")[0], code)) for name, code in names().items()}


def made(profile: Profile) -> dict[str, int]:
    """Give the code that a make has for each event."""
    return _made(_key(profile.alerts))


def meant(profile: Profile, code: int, name: str = "") -> Meant:
    """Say what a code of a make means. Where it uses one code for several events, the name it told decides."""
    if code == READING:
        return Meant(READ_BY_SCHEDULE, name or "a reading taken by the meter's own schedule")
    if code == LAST_GASP:
        return Meant(OUTAGE, name or "last gasp")
    table, meanings = names(), {line.code: line.meaning for line in LINES.values()}
    events = [event for event, given in made(profile).items() if given == code]
    if not events:
        return Meant(f"{NEAREST.get(code, code):04X}", name or meanings.get(code, "an alert of the make's own"))
    told = next((event for event in events if name and meanings[table[event]] == name), None)
    row = next((row for row in MANDATED if row.name == name), None)
    if told is None and row is not None and len(events) > 1:
        told = next((event for event in events if event in row.raised_by), None)
    found = table[told or events[0]]
    return Meant(f"{NEAREST.get(found, found):04X}", name or meanings[found])


def _key(rules: Alerts) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(rules.codes.items()))

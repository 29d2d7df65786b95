"""Alerts: what a device tells unasked, as readings of its happenings (functional reference 4).

The 13 mandated alerts stand here as a table. SMETS1 devices send vendor codes: a profile gives them, and where it gives
none the codes are GBCS's. How an alert travels is the hub's matter.
"""

from collections.abc import Iterator
from typing import NamedTuple

from emulator.device.event_table import ALERT, LINES, NO_LOG, OPTIONAL, Line, line_of
from emulator.device.happenings import CreditAdded, Happening
from emulator.device.journal import DeviceName
from emulator.device.profile import Profile
from emulator.device.profiles.profile_alerts import Alerts


class Mandated(NamedTuple):
    """One of the 13: its SMETS1 paragraphs ("" where that fuel has none), GBCS's code, and what raises it."""

    number: int
    name: str
    gas: str
    electricity: str
    code: int
    raised_by: tuple[str, ...]


MANDATED: tuple[Mandated, ...] = (
    Mandated(1, "Low Battery", "4.3.5.1 (ii)", "", 0x8F1F, ("LowBattery",)),
    Mandated(2, "Loss of Power", "4.3.5.2 (v)", "", 0x8F1D, ("LossOfPower",)),
    Mandated(3, "Low Credit", "4.3.6.2 (iv)", "5.3.6.2 (iv)", 0x810D, ("LowCredit",)),
    Mandated(4, "Disablement", "4.3.6.2 (v)", "5.3.6.2 (v)", 0x8F0F, ("CreditExhausted",)),
    Mandated(5, "Physical Tamper", "4.3.9.2 (ix)", "5.3.9.2 (ix)", 0x8F3F, ("PhysicalTamper",)),
    Mandated(
        6,
        "Unauthorised Access",
        "4.3.9.3 (viii)",
        "5.3.9.3 (viii)",
        0x8F3E,
        ("AccessRefused", "AuthenticationFailed", "MalformedCommands"),
    ),
    Mandated(7, "Load Limit", "", "5.3.5.1 (iii)", 0x8F01, ("LoadLimitReached",)),
    Mandated(8, "Average RMS Over Voltage", "", "5.3.10.1 (ii)(c)", 0x8002, ("VoltageExcursion.average_over",)),
    Mandated(9, "Average RMS Under Voltage", "", "5.3.10.1 (iii)(c)", 0x8006, ("VoltageExcursion.average_under",)),
    Mandated(10, "RMS Extreme Over Voltage", "", "5.3.10.2 (ii)", 0x8020, ("VoltageExcursion.extreme_over",)),
    Mandated(11, "RMS Extreme Under Voltage", "", "5.3.10.3 (ii)", 0x8028, ("VoltageExcursion.extreme_under",)),
    Mandated(12, "RMS Voltage Sag", "", "5.3.10.4 (ii)", 0x802C, ("VoltageExcursion.sag",)),
    Mandated(13, "RMS Voltage Swell", "", "5.3.10.5 (ii)", 0x8024, ("VoltageExcursion.swell",)),
)

_RAISED = {name: row for row in MANDATED for name in row.raised_by}
_DISPLAYS = {DeviceName.PPMID, DeviceName.IHD}


class Alert(NamedTuple):
    """An alert: its code for this make, its name, whether it goes before others, its row of the 13 (0: none), its log.

    `copies` is how often this make sends it, `latch_s` for how long it does not send the same one again.
    """

    code: int
    name: str
    priority: bool
    mandated: int
    log: str
    copies: int = 1
    latch_s: int = 0


def names_of(what: Happening) -> tuple[str, ...]:
    """Give the names by which a profile may mean a happening, the narrowest first."""
    name, kind = type(what).__name__, getattr(what, "kind", "")
    return (f"{name}.{kind}", name) if kind else (name,)


def unknown(rules: Alerts) -> Iterator[tuple[str, str]]:
    """Find names in a profile's block that no line of the event table has: under which key, and the name."""
    known = {key[0].__name__ + "." + key[1] if isinstance(key, tuple) else key.__name__ for key in LINES}
    for key in ("codes", "logs", "push", "log_only", "duplicates", "latches"):
        for name in getattr(rules, key):
            if name not in known:
                yield key, name


def told(rules: Alerts, what: Happening) -> Line | None:
    """Give how a make tells a happening: the event table's line with this make's code and log; None is not at all."""
    line = line_of(what)
    if line is None or not (rules.codes or rules.logs):
        return line
    names = names_of(what)
    code = next((rules.codes[name] for name in names if name in rules.codes), line.code)
    log = next((rules.logs[name] for name in names if name in rules.logs), line.log)
    return line._replace(code=code, log=NO_LOG if log == "none" else log)


def mandated_row(what: Happening) -> Mandated | None:
    """Give the mandated alert that a happening raises, or None."""
    return next((_RAISED[name] for name in names_of(what) if name in _RAISED), None)


def alert_of(profile: Profile, device: DeviceName, what: Happening) -> Alert | None:
    """Give the alert that a happening of a device is for this make, or None where nothing is sent.

    A device in the home raises none of its own: a display shows what meters tell. Credit added is told only where it
    was entered in the home (GBCS 0x810E, "credit added locally").
    """
    rules = profile.alerts
    line = told(rules, what)
    if line is None or device in _DISPLAYS or (isinstance(what, CreditAdded) and not what.local):
        return None
    names, row = names_of(what), mandated_row(what)
    if not _sent(rules, line, names, mandated=row is not None):
        return None
    return Alert(
        code=line.code,
        name=line.meaning if row is None else row.name,
        priority=row is not None or any(name in rules.push for name in names),
        mandated=0 if row is None else row.number,
        log=line.log,
        copies=profile.quirks.alert_copies or (2 if any(name in rules.duplicates for name in names) else 1),
        latch_s=rules.latch_s if any(name in rules.latches for name in names) else 0,
    )


def _sent(rules: Alerts, line: Line, names: tuple[str, ...], *, mandated: bool) -> bool:
    for name in names:  # the narrowest name decides
        if name in rules.log_only:
            return False
        if name in rules.push:
            return True
    if mandated:
        return True
    if line.alert == OPTIONAL:
        return rules.optional
    return rules.set == "all" and line.alert == ALERT

"""The cells of a recording: its columns, and what the text of a time or of an amount means. Pure; no file, no rows."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from emulator.device.instant import HALF_HOUR, MINUTE, instant
from emulator.device.load.load import LOAD_END, LOAD_EPOCH
from emulator.device.load.recorded import MOST_ML, MOST_MWH, Fuel
from emulator.device.local_time import instants_of

CONSUMED: Final[dict[str, tuple[Fuel, int, int]]] = {
    "kwh": ("electricity", 6, MOST_MWH),
    "wh": ("electricity", 3, MOST_MWH),
    "m3": ("gas", 6, MOST_ML),
}
"""Columns of consumption: fuel, power of ten from the unit to mWh or ml, and the most in a half hour in mWh or ml."""
EXPORTED: Final = "export_kwh"
TIMES: Final = ("start", "end", "start_local", "end_local")
YEARS: Final = "2005 to 2060 UTC"

_LONGEST: Final = 40
_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>\d\d):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r" ?(?P<offset>Z|(?P<sign>[+-])(?P<ahead_h>0\d|1[0-4]):?(?P<ahead_m>[0-5]\d))?",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d\d?)?", re.ASCII | re.IGNORECASE)


class Wrong(NamedTuple):
    """What is wrong with a cell, and what is allowed there."""

    message: str
    allowed: str


def edge(column: str, text: str) -> int | Wrong:
    """Read the edge of a half hour: an instant, or what the wall clock shows there if the column is local."""
    local = column.endswith("_local")
    found = _TIME.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return Wrong(f"{shown(text)} is not a time", "2026-03-29 00:30" if local else "2026-03-29T00:30:00Z")
    if local and found["offset"]:
        return Wrong(f"{shown(text)} has an offset", f"no offset, or the column {column.removesuffix('_local')}")
    if not local and not found["offset"]:
        return Wrong(f"{shown(text)} has no offset", f"an offset such as Z or +01:00, or the column {column}_local")
    date_and_time = [int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")]
    try:
        at = instant(*date_and_time)
    except ValueError as error:
        return Wrong(f"{shown(text)} is not a time ({error})", "a date and time that exist")
    if found["sign"]:
        ahead = (int(found["ahead_h"]) * 60 + int(found["ahead_m"])) * MINUTE
        at -= ahead if found["sign"] == "+" else -ahead
    if at % HALF_HOUR or (found["fraction"] or "").strip("0"):
        return Wrong(f"{shown(text)} is not on the half hour", "whole and half hours")
    if not LOAD_EPOCH <= at <= LOAD_END:
        return Wrong(f"{shown(text)} is out of range", YEARS)
    if local and not instants_of(at):
        return Wrong(f"{shown(text)} was skipped when summer time began", "times that a clock showed")
    return at


def amount(column: str, text: str, *, comma: bool) -> int | Wrong | None:
    """Read an amount to the nearest whole mWh or ml; an empty cell is None, a missing one."""
    if not text:
        return None
    _, power, most = CONSUMED["kwh" if column == EXPORTED else column]
    point = text.replace(",", ".") if comma else text
    if len(text) > _LONGEST or not _NUMBER.fullmatch(point):
        return Wrong(f"{shown(text)} is not a number", "a number such as 0.125, or an empty cell where it is missing")
    value = Decimal(point)
    limit = Decimal(most).scaleb(-power)
    if not 0 <= value <= limit:
        return Wrong(f"{shown(text)} is out of range", f"0 to {limit.normalize():f}")
    return int(value.scaleb(power).to_integral_value())


def shown(text: str) -> str:
    """Quote a cell, shortened."""
    return repr(text) if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]!r}..."

"""The text of SMS to and from a meter that has no other wire: read and write it, no more (docs/sms.md).

The protocol is synthetic. Of the real one only the header of a reading is public (device dossier 3.2 b): date and time,
status flags, message id, MPAN, serial, credit mode, emergency flags, balance, arrears, rates 1 to 4, total, export.
"""

import re
from typing import Literal, NamedTuple

from emulator.device.instant import parse as parse_instant
from emulator.device.instant import to_datetime
from emulator.device.profiles.profile_schedules import ScheduleKind

LONGEST = 160  # one SMS of the GSM 7 bit alphabet: 3GPP TS 23.038 and 23.040
CODE_DIGITS = 20
RATES = 4
_WH_SHOWN = 10**9
_SERIAL_SHOWN = 12
_MOST_MP = 2**31 - 1
_WORD = re.compile(r"(BAL|DEBT)=(-?[0-9]{1,10})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?", re.ASCII)
_KINDS: dict[str, ScheduleKind] = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly", "BILLING": "billing"}
_SECRET = re.compile(r"PW=([!-~]{1,32})", re.ASCII)


class Code(NamedTuple):
    """A top-up code: what the consumer would key in otherwise."""

    digits: str


class Read(NamedTuple):
    """Somebody asks for a reading."""


class Schedule(NamedTuple):
    """A reading schedule is set; without a kind it is cleared."""

    number: int
    kind: ScheduleKind | None
    day: int
    password: str


class Change(NamedTuple):
    """The meter changes hands, at once or at an instant of its clock."""

    of: Literal["tenancy", "supplier"]
    at: int | None
    balance_mp: int | None
    debt_mp: int | None
    password: str


class Unreadable(NamedTuple):
    """A text that says nothing the meter knows."""

    why: str


Asked = Code | Read | Schedule | Change | Unreadable


def parse(text: str) -> Asked:
    """Read a text that came for the meter. Nothing is raised: what makes no sense is Unreadable."""
    if len(text) > LONGEST:
        return Unreadable("too_long")
    digits = "".join(text.split()).replace("-", "")
    if digits.isascii() and digits.isdigit():
        return Code(digits) if len(digits) == CODE_DIGITS else Unreadable("incomplete")
    words = text.split()
    match [word.upper() for word in words[:1]]:
        case ["READ"]:
            return Read() if len(words) == 1 else Unreadable("malformed")
        case ["SCHED"]:
            return _schedule(words[1:])
        case ["COT"]:
            return _change("tenancy", words[1:])
        case ["COS"]:
            return _change("supplier", words[1:])
        case _:
            return Unreadable("unknown")


def _schedule(words: list[str]) -> Asked:
    """Read `<number> DAILY|WEEKLY|MONTHLY|BILLING|OFF [<day>] PW=<password>`."""
    *words, last = words or [""]
    secret = _SECRET.fullmatch(last)
    numbers = [words[0], *words[2:]] if words else []
    if secret is None or not 2 <= len(words) <= 3 or not all(_is_number(word) for word in numbers):
        return Unreadable("malformed")
    kind = words[1].upper()
    if kind != "OFF" and kind not in _KINDS:
        return Unreadable("malformed")
    day = int(words[2]) if len(words) == 3 else 1
    return Schedule(int(words[0]), _KINDS.get(kind), day, secret[1])


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 2


def _change(of: Literal["tenancy", "supplier"], words: list[str]) -> Asked:
    """Read `[<date>] [BAL=<mp>] [DEBT=<mp>] PW=<password>`."""
    *words, last = words or [""]
    secret = _SECRET.fullmatch(last)
    if secret is None:
        return Unreadable("malformed")
    at: int | None = None
    amounts: dict[str, int] = {}
    for place, word in enumerate(words):
        amount = _WORD.fullmatch(word.upper())
        if place == 0 and _DATE.fullmatch(word):
            try:
                at = parse_instant(word)
            except ValueError:
                return Unreadable("malformed")
        elif amount is not None and amount[1] not in amounts and abs(int(amount[2])) <= _MOST_MP:
            amounts[amount[1]] = int(amount[2])
        else:
            return Unreadable("malformed")
    return Change(of, at, amounts.get("BAL"), amounts.get("DEBT"), secret[1])


# What a meter says.


class Reading(NamedTuple):
    """What a reading says, in the order of its words; amounts in millipence, registers in watt-hours."""

    shown_at: int
    status: int
    message: int
    mpan: str
    serial: str
    prepays: bool
    emergency: int
    balance_mp: int
    arrears_mp: int
    rates_wh: tuple[int, ...]
    total_wh: int
    export_wh: int


def format_reading(word: str, one: Reading) -> str:
    """Write a reading as one SMS; registers roll over at 999,999.999 kWh, a longer serial shows its end."""
    rates = [*one.rates_wh[:RATES], *(0,) * (RATES - len(one.rates_wh))]
    words = [
        word,
        to_datetime(one.shown_at).strftime("%y%m%d%H%M%S"),
        f"{one.status & 0xFF:02X}",
        str(one.message % 10_000),
        one.mpan,
        one.serial[-_SERIAL_SHOWN:],
        "P" if one.prepays else "C",
        str(one.emergency),
        str(one.balance_mp),
        str(one.arrears_mp),
        *(str(value % _WH_SHOWN) for value in (*rates, one.total_wh, one.export_wh)),
    ]
    return " ".join(words)


def parse_reading(text: str) -> tuple[str, Reading]:
    """Read a reading back: its first word, and what it says. Raises ValueError."""
    words = text.split()
    if len(words) != 16 or len(text) > LONGEST:
        raise ValueError("a reading is 16 words in one SMS")
    stamp = words[1]
    if len(stamp) != 12 or not (stamp.isascii() and stamp.isdigit()) or words[6] not in {"P", "C"}:
        raise ValueError("a reading has a date and time of 12 digits, and a mode P or C")
    pairs = [stamp[at : at + 2] for at in range(0, 12, 2)]
    shown_at = parse_instant(f"20{pairs[0]}-{pairs[1]}-{pairs[2]}T{pairs[3]}:{pairs[4]}:{pairs[5]}")
    balance_mp, arrears_mp, *registers = (int(word) for word in words[8:])
    return words[0], Reading(
        shown_at,
        int(words[2], 16),
        int(words[3]),
        words[4],
        words[5],
        words[6] == "P",
        int(words[7]),
        balance_mp,
        arrears_mp,
        tuple(registers[:RATES]),
        *registers[RATES:],
    )

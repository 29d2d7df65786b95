"""COSEM dates and times (IEC 62056-6-2, 4.1.6.1): 12, 5 and 4 octets, with wildcards, and instants."""

import struct
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import DAY, from_datetime, to_datetime
from emulator.dlms.errors import PduError

_DATE_TIME = struct.Struct(">HBBBBBBBhB")
UNSPECIFIED_YEAR = 0xFFFF
UNSPECIFIED = 0xFF
NO_DEVIATION = -0x8000
NEVER = b"\xff" * 9 + b"\x80\x00\xff"

ROW = np.dtype(
    [
        ("year", ">u2"),
        ("month", "u1"),
        ("day", "u1"),
        ("weekday", "u1"),
        ("hour", "u1"),
        ("minute", "u1"),
        ("second", "u1"),
        ("hundredths", "u1"),
        ("deviation", ">i2"),
        ("status", "u1"),
    ]
)


def encode(at: int, status: int = 0) -> bytes:
    """Write an instant of the device clock as date-time: UTC, deviation 0. Milliseconds below 10 are cut."""
    when = to_datetime(at)
    return _DATE_TIME.pack(
        when.year,
        when.month,
        when.day,
        when.isoweekday(),
        when.hour,
        when.minute,
        when.second,
        when.microsecond // 10_000,
        0,
        status,
    )


def encode_rows(at: NDArray[np.int64]) -> NDArray[np.void]:
    """Write many instants (whole seconds) as date-time rows."""
    rows = np.zeros(len(at), dtype=ROW)
    days = at // DAY
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    rows["year"] = months.astype("datetime64[Y]").astype(np.int64) + 1970
    rows["month"] = months.astype(np.int64) % 12 + 1
    rows["day"] = days - months.astype("datetime64[D]").astype(np.int64) + 1
    rows["weekday"] = (days + 3) % 7 + 1
    seconds = at // 1000 - days * 86_400
    rows["hour"] = seconds // 3600
    rows["minute"] = seconds // 60 % 60
    rows["second"] = seconds % 60
    rows["hundredths"] = at % 1000 // 10
    return rows


def decode(octets: bytes) -> int:
    """Read a date-time as an instant; an unspecified deviation is UTC, unspecified seconds are 0. Raises PduError."""
    if len(octets) != 12:
        raise PduError("a date-time has 12 octets")
    year, month, day, _, hour, minute, second, hundredths, deviation, _ = _DATE_TIME.unpack(octets)
    if year == UNSPECIFIED_YEAR or UNSPECIFIED in {month, day, hour, minute}:
        raise PduError("a date-time with wildcards is no instant")
    try:
        when = datetime(
            year,
            month,
            day,
            hour,
            minute,
            0 if second == UNSPECIFIED else second,
            0 if hundredths == UNSPECIFIED else hundredths * 10_000,
            tzinfo=UTC,
        )
    except ValueError as error:
        raise PduError(f"no date-time: {error}") from error
    if deviation == NO_DEVIATION:
        deviation = 0
    if not -720 <= deviation <= 840:
        raise PduError(f"a deviation is -720 to 840 minutes, not {deviation}")
    try:
        # The deviation is minutes from local time to UTC: GMT+1 is -60.
        return from_datetime(when + timedelta(minutes=deviation))
    except OverflowError as error:
        raise PduError("a date-time out of range") from error


def is_unspecified(octets: bytes) -> bool:
    """Say whether a date-time leaves its date open."""
    return len(octets) == 12 and octets[:2] == b"\xff\xff"


def encode_time(minute_of_day: int) -> bytes:
    """Write a time of day as 4 octets."""
    return bytes((minute_of_day // 60, minute_of_day % 60, 0, 0))


def decode_time(octets: bytes) -> int:
    """Read a time of day in whole minutes. Raises PduError."""
    if len(octets) != 4 or octets[0] > 23 or octets[1] > 59 or octets[2] not in {0, UNSPECIFIED}:
        raise PduError("no time of day in whole minutes")
    return octets[0] * 60 + octets[1]


def encode_date(year: int | None, month: int, day: int) -> bytes:
    """Write a date as 5 octets, the weekday open; year None recurs every year."""
    return struct.pack(">HBBB", UNSPECIFIED_YEAR if year is None else year, month, day, UNSPECIFIED)


def decode_date(octets: bytes) -> tuple[int | None, int, int]:
    """Read a date (the first 5 octets of a date or date-time) as year or None, month, day. Raises PduError."""
    if len(octets) < 5:
        raise PduError("a date has 5 octets")
    year, month, day, _ = struct.unpack(">HBBB", octets[:5])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise PduError("a date needs a month and a day")
    return (None if year == UNSPECIFIED_YEAR else year), month, day

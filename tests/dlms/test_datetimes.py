"""COSEM dates and times: vectors, wildcards, deviations, leap days; many rows at once equal one at a time.

Octets of VECTORS were written by pydlms-client 0.1.0 (CosemDateTime, status octet ff) and, with the weekday left open,
by dlms-cosem 21.3.2 (datetime_to_bytes); the layout is that of IEC 62056-6-2, 4.1.6.1.
"""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.device.instant import DAY, instant
from emulator.dlms.codec import datetimes
from emulator.dlms.errors import PduError

VECTORS = [
    ("07e8021d04173b3a190000ff", instant(2024, 2, 29, 23, 59, 58) + 250),
    ("07e8021dff173b3a19000000", instant(2024, 2, 29, 23, 59, 58) + 250),
    ("07ea0701030c000000ffc4ff", instant(2026, 7, 1, 11)),
    ("07ea0701ff0c000000ffc400", instant(2026, 7, 1, 11)),
    ("07ea01010400000000012cff", instant(2026, 1, 1, 5)),
    ("07ea0101ff00000000012c00", instant(2026, 1, 1, 5)),
]
INSTANTS = st.integers(instant(1970, 1, 1), instant(2100, 1, 1))


@pytest.mark.parametrize(("octets", "at"), VECTORS)
def test_another_implementation_writes_what_we_read(octets: str, at: int):
    assert datetimes.decode(bytes.fromhex(octets)) == at


def test_we_write_as_another_implementation():
    at = instant(2024, 2, 29, 23, 59, 58) + 250
    assert datetimes.encode(at, status=0xFF).hex() == "07e8021d04173b3a190000ff"


@given(INSTANTS)
def test_what_is_written_is_read_back_in_hundredths(at: int):
    assert datetimes.decode(datetimes.encode(at)) == at // 10 * 10


@given(st.lists(INSTANTS, max_size=30))
def test_many_rows_equal_one_at_a_time(moments: list[int]):
    rows = datetimes.encode_rows(np.array(moments, dtype=np.int64))
    assert rows.tobytes() == b"".join(map(datetimes.encode, moments))


def test_every_day_of_the_leap_cycle():
    moments = range(instant(1999, 12, 31), instant(2004, 3, 2), DAY)
    rows = datetimes.encode_rows(np.array(moments, dtype=np.int64))
    assert rows.tobytes() == b"".join(map(datetimes.encode, moments))
    assert datetimes.encode(instant(2000, 2, 29))[:5].hex() == "07d0021d02"  # a Tuesday


@given(INSTANTS, st.integers(-720, 840))
def test_any_deviation_names_the_same_instant(at: int, deviation: int):
    local = datetime.fromtimestamp((at - deviation * 60_000) // 1000, UTC)
    octets = local.year.to_bytes(2, "big") + bytes(
        (local.month, local.day, 0xFF, local.hour, local.minute, local.second, 0)
    )
    octets += deviation.to_bytes(2, "big", signed=True) + b"\x00"
    assert datetimes.decode(octets) == at // 1000 * 1000


@pytest.mark.parametrize("deviation", [-721, 841, 32767])
def test_a_deviation_out_of_range_is_refused(deviation: int):
    octets = bytes.fromhex("07ea0101ff00000000") + deviation.to_bytes(2, "big", signed=True) + b"\x00"
    with pytest.raises(PduError):
        datetimes.decode(octets)


def test_an_unspecified_deviation_is_utc_and_unspecified_seconds_are_0():
    assert datetimes.decode(bytes.fromhex("07ea0101ff0102ffff800000")) == instant(2026, 1, 1, 1, 2)


@pytest.mark.parametrize(
    "octets",
    [
        "ffff0101ff0000000080 0000",  # any year
        "07eaff01ff00000000800000",  # any month
        "07ea01ffff00000000800000",  # any day
        "07ea0101ffff000000800000",  # any hour
        "07ea0101ff00ff0000800000",  # any minute
        "07eafd01ff00000000800000",  # the end of daylight saving time
        "07ea01feff00000000800000",  # the last day of the month
    ],
)
def test_a_date_time_with_wildcards_is_no_instant(octets: str):
    with pytest.raises(PduError):
        datetimes.decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "octets",
    [
        "07ea021dff00000000000000",  # 29 February of no leap year
        "07ea0d01ff00000000000000",
        "07ea0001ff00000000000000",
        "07ea0100ff00000000000000",
        "07ea0101ff18000000000000",
        "07ea0101ff003c0000000000",
        "07ea0101ff00003c00000000",
        "07ea0101ff00000064000000",
        "00000101ff00000000000000",
        "270f0c1fff173b3b63012c00",  # beyond the year 9999 in UTC
    ],
)
def test_what_is_no_date_is_refused(octets: str):
    with pytest.raises(PduError):
        datetimes.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("size", [*range(12), 13])
def test_another_size_is_refused(size: int):
    with pytest.raises(PduError):
        datetimes.decode(bytes(size))
    assert not datetimes.is_unspecified(b"\xff" * size)


def test_never_is_unspecified():
    assert datetimes.is_unspecified(datetimes.NEVER)
    assert not datetimes.is_unspecified(datetimes.encode(instant(2026, 1, 1)))


@given(st.integers(0, 1439))
def test_times_of_day(minute: int):
    assert datetimes.decode_time(datetimes.encode_time(minute)) == minute
    assert datetimes.decode_time(datetimes.encode_time(minute)[:2] + b"\xff\xff") == minute


@pytest.mark.parametrize("octets", ["", "000000", "18000000", "003c0000", "00000100", "ff000000", "0000000000"])
def test_what_is_no_time_in_whole_minutes_is_refused(octets: str):
    with pytest.raises(PduError):
        datetimes.decode_time(bytes.fromhex(octets))


@given(st.one_of(st.none(), st.integers(1, 9999)), st.integers(1, 12), st.integers(1, 31))
def test_dates(year: int | None, month: int, day: int):
    octets = datetimes.encode_date(year, month, day)
    assert len(octets) == 5
    assert datetimes.decode_date(octets) == (year, month, day)
    assert datetimes.decode_date(octets + bytes(7)) == (year, month, day)  # the date of a date-time


@pytest.mark.parametrize("octets", ["", "07ea0101", "07ea0001ff", "07eaff01ff", "07ea0100ff", "07ea01ffff"])
def test_what_is_no_date_of_a_year_is_refused(octets: str):
    with pytest.raises(PduError):
        datetimes.decode_date(bytes.fromhex(octets))

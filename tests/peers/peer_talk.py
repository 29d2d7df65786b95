"""What the peer tests say alike: the clients and framings they run through, and how a client's document is read."""

import datetime as dt
import struct
from collections.abc import Callable
from typing import Any

import pytest
from peer_farm import STANDING_CLOCK

Run = Callable[..., dict[str, Any]]
Document = dict[str, Any]
Place = tuple[int, str, int]

CLIENTS = ("gurux", "dlms-cosem", "pydlms")
ROLES = ("public", "reader", "management")
FRAMINGS = ("wrapper", "hdlc")
every_client = pytest.mark.parametrize("client", CLIENTS)
every_role = pytest.mark.parametrize("who", ROLES)
every_framing = pytest.mark.parametrize("framing", FRAMINGS)

NOW = dt.datetime.fromisoformat(STANDING_CLOCK)
TODAY = NOW.replace(hour=0, minute=0)
HALF_HOUR = dt.timedelta(minutes=30)
DAY = dt.timedelta(days=1)

CLOCK = {"class": 8, "logical_name": "0.0.1.0.0.255"}
DISCONNECTOR = {"class": 70, "logical_name": "0.0.96.3.10.255"}
SWITCH_SCRIPTS = {"class": 9, "logical_name": "0.0.10.0.106.255"}
ASSOCIATION = {"class": 15, "logical_name": "0.0.40.0.0.255"}
ENERGY = {"class": 3, "logical_name": "1.0.1.8.0.255", "attribute": 2}
NOWHERE = {"class": 3, "logical_name": "1.0.199.8.0.255", "attribute": 2}
LOAD_PROFILE, OTHER_PROFILE = "1.0.99.1.0.255", "1.0.99.2.0.255"
DAILY_READS, BILLING_LOG = "0.0.98.2.0.255", "0.0.98.1.0.255"
EVENT_LOG, SECURITY_LOG = "0.0.99.98.0.255", "0.0.99.98.1.255"
VOLTAGE_LOG = "1.0.32.24.0.255"
# 23,376 rows and 4,320: test_peer_profiles and test_peer_account read them
HALF_HOUR_LOGS = [[7, LOAD_PROFILE, 2], [7, OTHER_PROFILE, 2], [7, VOLTAGE_LOG, 2]]
GET_CLOCK = {"do": "get_clock", "logical_name": CLOCK["logical_name"]}

# What a library cannot make of a sound value; each line was read in its source, not guessed from a failure.
NO_DECODER = "have not implemented byte conversion"  # dlms-cosem: bit-string, visible-string, utf8-string, floats


def results(document: Document) -> list[Any]:
    """Give the results of all steps; fail with the first errors if there are any."""
    assert document["associated"], document["error"]
    errors = [step["error"] for step in document["steps"] if not step["ok"]]
    assert not errors, errors[:5]
    return [step["result"] for step in document["steps"]]


def get(class_id: int, logical_name: str, attribute: int) -> dict[str, Any]:
    return {"do": "get", "class": class_id, "logical_name": logical_name, "attribute": attribute}


def place_of(attribute: dict[str, Any]) -> Place:
    return attribute["class"], attribute["logical_name"], attribute["attribute"]


def moment(value: dict[str, str]) -> dt.datetime:
    """Read a client's date-time: one the client made itself, or the octets of the wire.

    dlms-cosem gives one of deviation 0 without an offset.
    """
    if "octets" in value:
        return read_stamp(bytes.fromhex(value["octets"]))
    found = dt.datetime.fromisoformat(value["datetime"])
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


_DATE_TIME = struct.Struct(">HBBBBBBBhB")  # Blue Book 4.1.6.1


def read_stamp(octets: bytes) -> dt.datetime:
    year, month, day, weekday, hour, minute, second, hundredths, deviation, status = _DATE_TIME.unpack(octets)
    found = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    assert (weekday, hundredths, deviation, status) == (found.isoweekday(), 0, 0, 0), octets.hex()
    return found


def stamp_octets(at: dt.datetime) -> bytes:
    return _DATE_TIME.pack(at.year, at.month, at.day, at.isoweekday(), at.hour, at.minute, at.second, 0, 0, 0)


def octets(value: bytes) -> dict[str, str]:
    """Write an octet-string as the clients' documents do."""
    return {"octets": value.hex()}


def text(value: str) -> dict[str, str]:
    return octets(value.encode("ascii"))


def name(logical_name: str) -> dict[str, str]:
    return octets(bytes(int(part) for part in logical_name.split(".")))


def stamp(at: dt.datetime) -> dict[str, str]:
    return octets(stamp_octets(at))


def range_of(logical_name: str, first: dt.datetime, last: dt.datetime) -> dict[str, Any]:
    return {"do": "get_range", "logical_name": logical_name, "from": first.isoformat(), "to": last.isoformat()}


def days_of(logical_name: str, start: dt.datetime, days: int) -> dict[str, Any]:
    """Select the half hours of whole days: an entry is stamped at its end, so the last one at midnight."""
    return range_of(logical_name, start + HALF_HOUR, start + days * DAY)


def entries_of(logical_name: str, first: int, last: int) -> dict[str, Any]:
    return {"do": "get_entries", "logical_name": logical_name, "from": first, "to": last}


def rows_of(profile: dict[str, Any]) -> list[list[Any]]:
    """Give the rows with their time stamps read; the first column is the clock."""
    assert profile["columns"][0][:3] == [8, "0.0.1.0.0.255", 2]
    assert all(len(row) == len(profile["columns"]) for row in profile["rows"])
    return [[moment(row[0]), *row[1:]] for row in profile["rows"]]


def whole_rows(buffer: dict[str, Any]) -> list[list[Any]]:
    """Give the rows of a buffer that was read as a plain attribute."""
    return [[moment(row[0]), *row[1:]] for row in buffer["value"]]

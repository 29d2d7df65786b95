"""The logs through other people's clients: half hours, daily reads and billing agree with each other and the registers.

An interval is the movement of a register that counts whole watt-hours, so sums are exact and not merely close.
"""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from peer_farm import Home, PeerFarm
from peer_talk import (
    BILLING_LOG,
    CLIENTS,
    DAILY_READS,
    DAY,
    GET_CLOCK,
    HALF_HOUR,
    LOAD_PROFILE,
    NOW,
    OTHER_PROFILE,
    TODAY,
    Run,
    days_of,
    entries_of,
    every_client,
    every_framing,
    get,
    moment,
    range_of,
    results,
    rows_of,
    whole_rows,
)

HALF_HOURS_A_DAY = 48
FEBRUARY = (dt.datetime(2026, 2, 1, tzinfo=dt.UTC), 28)
IMPORT_TOTAL, IMPORT_INTERVAL = get(3, "1.0.1.8.0.255", 2), get(3, "1.0.1.29.0.255", 2)
RUNNING_DEMAND = get(5, "1.0.1.4.0.255", 2)
MAXIMUM_DEMAND, ITS_STAMP = get(4, "1.0.1.6.0.255", 2), get(4, "1.0.1.6.0.255", 5)
by_entry = pytest.mark.parametrize("client", ["gurux", "pydlms"])  # dlms-cosem has no selection by entry


@pytest.fixture(scope="module")
def home(farm: PeerFarm) -> Home:
    """Give one home for all of these tests: they only read."""
    return farm.take_home()


def stamps(start: dt.datetime, days: int) -> list[dt.datetime]:
    return [start + HALF_HOUR * number for number in range(1, days * HALF_HOURS_A_DAY + 1)]


def energy(rows: list[list[Any]], after: dt.datetime, until: dt.datetime) -> int:
    return sum(row[2] for row in rows if after < row[0] <= until)


@every_client
@every_framing
def test_a_day_and_a_month_are_the_movement_of_the_registers(run: Run, client: str, framing: str) -> None:
    yesterday = TODAY - DAY
    steps = [GET_CLOCK, days_of(LOAD_PROFILE, yesterday, 1), days_of(LOAD_PROFILE, *FEBRUARY)]
    logs = [get(7, DAILY_READS, 2), get(7, BILLING_LOG, 2)]
    clock, one, many, daily, billing = results(run(client, "reader", framing, [*steps, *logs]))
    assert moment(clock) == NOW
    day, month = rows_of(one), rows_of(many)
    assert [row[0] for row in day] == stamps(yesterday, 1)
    assert [row[0] for row in month] == stamps(*FEBRUARY)
    totals = {row[0]: row[1] for row in whole_rows(daily)}
    assert sorted(totals) == [TODAY - DAY * ago for ago in reversed(range(14))]
    assert energy(day, yesterday, TODAY) == totals[TODAY] - totals[yesterday] > 0
    for midnight in sorted(totals)[:-2]:  # yesterday is March
        assert energy(month, midnight, midnight + DAY) == totals[midnight + DAY] - totals[midnight] > 0
    # one rate since the meter was fitted: TOU register 1 holds what the total holds
    assert all(row[1:] == [row[1], row[1], *([0] * 47)] for row in [*whole_rows(daily), *whole_rows(billing)])
    bills = {row[0]: row[1] for row in whole_rows(billing)}
    assert len(bills) == 12
    start, end = FEBRUARY[0], FEBRUARY[0] + DAY * FEBRUARY[1]
    assert energy(month, start, end) == bills[end] - bills[start]
    assert bills[end] == totals[end]


@every_client
@every_framing
def test_today_ends_at_what_the_registers_show_now(run: Run, client: str, framing: str) -> None:
    first_of_month = TODAY.replace(day=1)
    steps = [range_of(LOAD_PROFILE, first_of_month + HALF_HOUR, NOW), get(7, DAILY_READS, 2), IMPORT_TOTAL]
    more = [IMPORT_INTERVAL, RUNNING_DEMAND, MAXIMUM_DEMAND, ITS_STAMP]
    found = results(run(client, "reader", framing, [*steps, *more]))
    rows, daily = rows_of(found[0]), whole_rows(found[1])
    total, interval, running, maximum, its_stamp = (value["value"] for value in found[2:])
    last = rows[-1][0]
    assert last == NOW.replace(minute=0)
    assert rows[-1][2] == interval
    since = total - daily[-1][1] - energy(rows, TODAY, last)  # of the half hour that has begun, in whole Wh
    assert since >= 0
    assert abs(2 * since - running) <= 2  # the running demand is made of milliwatt-hours
    highest = max(rows, key=lambda row: row[2])
    assert maximum == 2 * highest[2]
    assert moment(its_stamp) == highest[0]


@every_framing
def test_all_clients_read_the_same_rows(run: Run, framing: str) -> None:
    day, newest = days_of(LOAD_PROFILE, TODAY - 3 * DAY, 1), range_of(OTHER_PROFILE, TODAY, NOW)
    logs = [get(7, DAILY_READS, 2), get(7, BILLING_LOG, 2)]
    seen = []
    for client in CLIENTS:
        one, other, daily, billing = results(run(client, "reader", framing, [day, newest, *logs]))
        seen.append((rows_of(one), rows_of(other), whole_rows(daily), whole_rows(billing)))
    assert len(seen[0][0]) == HALF_HOURS_A_DAY
    assert seen[0] == seen[1] == seen[2]


@every_client
def test_the_other_channels_end_at_their_registers(run: Run, client: str) -> None:
    registers = [get(3, f"1.0.{channel}.29.0.255", 2) for channel in (2, 3, 4)]
    noon = TODAY - DAY + dt.timedelta(hours=12)
    steps = [range_of(OTHER_PROFILE, TODAY, NOW), range_of(OTHER_PROFILE, noon, noon + HALF_HOUR), *registers]
    found = results(run(client, "reader", "wrapper", steps))
    newest, midday = rows_of(found[0]), rows_of(found[1])
    assert [column[1] for column in found[0]["columns"][2:]] == [f"1.0.{channel}.29.0.255" for channel in (2, 3, 4)]
    assert newest[-1][2:] == [value["value"] for value in found[2:]]
    assert all(row[2] > 0 for row in midday)  # the panels export


@by_entry
@every_framing
def test_the_load_profile_is_read_by_entry(run: Run, client: str, framing: str) -> None:
    held = results(run(client, "reader", framing, [get(7, LOAD_PROFILE, 7)]))[0]["value"]
    asked = {
        "day": entries_of(LOAD_PROFILE, held - HALF_HOURS_A_DAY + 1, held),
        "month": entries_of(LOAD_PROFILE, held - 30 * HALF_HOURS_A_DAY + 1, held),
        "oldest": entries_of(LOAD_PROFILE, 1, HALF_HOURS_A_DAY),
        "ninth": entries_of(LOAD_PROFILE, 9, 9),
        "range": range_of(LOAD_PROFILE, NOW - 30 * DAY, NOW),
    }
    found = dict(zip(asked, map(rows_of, results(run(client, "reader", framing, list(asked.values())))), strict=True))
    assert len(found["day"]) == HALF_HOURS_A_DAY
    assert found["day"] == found["month"][-HALF_HOURS_A_DAY:]
    assert found["month"] == found["range"]
    assert found["ninth"] == [found["oldest"][8]]
    newest = NOW.replace(minute=0)
    assert found["month"][-1][0] == newest
    assert found["oldest"][0][0] == newest - HALF_HOUR * (held - 1)


@every_framing
def test_all_clients_read_the_same_entries(run: Run, framing: str) -> None:
    steps = [entries_of(LOAD_PROFILE, 100, 147), entries_of(OTHER_PROFILE, 1, 5)]
    gurux, pydlms = ([rows_of(r) for r in results(run(client, "reader", framing, steps))] for client in CLIENTS[::2])
    assert gurux == pydlms


@every_client
@every_framing
def test_thirteen_months_are_read_whole(run: Run, client: str, framing: str) -> None:
    in_use = [get(7, LOAD_PROFILE, 7), get(7, OTHER_PROFILE, 7)]
    steps = [get(7, LOAD_PROFILE, 2), get(7, OTHER_PROFILE, 2), get(7, BILLING_LOG, 2), *in_use]
    profile, other, billing, *held = results(run(client, "reader", framing, steps))
    rows, others = whole_rows(profile), whole_rows(other)
    assert [len(rows), len(others)] == [value["value"] for value in held]
    newest = NOW.replace(minute=0)
    assert [row[0] for row in rows] == [newest - HALF_HOUR * ago for ago in reversed(range(len(rows)))]
    assert [row[0] for row in others] == [row[0] for row in rows[-len(others) :]]
    bills = whole_rows(billing)
    for start, end in pairwise(bills):
        assert energy(rows, start[0], end[0]) == end[1] - start[1]

"""Recordings that are refused, with every complaint and its line; and any text at all."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_rows import DAY_ONE, complaints, given_rows, half_hours, week_of

from emulator.device.instant import DAY, HALF_HOUR, MINUTE, instant, isoformat
from emulator.device.load.load import LOAD_EPOCH
from emulator.device.load.recorded import MAX_HALF_HOURS, WEEK
from emulator.device.load.recording import RecordingError, read

# --- complaints -------------------------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once():
    rows = [
        "2026-01-05T00:00Z,0.1",
        "2026-01-05T00:15Z,0.1",
        "2026-01-05T01:00Z,-0.1",
        "2026-01-05T01:30Z,many",
        "2026-01-05T02:00,100.000001",
        "05/01/2026 02:30,0.1,9",
        "2026-02-30T00:00Z,nan",
        "2004-12-31T23:30Z,1e99",
        "2026-01-05T09:00Z,0.1",
    ]
    number = "a number such as 0.125, or an empty cell where it is missing"
    assert complaints("# outside = never\n#gap = zero\n" + "\n".join(["start,kwh", *rows])) == [
        "house.csv:1: outside: 'never' is not allowed; allowed: repeat, zero",
        "house.csv:2: gap: no such rule; allowed: gaps, outside (did you mean 'gaps'?)",
        "house.csv:3: outside: 19 half hours do not repeat; allowed: 336 (7 days) or more, or zero",
        "house.csv:5: start: '2026-01-05T00:15Z' is not on the half hour; allowed: whole and half hours",
        "house.csv:6: kwh: '-0.1' is out of range; allowed: 0 to 100",
        f"house.csv:7: kwh: 'many' is not a number; allowed: {number}",
        "house.csv:8: kwh: '100.000001' is out of range; allowed: 0 to 100",
        (
            "house.csv:8: start: '2026-01-05T02:00' has no offset; "
            "allowed: an offset such as Z or +01:00, or the column start_local"
        ),
        "house.csv:9: 3 cells; allowed: 2, as in the header",
        f"house.csv:10: kwh: 'nan' is not a number; allowed: {number}",
        (
            "house.csv:10: start: '2026-02-30T00:00Z' is not a time (day is out of range for month); "
            "allowed: a date and time that exist"
        ),
        "house.csv:11: kwh: '1e99' is out of range; allowed: 0 to 100",
        "house.csv:11: start: '2004-12-31T23:30Z' is out of range; allowed: 2005 to 2060 UTC",
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("when,kwh", ["'when': no such column", "0 columns for the time"]),
        ("start,end,kwh", ["2 columns for the time"]),
        ("start,export_kwh", ["0 columns for the consumption"]),
        ("start,kwh,wh", ["2 columns for the consumption"]),
        ("start,kwh,kwh", ["kwh: the column is there twice"]),
        ("start,m3,export_kwh", ["export_kwh: gas is not exported"]),
        ("start,kwh,", ["'': no such column"]),
        ("start\tkwh", ["'start\\tkwh': no such column", "0 columns for the time", "0 columns for the consumption"]),
        ("2026-01-05T00:00Z,1", ["'2026-01-05t00:00z': no such column", "'1': no such column"]),
    ],
)
def test_a_header_must_name_its_columns_once(header, expected):
    found = complaints(given_rows("2026-01-05T00:00Z,1", header=header))
    assert all(line.startswith("house.csv:2: ") for line in found)
    assert [line.removeprefix("house.csv:2: ").split(";")[0] for line in found][: len(expected)] == expected


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("2026-01-05", "is not a time"),
        ("1767571200", "is not a time"),
        ("2026-W02-1T00:00Z", "is not a time"),
        ("2026-01-05T24:00Z", "is not a time (hour must be in 0..23)"),
        ("2026-01-05T00:00+15:00", "is not a time"),
        ("0000-01-05T00:00Z", "is not a time"),
        ("0001-01-01T00:00Z", "is out of range"),
        ("9999-12-31T23:30-14:00", "is out of range"),
        ("2061-01-01T00:00Z", "is out of range"),
        ("2026-01-05T00:00:01Z", "is not on the half hour"),
        ("2026-01-05T00:00:00.001Z", "is not on the half hour"),
        ("", "'' is not a time"),
        ("\u0662026-01-05T00:00Z", "is not a time"),
        ("2" * 200, "is not a time"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(cell, complaint):
    (found,) = complaints(given_rows("2026-01-05T00:00Z,1", f"{cell},1"))
    assert found.startswith("house.csv:4: ")
    assert complaint in found
    assert len(found) < 200


def test_local_times_at_the_ends_of_the_calendar_are_refused():
    for cell in ("0001-01-01 00:00", "9999-12-31 23:30", "2061-01-01 00:00"):
        (found,) = complaints(given_rows(f"{cell},1", header="start_local,kwh"))
        assert "is out of range; allowed: 2005 to 2060 UTC" in found
    (found,) = complaints(given_rows("2026-01-05 00:00Z,1", header="start_local,kwh"))
    assert "has an offset; allowed: no offset, or the column start" in found


@pytest.mark.parametrize("cell", ["1_000", "0x10", "1,5", "inf", "- 1", "+1", "1e999", "½", "٣", "1" * 50, "null"])
def test_an_amount_that_cannot_be_meant_is_refused(cell):
    (found,) = complaints(given_rows("2026-01-05T00:00Z,1", f'2026-01-05T00:30Z,"{cell}"'))
    assert found.startswith("house.csv:4: kwh: ")
    assert "is not a number" in found


@pytest.mark.parametrize(("unit", "cell", "most"), [("wh", "100000.1", "100000"), ("m3", "20.1", "20")])
def test_the_most_of_a_half_hour_depends_on_the_unit(unit, cell, most):
    (found,) = complaints(given_rows(f"2026-01-05T00:00Z,{cell}", header=f"start,{unit}"))
    assert found.endswith(f"is out of range; allowed: 0 to {most}")


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "# gaps = zero", "# gaps = zero\n\n"])
def test_an_empty_file_has_no_header(text):
    (found,) = complaints(text)
    assert "no header" in found


def test_a_header_alone_is_no_recording():
    assert complaints("start,kwh\n\n") == ["house.csv:1: no half hours; allowed: 1 to 200000 rows below the header"]


def test_a_quote_that_never_ends_is_refused():
    found = complaints(given_rows("2026-01-05T00:00Z,1", '2026-01-05T00:30Z,"1', "2026-01-05T01:00Z,1"))
    assert len(found) == 1
    assert "not a row of a CSV file" in found[0]


def test_a_recording_is_bounded():
    (found,) = complaints(given_rows("2006-01-01T00:00Z,1", "2050-01-01T00:00Z,1"), gaps="zero")
    assert "771409 half hours from 2006-01-01T00:00:00Z to 2050-01-01T00:30:00Z" in found
    found = complaints("start,kwh\n" + "2026-01-05T00:00Z,1\n" * (MAX_HALF_HOURS + 2), outside="zero")
    assert found == ["house.csv:200002: more than 200000 rows; allowed: at most 200000"]


def test_a_short_recording_may_only_be_zero_outside():
    (found,) = complaints(week_of(count=WEEK - 1))
    assert found.startswith("house.csv:1: outside: 335 half hours do not repeat")
    assert read(week_of(count=WEEK - 1), "x", outside="zero").consumed.energy_mwh(DAY_ONE + 70 * DAY) == 33_500_000


def test_the_examples_of_the_users_page_are_read():
    page = (Path(__file__).parents[2] / "docs" / "load.md").read_text(encoding="utf-8")
    electricity, gas = (read(text, "page") for text in re.findall(r"```csv\n(.*?)```", page, re.DOTALL))
    assert half_hours(electricity) == [112_000, 98_000, 0, 105_000, 91_000]
    assert electricity.exported.half_hours.tolist() == [0, 0, 0, 0, 4_000]
    assert electricity.consumed.first == instant(2026, 10, 24, 23, 30)
    assert electricity.warnings == (
        "page: 1 row says again what another says",
        "page: 2 missing amounts were filled",
    )
    assert half_hours(gas) == [12_000, 250_000]
    assert gas.consumed.first == instant(2026, 1, 5, 6)


@given(st.lists(st.integers(0, 100_000_000), min_size=1, max_size=60), st.integers(0, 10**6), st.randoms())
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_back(values, place, random):
    first = LOAD_EPOCH + place * HALF_HOUR // 2 // HALF_HOUR * HALF_HOUR
    rows = [f"{isoformat(first + n * HALF_HOUR)},{v // 10**6}.{v % 10**6:06}" for n, v in enumerate(values)]
    random.shuffle(rows)
    found = read(given_rows(*rows), "x")
    assert found.consumed.first == first
    assert half_hours(found) == values
    edges = first + np.arange(len(values) + 1) * HALF_HOUR
    assert np.diff(found.consumed.energies_mwh(edges)).tolist() == values


@given(st.text(alphabet='start,kwh\n\r;"#=\ufeff0123456789-T:Z .e', max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_recording_or_complaints(text):
    for attempt in (text, "start,kwh\n2026-01-05T00:00Z,1\n" + text):
        lines = attempt.count("\n") + attempt.count("\r") + 1
        try:
            found = read(attempt, "x", outside="zero", gaps="zero")
        except RecordingError as error:
            blamed = [problem.line for problem in error.problems]
        else:
            blamed = [1]
            assert found.consumed.power_mw(found.consumed.first + MINUTE) >= 0
        assert blamed
        assert 1 <= min(blamed) <= max(blamed) <= lines

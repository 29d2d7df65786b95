"""Reading recordings: every rule of docs/load.md, and every complaint with its line."""

import pytest
from recording_rows import DAY_ONE, complaints, given_rows, half_hours, week_of

from emulator.device.instant import HALF_HOUR, instant, isoformat
from emulator.device.load.load import LOAD_EPOCH
from emulator.device.load.recorded import WEEK
from emulator.device.load.recording import read
from emulator.device.local_time import offset_ms


def test_a_plain_file_is_read():
    found = read(week_of((3, "0.25")), "house.csv")
    assert (found.name, found.fuel, found.exported, found.warnings) == ("house.csv", "electricity", None, ())
    assert found.consumed.first == DAY_ONE
    assert half_hours(found) == [100_000] * 3 + [250_000] + [100_000] * (WEEK - 4)
    assert found.consumed.outside == "repeat"


@pytest.mark.parametrize(
    ("unit", "fuel", "cell", "expected"),
    [
        ("kwh", "electricity", "0.123456", 123_456),
        ("kwh", "electricity", "100", 100_000_000),
        ("kwh", "electricity", ".5", 500_000),
        ("kwh", "electricity", "1.", 1_000_000),
        ("kwh", "electricity", "2.5e-05", 25),
        ("kwh", "electricity", "0.0000005", 0),  # a tie goes to the even one
        ("kwh", "electricity", "0.0000015", 2),
        ("kwh", "electricity", "0.2109999992", 211_000),
        ("kwh", "electricity", "-0", 0),
        ("wh", "electricity", "123.4565", 123_456),
        ("wh", "electricity", "100000", 100_000_000),
        ("m3", "gas", "0.2345678", 234_568),
        ("m3", "gas", "20", 20_000_000),
        ("KWh", "electricity", "1", 1_000_000),
    ],
)
def test_amounts_become_whole_milliwatt_hours_or_millilitres(unit, fuel, cell, expected):
    found = read(given_rows(f"2026-01-05T00:00Z,{cell}", header=f" Start ,{unit}"), "x")
    assert half_hours(found) == [expected]
    assert found.fuel == fuel


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("start", "2026-01-05T00:30:00Z", instant(2026, 1, 5, 0, 30)),
        ("start", "2026-01-05 00:30Z", instant(2026, 1, 5, 0, 30)),
        ("start", "2026-01-05t00:30:00.000z", instant(2026, 1, 5, 0, 30)),
        ("start", "2026-07-05T00:30:00+01:00", instant(2026, 7, 4, 23, 30)),
        ("start", "2026-07-05 00:30:00 +0100", instant(2026, 7, 4, 23, 30)),
        ("start", "2026-07-05T00:30-03:30", instant(2026, 7, 5, 4, 0)),
        ("end", "2026-01-05T00:00Z", instant(2026, 1, 4, 23, 30)),
        ("start_local", "2026-01-05 00:30", instant(2026, 1, 5, 0, 30)),
        ("start_local", "2026-07-05T00:30:00", instant(2026, 7, 4, 23, 30)),
        ("end_local", "2026-07-05 00:30", instant(2026, 7, 4, 23)),
        ("end_local", "2026-03-29 02:00", instant(2026, 3, 29, 0, 30)),
        ("end", "2061-01-01T00:00Z", instant(2060, 12, 31, 23, 30)),
        ("end", "2005-01-01T00:30Z", LOAD_EPOCH),
    ],
)
def test_times_are_instants_of_utc(header, cell, expected):
    assert read(given_rows(f"{cell},1", header=f"{header},kwh"), "x").consumed.first == expected


def test_rows_may_come_in_any_order_and_columns_too():
    rows = ["2,2026-01-05T01:00Z,7", "1,2026-01-05T00:00Z,9", "3,2026-01-05T00:30Z,8"]
    found = read(given_rows(*rows, header="export_kwh,start,wh"), "x")
    assert half_hours(found) == [9_000, 8_000, 7_000]
    assert found.exported.half_hours.tolist() == [1_000_000, 3_000_000, 2_000_000]
    assert found.exported.first == found.consumed.first
    assert found.exported.outside == "zero"


def test_marks_of_other_systems_are_taken():
    plain = read(week_of(), "x")
    for text in (
        "\ufeff" + week_of(),
        week_of().replace("\n", "\r\n"),
        week_of().replace("\n", "\r"),
        week_of().replace(",", ";"),
        week_of().replace(",", ";").replace("0.1", "0,1"),
        week_of().replace("Z,", 'Z","').replace("\n", '"\n"').replace("start,kwh", '"start","kwh') + '"',
        week_of() + "\n\n  \n,\n",
        "\n# drawn by hand\n#\n# gaps = error\n\n" + week_of().replace(",", " , "),
    ):
        assert read(text, "x").digest() == plain.digest()


# --- summer time ------------------------------------------------------------------------------------------------


def local_rows(start, count, label=0):
    """Give rows as a wall clock labels them, from the offsets that test_local_time holds against the zone database."""
    edges = [start + n * HALF_HOUR + label for n in range(count)]
    return [f"{isoformat(at + offset_ms(at))[:16]},{n}" for n, at in enumerate(edges)]


@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24), (2026, 7, 1)])
@pytest.mark.parametrize(("column", "label"), [("start_local", 0), ("end_local", HALF_HOUR)])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_wall_clock_is_followed_through_its_changes(day, column, label, backwards):
    start = instant(*day)
    rows = local_rows(start, 96, label)
    found = read(given_rows(*(rows[::-1] if backwards else rows), header=f"{column},wh"), "x")
    assert found.consumed.first == start
    assert half_hours(found) == [n * 1_000 for n in range(96)]


def test_the_repeated_hour_is_summer_time_first():
    cells = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    rows = [f"2026-10-25 {cell},{n}" for n, cell in enumerate(cells)]
    found = read(given_rows(*rows, header="start_local,wh"), "x")
    assert found.consumed.first == instant(2026, 10, 24, 23, 30)
    assert half_hours(found) == [0, 1_000, 2_000, 3_000, 4_000, 5_000]


def test_a_repeated_hour_that_is_there_once_is_summer_time_and_leaves_a_gap():
    rows = [f"2026-10-25 {cell},1" for cell in ("00:30", "01:00", "01:30", "02:00")]
    assert complaints(given_rows(*rows, header="start_local,wh")) == [
        (
            "house.csv:6: wh: 2 missing from 2026-10-25T01:00:00Z to 2026-10-25T02:00:00Z; "
            "allowed: no gaps, or gaps = zero or spread"
        )
    ]


def test_a_repeated_hour_that_is_there_three_times_must_agree():
    rows = ["2026-10-25 01:00,1", "2026-10-25 01:00,2", "2026-10-25 01:00,2", "2026-10-25 01:00,1"]
    found = complaints(given_rows("2026-10-25 00:30,1", *rows, header="start_local,wh"), gaps="zero")
    assert [line.split(";")[0] for line in found] == [
        "house.csv:7: start_local: the half hour from 2026-10-25T01:00:00Z is on line 5 with other values"
    ]


def test_the_skipped_hour_is_refused():
    rows = ["2026-03-29 00:30,1", "2026-03-29 01:00,1", "2026-03-29 01:30,1", "2026-03-29 02:00,1"]
    for column in ("start_local", "end_local"):
        found = complaints(given_rows(*rows, header=f"{column},wh"))
        assert [line.split(";")[0] for line in found] == [
            f"house.csv:4: {column}: '2026-03-29 01:00' was skipped when summer time began",
            f"house.csv:5: {column}: '2026-03-29 01:30' was skipped when summer time began",
        ]


# --- repeated and missing rows ----------------------------------------------------------------------------------


def test_a_row_said_again_is_taken_once_and_counted():
    rows = ["2026-01-05T00:00Z,1", "2026-01-05T00:30Z,2", "2026-01-05T00:00Z,1.0", "2026-01-05T01:30+01:00,2"]
    found = read(given_rows(*rows), "x")
    assert half_hours(found) == [1_000_000, 2_000_000]
    assert found.repeated == 2
    assert found.warnings == ("x: 2 rows say again what another says",)


def test_a_row_said_otherwise_is_refused():
    rows = ["2026-01-05T00:00Z,1", "2026-01-05T00:30Z,2", "2026-01-05T00:00Z,3", "2026-01-05T00:30Z,"]
    allowed = "; allowed: each half hour once, or again with the same values"
    assert complaints(given_rows(*rows)) == [
        f"house.csv:{line}: start: the half hour from 2026-01-05T00:{minute}:00Z is on line {before} with other values"
        + allowed
        for line, minute, before in ((5, "00", 3), (6, "30", 4))
    ]


GAPPY = ((5, None), (6, None), (20, ""))


def test_gaps_are_refused_unless_a_rule_says_otherwise():
    text = week_of(*GAPPY)
    allowed = "; allowed: no gaps, or gaps = zero or spread"
    expected = [
        "house.csv:7: kwh: 2 missing from 2026-01-05T02:30:00Z to 2026-01-05T03:30:00Z" + allowed,
        "house.csv:20: kwh: 1 missing from 2026-01-05T10:00:00Z to 2026-01-05T10:30:00Z" + allowed,
    ]
    assert complaints(text) == expected
    assert complaints("# gaps = error\n" + text, gaps="zero")[0].startswith("house.csv:8: ")


@pytest.mark.parametrize("named", ["# gaps = zero\n", '#gaps="Zero"\n', None])
def test_gaps_may_be_nothing(named):
    text = week_of(*GAPPY)
    found = read(named + text, "x") if named else read(text, "x", gaps="zero")
    assert [place for place, value in enumerate(half_hours(found)) if not value] == [5, 6, 20]
    assert found.filled == 3
    assert found.warnings == ("x: 3 missing amounts were filled",)


def test_gaps_may_be_the_mean_of_other_weeks():
    # 0.1 kWh where nothing is said; the mean of 300, 400.5 and 100 Wh is 266.8 Wh, of which whole ones are taken.
    text = week_of((5, None), (5 + WEEK, "0.3"), (5 + 2 * WEEK, "0.4005"), count=4 * WEEK)
    found = half_hours(read("# gaps = spread\n" + text, "x"))
    assert found[5] == 266_000
    assert found[:5] == [100_000] * 5
    # Two of four are missing: the mean is of what was recorded, not of what was mended.
    text = week_of((5, None), (5 + WEEK, None), (5 + 2 * WEEK, "0.4005"), count=4 * WEEK)
    found = half_hours(read("# gaps = spread\n" + text, "x"))
    assert found[5] == found[5 + WEEK] == 250_000
    gas = read(week_of((0, ""), (WEEK, "0.0029"), count=2 * WEEK, unit="m3"), "x", gaps="spread")
    assert half_hours(gas)[0] == 2_000  # whole litres


def test_a_gap_in_every_week_cannot_be_spread():
    text = week_of((5, None), (5 + WEEK, None), (7, None), count=2 * WEEK)
    why = ", which no other week holds; allowed: gaps = zero"
    assert complaints("# gaps = spread\n" + text) == [
        "house.csv:8: kwh: 1 missing from 2026-01-05T02:30:00Z to 2026-01-05T03:00:00Z" + why,
        "house.csv:342: kwh: 1 missing from 2026-01-12T02:30:00Z to 2026-01-12T03:00:00Z" + why,
    ]


def test_a_cell_may_be_missing_from_one_column_only():
    rows = ["2026-01-05T00:00Z,1,", "2026-01-05T00:30Z,,2", "2026-01-05T01:00Z,3,4"]
    text = given_rows(*rows, header="start,kwh,export_kwh")
    found = read(text, "x", gaps="zero")
    assert half_hours(found) == [1_000_000, 0, 3_000_000]
    assert found.exported.half_hours.tolist() == [0, 2_000_000, 4_000_000]
    assert found.filled == 2
    assert [line.split(" missing")[0] for line in complaints(text)] == [
        "house.csv:3: export_kwh: 1",
        "house.csv:4: kwh: 1",
    ]

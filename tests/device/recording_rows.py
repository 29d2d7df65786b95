"""Recordings for the tests: rows of CSV, and what was complained of."""

import pytest

from emulator.device.instant import HALF_HOUR, instant, isoformat
from emulator.device.load.recorded import WEEK
from emulator.device.load.recording import RecordingError, read

DAY_ONE = instant(2026, 1, 5)  # a Monday


def given_rows(*rows, header="start,kwh", rules="# outside = zero\n"):
    return rules + "\n".join((header, *rows))


def half_hours(found):
    return found.consumed.half_hours.tolist()


def complaints(text, **how):
    with pytest.raises(RecordingError) as caught:
        read(text, "house.csv", **how)
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return str(caught.value).split("\n")


def week_of(*changed, start=DAY_ONE, count=WEEK, unit="kwh", value="0.1"):
    """Give the text of a recording; `changed` maps a place to its value, or to None where the row is not there."""
    values = dict(changed)
    rows = [f"{isoformat(start + n * HALF_HOUR)},{values.get(n, value)}" for n in range(count)]
    return "\n".join([f"start,{unit}", *(row for n, row in enumerate(rows) if values.get(n, value) is not None)])

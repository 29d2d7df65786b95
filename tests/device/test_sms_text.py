"""The text of SMS (docs/sms.md): what is read, what is written, and that nothing said breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.device.instant import instant
from emulator.device.sms.text import (
    LONGEST,
    Change,
    Code,
    Read,
    Reading,
    Schedule,
    Unreadable,
    format_reading,
    parse,
    parse_reading,
)

READING = Reading(
    shown_at=instant(2026, 11, 22, 0, 33, 12),
    status=0x04,
    message=17,
    mpan="1012345678907",
    serial="14K0000001",
    prepays=True,
    emergency=1,
    balance_mp=-123_456,
    arrears_mp=5_000_000,
    rates_wh=(1_234_567, 89, 0, 0),
    total_wh=1_234_656,
    export_wh=0,
)


def test_a_reading_is_written_as_the_page_says():
    # By hand from the table of docs/sms.md.
    assert format_reading("SCHED_READ", READING) == (
        "SCHED_READ 261122003312 04 17 1012345678907 14K0000001 P 1 -123456 5000000 1234567 89 0 0 1234656 0"
    )


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("12345678901234567890", Code("12345678901234567890")),
        (" 1234-5678-9012-3456-7890 ", Code("12345678901234567890")),
        ("1234 5678 9012 3456 7890", Code("12345678901234567890")),
        ("READ", Read()),
        ("read", Read()),
        ("SCHED 1 DAILY PW=x", Schedule(1, "daily", 1, "x")),
        ("sched 2 weekly 7 PW=TEST1", Schedule(2, "weekly", 7, "TEST1")),
        ("SCHED 3 OFF PW=x", Schedule(3, None, 1, "x")),
        ("COT PW=x", Change("tenancy", None, None, None, "x")),
        ("COS 2026-12-01 BAL=0 DEBT=500 PW=x", Change("supplier", instant(2026, 12, 1), 0, 500, "x")),
        ("COT 2026-12-01T06:30 BAL=-5 PW=x", Change("tenancy", instant(2026, 12, 1, 6, 30), -5, None, "x")),
    ],
)
def test_what_is_understood(text, asked):
    assert parse(text) == asked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unknown"),
        ("   ", "unknown"),
        ("HELLO", "unknown"),
        ("1234", "incomplete"),
        ("1" * 21, "incomplete"),
        ("1" * 161, "too_long"),
        ("\u0661" * 20, "unknown"),  # digits of another script
        ("READ NOW", "malformed"),
        ("SCHED", "malformed"),
        ("SCHED 1 DAILY", "malformed"),
        ("SCHED PW=x", "malformed"),
        ("SCHED 1 HOURLY PW=x", "malformed"),
        ("SCHED one DAILY PW=x", "malformed"),
        ("SCHED 1 DAILY 1 1 PW=x", "malformed"),
        ("SCHED 100 DAILY PW=x", "malformed"),
        ("SCHED \u0661 DAILY PW=x", "malformed"),
        ("COT", "malformed"),
        ("COT BAL=1", "malformed"),
        ("COT 2026-13-01 PW=x", "malformed"),
        ("COT BAL=1 2026-12-01 PW=x", "malformed"),
        ("COT BAL=1 BAL=2 PW=x", "malformed"),
        ("COT BAL=99999999999 PW=x", "malformed"),
        ("COT BAL=2147483648 PW=x", "malformed"),
        ("COT BAL= PW=x", "malformed"),
        ("COS PW=", "malformed"),
    ],
)
def test_what_is_not_understood_says_why(text, why):
    assert parse(text) == Unreadable(why)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    parse(text)
    try:
        parse_reading(text)
    except ValueError:
        return
    raise AssertionError(f"{text!r} is no reading")


WORDS = st.sampled_from(["COT", "COS", "SCHED", "READ", "1", "2026-02-30", "DAILY", "BAL=1", "DEBT=-1", "PW=x", "OFF"])


@given(st.lists(WORDS, max_size=6))
def test_no_order_of_words_breaks_it(words):
    assert parse(" ".join(words)) is not None


REGISTER = st.integers(min_value=0, max_value=999_999_999)
AMOUNT = st.integers(min_value=-(2**31) + 1, max_value=2**31 - 1)
READINGS = st.builds(
    Reading,
    shown_at=st.integers(min_value=946_684_800, max_value=4_102_444_799).map(lambda seconds: seconds * 1000),
    status=st.integers(min_value=0, max_value=255),
    message=st.integers(min_value=0, max_value=9_999),
    mpan=st.from_regex(r"[0-9]{13}", fullmatch=True),
    serial=st.from_regex(r"[0-9A-Z]{1,12}", fullmatch=True),
    prepays=st.booleans(),
    emergency=st.integers(min_value=0, max_value=3),
    balance_mp=AMOUNT,
    arrears_mp=st.integers(min_value=0, max_value=3 * (2**31 - 1)),
    rates_wh=st.tuples(REGISTER, REGISTER, REGISTER, REGISTER),
    total_wh=REGISTER,
    export_wh=REGISTER,
)


@given(READINGS)
def test_a_reading_comes_back_as_it_was_and_fits_one_sms(reading):
    said = format_reading("SCHED_READ", reading)
    assert len(said) <= LONGEST
    assert said.isascii()
    assert parse_reading(said) == ("SCHED_READ", reading)


@given(st.lists(st.integers(min_value=0, max_value=10**12), min_size=0, max_size=48))
def test_a_meter_of_any_number_of_rates_says_four_which_roll_over(rates):
    reading = READING._replace(rates_wh=tuple(rates), serial="A-SERIAL-LONGER-THAN-TWELVE")
    said = format_reading("READ", reading)
    assert len(said) <= LONGEST
    wanted = [rate % 10**9 for rate in [*rates, 0, 0, 0, 0][:4]]
    assert list(parse_reading(said)[1].rates_wh) == wanted

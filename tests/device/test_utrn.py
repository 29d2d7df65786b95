"""Top-up codes: the check digit, what is read back, what is refused, replays and the lock-out (2.6 G)."""

import hashlib
import hmac
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.instant import SECOND
from emulator.device.money.utrn import (
    BLOCK_DIGITS,
    COUNTERS,
    WINDOW,
    Fault,
    Kind,
    LockOut,
    Token,
    Tries,
    Used,
    check_digit,
    device_digit,
    failed,
    locked,
    make,
    note,
    read,
    seen,
    split,
    succeeded,
)

KEY = bytes(range(16))
METER = 0x00237E0000000001
TOP_UP = Token(Kind.VEND, 7, 2_000_000)
PAGE = (Path(__file__).parents[2] / "docs" / "utrn.md").read_text("utf-8")
RULE = LockOut()
START = 1_800_000_000_000


def other_device(same_digit):
    """Give a meter whose device digit is METER's, or is not."""
    return next(
        eui64 for eui64 in range(METER + 1, METER + 1000) if (device_digit(eui64) == device_digit(METER)) is same_digit
    )


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("236", "3"),  # the worked example of Wikipedia's "Verhoeff algorithm"
        ("12345", "1"),  # these two: Rosetta Code, "Verhoeff algorithm"
        ("123456789012", "0"),
        ("142857", "0"),  # Wikibooks, "Algorithm Implementation/Checksums/Verhoeff Algorithm"
    ],
)
def test_the_check_digit_is_verhoeffs(digits, check):
    assert check_digit(digits) == check


@pytest.mark.parametrize("token", [TOP_UP, Token(Kind.SUPPLY_ON, 0), Token(Kind.VEND, 65_535, 12_345_000)])
def test_every_wrong_digit_and_every_swap_of_neighbours_is_noticed(token):
    code = make(KEY, METER, token)
    for at in range(len(code)):
        for digit in "0123456789":
            if digit != code[at]:
                assert read(KEY, METER, code[:at] + digit + code[at + 1 :]) is Fault.CHECK_DIGIT
    for at in range(len(code) - 1):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        if swapped != code and at % BLOCK_DIGITS != BLOCK_DIGITS - 1:
            assert read(KEY, METER, swapped) is Fault.CHECK_DIGIT


KEYS = st.binary(min_size=16, max_size=16)
EUIS = st.integers(0, 2**64 - 1)
COUNTER = st.integers(0, COUNTERS - 1)
TOKENS = st.one_of(
    st.builds(Token, st.sampled_from([Kind.SUPPLY_ON, Kind.ENGINEER]), COUNTER, st.just(0)),
    st.builds(
        Token,
        st.sampled_from([Kind.VEND, Kind.REFUND]),
        COUNTER,
        st.one_of(st.integers(1, 20_000), st.integers(1, 9_999_999)).map(lambda pence: pence * 1_000),
    ),
)


@given(KEYS, EUIS, TOKENS, st.sampled_from([None, 2, 3]))
@settings(max_examples=200, deadline=None)
def test_what_is_made_is_read(key, eui64, token, blocks):
    code = make(key, eui64, token, blocks)
    assert len(code) in ({20, 40} if blocks is None else {20 * blocks})
    assert code.isdigit()
    assert read(key, eui64, code) == token


@given(st.text("0123456789", min_size=19, max_size=19))
@settings(max_examples=200, deadline=None)
def test_digits_out_of_the_air_are_no_code(digits):
    assert read(KEY, METER, digits + check_digit(digits)) in {Fault.WRONG_DEVICE, Fault.NOT_AUTHENTIC}


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_another_key_is_not_authentic(blocks):
    code = make(KEY, METER, TOP_UP, blocks)
    assert read(bytes(16), METER, code) is Fault.NOT_AUTHENTIC


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_code_for_another_meter_is_not_for_this_one(blocks):
    assert read(KEY, other_device(same_digit=False), make(KEY, METER, TOP_UP, blocks)) is Fault.WRONG_DEVICE
    assert read(KEY, other_device(same_digit=True), make(KEY, METER, TOP_UP, blocks)) is Fault.NOT_AUTHENTIC


def test_nine_of_ten_other_meters_are_told_apart_without_a_key():
    other = sum(device_digit(METER + number) != device_digit(METER) for number in range(1, 2_001))
    assert 1_740 < other < 1_860


@pytest.mark.parametrize(
    "digits", ["", "1", "1" * 19, "1" * 21, "1" * 39, "1" * 80, "1" * 19 + "x", "1" * 19 + "\u0661", "-" * 20]
)
def test_other_than_20_40_or_60_digits_are_incomplete(digits):
    assert read(KEY, METER, digits) is Fault.INCOMPLETE
    assert split(digits) == ()


def test_a_code_is_typed_in_groups():
    code = make(KEY, METER, TOP_UP)
    groups = re.findall("....", code)
    assert read(KEY, METER, "-".join(groups)) == read(KEY, METER, " ".join(groups)) == TOP_UP
    assert split(" ".join(groups)) == (code,)


def test_a_code_of_two_blocks_is_taken_whole():
    token = Token(Kind.VEND, 9, 12_345_000)
    one, two = split(make(KEY, METER, token))
    other, _ = split(make(KEY, METER, Token(Kind.VEND, 10, 12_345_000)))
    assert read(KEY, METER, one + two) == token
    for digits in (one, two, two + one, other + two, one + one, one + two + two):
        assert read(KEY, METER, digits) is Fault.NOT_AUTHENTIC
    # A block that leads with another meter's digit.
    alien = next(digit for digit in "0123456789" if digit != two[0]) + two[1:-1]
    assert read(KEY, METER, one + alien + check_digit(alien)) is Fault.WRONG_DEVICE


@pytest.mark.parametrize(
    ("kind", "pence", "length"),
    [
        (Kind.VEND, 1, 20),
        (Kind.VEND, 9_999, 20),
        (Kind.VEND, 10_000, 20),
        (Kind.VEND, 10_001, 40),
        (Kind.VEND, 109_900, 20),
        (Kind.VEND, 110_000, 40),
        (Kind.VEND, 9_999_999, 40),
        (Kind.REFUND, 2_999, 20),
        (Kind.REFUND, 3_000, 40),
    ],
)
def test_the_values_of_a_code_of_one_block(kind, pence, length):
    token = Token(kind, 1, pence * 1_000)
    code = make(KEY, METER, token)
    assert len(code) == length
    assert read(KEY, METER, code) == token
    if length > 20:
        with pytest.raises(ValueError, match="one block cannot say"):
            make(KEY, METER, token, 1)


@pytest.mark.parametrize(
    ("key", "token", "blocks", "words"),
    [
        (KEY[1:], TOP_UP, None, "16 octets"),
        (KEY, TOP_UP._replace(counter=-1), None, "a counter"),
        (KEY, TOP_UP._replace(counter=65_536), None, "a counter"),
        (KEY, TOP_UP._replace(value_mp=0), None, "whole pence"),
        (KEY, TOP_UP._replace(value_mp=1_500), None, "whole pence"),
        (KEY, TOP_UP._replace(value_mp=-1_000), None, "whole pence"),
        (KEY, TOP_UP._replace(value_mp=10**10), None, "whole pence"),
        (KEY, Token(Kind.SUPPLY_ON, 1, 1_000), None, "nothing"),
        (KEY, Token(Kind.ENGINEER, 1, 1_000), None, "nothing"),
        (KEY, TOP_UP, 0, "1 to 3 blocks"),
        (KEY, TOP_UP, 4, "1 to 3 blocks"),
    ],
)
def test_what_no_code_can_say_is_not_made(key, token, blocks, words):
    with pytest.raises(ValueError, match=words):
        make(key, METER, token, blocks)


def worked(name):
    """Give a value that the page works out, from its table."""
    return re.search(rf"^\| {re.escape(name)} \| `([^`]+)` \|$", PAGE, re.MULTILINE)[1]


def test_the_worked_example_of_the_page():
    """Recompute docs/utrn.md by its own words, with no function of the module but the check digit, then with it."""
    key, eui64 = bytes.fromhex(worked("key")), bytes.fromhex(worked("EUI-64").replace("-", ""))
    assert worked("device digit") == str(int(hashlib.sha256(b"meterfarm UTRN 1" + eui64).hexdigest(), 16) % 10)
    purpose, counter = int(worked("purpose")), int(worked("counter"))
    said = b"meterfarm UTRN 1" + bytes([1]) + eui64 + bytes([0]) + counter.to_bytes(2) + (2_050).to_bytes(4)
    assert worked("message") == said.hex()
    mac = int(hmac.new(key, said, "sha256").hexdigest(), 16) % (10**18 // (65_536 * 14_000))
    assert worked("mac") == str(mac)
    content = (mac * 65_536 + counter) * 14_000 + purpose
    assert worked("content") == f"{content:018}"
    body = worked("device digit") + f"{content:018}"
    assert worked("check digit") == check_digit(body)
    assert worked("code").replace("-", "") == body + check_digit(body)
    token = Token(Kind.VEND, counter, 2_050_000)
    assert make(key, int.from_bytes(eui64), token) == body + check_digit(body)
    assert read(key, int.from_bytes(eui64), worked("code")) == token
    assert make(key, int.from_bytes(eui64), token, 2) == worked("the same in two blocks").replace("-", "")


# Replays


def test_a_counter_counts_as_used_once_it_is_noted():
    fresh = Used()
    assert not any(seen(fresh, counter) for counter in (0, 1, COUNTERS - 1))
    once = note(fresh, 0)
    assert seen(once, 0)
    assert not seen(once, 1)
    assert note(once, 0) == once


def test_codes_may_come_out_of_order_within_the_window():
    used = note(Used(), 1_000)
    assert not seen(used, 1_000 - WINDOW + 1)
    assert seen(used, 1_000 - WINDOW)  # older than the window: a duplicate, used or not
    late = note(used, 1_000 - WINDOW + 1)
    assert seen(late, 1_000 - WINDOW + 1)
    assert late.highest == 1_000
    assert note(used, 1_000 - WINDOW) == used
    assert late.window < 2**64
    assert not seen(late, 1_001)


@given(st.lists(st.one_of(st.integers(0, 200), COUNTER), max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_window_agrees_with_a_plain_set(counters):
    used, taken = Used(), set()
    for counter in counters:
        expected = counter in taken or (bool(taken) and counter <= max(taken) - WINDOW)
        assert seen(used, counter) is expected
        used = note(used, counter)
        taken.add(counter)
        assert seen(used, counter)
        assert used.window < 2**64


# Lock-out


NONE_YET = Tries()


def fail_at(*seconds, tries=NONE_YET):
    for second in seconds:
        tries = failed(tries, START + second * SECOND, RULE)
    return tries


def test_the_fifth_failure_within_ten_minutes_locks_for_an_hour():
    four = fail_at(0, 1, 2, 598)
    assert not locked(four, START + 598 * SECOND)
    five = fail_at(599, tries=four)
    ends = START + (599 + 3_600) * SECOND
    assert locked(five, START + 599 * SECOND)
    assert locked(five, ends - 1)
    assert not locked(five, ends)
    assert five.locked_until == ends


def test_a_failure_of_ten_minutes_ago_no_longer_counts():
    four = fail_at(0, 1, 2, 3)
    before, at = (failed(four, START + 600 * SECOND - early, RULE) for early in (1, 0))
    assert locked(before, START + 600 * SECOND)
    assert not locked(at, START + 600 * SECOND)
    assert len(at.failures) == 4


def test_while_locked_nothing_is_counted_and_afterwards_counting_starts_anew():
    five = fail_at(0, 1, 2, 3, 4)
    assert fail_at(5, 6, 7, tries=five) == five
    after = 4 + 3_600
    assert not locked(fail_at(*range(after, after + 4), tries=five), START + (after + 3) * SECOND)
    assert locked(fail_at(*range(after, after + 5), tries=five), START + (after + 4) * SECOND)


def test_a_code_that_is_taken_forgives_failures():
    assert succeeded(fail_at(0, 1, 2, 3)) == Tries()
    locking = fail_at(0, 1, 2, 3, 4)
    assert succeeded(locking) == locking  # nor does it lift a lock (a code sent over the air may still be taken)


def test_no_tries_mean_no_lock():
    tries = Tries()
    for second in range(50):
        tries = failed(tries, START + second, LockOut(tries=0))
    assert tries == Tries()

"""Identity: every name goes both ways, and a slip of a digit is noticed where the scheme can."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.device.identity import (
    DISTRIBUTORS,
    SerialPattern,
    eui64,
    format_eui64,
    iccid,
    imsi,
    luhn,
    mpan,
    mprn,
    number_of,
    parse_eui64,
    parse_iccid,
    parse_imsi,
    parse_mpan,
    parse_mprn,
    parse_oui,
    require_mprn,
)

NUMBERS = st.integers(0, 16_777_215)
OUIS = st.integers(0, 0xFFFFFF)
QUICK = settings(max_examples=200, deadline=None)


def slips(text, position, digit):
    """Give the text with one digit changed."""
    position %= len(text)
    assume(text[position] != str(digit))
    return text[:position] + str(digit) + text[position + 1 :]


def test_an_eui64_prints_as_makers_print_it():
    assert eui64(0x00237E, 42) == 0x00237E000000002A
    assert format_eui64(0x00237E000000002A) == "00-23-7E-00-00-00-00-2A"
    # An identifier seen on air: a Chameleon display, quoted in the device dossier.
    assert number_of(parse_eui64("0C-A2-F4-00-00-56-AA-98"), 0x0CA2F4) == 0x56AA98
    assert parse_oui("00-23-7E") == parse_oui("00237e") == parse_oui("00:23:7E") == 0x00237E


@given(OUIS, NUMBERS)
@QUICK
def test_eui64_round_trip(oui, number):
    identifier = eui64(oui, number)
    printed = format_eui64(identifier)
    assert number_of(identifier, oui) == number
    for text in (printed, printed.lower(), printed.replace("-", ":"), printed.replace("-", "")):
        assert parse_eui64(text) == identifier


@pytest.mark.parametrize(
    "text",
    [
        *("", "00-23-7E-00-00-00-00", "00-23-7E-00-00-00-00-2A-00", "00-23:7E-00-00-00-00-2A"),
        *(
            "00-23-7E-00-00-00-00-2G",
            "0-0237E-00-00-00-00-2A",
            "0x237E000000002A",
            "00-23-7E-00-00-00-00-2A\n",
        ),
    ],
)
def test_what_is_not_an_eui64_is_refused(text):
    with pytest.raises(ValueError, match="bytes in hex"):
        parse_eui64(text)


def test_an_eui64_outside_its_block_is_refused():
    with pytest.raises(ValueError, match="not of the OUI 00237E"):
        number_of(eui64(0xB8797E, 1), 0x00237E)
    for oui, number in ((-1, 0), (1 << 24, 0), (0, -1), (0, 1 << 40)):
        with pytest.raises(ValueError, match="must lie"):
            eui64(oui, number)


@pytest.mark.parametrize(
    ("text", "year", "number", "expected"),
    [
        ("K{year:02}EA{number:06}", 14, 123, "K14EA000123"),
        ("S{year}DS{number:6}", 6, 123456, "S06DS123456"),  # the example in the device dossier
        ("{year}P{number:07}", 14, 1234567, "14P1234567"),
        ("G4P{number:09}{year}", 1, 12345615, "G4P01234561501"),
        ("X.({number:2})", 0, 5, "X.(05)"),
    ],
)
def test_serial_patterns(text, year, number, expected):
    pattern = SerialPattern(text)
    assert pattern.format(year, number) == expected
    assert pattern.parse(expected) == (year, number)


@given(st.integers(0, 99), NUMBERS)
@QUICK
def test_serial_round_trip(year, number):
    pattern = SerialPattern("Z{year}M{number:08}")
    assert pattern.capacity == 10**8
    assert pattern.parse(pattern.format(year, number)) == (year, number)


def test_what_does_not_fit_a_serial_pattern_is_refused():
    pattern = SerialPattern("K{year}EA{number:6}")
    for year, number in ((100, 1), (-1, 1), (14, 10**6), (14, -1)):
        with pytest.raises(ValueError, match="must lie"):
            pattern.format(year, number)
    for text in ("", "K14EA00012", "K14EA0001234", "k14EA000123", "K14EA000123\n", "K1٤EA000123"):
        with pytest.raises(ValueError, match="not a serial number like"):
            pattern.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K",
        "{number}",
        "{number:0}",
        "{year}{year}{number:6}",
        "{number:6}{number:6}",
        "{x}{number:6}",
        "{",
    ],
)
def test_a_bad_serial_pattern_is_refused(text):
    with pytest.raises(ValueError, match="serial pattern"):
        SerialPattern(text)


def test_mpan_check_digits_agree_with_public_examples():
    # From the README of limejump/mpan, another implementation: distributor 13, identifier 12345678, 90, digit 7.
    assert mpan(13, 1234567890) == "1312345678907"
    assert parse_mpan("1312345678907") == (13, 1234567890)


def test_a_remainder_of_ten_is_written_zero():
    # By hand: 1 x 3 + 3 x 43 = 132 = 12 x 11 + 0; 3 + 4 x 43 = 175 = 15 x 11 + 10; 3 + 8 x 43 = 347 = 31 x 11 + 6.
    assert [mpan(10, number)[-1] for number in (3, 4, 8)] == ["0", "0", "6"]


@given(st.sampled_from(DISTRIBUTORS), NUMBERS, st.integers(0, 12), st.integers(0, 9))
@QUICK
def test_mpan_round_trip_and_slip(distributor, number, position, digit):
    core = mpan(distributor, number)
    assert parse_mpan(core) == (distributor, number)
    slipped = slips(core, position, digit)
    # Weights are not multiples of 11, so only the pair of remainders written 0 can hide a slip.
    if core[-1] != "0" and slipped[-1] != "0":
        with pytest.raises(ValueError, match="check digit"):
            parse_mpan(slipped)


def test_mprn_check_digits_agree_with_a_public_example():
    # The worked example of the public wiki page "Meter Point Reference Number" (EverybodyWiki).
    assert require_mprn("3938424403") == "3938424403"
    assert mprn(29_384_244) == "3938424403"


@given(NUMBERS, st.integers(0, 9), st.integers(0, 9))
@QUICK
def test_mprn_round_trip_and_slip(number, position, digit):
    text = mprn(number)
    assert len(text) == 10
    assert text[0] != "0"
    assert parse_mprn(text) == number
    with pytest.raises(ValueError, match="check digits"):
        parse_mprn(slips(text, position, digit))


def test_short_mprns_are_known_but_not_given_out():
    # By hand: 4 x 1 + 3 x 2 + 2 x 3 + 1 x 4 = 20 = 11 + 9.
    assert require_mprn("123409") == "123409"
    with pytest.raises(ValueError, match="not of the kind"):
        parse_mprn("123409")


# Two worked examples of the public literature on the Luhn formula (79927398713 and 17893729974).
@pytest.mark.parametrize(("body", "digit"), [("7992739871", "3"), ("1789372997", "4")])
def test_luhn_agrees_with_public_examples(body, digit):
    assert luhn(body) == digit


@given(st.integers(0, 99), NUMBERS, st.integers(0, 18), st.integers(0, 9))
@QUICK
def test_iccid_round_trip_and_slip(issuer, number, position, digit):
    text = iccid(issuer, number)
    assert len(text) == 19
    assert parse_iccid(text) == (issuer, number)
    with pytest.raises(ValueError, match="Luhn"):
        parse_iccid(slips(text, position, digit))


@given(st.integers(0, 99), NUMBERS)
@QUICK
def test_imsi_round_trip(network, number):
    text = imsi(network, number)
    assert len(text) == 15
    assert parse_imsi(text) == (network, number)


@pytest.mark.parametrize("parse", [parse_mpan, parse_mprn, parse_iccid, parse_imsi])
@pytest.mark.parametrize("text", ["", "1", "x" * 13, "²" * 13, "1" * 40, "234150000000001\n", "99915000000000"])
def test_what_is_no_number_is_refused(parse, text):
    with pytest.raises(ValueError):
        parse(text)


def test_numbers_out_of_bounds_are_refused():
    for give in (
        lambda: mpan(9, 1),
        lambda: mpan(24, 1),
        lambda: mpan(10, 10**10),
        lambda: mprn(90_000_000),
        lambda: mprn(-1),
        lambda: iccid(100, 1),
        lambda: iccid(1, 10**12),
        lambda: imsi(100, 1),
        lambda: imsi(1, 10**10),
        lambda: format_eui64(1 << 64),
    ):
        with pytest.raises(ValueError):
            give()


def test_sixteen_million_numbers_are_sixteen_million_names():
    numbers = range(0, 16_777_216, 9_973)
    assert len({mpan(10, n) for n in numbers}) == len({mprn(n) for n in numbers}) == len(numbers)
    assert len({iccid(10, n) for n in numbers}) == len({imsi(10, n) for n in numbers}) == len(numbers)

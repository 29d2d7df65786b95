"""Declarations: every problem of a text at its line. Expected lines and words are written by hand from the texts."""

import random
import tomllib
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from emulator.device.declaration import DeclarationError, Problem, Source, choices, locate, read


class Payment(StrEnum):
    CREDIT = "credit"
    PREPAYMENT = "prepayment"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Dlms(Record, frozen=True, kw_only=True):
    max_apdu: Annotated[int, Meta(ge=64, le=65_535)]
    password: Annotated[str, Meta(pattern="^[0-9A-F]{8}$")] = "00000000"
    window: tuple[int, int] = (1, 1)


class Cohort(Record, frozen=True, kw_only=True):
    profile: str
    homes: Annotated[int, Meta(ge=1)]
    gas: Annotated[float, Meta(ge=0, le=1)] = 0.0
    payment: Payment = Payment.CREDIT
    dlms: Dlms | None = None


class Estate(Record, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=8)]
    clock: Literal["real", "x60", "max"] = "real"
    loud: bool = False
    ports: tuple[Annotated[int, Meta(ge=1, le=65_535)], ...] = ()
    cohort: Annotated[list[Cohort], Meta(min_length=1)]
    quirks: dict[str, Dlms] = {}
    rates: dict[str, int] = {}
    limit: int | Literal["none"] = "none"
    nearest: Dlms | str = ""

    def __post_init__(self):
        if self.name == "nobody":
            raise ValueError("nobody is no name")


VALID = """\
name = "gb"
clock = "x60"
loud = true
ports = [
  4059,
  4060,
]
limit = 5
nearest = { max_apdu = 512 }

[[cohort]]
profile = "a"
homes = 5
gas = 0.5
payment = "prepayment"
dlms.max_apdu = 512

[[cohort]]
profile = "b"
homes = 1
[cohort.dlms]
max_apdu = 64
"password" = "0000FFFF"
window = [1, 2]

[quirks."x y"]
max_apdu = 100

[rates]
day = 1
"""


def said(text, kind=Estate):
    with pytest.raises(DeclarationError) as caught:
        read(text, "estate.toml", kind)
    return [str(problem) for problem in caught.value.problems]


def changed(*changes):
    text = VALID
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_valid_text_is_read():
    estate = read(VALID, "estate.toml", Estate)
    assert estate.cohort[1].dlms == Dlms(max_apdu=64, password="0000FFFF", window=(1, 2))
    assert estate.cohort[0].payment is Payment.PREPAYMENT
    assert estate.quirks["x y"].max_apdu == 100
    assert estate.nearest == Dlms(max_apdu=512)


APDU = "a whole number from 64 to 65535"
NAME = "a string, at least 1 and at most 8 long"
MEANT = " (did you mean '{}'?)"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"gb"', '"gb', "1: Illegal character '\\n' (column 11)"),
        ("day = 1", "day = 1\nday = 2", "31: Cannot overwrite a value (column 8)"),
        ("day = 1\n", "day = [1", "30: Unclosed array (at the end of the file)"),
        (
            "gas = 0.5",
            "gaz = 0.5",
            "14: cohort[0].gaz: unknown key; allowed: profile, homes, gas, payment, dlms" + MEANT.format("gas"),
        ),
        ("day = 1", "day = true", "30: rates.day: a boolean is not allowed; allowed: a whole number"),
        ("day = 1", "day = 1.0", "30: rates.day: a decimal number is not allowed; allowed: a whole number"),
        ("day = 1", '"d.y" = ""', '30: rates."d.y": a string is not allowed; allowed: a whole number'),
        ("homes = 5", "homes = 0", "13: cohort[0].homes: 0 is not allowed; allowed: a whole number from 1"),
        ("gas = 0.5", "gas = 1.5", "14: cohort[0].gas: 1.5 is not allowed; allowed: a number from 0 to 1"),
        ("gas = 0.5", "gas = nan", "14: cohort[0].gas: nan is not allowed; allowed: finite, 64 bits"),
        (
            "gas = 0.5",
            "gas = 0x" + "f" * 5000,
            "14: cohort[0].gas: a whole number beyond 64 bits; allowed: finite, 64 bits",
        ),
        ("gas = 0.5", "gas = " + "9" * 5000, "14: a whole number beyond 64 bits"),
        (
            '"prepayment"',
            '"prepay"',
            "15: cohort[0].payment: 'prepay' is not allowed; allowed: credit, prepayment" + MEANT.format("prepayment"),
        ),
        ('"x60"', '"x61"', "2: clock: 'x61' is not allowed; allowed: max, real, x60 (did you mean 'x60'?)"),
        ('"x60"', "60", "2: clock: a whole number is not allowed; allowed: max, real, x60"),
        ("loud = true", "loud = 1", "3: loud: a whole number is not allowed; allowed: true or false"),
        ("  4060,", "  70_000,", "6: ports[1]: 70000 is not allowed; allowed: a whole number from 1 to 65535"),
        ("limit = 5", 'limit = "x"', "8: limit: 'x' is not allowed; allowed: a whole number or none"),
        ("limit = 5", "limit = []", "8: limit: an array is not allowed; allowed: a whole number or none"),
        (
            "{ max_apdu = 512 }",
            "{ max_apd = 1, max_apdu = 512 }",
            "9: nearest.max_apd: unknown key; allowed: max_apdu, password, window" + MEANT.format("max_apdu"),
        ),
        (
            "nearest = { max_apdu = 512 }",
            "nearest = 1",
            "9: nearest: a whole number is not allowed; allowed: a table or a string",
        ),
        ("dlms.max_apdu = 512", "dlms.max_apdu = 1", f"16: cohort[0].dlms.max_apdu: 1 is not allowed; allowed: {APDU}"),
        ("max_apdu = 64\n", "", f"21: cohort[1].dlms.max_apdu: missing; allowed: {APDU}"),
        (
            '"0000FFFF"',
            '"xyz"',
            "23: cohort[1].dlms.password: 'xyz' is not allowed; allowed: a string matching ^[0-9A-F]{8}$",
        ),
        ("[1, 2]", "[1]", "24: cohort[1].dlms.window: an array of 1 is not allowed; allowed: an array of 2 items"),
        ("[1, 2]", '[1, ""]', "24: cohort[1].dlms.window[1]: a string is not allowed; allowed: a whole number"),
        ('profile = "b"\n', "", "18: cohort[1].profile: missing; allowed: a string"),
        ('name = "gb"\n', "", f"1: name: missing; allowed: {NAME}"),
        ('"gb"', '""', f"1: name: '' is not allowed; allowed: {NAME}"),
        ('"gb"', "1979-05-27", f"1: name: a date is not allowed; allowed: {NAME}"),
        ('"gb"', '"nobody"', "1: nobody is no name"),
        ("max_apdu = 100", "max_apdu = 1", f'27: quirks."x y".max_apdu: 1 is not allowed; allowed: {APDU}'),
        (
            "[rates]",
            "[ratse]",
            "29: ratse: unknown key; allowed: name, clock, loud, ports, cohort, quirks, rates, limit, nearest"
            + MEANT.format("rates"),
        ),
        ("[rates]", "[[rates]]", "29: rates: an array is not allowed; allowed: a table"),
    ],
)
def test_one_problem(old, new, problem):
    assert said(changed((old, new))) == [f"estate.toml:{problem}"]


def test_all_problems_are_told_in_the_order_of_lines():
    text = changed(
        ('"x60"', '"fast"'), ("homes = 5", "homes = 0"), ("max_apdu = 64\n", "z = 1\n"), ("day = 1", "day = '1'")
    )
    assert said(text) == [
        "estate.toml:2: clock: 'fast' is not allowed; allowed: max, real, x60",
        "estate.toml:13: cohort[0].homes: 0 is not allowed; allowed: a whole number from 1",
        "estate.toml:21: cohort[1].dlms.max_apdu: missing; allowed: a whole number from 64 to 65535",
        "estate.toml:22: cohort[1].dlms.z: unknown key; allowed: max_apdu, password, window",
        "estate.toml:30: rates.day: a string is not allowed; allowed: a whole number",
    ]


def test_an_array_can_be_too_short():
    assert said('name = "x"\ncohort = []\n') == [
        "estate.toml:2: cohort: an array of 0 is not allowed; allowed: an array, at least 1 long"
    ]


def test_the_error_is_the_list_of_its_problems():
    with pytest.raises(DeclarationError) as caught:
        read("clock = 1\n", "e.toml", Estate)
    assert str(caught.value).split("\n") == [str(problem) for problem in caught.value.problems]
    assert caught.value.problems[0].line <= caught.value.problems[-1].line


def test_a_caller_reports_what_only_it_can_judge():
    source = Source(VALID, "estate.toml")
    estate = source.read(Estate)
    problem = source.problem("cohort[1].profile", "unknown profile 'b'", choices(["a", "bb"], estate.cohort[1].profile))
    assert problem == Problem(
        "estate.toml", 19, "cohort[1].profile", "unknown profile 'b'", "a, bb (did you mean 'bb'?)"
    )
    assert source.problem("cohort[1].gas", "needs a hub").line == 18
    assert str(source.problem("", "too many homes")) == "estate.toml:1: too many homes"


def test_tables_laid_over_others_are_blamed_on_the_text():
    overlay = Source("[dlms]\nmax_apdu = 1\n", "overlay.toml")
    base = {"profile": "a", "homes": 0}
    with pytest.raises(DeclarationError) as caught:
        overlay.convert(base | overlay.parse(), Cohort)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [(1, "homes"), (2, "dlms.max_apdu")]


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "\ud800", 'name = "\ud800"', "x = " + "{a=" * 5000, "\x00"])
def test_hostile_text(text):
    assert said(text)


def test_a_key_of_a_thousand_dots():
    assert said(".".join("a" * 1000) + " = 1")[0].startswith("estate.toml:1: a: unknown key")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="ab=.,[]{}\"'#\n 1", max_size=40))
def test_random_text_is_read_or_refused(text):
    with pytest.raises(DeclarationError) as caught:
        read(text, "f", Estate)
    assert all(problem.line <= text.count("\n") + 1 for problem in caught.value.problems)


PIECES = ["true", "0", "1.5", '""', "[]", "{}", "[[", "]]", "\n", '"', "'", "=", ".", "#", "cohort", "-1", "nan"]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_mutated_file_is_read_or_refused_at_lines_it_has(seed, count):
    drawn, text = random.Random(seed), VALID
    for _ in range(count):
        start = drawn.randrange(len(text))
        text = text[:start] + drawn.choice(PIECES) + text[start + drawn.randrange(4) :]
    try:
        read(text, "f", Estate)
    except DeclarationError as error:
        lines = [problem.line for problem in error.problems]
    else:
        lines = [1]
    assert lines
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_spoilt_value_is_blamed_at_its_line(data):
    """Put a wrong value at any key of the valid file: its own line is named, whatever else is."""
    lines = [line for line in VALID.split("\n") if " = " in line and "[" not in line and "{" not in line]
    chosen = data.draw(st.sampled_from(lines))
    number = VALID.split("\n").index(chosen) + 1
    text = VALID.replace(chosen, chosen.partition("=")[0] + "= 07:32:00", 1)
    tomllib.loads(text)
    with pytest.raises(DeclarationError) as caught:
        read(text, "f", Estate)
    assert [problem.line for problem in caught.value.problems] == [number]
    assert locate(text)[caught.value.problems[0].key] == number

"""Lines of TOML keys. Expected lines are counted by hand in the text beside them; tomllib says which keys exist."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.toml_lines import around, join, locate

TEXT = '''\
title = "a # b [c] = d"   # comment = 1
[estate]
name = "x"
"quoted.name" = 1
'lit"eral' = 2
"esc\\u0041ped" = 3
dlms.max_apdu = 512
dlms . "x y" . z = 1
when = 1979-05-27 07:32:00.5
text = """
fake = 1
[fake]
""quotes""\\""" still """
more = \'\'\'
fake2 = 2 \'\'\'
[[cohort]]
homes = 1
ports = [
  1,  # one
  [ 2, 3 ],

  { a = 1, b.c = [ 4 ] },
]
[cohort.dlms]
max = 1
[[cohort.fault]]
n = 1
[[cohort.fault]]
n = 2
[[cohort]]
inline = { x = 1, "y z" = { w = 2 }, v = [ { u = 3 } ] }
[[cohort.fault]]
n = 3
[a.b.c]
[a.b]
empty = []
none = {}
'''

LINES = {
    "title": 1,
    "estate": 2,
    "estate.name": 3,
    'estate."quoted.name"': 4,
    'estate."lit\\"eral"': 5,
    "estate.escAped": 6,
    "estate.dlms": 7,
    "estate.dlms.max_apdu": 7,
    'estate.dlms."x y"': 8,
    'estate.dlms."x y".z': 8,
    "estate.when": 9,
    "estate.text": 10,
    "estate.more": 14,
    "cohort": 16,
    "cohort[0]": 16,
    "cohort[0].homes": 17,
    "cohort[0].ports": 18,
    "cohort[0].ports[0]": 19,
    "cohort[0].ports[1]": 20,
    "cohort[0].ports[1][0]": 20,
    "cohort[0].ports[1][1]": 20,
    "cohort[0].ports[2]": 22,
    "cohort[0].ports[2].a": 22,
    "cohort[0].ports[2].b": 22,
    "cohort[0].ports[2].b.c": 22,
    "cohort[0].ports[2].b.c[0]": 22,
    "cohort[0].dlms": 24,
    "cohort[0].dlms.max": 25,
    "cohort[0].fault": 26,
    "cohort[0].fault[0]": 26,
    "cohort[0].fault[0].n": 27,
    "cohort[0].fault[1]": 28,
    "cohort[0].fault[1].n": 29,
    "cohort[1]": 30,
    "cohort[1].inline": 31,
    "cohort[1].inline.x": 31,
    'cohort[1].inline."y z"': 31,
    'cohort[1].inline."y z".w': 31,
    "cohort[1].inline.v": 31,
    "cohort[1].inline.v[0]": 31,
    "cohort[1].inline.v[0].u": 31,
    "cohort[1].fault": 32,
    "cohort[1].fault[0]": 32,
    "cohort[1].fault[0].n": 33,
    "a": 34,
    "a.b": 35,
    "a.b.c": 34,
    "a.b.empty": 36,
    "a.b.none": 37,
}


def paths(value: object, key: str = "") -> set[str]:
    """Every key of parsed tables."""
    items: list[tuple[str, object]] = []
    if isinstance(value, dict):
        items = [(join(key, name), item) for name, item in value.items()]
    elif isinstance(value, list):
        items = [(f"{key}[{index}]", item) for index, item in enumerate(value)]
    return {name for name, _ in items}.union(*(paths(item, name) for name, item in items))


def test_every_kind_of_key_has_its_line():
    assert locate(TEXT) == LINES


def test_the_keys_are_those_that_tomllib_reads():
    assert set(LINES) == paths(tomllib.loads(TEXT))


def test_windows_line_ends_count_once():
    assert locate(TEXT.replace("\n", "\r\n")) == LINES


@pytest.mark.parametrize(
    ("key", "outer"),
    [
        ("a", ""),
        ("a.b", "a"),
        ("a[0]", "a"),
        ("a[0].b", "a[0]"),
        ('a."b.c[0]"', "a"),
        ('"a\\".b"', ""),
        ('"a"."b c".d', '"a"."b c"'),
        ("", ""),
    ],
)
def test_around(key, outer):
    assert around(key) == outer


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=6), min_size=1, max_size=4))
def test_around_undoes_join(names):
    keys = [""]
    for name in names:
        keys.append(join(keys[-1], name))
    for inner, outer in zip(keys[:0:-1], keys[-2::-1], strict=True):
        assert around(inner) == outer


SCALARS = ["1", "-2.5e3", '"x"', "'#'", '"""a\n\nb = 1"""', "'''\n[x]\n'''", "true", "07:32:00", "[]", "{}"]
NAMES = st.sampled_from(["a", "b", "long-name", "1", '"q.q"', "'[s]'", '"\\""'])
TOP_NAMES = st.sampled_from(["t", '"t.t"', "'t u'"])
NOISE = st.sampled_from(["", "", "# k = 1\n", "\n", '  # "\n'])


@st.composite
def values(draw, depth=2):
    """A TOML value, perhaps over many lines."""
    shape = draw(st.sampled_from(["scalar", "scalar", "array", "inline"] if depth else ["scalar"]))
    if shape == "scalar":
        return draw(st.sampled_from(SCALARS))
    if shape == "array":
        items = draw(st.lists(values(depth=depth - 1), min_size=1, max_size=3))
        return "[" + ",".join(f"{draw(NOISE) and chr(10)} {item} " for item in items) + draw(NOISE) + "]"
    names = draw(st.lists(NAMES, unique=True, max_size=3))
    return "{" + ", ".join(f"{name} = {draw(st.sampled_from(SCALARS))}" for name in names) + "}"


@st.composite
def documents(draw):
    """A TOML text and the line of each `key = value` and header in it, counted while it is written."""
    text, wanted = "", []
    tables = draw(st.lists(st.tuples(st.booleans(), NAMES), max_size=4, unique_by=lambda table: table[1]))
    for array, name in [(False, ""), *tables]:
        for row in range(draw(st.integers(1, 3)) if array else 1):
            text += draw(NOISE)
            spoken = f"{_spelt(name)}[{row}]" if array else _spelt(name) if name else ""
            if name:
                wanted.append((spoken, text.count("\n") + 1))
                text += f"[[{name}]]\n" if array else f"[ {name} ] # header\n"
            for key in draw(st.lists(NAMES if name else TOP_NAMES, unique=True, max_size=3)):
                text += draw(NOISE)
                wanted.append((f"{spoken}.{_spelt(key)}" if spoken else _spelt(key), text.count("\n") + 1))
                text += f"{key} = {draw(values())}\n"
    return text, wanted


def _spelt(name: str) -> str:
    return join("", next(iter(tomllib.loads(f"{name} = 1"))))


@settings(max_examples=150, deadline=None)
@given(documents())
def test_written_documents(document):
    text, wanted = document
    lines = locate(text)
    assert set(lines) == paths(tomllib.loads(text))
    assert {key: lines[key] for key, _ in wanted} == dict(wanted)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab01=.,[]{}\"'\\#\n \té", max_size=60))
def test_any_text_is_scanned_and_valid_text_completely(text):
    lines = locate(text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(lines) == paths(tables)

"""Where the keys of a TOML text stand: dotted key ("cohort[0].homes") to line number.

tomllib keeps no positions, so the text is scanned once more, for tables, arrays of tables, dotted and quoted
keys, inline tables and arrays over many lines (TOML 1.0). The scanner judges nothing: of a text that is not
TOML it gives the lines it understood.
"""

import json
import re
import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]

# Longest first: a multi-line string would otherwise read as an empty one.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<text>\"{3}(?:[^\\"]|\\.|"{1,2}(?!"))*"{3,5}
             | '{3}(?:[^']|'{1,2}(?!'))*'{3,5}
             | "(?:[^"\\\n]|\\.)*"
             | '[^'\n]*')
    | (?P<mark>[][{},=.])
    | (?P<word>[A-Za-z0-9_+:-]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NEWLINE = "\n"
_DEEPEST = 64  # tables implied by a longer dotted key are not noted, or memory would grow with its square
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STEP = re.compile(r'\[\d+\]|\.?(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*")')


def locate(text: str) -> dict[str, int]:
    """Find the line of every key, table and array item of a TOML text; a table's is that of its header."""
    scan = _Scan()
    for token, line in _tokens(text):
        scan.take(token, line)
    return {_dotted(path): line for path, line in (scan.implied | scan.written).items()}


def join(key: str, name: object) -> str:
    """Add a name to a dotted key, in quotes if TOML would need them."""
    word = str(name)
    step = word if _BARE.fullmatch(word) else json.dumps(word, ensure_ascii=False)
    return f"{key}.{step}" if key else step


def around(key: str) -> str:
    """Give the key of the table or array a key stands in; "" is the whole file."""
    return key[: max((step.start() for step in _STEP.finditer(key)), default=0)]


def _dotted(path: Path) -> str:
    key = ""
    for step in path:
        key = f"{key}[{step}]" if isinstance(step, int) else join(key, step)
    return key


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "space":
            yield found[0], line
        line += found[0].count("\n")


def _unquoted(token: str) -> str:
    if token[0] == '"' and "\\" in token:
        try:
            return str(tomllib.loads(f"key = {token}")["key"])
        except tomllib.TOMLDecodeError:
            return token
    return token[1:-1] if token[0] in "\"'" else token


class _Scan:
    """The state of the scan: the table in force, the brackets open in its value, the key being read."""

    def __init__(self) -> None:
        self.written: dict[Path, int] = {}
        self.implied: dict[Path, int] = {}  # a of [a.b], unless [a] is written too
        self._rows: dict[Path, int] = {}  # how many [[headers]] each array of tables has so far
        self._table: Path = ()
        self._open: list[tuple[str, Path]] = []  # brackets of arrays and inline tables, and whose value they are
        self._key: list[str] = []
        self._value: Path | None = None  # where the value being read belongs; None while a key is read
        self._header = 0  # opening brackets of the header being read

    def take(self, token: str, line: int) -> None:
        """Go one token further."""
        if token == _NEWLINE:
            if not self._open:
                self._key, self._value, self._header = [], None, 0
        elif self._value is None:
            self._take_in_key(token, line)
        else:
            self._take_in_value(self._value, token, line)

    def _take_in_key(self, token: str, line: int) -> None:
        match token:
            case "=":
                around_it = self._open[-1][1] if self._open else self._table
                self._value = (*around_it, *self._key)
                self._note(self._value, line)
                self._key = []
            case "}" if self._open:
                self._value = self._open.pop()[1]
            case "[" if not self._open:
                self._header += 1
            case "]" if self._header:
                self._begin_table(line)
            case "." | "," | "{" | "}" | "[" | "]":
                pass
            case _:
                self._key.append(_unquoted(token))

    def _take_in_value(self, value: Path, token: str, line: int) -> None:
        bracket = self._open[-1][0] if self._open else ""
        match token:
            case "[":
                self._note(value, line)
                self._open.append((token, value))
                self._value = (*value, 0)
            case "{":
                self._note(value, line)
                self._open.append((token, value))
                self._key, self._value = [], None
            case "]" | "}" if bracket:
                self._value = self._open.pop()[1]
            case "," if bracket == "{":
                self._key, self._value = [], None
            case "," if bracket == "[":
                self._value = (*value[:-1], int(value[-1]) + 1)
            case _:
                self._note(value, line)

    def _begin_table(self, line: int) -> None:
        path: Path = ()
        for step in self._key[:-1]:
            path = (*path, step)
            if path in self._rows:  # a header below an array of tables speaks of its newest row
                path = (*path, self._rows[path] - 1)
        path = (*path, *self._key[-1:])
        if self._header > 1:
            row = self._rows.get(path, 0)
            self._rows[path] = row + 1
            path = (*path, row)
        self._table, self._key, self._header = path, [], 0
        self._note(path, line)

    def _note(self, path: Path, line: int) -> None:
        self.written.setdefault(path, line)
        for size in range(1, min(len(path), _DEEPEST)):
            self.implied.setdefault(path[:size], line)

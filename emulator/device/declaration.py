"""Declarations: TOML text becomes frozen records, or a list of everything that is wrong with it.

Pure: text in, records or problems out. It opens no file and knows neither profiles nor estates; their modules
define the records (msgspec Structs with `forbid_unknown_fields`) and report what only they can judge through
`Source.problem`, so that every complaint names file, line, key and what would have been allowed.

msgspec stops at its first error, so a table it refuses is taken apart here and tried key by key. tomllib
keeps no positions, so `toml_lines` finds them again.
"""

import math
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, NewType, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from emulator.device.toml_lines import around, join, locate

__all__ = ["DeclarationError", "Problem", "Source", "choices", "locate", "read"]

T = TypeVar("T", bound=msgspec.Struct)
READABLE = 80  # names; of a longer list only the NEAREST are told
NEAREST = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a declaration, where it stands, and what is allowed there ("" if unknown)."""

    file: str
    line: int
    key: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.message}" + (f"; allowed: {self.allowed}" if self.allowed else "")


class DeclarationError(ValueError):
    """Everything that is wrong with one declaration, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


class Source:
    """The text of one declaration, which knows the line of each of its keys."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    @cached_property
    def lines(self) -> dict[str, int]:
        """Dotted key to line number."""
        return locate(self.text)

    def line(self, key: str) -> int:
        """Find the line of a key, or of the nearest table around it that was written down."""
        while key not in self.lines:
            if not key:
                return 1
            key = around(key)
        return self.lines[key]

    def problem(self, key: str, message: str, allowed: str = "") -> Problem:
        """Describe something wrong with the value of a key."""
        return Problem(self.file, self.line(key), key, message, allowed)

    def read(self, kind: type[T]) -> T:
        """Read the whole text as a record. Raises DeclarationError."""
        return self.convert(self.parse(), kind)

    def parse(self) -> dict[str, Any]:
        """Read the text as plain tables, for a caller who lays one over another. Raises DeclarationError."""
        try:
            self.text.encode()
            tables = tomllib.loads(self.text)
        except UnicodeEncodeError as error:
            raise self._unreadable(self.text.count("\n", 0, error.start) + 1, "not Unicode text") from None
        except tomllib.TOMLDecodeError as error:
            raise self._syntax(str(error)) from None
        except ValueError:  # Python reads no decimal of thousands of digits
            longest = max(re.finditer(r"[0-9_]+", self.text), key=lambda run: run.end() - run.start())
            line = self.text.count("\n", 0, longest.start()) + 1
            raise self._unreadable(line, "a whole number beyond 64 bits") from None
        except RecursionError:
            raise self._unreadable(1, "nested too deeply") from None
        if found := [self.problem(key, message, "finite, 64 bits") for key, message in _beyond_toml(tables)]:
            raise DeclarationError(found)
        return tables

    def convert(self, tables: Mapping[str, Any], kind: type[T]) -> T:
        """Read plain tables as a record, blaming this text. Raises DeclarationError with every problem."""
        try:
            return msgspec.convert(tables, kind)
        except msgspec.ValidationError:
            found = [self.problem(*complaint) for complaint in _complaints(tables, kind, "")]
        except RecursionError:
            found = [self.problem("", "nested too deeply")]
        raise DeclarationError(found) from None

    def _unreadable(self, line: int, message: str) -> DeclarationError:
        return DeclarationError([Problem(self.file, line, "", message)])

    def _syntax(self, text: str) -> DeclarationError:
        """Take the position out of tomllib's words, the only place where it is given."""
        if at := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", text, re.DOTALL):
            return self._unreadable(int(at[2]), f"{at[1]} (column {at[3]})")
        last = len(self.text.rstrip("\n").split("\n"))
        return self._unreadable(last, text.replace("(at end of document)", "(at the end of the file)"))


def read(text: str, file: str, kind: type[T]) -> T:
    """Read a declaration as a record. Raises DeclarationError with every problem; `file` is only a name."""
    return Source(text, file).read(kind)


def choices(names: Iterable[object], given: object = None) -> str:
    """List what is allowed, and suggest the nearest to what was given: a, b (did you mean 'a'?)."""
    words = [str(name) for name in names]
    near = get_close_matches(given, words, n=NEAREST) if isinstance(given, str) else []
    if near and len(words) > READABLE:
        return f"{', '.join(near)} and {len(words) - len(near)} more (did you mean '{near[0]}'?)"
    return ", ".join(words) + "".join(f" (did you mean '{word}'?)" for word in near[:1])


# --- complaints: (key, message, allowed) of all that is wrong with a value ----

Complaint = tuple[str, str, str]


def _complaints(value: Any, kind: Any, key: str) -> Iterator[Complaint]:
    """Try the value; if it is refused, blame what is inside it, or the whole if every part is right alone."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        inside = list(_inside(value, kind, key))
        yield from inside or [_refusal(value, kind, key, str(error))]


def _inside(value: Any, kind: Any, key: str) -> Iterator[Complaint]:
    kind = _plain(kind, value)
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if not _could_hold(kind, value):
        return
    if isinstance(value, Mapping):
        if issubclass(origin, msgspec.Struct):
            yield from _inside_table(value, kind, key)
        elif parts:
            for name, item in value.items():
                yield from _complaints(name, parts[0], join(key, name))
                yield from _complaints(item, parts[1], join(key, name))
    elif parts:
        one_kind = origin is not tuple or parts[-1] is Ellipsis
        for index, item in enumerate(value if one_kind else value[: len(parts)]):
            yield from _complaints(item, parts[0 if one_kind else index], f"{key}[{index}]")


def _inside_table(value: Mapping[str, Any], kind: Any, key: str) -> Iterator[Complaint]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in value:
        if name not in fields:
            yield join(key, name), "unknown key", choices(fields, name)
    for name, field in fields.items():
        if name in value:
            yield from _complaints(value[name], field.type, join(key, name))
        elif field.required:
            yield join(key, name), "missing", _allowed(inspect.type_info(field.type), None)


def _plain(kind: Any, value: Any) -> Any:
    """Strip annotations and Optional; of a union, take the one member that could hold such a value."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif isinstance(kind, NewType):
            kind = kind.__supertype__
        elif get_origin(kind) in (Union, UnionType):
            members = [_plain(member, value) for member in get_args(kind) if member is not NoneType]
            fitting = [member for member in members if _could_hold(member, value)]
            return fitting[0] if len(fitting) == 1 else None
        else:
            return kind


def _could_hold(kind: Any, value: Any) -> bool:
    origin = get_origin(kind) or kind
    if not isinstance(origin, type):
        return False
    if isinstance(value, Mapping):
        return issubclass(origin, (msgspec.Struct, Mapping))
    return isinstance(value, list) and issubclass(origin, Collection) and not issubclass(origin, (str, bytes, Mapping))


def _refusal(value: Any, kind: Any, key: str, text: str) -> Complaint:
    """Word msgspec's refusal of this very value, whose parts are all right."""
    text, _, path = text.partition(" - at `$")
    if isinstance(value, Mapping) and not text.startswith("Expected `"):  # a record's own check, in its own words
        return key + path.rstrip("`").partition("[...]")[0], text, ""
    shown = _name(value) if "got `" in text else _show(value)
    return key, f"{shown} is not allowed", _allowed(inspect.type_info(kind), value)


_NAMES = {
    bool: "a boolean",
    int: "a whole number",
    float: "a decimal number",
    str: "a string",
    list: "an array",
}


def _name(value: Any) -> str:
    return "a table" if isinstance(value, Mapping) else _NAMES.get(type(value), f"a {type(value).__name__}")


def _show(value: Any) -> str:
    if isinstance(value, (list, Mapping)):
        return f"{_name(value)} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _allowed(kind: inspect.Type, value: Any) -> str:
    """Say in words what a type takes."""
    match kind:
        case inspect.Metadata():
            return _allowed(kind.type, value)
        case inspect.UnionType():
            return " or ".join(_allowed(one, value) for one in kind.types if not isinstance(one, inspect.NoneType))
        case inspect.LiteralType():
            return choices([one for one in kind.values if one != ""], value)
        case inspect.EnumType():
            return choices([member.value for member in kind.cls], value)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.StrType():
            pattern = f" matching {kind.pattern}" if kind.pattern else ""
            return "a string" + _length(kind) + pattern
        case inspect.TupleType():
            return f"an array of {len(kind.item_types)} items"
        case inspect.CollectionType():
            return "an array" + _length(kind)
        case inspect.DictType():
            return "a table" + _length(kind)
        case inspect.StructType():
            return "a table"
        case _:
            return f"a {type(kind).__name__.removesuffix('Type').lower()}"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    bounds = [
        ("from", kind.ge),
        ("above", kind.gt),
        ("to", kind.le) if kind.ge is not None else ("at most", kind.le),
        ("below", kind.lt),
        ("in steps of", kind.multiple_of),
    ]
    return "".join(f" {word} {bound}" for word, bound in bounds if bound is not None)


def _length(kind: inspect.StrType | inspect.CollectionType | inspect.DictType) -> str:
    words = [f"at least {kind.min_length}"] * bool(kind.min_length)
    words += [f"at most {kind.max_length}"] * (kind.max_length is not None)
    return f", {' and '.join(words)} long" if words else ""


def _beyond_toml(tables: Any) -> Iterator[tuple[str, str]]:
    """Find numbers no record may hold: TOML 1.0 gives integers 64 bits; infinity and NaN measure nothing."""
    waiting = [("", tables)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += ((join(key, name), item) for name, item in value.items())
        elif isinstance(value, list):
            waiting += ((f"{key}[{index}]", item) for index, item in enumerate(value))
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            yield key, "a whole number beyond 64 bits"
        elif isinstance(value, float) and not math.isfinite(value):
            yield key, f"{value} is not allowed"

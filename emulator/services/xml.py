"""Bodies to XML and back, read off their types: an element's name is DUIS's, in the order of the fields.

A tuple is an element that comes several times, with `index` where the field says so, and inside a container where it
is wrapped; a dictionary is an element each. Without a schema the order of what comes is not held against anybody.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from emulator.services.body import Body
from emulator.services.element import Element, XmlError
from emulator.services.naming import duis_name
from emulator.services.row import bare

B = TypeVar("B", bound=Body)


class Item(NamedTuple):
    """How a field stands in XML: its element's name and type, and what its `Meta` say."""

    field: str
    name: str
    kind: Any
    many: bool
    indexed: bool
    attribute: bool
    wrapped: str
    default: Any
    upper: bool
    ours: bool


@cache
def items(kind: type[Body]) -> tuple[Item, ...]:
    """Give the items of a body, in their order."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_item(field, hints[field.name]) for field in msgspec.structs.fields(kind))


def _item(field: Any, hint: Any) -> Item:
    kind, metas, many = bare(hint)
    extra: dict[str, Any] = {}
    for meta in metas:
        extra |= meta.extra or {}
    return Item(
        field=field.name,
        name=duis_name(field.name),
        kind=kind,
        many=many,
        indexed="indexed" in extra,
        attribute="attribute" in extra,
        wrapped=extra.get("wrapped", ""),
        default=field.default,
        upper=kind is str and any(_is_hex_capital(meta) for meta in metas),
        ours="ours" in extra,
    )


def _is_hex_capital(meta: Meta) -> bool:
    """Say whether a text is hexadecimal in capitals here, which XML allows in either case."""
    return meta.pattern is not None and "[0-9A-F]{2}" in meta.pattern


# Reading


def body_from(element: Element, kind: type[B]) -> B:
    """Read a body. Raises XmlError, which names the element, its line and what is allowed."""
    raw = _raw(element, kind, element.local)
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = where.rstrip("`")
        raise XmlError(f"{element.local}{path}: {what} (line {_line(element, path)})") from None


def _raw(element: Element, kind: Any, path: str) -> Any:
    """Give an element as plain values, texts as they stand."""
    if get_origin(kind) is dict:
        names, inner = get_args(kind)
        _no_text(element, path)
        found: dict[str, Any] = {}
        for child in element.children:
            _same_space(element, child, path)
            if child.local in found:
                raise XmlError(f"{path}.{child.local}: comes twice (line {child.line})")
            if child.local not in get_args(names):
                raise XmlError(f"{path}.{child.local}: no such element (line {child.line})")
            found[child.local] = _raw(child, inner, f"{path}.{child.local}")
        return found
    if isinstance(kind, type) and issubclass(kind, Body):
        return _raw_body(element, kind, path)
    if element.children:
        raise XmlError(f"{path}: no element stands in it, but {element.children[0].local} (line {element.line})")
    return element.text if kind is str else "".join(element.text.split()) if kind is bytes else element.text.strip()


def _raw_body(element: Element, kind: type[Body], path: str) -> dict[str, Any]:
    _no_text(element, path)
    by_name = {item.name: item for item in items(kind)}
    given: dict[str, Any] = {name: [] for name, item in by_name.items() if _may_be_none_at_all(item)}
    given |= {name: text for name, text in element.attributes.items() if name in by_name and by_name[name].attribute}
    several: dict[str, list[Element]] = {}
    for child in element.children:
        _same_space(element, child, path)
        item = by_name.get(child.local)
        where = f"{path}.{child.local}"
        if item is None or item.attribute:
            allowed = ", ".join(one.name for one in by_name.values() if not one.attribute) or "none"
            raise XmlError(f"{where}: no such element; allowed: {allowed} (line {child.line})")
        if child.local in several and (not item.many or item.wrapped):
            raise XmlError(f"{where}: comes twice (line {child.line})")
        several.setdefault(child.local, []).append(child)
    for name, found in several.items():
        item, where = by_name[name], f"{path}.{name}"
        each = _unwrapped(found[0], item, where) if item.wrapped else found
        read = [_read(child, item, where) for child in (_in_order(each, where) if item.indexed else each)]
        given[name] = read if item.many else read[0]
    return given


def _may_be_none_at_all(item: Item) -> bool:
    """Say whether it is many of which none is there: then XML has nothing, and JSON an empty list."""
    return item.many and not item.wrapped and item.default is msgspec.NODEFAULT


def _unwrapped(container: Element, item: Item, path: str) -> list[Element]:
    wrong = next((one for one in container.children if one.local != item.wrapped), None)
    if wrong is not None:
        raise XmlError(f"{path}: {item.wrapped} stands in it, not {wrong.local} (line {wrong.line})")
    return container.children


def _read(element: Element, item: Item, path: str) -> Any:
    raw = _raw(element, item.kind, path)
    return raw.strip().upper() if item.upper and isinstance(raw, str) else raw


def _in_order(found: list[Element], path: str) -> list[Element]:
    """Give elements by their index, which counts from 1."""
    by_index = {element.attributes.get("index", "").strip(): element for element in found}
    try:
        return [by_index[str(number)] for number in range(1, len(found) + 1)]
    except KeyError as error:
        line = found[0].line
        raise XmlError(f"{path}: index {error.args[0]} is wanted once, of {len(found)} (line {line})") from None


def _no_text(element: Element, path: str) -> None:
    if element.text.strip():
        raise XmlError(f"{path}: no text stands in it (line {element.line})")


def _same_space(above: Element, child: Element, path: str) -> None:
    if child.name.rpartition(":")[0] != above.name.rpartition(":")[0]:
        raise XmlError(f"{path}: {child.name} is of another namespace (line {child.line})")


def _line(element: Element, path: str) -> int:
    """Give the line of the innermost element that a path reaches."""
    at = element
    for step in path.strip(".").split("."):
        name = step.partition("[")[0]
        inner = next((child for child in at.children if child.local == name), None)
        if inner is None:
            break
        at = inner
    return at.line


# Writing


def element_of(body: Body, name: str) -> Element:
    """Write a body as an element of a name with its prefix; the elements in it have the same."""
    element = Element(name)
    space = name.partition(":")[0]
    for item in items(type(body)):
        value = getattr(body, item.field)
        if item.ours or value is None or (item.many and value == item.default):
            continue
        if item.attribute:
            element.attributes[item.name] = text_of(value)
        elif not item.many:
            element.children.append(_one(value, f"{space}:{item.name}"))
        else:
            within = element.add(f"{space}:{item.name}") if item.wrapped else element
            each = f"{space}:{item.wrapped or item.name}"
            for index, one in enumerate(value, 1):
                child = _one(one, each)
                if item.indexed:
                    child.attributes["index"] = str(index)
                within.children.append(child)
    return element


def plain_element(name: str, value: Any) -> Element:
    """Write plain JSON values as an element: what an alert carries, which has no type here."""
    element = Element(name)
    space = name.partition(":")[0]
    if not isinstance(value, Mapping):
        element.text = text_of(value)
        return element
    for key, inner in value.items():
        several = inner if isinstance(inner, list | tuple) else (inner,)
        element.children += [plain_element(f"{space}:{key}", one) for one in several]
    return element


def _one(value: Any, name: str) -> Element:
    if isinstance(value, Body):
        return element_of(value, name)
    if isinstance(value, dict):
        space = name.partition(":")[0]
        return Element(name, children=[_one(inner, f"{space}:{key}") for key, inner in value.items()])
    return Element(name, text=text_of(value))


def text_of(value: Any) -> str:
    """Give a value as XML has it: instants in UTC with hundredths, octets in base64."""
    match value:
        case bool():
            return "true" if value else "false"
        case StrEnum():
            return value.value
        case Decimal():
            return f"{value:f}"
        case datetime():
            utc = value.astimezone(UTC)
            return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 10_000:02d}Z"
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M:%S}.{value.microsecond // 10_000:02d}Z"
        case bytes():
            return b64encode(value).decode()
        case _:
            return str(value)

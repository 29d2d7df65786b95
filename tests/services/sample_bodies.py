"""Bodies of services made up from their types, by a seed: every item, every choice, every bound in turn."""

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from emulator.services.body import Body
from emulator.services.row import bare

TEXTS = (
    *("AQIDBA==", "90-B3-D5-1F-30-00-00-02", "ABCDEF", "A", "2026-01-01", "0102030405060708", "8F01", "A" * 64),
    *("0" * length for length in (1, 6, 10, 13, 15, 18, 19, 20)),
)
EIGHT_OCTETS_FOUR_TIMES = b"\x01\x02\x03\xff" * 8


def sample(kind: type[Body], seed: str, *, full: bool) -> Body | None:
    """Make a body; none where chance broke a rule that no single item has."""
    try:
        return _body(kind, random.Random(seed), full)
    except ValueError:
        return None


def _body(kind: type[Body], rng: random.Random, full: bool) -> Body:
    hints = get_type_hints(kind, include_extras=True)
    chosen = {rng.choice(group) for group in (kind.one_of, kind.at_most_one) if group}
    left_out = {*kind.one_of, *kind.at_most_one} - chosen
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        wanted = field.required or field.name in chosen or full or rng.random() < 0.5
        if field.name in left_out or not wanted:
            continue
        inner, metas, many = bare(hints[field.name])
        if not many:
            given[field.name] = _value(inner, metas, rng, full)
            continue
        bounds = next((meta for meta in metas if meta.max_length is not None), Meta(min_length=0, max_length=2))
        least = bounds.min_length or 0
        most = min(bounds.max_length or 0, least + 3)
        count = most if full else rng.randint(least, most)
        given[field.name] = tuple(_value(inner, metas, rng, full) for _ in range(count))
    return kind(**given)


def _value(kind: Any, metas: list[Meta], rng: random.Random, full: bool) -> Any:
    if isinstance(kind, type) and issubclass(kind, Body):
        return _body(kind, rng, full)
    if get_origin(kind) is dict:
        names, inner = get_args(kind)
        inner, more, _ = bare(inner)
        return {name: _value(inner, more, rng, full) for name in get_args(names)}
    if get_origin(kind) is Literal:
        return rng.choice(get_args(kind))
    least = max([meta.ge for meta in metas if meta.ge is not None], default=0)
    most = min([meta.le for meta in metas if meta.le is not None], default=1_000)
    day = timedelta(days=rng.randint(0, 300))
    return {
        bool: lambda: rng.random() < 0.5,
        int: lambda: rng.choice([least, most, rng.randint(int(least), int(most))]),
        Decimal: lambda: Decimal(str(least)) + 1,
        datetime: lambda: datetime(2026, 11, 22, 8, 0, 4, 120_000, tzinfo=UTC) + day,
        date: lambda: date(2026, 1, 1) + day,
        time: lambda: time(rng.randint(0, 23), 30, tzinfo=UTC),
        bytes: lambda: EIGHT_OCTETS_FOUR_TIMES,
        str: lambda: _text(metas),
    }[kind]()


def _text(metas: list[Meta]) -> str:
    patterns = [meta.pattern for meta in metas if meta.pattern]
    least = max([meta.min_length or 0 for meta in metas], default=0)
    most = min([meta.max_length for meta in metas if meta.max_length is not None], default=400)
    if not patterns:
        return "<&x> \u00e9"[: max(least, min(most, 6))].ljust(least, "x")
    fits = (text for text in TEXTS if least <= len(text) <= most and all(re.search(one, text) for one in patterns))
    return next(fits)

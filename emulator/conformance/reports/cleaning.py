"""What comes from an adapter under test, made fit to be written: plain, bounded, and with nothing hidden in it.

Nothing is trusted here: a document may hold what is no JSON, be deep, endless or end in itself, and its text may hold
octets that no page or XML may.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from emulator.conformance.verdict import Finding

DEEPEST: Final = 40
LONGEST_TEXT: Final = 20_000
MOST_ITEMS: Final = 2_000
MOST_EXCHANGES: Final = 400
GONE: Final = "(not there)"

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\uffff]"
)
"""Controls, what turns the direction of text, what has no width, and what is no character: none may hide in a page."""


def visible(text: str) -> str:
    r"""Write what is not seen, or may not stand in XML, as its escape: NUL becomes `\x00`."""
    return _UNSEEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def short(text: str, most: int) -> str:
    """Cut a text that is too long, and say how long it is."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters in all)"


def _text(text: str) -> str:
    return _SURROGATE.sub(_escape, short(text, LONGEST_TEXT))


def plain(value: Any, depth: int = 0) -> Any:
    """Give a value as JSON has it, whatever it is; what goes too deep or too far is cut, and says so."""
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return value if -(2**63) <= value < 2**64 else _text(hex(value))
        case float():
            return value if abs(value) < float("inf") else str(value)  # what is no number is not less either
        case bytes() | bytearray():
            return _text(value.hex())
    if depth >= DEEPEST:
        return f"(deeper than {DEEPEST})"
    if isinstance(value, Mapping):
        items = list(value.items())
        held = {_text(str(key)): plain(one, depth + 1) for key, one in items[:MOST_ITEMS]}
        return held if len(items) <= MOST_ITEMS else held | {"...": f"{len(items)} in all"}
    if isinstance(value, list | tuple | set | frozenset):
        several = list(value)
        told = [plain(one, depth + 1) for one in several[:MOST_ITEMS]]
        return told if len(several) <= MOST_ITEMS else [*told, f"... ({len(several)} in all)"]
    try:
        return plain(msgspec.to_builtins(value), depth + 1)
    except Exception:  # noqa: BLE001 (an adapter's own type may do anything when it is written)
        return f"({type(value).__name__})"


def lean(finding: Finding) -> Finding:
    """Make a finding fit to be written: plain and bounded, and of the state only what differs."""
    before, after = difference(plain(finding.before), plain(finding.after))
    texts = {
        name: _text(str(getattr(finding, name)))
        for name in ("case", "family", "group", "says", "clause", "why", "expected", "got", "rerun", "trace")
    }
    return msgspec.structs.replace(
        finding,
        **texts,
        services=tuple(_text(str(one)) for one in finding.services),
        documents=tuple(
            msgspec.structs.replace(one, kind=_text(one.kind), document=_as_object(plain(one.document)))
            for one in finding.documents[-MOST_EXCHANGES:]
        ),
        wire=tuple(
            msgspec.structs.replace(one, way=_text(one.way), hex=_text(one.hex), decoded=_text(one.decoded))
            for one in finding.wire[-MOST_EXCHANGES:]
        ),
        before=before,
        after=after,
        journal=tuple(_text(str(one)) for one in finding.journal[-MOST_EXCHANGES:]),
    )


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"(no object)": value}


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give only what differs, each by its path such as `devices.esme.prepay.balance_mp`."""
    one, other = dict(_leaves(before)), dict(_leaves(after))
    paths = [path for path in dict.fromkeys((*one, *other)) if one.get(path, GONE) != other.get(path, GONE)]
    kept = paths[:MOST_ITEMS]
    return {path: one.get(path, GONE) for path in kept}, {path: other.get(path, GONE) for path in kept}


def _leaves(value: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Walk to the values that hold no others; what is empty is a value too."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{above}.{key}" if above else str(key))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{above}[{place}]")
    elif above:
        yield above, value

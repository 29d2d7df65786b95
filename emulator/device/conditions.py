"""Conditions: what a home's clock is moved until, written as people write it.

`supply_state == disabled`, `gsme/battery_days < 400 and meter_balance_mp <= 0`, `event LowCredit`. A comparison names a
data item, of the electricity meter unless a device stands before it. An event is one that happens from now on, to any
device of the home unless one stands before it.
"""

import operator
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, get_args

from emulator.device import instant
from emulator.device.happenings import HAPPENINGS
from emulator.device.installation import Installation
from emulator.device.item import Item
from emulator.device.journal import DeviceName
from emulator.device.readings import find, items_of
from emulator.device.records import Switch

Condition = Callable[[Installation], bool]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_COMPARISON = re.compile(r"(?:(\w+)/)?(\w+)\s*(==|!=|<=|>=|<|>)\s*([^\s=<>].*)")
_EVENT = re.compile(r"event\s+(?:(\w+)/)?(\w+)")
_OF_TEXT = ("==", "!=")
_WORDS = {"supply_state": tuple(switch.value for switch in Switch)}
"""Items of few words: another word would be waited for in vain."""
_EVENTS = {kind.__name__: kind for kind in get_args(HAPPENINGS)}


class ConditionError(ValueError):
    """Text that is no condition; it says what is allowed."""


def parse(text: str, installation: Installation) -> Condition:
    """Read a condition about a home as it stands: comparisons and events, joined by `and`.

    Raises ConditionError or UnknownItemError.
    """
    parts = [_part(part.strip(), installation) for part in re.split(r"\s+and\s+", text.strip())]
    return lambda home: all(part(home) for part in parts)


def next_look(home: Installation, end: int) -> int:
    """Say when a condition is looked at next: at the next event, at the next half hour, or at the end."""
    due = home.next_due()
    half_hour = home.now // instant.HALF_HOUR * instant.HALF_HOUR + instant.HALF_HOUR
    return max(min(end, half_hour, end if due is None else due), home.now)


def _part(text: str, installation: Installation) -> Condition:
    if told := _EVENT.fullmatch(text):
        return _event(told[1] and _device(told[1], installation), told[2], installation.seq)
    compared = _COMPARISON.fullmatch(text)
    if compared is None:
        raise ConditionError(
            f"{text!r} is no condition; allowed: ITEM == VALUE (also != < <= > >=), event NAME, joined by `and`"
        )
    device = _device(compared[1], installation)
    item = find(device, compared[2])
    if item not in items_of(installation.devices[device]):
        raise ConditionError(f"this make has no {item.key}")
    sign, wanted = compared[3], compared[4].strip("\"'")
    holds, words = _COMPARISONS[sign], _WORDS.get(item.key, ())
    if words and wanted.lower() not in words:
        raise ConditionError(f"{item.key} is never {wanted!r}; allowed: {', '.join(words)}")

    def compare(home: Installation) -> bool:
        value = item.read(home.devices[device])
        if isinstance(value, bool) or not isinstance(value, int):
            if sign not in _OF_TEXT and value is not None:
                raise ConditionError(f"{item.key} is not a number: {sign!r}; allowed: {' and '.join(_OF_TEXT)}")
            return holds(str(value).lower(), wanted.lower())
        return holds(value, _number(item, wanted))

    compare(installation)  # what cannot be compared is said before any time passes
    return compare


def _number(item: Item, text: str) -> int:
    try:
        return instant.parse(text) if item.unit == "UTC" else int(text)
    except (ValueError, OverflowError):
        allowed = "an instant such as 2026-01-01T00:00:00Z" if item.unit == "UTC" else "a whole number"
        raise ConditionError(f"{item.key} is {allowed}, not {text!r}") from None


def _device(name: str | None, installation: Installation) -> DeviceName:
    if name is None:
        return DeviceName.ESME
    for device in installation.devices:
        if device == name.lower():
            return device
    raise ConditionError(f"there is no {name!r} in this home; allowed: {', '.join(installation.devices)}")


def _event(device: DeviceName | str | None, name: str, after: int) -> Condition:
    kind = _EVENTS.get(name)
    if kind is None:
        near = ", ".join(get_close_matches(name, _EVENTS, n=3, cutoff=0.4))
        hint = f"near: {near}" if near else f"allowed: {', '.join(sorted(_EVENTS))}"
        raise ConditionError(f"no event is called {name!r}; {hint}")
    return lambda home: any(
        entry.seq > after and isinstance(entry.what, kind) and (not device or entry.device is device)
        for entry in home.journal
    )

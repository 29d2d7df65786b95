"""What a data item is: a value that a device holds, with its name in the functional reference."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Item(NamedTuple):
    """One data item: its key, its name in the reference, its unit ("" for none) and how a device is read."""

    key: str
    title: str
    unit: str
    read: Callable[[Any], Any]

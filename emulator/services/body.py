"""What bodies of requests and replies are made of: the base of them all, and numbers with their units and ranges.

A body's class is its DUIS element, its fields the element's items in order; units, ranges and lengths stand at the
fields. The JSON and the XML of the service document, the schema, the command line and the docs are read from them.
"""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from emulator.services.naming import duis_name


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename=duis_name):
    """An element of a body. Where `one_of` names fields, exactly one of them is given (a DUIS choice).

    `at_most_one` are choices that may be left out whole.
    """

    one_of: ClassVar[tuple[str, ...]] = ()
    at_most_one: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Hold the choices. Raises ValueError, which names what is allowed."""
        for names, least in ((self.one_of, 1), (self.at_most_one, 0)):
            given = [duis_name(name) for name in names if getattr(self, name) is not None]
            if names and not least <= len(given) <= 1:
                told = ", ".join(duis_name(name) for name in names)
                wanted = "exactly one" if least else "at most one"
                raise ValueError(f"{wanted} of {told} is allowed, not {' and '.join(given) or 'none'}")


class Empty(Body, frozen=True, kw_only=True):
    """An element that says all by being there."""


class Done(Body, frozen=True, kw_only=True):
    """A reply with nothing but its success."""


def number(least: int, most: int, unit: str = "", says: str = "") -> Meta:
    """Bound a whole number, with its unit."""
    return Meta(ge=least, le=most, description=says or None, extra_json_schema={"unit": unit} if unit else None)


def unit(of: str, says: str = "") -> Meta:
    """Give a number its unit."""
    return Meta(description=says or None, extra_json_schema={"unit": of})


def text(longest: int, pattern: str = "", says: str = "", shortest: int = 1) -> Meta:
    """Bound a text by its length, and by a pattern."""
    return Meta(min_length=shortest, max_length=longest, pattern=pattern or None, description=says or None)


def several(least: int, most: int) -> Meta:
    """Bound how often an element comes."""
    return Meta(min_length=least, max_length=most)


INDEXED = Meta(extra={"indexed": True})
"""The element comes several times, each with an `index` attribute that counts from 1."""
ATTRIBUTE = Meta(extra={"attribute": True})
"""The item is an XML attribute of its element."""


OURS = Meta(extra={"ours": True})
"""The item is not DUIS's: JSON has it, XML has not."""


def wrapped(element: str) -> Meta:
    """Say in XML that each of several stands in an element of this name, inside the field's own."""
    return Meta(extra={"wrapped": element})


U8, U16, U32, U48 = (2**bits - 1 for bits in (8, 16, 32, 48))
I16, I32 = 2**15, 2**31

Instant = Annotated[datetime, Meta(tz=True, description="UTC, to hundredths of a second")]
TimeOfDay = Annotated[time, Meta(tz=True, description="UTC")]
Millipence = Annotated[int, number(-I32, I32 - 1, "mp")]
UnsignedMillipence = Annotated[int, number(0, U32, "mp")]
WattHours = Annotated[int, number(0, U48, "Wh")]
VarHours = Annotated[int, number(0, U48, "varh")]
Watts = Annotated[int, number(0, U32, "W")]
Seconds = Annotated[int, number(0, U32, "s")]
CubicMetres = Annotated[Decimal, unit("m3", "three digits after the point")]
Scale = Annotated[int, number(-128, 127, "", "a power of ten")]
Eui64 = Annotated[
    str, Meta(pattern=r"^[0-9A-F]{2}(-[0-9A-F]{2}){7}$", description="eight octets in hexadecimal, with dashes")
]


class Future(Body, frozen=True, kw_only=True):
    """A request that may carry a date of its own; without one it is for now."""

    execution_date_time: Instant | None = None


class Period(Body, frozen=True, kw_only=True):
    """PERIOD: from an instant to another, both included."""

    start_date_time: Instant
    end_date_time: Instant

    def __post_init__(self) -> None:
        """Hold the order. Raises ValueError."""
        if self.end_date_time < self.start_date_time:
            raise ValueError("the period ends before it starts")


def plain(body: Any) -> Any:
    """Give a body as JSON's own values, under DUIS's names."""
    return msgspec.to_builtins(body, str_keys=True)

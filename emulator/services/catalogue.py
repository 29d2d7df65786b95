"""The catalogue of services: every row, found by variant, reference or element, and a request's body by it (D8)."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import msgspec

from emulator.services.bodies import (
    billing,
    configuration,
    device,
    firmware,
    gas,
    joining,
    money,
    national,
    readings,
    tariff,
)
from emulator.services.body import Body
from emulator.services.document import Request
from emulator.services.row import Kind, Service


class UnknownServiceError(LookupError):
    """No service is called that; the text names the near ones."""


class MalformedError(ValueError):
    """A request breaks its shape; the text says what, where, and what is allowed."""


def numbers(variant: str) -> tuple[int, ...]:
    """Give a variant's numbers, to sort by: 4.2 comes before 4.10."""
    return tuple(int(one) for one in variant.split("."))


def _sorted(rows: Iterable[Service]) -> tuple[Service, ...]:
    return tuple(sorted(rows, key=lambda row: numbers(row.variant)))


SERVICES: Final = _sorted(
    (
        *tariff.SERVICES,
        *money.SERVICES,
        *device.SERVICES,
        *readings.SERVICES,
        *configuration.SERVICES,
        *gas.SERVICES,
        *billing.SERVICES,
        *joining.SERVICES,
        *national.SERVICES,
        *firmware.SERVICES,
    )
)
BY_VARIANT: Final = {row.variant: row for row in SERVICES}
BY_ELEMENT: Final = {row.element: row for row in SERVICES}
MINIMUM: Final = tuple(row for row in SERVICES if row.kind is Kind.MINIMUM)
"""The 37 lines of the forum: 35 references, 56 variants (service requests, section 3)."""
LISTED_TWICE: Final = frozenset({"1.1", "1.2"})
"""What the forum lists once for prepayment and once for credit."""


def lines_37() -> tuple[str, ...]:
    """Give the forum's lines by their references, in its order; two of them come twice."""
    references = dict.fromkeys(row.reference for row in MINIMUM)
    return tuple(one for reference in references for one in [reference] * (2 if reference in LISTED_TWICE else 1))


def find(name: str) -> Service:
    """Find a row by its variant, its element, or its reference if that has one variant.

    Raises UnknownServiceError, which names the near ones.
    """
    asked = name.strip()
    if asked in BY_VARIANT:
        return BY_VARIANT[asked]
    elements = {element.casefold(): row for element, row in BY_ELEMENT.items()}
    if asked.casefold() in elements:
        return elements[asked.casefold()]
    of_reference = [row for row in SERVICES if row.reference == asked]
    if len(of_reference) == 1:
        return of_reference[0]
    if of_reference:
        told = ", ".join(f"{row.variant} {row.element}" for row in of_reference)
        raise UnknownServiceError(f"{asked} has {len(of_reference)} variants: {told}")
    raise UnknownServiceError(f"no service is called {asked!r}{_near(asked, elements)}")


def _near(asked: str, elements: dict[str, Service]) -> str:
    """Say which names are near, for the end of a sentence."""
    found = [elements[one].element for one in get_close_matches(asked.casefold(), elements, n=3, cutoff=0.5)]
    if asked[:1].isdigit():
        found = [row.variant for row in SERVICES if row.variant.split(".")[0] == asked.partition(".")[0]]
    return f"; near: {', '.join(found)}" if found else f"; variants go from {SERVICES[0].variant} to 12.2"


def body_of(request: Request) -> tuple[Service, Body]:
    """Give a request's row and its body.

    Raises UnknownServiceError for a variant that is none, and MalformedError for what breaks its shape: an element that
    is not the variant's, a reference that is not its, an item that is unknown, missing or out of its range.
    """
    row = find(request.service_reference_variant)
    if request.service_reference_variant != row.variant:
        raise MalformedError(
            f"ServiceReferenceVariant: {row.variant} is allowed here, not {request.service_reference_variant}"
        )
    if request.service_reference != row.reference:
        raise MalformedError(
            f"ServiceReference: {row.reference} is allowed for {row.variant}, not {request.service_reference}"
        )
    if list(request.body) != [row.element]:
        given = ", ".join(request.body) or "none"
        raise MalformedError(f"Body: one element is allowed for {row.variant}, {row.element}; given: {given}")
    try:
        return row, msgspec.convert(request.body[row.element], row.request)
    except msgspec.ValidationError as error:
        raise MalformedError(told(row, str(error))) from None


def told(row: Service, error: str) -> str:
    """Say a validation error with the path first, and what is allowed: `Body.TopUpDevice.UTRN: Expected ...`."""
    what, _, where = error.partition(" - at `")
    path = where.rstrip("`").removeprefix("key` in `").removeprefix("$").removeprefix(".")
    listed = re.sub(r"\[[^]]*\]", "[]", path)
    allowed: tuple[str, ...] = ()
    if what.startswith("Invalid enum value"):
        named = listed.removesuffix("[]")
        allowed = next((one.words or (one.says,) for one in row.parameters if one.path in {listed, named}), ())
    elif "unknown field" in what:
        above = f"{listed}." if listed else ""
        inner = (one.path.removeprefix(above) for one in row.parameters if one.path.startswith(above))
        allowed = tuple(dict.fromkeys(re.split(r"[.[]", one)[0] for one in inner)) or ("nothing",)
    said = f"Body.{row.element}{f'.{path}' if path else ''}: {what}"
    return f"{said}; allowed: {', '.join(allowed)}" if allowed else said

"""The JSON schema of the service document, with the body of every service, its units and ranges (D8).

The HTTP API shows it; nothing is decoded by it: the classes do that.
"""

from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

import msgspec

from emulator.services.body import Body
from emulator.services.catalogue import SERVICES
from emulator.services.document import Acknowledgement, Alert, Request, Response
from emulator.services.naming import duis_name

REF: Final = "#/$defs/{name}"
DOCUMENTS: Final = (Request, Acknowledgement, Response, Alert)


def schema() -> dict[str, Any]:
    """Give the schema: the four documents, and each service's body under its element's name."""
    requests = {row.element: row.request for row in SERVICES}
    replies = {row.answer: row.reply for row in SERVICES}
    bodies = tuple(dict.fromkeys((*requests.values(), *replies.values())))
    refs, definitions = msgspec.json.schema_components((*DOCUMENTS, *bodies), ref_template=REF)
    ref_of = dict(zip((*DOCUMENTS, *bodies), refs, strict=True))
    for body in {inner: None for top in bodies for inner in _parts(top)}:
        if body.one_of:
            name = body.__name__ if body.__name__ in definitions else f"{body.__module__}.{body.__qualname__}"
            definitions[name]["oneOf"] = [{"required": [duis_name(one)]} for one in body.one_of]
    definitions["Request"]["properties"]["Body"] = _one_element({name: ref_of[kind] for name, kind in requests.items()})
    for document in ("Response", "Acknowledgement"):
        definitions[document]["properties"]["Body"] = _one_element(
            {name: ref_of[kind] for name, kind in replies.items()}
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Service document",
        "oneOf": [ref_of[document] for document in DOCUMENTS],
        "$defs": definitions,
    }


def _one_element(elements: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Say that a body has one of these elements."""
    return {
        "type": "object",
        "properties": elements,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }


def _parts(body: type[Body]) -> Iterator[type[Body]]:
    """Walk a body and the bodies within it."""
    yield body
    for hint in get_type_hints(body).values():
        for kind in _kinds(hint):
            yield from _parts(kind)


def _kinds(hint: Any) -> Iterator[type[Body]]:
    """Give the bodies that a type names."""
    if isinstance(hint, type) and issubclass(hint, Body):
        yield hint
    for inner in get_args(hint):
        yield from _kinds(inner)

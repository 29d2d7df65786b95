"""Requests held against a DUIS schema that the user has, and gives the path of: it is not ours to pass on.

The schema's own references are followed on this machine only. What is checked was read by our own bounded reader.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from emulator.services.element import SPACES, Element

if TYPE_CHECKING:
    from xmlschema import XMLSchema

NOT_VALIDATED: Final = "not validated: no XSD path given"
_LONGEST = 160


class XsdError(ValueError):
    """A schema that cannot be used; the text says why."""


class Xsd:
    """A schema, loaded once."""

    def __init__(self, path: Path) -> None:
        """Load it. Raises XsdError."""
        try:
            import xmlschema  # noqa: PLC0415 (an extra: only where a schema is given)
        except ModuleNotFoundError:
            raise XsdError("validating needs xmlschema: pip install meterfarm[xml]") from None
        self.path = path
        try:
            self._schema: XMLSchema = xmlschema.XMLSchema(str(path), allow="local")
        except (xmlschema.XMLSchemaException, ET.ParseError, OSError) as error:
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise XsdError(f"{path}: {first[:_LONGEST]}") from None
        self._turn = asyncio.Lock()

    async def wrong(self, root: Element) -> str:
        """Say what a document breaks first, with its path and line; "" is nothing. It is done beside the loop."""
        async with self._turn:
            return await asyncio.to_thread(self._wrong, root)

    def _wrong(self, root: Element) -> str:
        lines: dict[Any, int] = {}
        for error in self._schema.iter_errors(_tree(root, lines)):
            path = error.path or ""
            for prefix, space in SPACES.items():
                path = path.replace(f"{{{space}}}", "").replace(f"{prefix}:", "")
            what = (error.reason or error.message or "").strip().replace("\n", " ")
            for prefix, space in SPACES.items():
                what = what.replace(f"{{{space}}}", f"{prefix}:")
            line = lines.get(id(error.elem), root.line)
            return f"{path}: {what[:_LONGEST]} (line {line})"
        return ""


def _tree(element: Element, lines: dict[Any, int]) -> "ET.Element[str]":
    """Give a document as the standard library's tree, and the lines of its elements."""
    prefix, _, local = element.name.rpartition(":")
    space = SPACES.get(prefix, prefix)
    made = ET.Element(f"{{{space}}}{local}" if space else local, element.attributes)
    made.text = element.text or None
    lines[id(made)] = element.line
    for child in element.children:
        made.append(_tree(child, lines))
    return made

"""XML as a tree of elements, read from octets and written to them. It knows no document, only the namespaces of DUIS.

What comes may be hostile, so the standard library's expat is driven directly: a document type declaration is refused
where it begins, and with it every entity of its own, external or not; depth and count are bounded. That is what a
hardening package would add, and expat tells the line of every element, which people need to find their mistake.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

SPACES: Final = {
    "sr": "http://www.dccinterface.co.uk/ServiceUserGateway",
    "ra": "http://www.dccinterface.co.uk/ResponseAndAlert",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
"""The namespaces, by the prefixes that they have here and in what is written (service requests, 2.1 and 2.3)."""
_PREFIXES: Final = {space: prefix for prefix, space in SPACES.items()}
MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 200_000
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlError(ValueError):
    """Octets that are no XML, or no document of ours; the text says where, and what is allowed."""


@dataclass(slots=True)
class Element:
    """An element: its name with its prefix (`sr:Body`), its attributes without one, and the line it began in."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    line: int = 0

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def add(self, name: str, text: str = "") -> "Element":
        """Add an element at the end, and give it."""
        child = Element(name, text=text)
        self.children.append(child)
        return child

    def find(self, name: str) -> "Element | None":
        """Find the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def value(self, name: str) -> str:
        """Give the text of a child; "" where there is none."""
        child = self.find(name)
        return "" if child is None else child.text.strip()


def read(octets: bytes) -> Element:
    """Read a document. Raises XmlError."""
    return _Reading().root(octets)


class _Reading:
    """One document that is read."""

    def __init__(self) -> None:
        self._top = Element("")
        self._open = [self._top]
        self._count = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def root(self, octets: bytes) -> Element:
        try:
            self._parser.Parse(octets, True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise XmlError(f"line {error.lineno}, column {error.offset + 1}: no XML: {what}") from None
        except (LookupError, ValueError) as error:
            if isinstance(error, XmlError):
                raise
            raise XmlError(f"no XML: {error}") from None  # an encoding that nobody knows
        return self._top.children[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise XmlError(
                f"line {self._parser.CurrentLineNumber}: too large: at most {MAX_ELEMENTS} elements, "
                f"{MAX_DEPTH} within one another"
            )
        space, _, local = name.rpartition(" ")
        own = {key: value for key, value in attributes.items() if " " not in key}  # not xsi:schemaLocation and the like
        element = Element(f"{_PREFIXES.get(space, space)}:{local}", own, line=self._parser.CurrentLineNumber)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _doctype(self, *_: object) -> None:
        raise XmlError(f"line {self._parser.CurrentLineNumber}: a document type declaration is not allowed")


def written(root: Element) -> bytes:
    """Write a document; the namespaces are declared at its root."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in SPACES.items())
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_pieces(root, declared)) + "\n").encode()


def _pieces(element: Element, declared: str = "") -> Iterator[str]:
    attributes = "".join(f" {name}={quoteattr(clean(value))}" for name, value in element.attributes.items())
    yield f"<{element.name}{declared}{attributes}"
    if not element.children and not element.text:
        yield "/>"
        return
    yield f">{escape(clean(element.text))}"
    for child in element.children:
        yield from _pieces(child)
    yield f"</{element.name}>"


def clean(text: str) -> str:
    """Give a text without what XML cannot carry."""
    return _NO_XML.sub("\ufffd", text)

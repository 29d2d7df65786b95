"""What every table of a profile has: who says so (architecture D7)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["clause", "document", "capture", "assumed"]
Basis = Literal["", "from memory", "inferred", "by us", "by default"]
"""Of an assumption: somebody remembers it, it was deduced from what is known, we chose it, or nobody wrote it down."""

Count = Annotated[int, Meta(ge=1, le=100_000)]
Text = Annotated[str, Meta(min_length=1, max_length=64)]
Said = Annotated[str, Meta(min_length=3, max_length=400)]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who says so, of one key of a block."""

    provenance: Kind
    source: Said
    basis: Basis = ""


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the profile: who says so of all its keys (`source` names them), and of those that stand apart."""

    provenance: Kind
    source: Said
    basis: Basis = ""
    claims: dict[str, Claim] = msgspec.field(default_factory=dict)


def keys(block: Block) -> tuple[str, ...]:
    """Give the keys of a block that say something of the device."""
    return tuple(name for name in block.__struct_fields__ if name not in Block.__struct_fields__)


def claim(block: Block, key: str) -> Claim:
    """Say how sure one key of a block is."""
    own = block.claims.get(key)
    return own or Claim(provenance=block.provenance, source=block.source, basis=block.basis)

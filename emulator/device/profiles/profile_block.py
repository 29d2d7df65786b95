"""What every table of a profile has: who says so (architecture D7)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["clause", "document", "capture", "assumed"]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Text = Annotated[str, Meta(min_length=1, max_length=64)]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the profile. `provenance` is the weakest of its keys' sources and `source` names them."""

    provenance: Kind
    source: Annotated[str, Meta(min_length=3, max_length=400)]

"""What a happening is."""

import msgspec


class Happening(msgspec.Struct, frozen=True, tag=True):
    """Something that happened; its subclasses are the declarations of this package. Past tense; no secret in it."""

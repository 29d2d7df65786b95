"""The profile's block of quirks: odd habits as named flags, each read by one `if` and proved by one test (D7, D11).

A set may have a quirk for good, by its TOML, or for a while, by a fault in force that lays it over the profile.
"""

from typing import Annotated

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

PerMille = Annotated[int, Meta(ge=0, le=1_000)]


class Quirks(Block, frozen=True, kw_only=True):
    """What a set does that it should not. All off is a set without a known quirk."""


NO_QUIRKS = Quirks(provenance="assumed", source="no quirk of this set is known", basis="by us")

"""The fidelity ledger: of each key of a profile, who says so and how sure that is (architecture D7). Pure.

A key that a profile leaves to its base is as sure as the base; one that nobody wrote down is our default.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from emulator.device.profile import Profile, blocks
from emulator.device.profiles.profile_block import Claim, claim, keys
from emulator.device.profiles.profile_quirks import NO_QUIRKS

THOUSAND = 1_000
KINDS = ("clause", "document", "capture", "from memory", "inferred", "by us", "by default", "no basis given")
"""How a key is known, the surest first; what comes after capture are assumptions, by what they stand on."""
SURE = KINDS[:3]


class Line(NamedTuple):
    """One key of a profile: where it stands, what it says, and who says so."""

    block: str
    key: str
    value: Any
    claim: Claim

    @property
    def place(self) -> str:
        """The key's dotted name."""
        return f"{self.block}.{self.key}"

    @property
    def kind(self) -> str:
        """How the key is known: one of KINDS."""
        if self.claim.provenance != "assumed":
            return self.claim.provenance
        return self.claim.basis or "no basis given"

    @property
    def assumed(self) -> bool:
        """Whether nobody but us says so."""
        return self.claim.provenance == "assumed"


def ledger(profile: Profile) -> tuple[Line, ...]:
    """Give all keys of a profile, in the order of its blocks. A quirk that is off says nothing of a set."""
    return tuple(
        Line(name, key, msgspec.to_builtins(getattr(block, key)), claim(block, key))
        for name, block in blocks(profile).items()
        for key in keys(block)
        if name != "quirks" or getattr(block, key) != getattr(NO_QUIRKS, key)
    )


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """Count keys by how they are known."""
    found = Counter(line.kind for line in lines)
    return {kind: found[kind] for kind in KINDS}


def assumed_share(lines: Iterable[Line]) -> int:
    """Give the share of keys that are assumed, in thousandths."""
    known = [line.assumed for line in lines]
    return sum(known) * THOUSAND // max(1, len(known))


class Difference(NamedTuple):
    """A key in which two profiles differ; None where a set has no such block."""

    place: str
    one: Any
    other: Any


def differences(one: Profile, other: Profile) -> list[Difference]:
    """Compare what two profiles say, key by key; who says so does not count."""
    first, second = ({line.place: line.value for line in ledger(profile)} for profile in (one, other))
    places = dict.fromkeys((*first, *second))
    return [
        Difference(place, first.get(place), second.get(place))
        for place in places
        if first.get(place) != second.get(place)
    ]

"""What an estate file may say: a header, cohorts of homes, faults that stand in it. Records only."""

from typing import Annotated

import msgspec
from msgspec import Meta

from emulator.device.household import HouseholdShape
from emulator.device.hub.push_setup import DESTINATION

MAX_HOMES = 16_000_000
MAX_SEED = 2**63 - 1
Share = Annotated[float, Meta(ge=0, le=1)]


class EstateError(ValueError):
    """No estate can be made of this; the text says what is allowed."""


class FixedHousehold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A household written down instead of drawn: energy of the mean day, registers at installation."""

    shape: HouseholdShape = "domestic"
    daily_import_wh: Annotated[int, Meta(ge=0, le=100_000)] = 7_400
    daily_export_wh: Annotated[int, Meta(ge=0, le=100_000)] = 0
    opening_import_wh: Annotated[int, Meta(ge=0, le=999_999_999)] = 0
    opening_export_wh: Annotated[int, Meta(ge=0, le=999_999_999)] = 0
    daily_gas_l: Annotated[int, Meta(ge=0, le=100_000)] = 0
    opening_gas_l: Annotated[int, Meta(ge=0, le=999_999_999)] = 0
    recording: str = ""


class Cohort(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Homes of one profile, and the shares of them that differ. A fixed household is the same for each of them.

    `debts` is the share of those who prepay that owe something (a third, unless it is said); `firmware` the shares of
    versions; the rest run the one that the profile is written for.
    """

    profile: Annotated[str, Meta(min_length=1, max_length=60)]
    homes: Annotated[int, Meta(ge=1, le=MAX_HOMES)]
    economy_7: Share = 0.1
    solar: Share = 0.05
    prepayment: Share = 0.0
    gas: Share = 0.0
    ihd: Share = 1.0
    vacant: Share = 0.0
    debts: Share | None = None
    firmware: dict[str, Share] = msgspec.field(default_factory=dict)
    household: FixedHousehold | None = None


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The estate's name, the seed that all of it is drawn from, and the head end that new homes send alerts to."""

    name: Annotated[str, Meta(min_length=1, max_length=60)] = "estate"
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 1
    push: Annotated[str, Meta(pattern=f"^({DESTINATION})?$")] = ""


class DeclaredFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fault that stands in the estate from its first start: which, into what, since when, for how long.

    `probability` is the share of the homes named that it befalls; `starts` is an instant, or "" for the farm's first;
    `lasts` a span such as 36h, or "" for ever.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    into: Annotated[str, Meta(min_length=1, max_length=100)] = "home-*"
    probability: Share = 1.0
    starts: str = ""
    lasts: str = ""
    given: dict[str, int | str] = msgspec.field(default_factory=dict)


class EstateFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An estate file: one header, at least one cohort, and the faults that stand in it."""

    estate: Header = Header()
    cohort: Annotated[tuple[Cohort, ...], Meta(min_length=1)]
    fault: tuple[DeclaredFault, ...] = ()

"""The profile's blocks of a family as such: cohort, firmware, pace, security, and where it departs from the rest."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_block import Block, Said, Text

Milliseconds = Annotated[int, Meta(ge=0, le=600_000)]
PerMille = Annotated[int, Meta(ge=0, le=1_000)]
Version = Annotated[str, Meta(min_length=1, max_length=64)]


class Family(Block, frozen=True, kw_only=True):
    """Where a set stands in the enrolment of the estate (device dossier 1.1, 1.2 and 8).

    `weight` is its share of the estate in thousandths; a set of weight 0 is for tests only. `combination` names the
    device model combination, the tested unit (1.3); it is ours, no entry of the published list.
    """

    cohort: Literal["IOC", "MOC-MDS", "MOC-Secure", "FOC", "none"]
    weight: PerMille
    combination: Text
    system_operator: Text
    service_provider: Text
    dormant: PerMille = 0
    fitted_by: tuple[Text, ...] = ()


class FirmwarePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One image of a device: whose, whether it can be replaced over the air, and how its versions are written."""

    device: Literal["esme", "gsme", "chf", "ppmid", "ihd"]
    name: Text
    over_the_air: bool
    version_format: Text


class FirmwareModel(Block, frozen=True, kw_only=True):
    """How an image gets into a device (device dossier 4.2, functional reference 5.1 and 5.2).

    `combined`: one command sends and activates; `two-stage`: sent, then activated; `three-stage`: distributed,
    verified, activated. `predecessors` lists from which versions a version may be reached; one that is not there may
    be reached from any.
    """

    stages: Literal["combined", "two-stage", "three-stage", "none"]
    parts: tuple[FirmwarePart, ...] = ()
    predecessors: dict[Version, tuple[Version, ...]] = msgspec.field(default_factory=dict)
    reboot_s: Annotated[int, Meta(ge=0, le=3_600)] = 30
    tells_delivery: bool = True


class Pace(Block, frozen=True, kw_only=True):
    """How soon a set answers over the air, and what it does while it is busy.

    An answer takes `response_ms` and a drawn share of `response_spread_ms`. For `busy_after_write_ms` after a write
    the device is busy: it says so (temporary failure) or says nothing.
    """

    response_ms: Milliseconds = 0
    response_spread_ms: Milliseconds = 0
    busy: Literal["never", "temporary-failure", "silent"] = "never"
    busy_after_write_ms: Milliseconds = 0


ASSUMED_PACE = Pace(
    provenance="assumed", source="nothing is known of this set's pace: it answers at once", basis="by us"
)


class SecurityMaterial(Block, frozen=True, kw_only=True):
    """What secrets stand on the devices. No user credentials stand on a SMETS1 device (device dossier 1.2)."""

    keys: tuple[Text, ...]
    user_credentials: bool = False
    held_by: Text = "system operator"


class Variation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One departure from what a service does elsewhere, and the steps that come to the same (device dossier 1.3)."""

    service: Annotated[str, Meta(pattern=r"^\d{1,2}\.\d{1,2}(\.\d)?$")]
    differs: Said
    steps: tuple[Text, ...] = ()


class Variations(Block, frozen=True, kw_only=True):
    """Where a set departs from the services as others have them; what an adapter must know."""

    rows: tuple[Variation, ...] = ()


class Overlay(Block, frozen=True, kw_only=True):
    """A firmware version of the electricity meter, and the keys of other blocks that it changes.

    Overlays stack in their order: a version has its own changes and those of the versions before it. `share` is how
    many of a thousand meters run it.
    """

    firmware: Version
    share: PerMille = 0
    changes: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)

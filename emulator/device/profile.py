"""The device profile: everything in which one maker's set differs from another's, as data (architecture D7).

A profile is read from TOML by `emulator.farm.library`; an unknown key is an error. Every block says how sure it is.
"""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_alerts import ASSUMED as ASSUMED_ALERTS
from emulator.device.profiles.profile_alerts import Alerts
from emulator.device.profiles.profile_block import Block, Text
from emulator.device.profiles.profile_display import ASSUMED as ASSUMED_DISPLAY
from emulator.device.profiles.profile_display import HomeDisplay, Interface
from emulator.device.profiles.profile_electricity import ASSUMED_TAMPER, ASSUMED_VOLTAGE, TamperRules, VoltageRules
from emulator.device.profiles.profile_family import (
    ASSUMED_PACE,
    Family,
    FirmwareModel,
    Overlay,
    Pace,
    SecurityMaterial,
    Variations,
)
from emulator.device.profiles.profile_gas import GasDevice
from emulator.device.profiles.profile_hub import ASSUMED_FORWARDING, ASSUMED_HAN, ASSUMED_WAN, Forwarding, Han, Wan
from emulator.device.profiles.profile_optical import Optical
from emulator.device.profiles.profile_push import ASSUMED_PUSH, Push
from emulator.device.profiles.profile_quirks import NO_QUIRKS, Quirks
from emulator.device.profiles.profile_schedules import Schedules
from emulator.device.profiles.profile_services import ServiceOffer
from emulator.device.profiles.profile_zigbee import Zigbee


class Model(Block, frozen=True, kw_only=True):
    """Who made the meter and how it names itself."""

    maker: Text
    model: Text
    flag: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    zigbee_code: Annotated[int, Meta(ge=0, le=0xFFFF)]
    oui: Annotated[str, Meta(pattern="^[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}$")]
    serial: Text
    firmware: Text
    hardware: Text
    device_type: Text


class Hub(Block, frozen=True, kw_only=True):
    """The communications hub whose address the meter answers at."""

    maker: Text
    model: Text
    oui: Annotated[str, Meta(pattern="^[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}$")]
    firmware: Text
    serial: Text
    iccid_issuer: Annotated[int, Meta(ge=0, le=99)]
    imsi_network: Annotated[int, Meta(ge=0, le=99)]


class Installation(Block, frozen=True, kw_only=True):
    """When meters of this model were fitted; the year also stands in the serial number."""

    first_year: Annotated[int, Meta(ge=2010, le=2020)]
    last_year: Annotated[int, Meta(ge=2010, le=2020)]


class Metering(Block, frozen=True, kw_only=True):
    """Registers and the logs of their readings. Days of half hours, entries of snapshots.

    `blocks` is the most blocks a set has, 0 no block pricing; without `hybrid` there is one set, for every hour alike.
    """

    tou_registers: Annotated[int, Meta(ge=1, le=48)]
    export: bool
    reactive: bool
    import_profile_days: Annotated[int, Meta(ge=1, le=800)]
    other_profile_days: Annotated[int, Meta(ge=0, le=800)]
    daily_reads: Annotated[int, Meta(ge=1, le=100)]
    billing_entries: Annotated[int, Meta(ge=1, le=100)]
    blocks: Annotated[int, Meta(ge=0, le=8)] = 4
    hybrid: bool = True


class EventLogs(Block, frozen=True, kw_only=True):
    """Capacity of the logs; the oldest entry is overwritten."""

    event_entries: Annotated[int, Meta(ge=1, le=1000)]
    security_entries: Annotated[int, Meta(ge=1, le=1000)]


class ClockRules(Block, frozen=True, kw_only=True):
    """How far a clock write may move the clock (0 is any distance), how long it runs without mains, how it strays.

    A `backup_s` of 0 is for ever.
    """

    set_tolerance_s: Annotated[int, Meta(ge=0, le=315_360_000)]
    backup_s: Annotated[int, Meta(ge=0, le=315_360_000)] = 0
    drift_ppm: Annotated[int, Meta(ge=-500, le=500)] = 0


class SupplyRules(Block, frozen=True, kw_only=True):
    """The load switch. `control_mode` is that of IEC 62056-6-2 disconnect control."""

    control_mode: Annotated[int, Meta(ge=0, le=6)]


class Prepayment(Block, frozen=True, kw_only=True):
    """How the account works where the specification is silent (functional reference, annex H).

    With `level` "basic" there is no debt that is recovered by time, and no non-disablement calendar.
    """

    level: Literal["full", "basic", "none"] = "full"
    disablement_test: Literal["le", "lt"] = "le"
    cap_period: Literal["calendar_week", "rolling_7d"] = "calendar_week"
    partial_repay: Literal["rearm_if_above_dt", "require_full_repay"] = "rearm_if_above_dt"
    lift_to_disablement_first: bool = True
    park_suspended: bool = True
    charge_minute: Annotated[int, Meta(ge=0, le=1439)] = 0
    accounting_period_s: Literal[60, 300, 600, 900, 1800] = 60
    due_in_credit_mode: bool = True
    balance_for_each_mode: bool = False
    arm_overrides_credit: bool = False
    debt_below_zero: Literal["clamp", "reject"] = "clamp"
    top_up_in_credit_mode: bool = False
    utrn_tries: Annotated[int, Meta(ge=1, le=100)] = 5
    utrn_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 600
    utrn_lock_s: Annotated[int, Meta(ge=1, le=604_800)] = 3600
    utrn_digits: Literal["20", "20-40-60"] = "20"
    credits_kept: Annotated[int, Meta(ge=1, le=50)] = 5
    payments_kept: Annotated[int, Meta(ge=1, le=50)] = 10
    words: dict[str, Text] = msgspec.field(default_factory=dict)

    @property
    def offered(self) -> bool:
        """Whether the set has prepayment at all."""
        return self.level != "none"

    @property
    def full(self) -> bool:
        """Whether it has time debts and a non-disablement calendar, too."""
        return self.level == "full"


class PowerDefaults(Block, frozen=True, kw_only=True):
    """Power thresholds and load limit as delivered; a threshold of 0 W is off, `load_limit` says if there is one."""

    low_medium_w: Annotated[int, Meta(ge=0, le=100_000)]
    medium_high_w: Annotated[int, Meta(ge=0, le=100_000)]
    load_limit_w: Annotated[int, Meta(ge=0, le=100_000)]
    load_limit_period_s: Annotated[int, Meta(ge=0, le=86_400)]
    load_limit_restoration_s: Annotated[int, Meta(ge=1, le=86_400)]
    load_limit_disables: bool
    load_limit: bool = True


Authentication = Literal["none", "lls", "hls-gmac"]
Policy = Literal["none", "authenticated", "encrypted", "authenticated-encrypted"]

POLICIES: dict[str, int] = {"none": 0, "authenticated": 1, "encrypted": 2, "authenticated-encrypted": 3}


class Association(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One client that may associate: its SAP, how it proves itself, and the least protection of its messages."""

    client: Annotated[int, Meta(ge=1, le=0x7F)]
    authentication: Authentication
    policy: Policy = "none"


class Associations(Block, frozen=True, kw_only=True):
    """The three clients of a meter."""

    public: Association
    reader: Association
    management: Association


class Hdlc(Block, frozen=True, kw_only=True):
    """The HDLC link: physical address and the limits the meter proposes at most."""

    physical_address: Annotated[int, Meta(ge=16, le=0x3FFD)]
    information_field: Annotated[int, Meta(ge=32, le=2030)]
    window: Annotated[int, Meta(ge=1, le=7)]
    inactivity_s: Annotated[int, Meta(ge=1, le=3600)]


class Dlms(Block, frozen=True, kw_only=True):
    """The DLMS wire: largest APDU, and the logical names in which this family differs from the generic ones."""

    max_apdu: Annotated[int, Meta(ge=64, le=65_535)]
    logical_names: dict[str, Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,3}){5}$")]] = msgspec.field(
        default_factory=dict
    )


class NoWireError(LookupError):
    """A set that does not speak DLMS/COSEM was asked for it."""


class Wire(NamedTuple):
    """The DLMS/COSEM wire of a set."""

    dlms: Dlms
    hdlc: Hdlc
    associations: Associations


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One device set: meters, hub and displays. A set that speaks DLMS/COSEM has `dlms`, `hdlc` and `associations`."""

    name: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{1,40}$")]
    title: Annotated[str, Meta(min_length=3, max_length=120)]
    protocol: Literal["dlms", "zigbee", "sms"]
    model: Model
    hub: Hub
    installation: Installation
    metering: Metering
    gas_metering: Metering | None = None
    gas_model: Model | None = None
    gas_device: GasDevice | None = None
    prepayment: Prepayment
    logs: EventLogs
    clock: ClockRules
    supply: SupplyRules
    power: PowerDefaults
    hdlc: Hdlc | None = None
    associations: Associations | None = None
    dlms: Dlms | None = None
    alerts: Alerts = ASSUMED_ALERTS
    display: Interface = ASSUMED_DISPLAY
    gas_display: Interface | None = None
    ppmid: HomeDisplay | None = None
    ihd: HomeDisplay | None = None
    wan: Wan = ASSUMED_WAN
    han: Han = ASSUMED_HAN
    forwarding: Forwarding = ASSUMED_FORWARDING
    push: Push = ASSUMED_PUSH
    voltage: VoltageRules = ASSUMED_VOLTAGE
    tamper: TamperRules = ASSUMED_TAMPER
    family: Family | None = None
    firmware_model: FirmwareModel | None = None
    pace: Pace = ASSUMED_PACE
    security: SecurityMaterial | None = None
    variations: Variations | None = None
    quirks: Quirks = NO_QUIRKS
    zigbee: Zigbee | None = None
    schedules: Schedules | None = None
    services: ServiceOffer | None = None
    optical: Optical | None = None
    gas_optical: Optical | None = None
    versions: tuple[Overlay, ...] = ()

    def __hash__(self) -> int:
        """Hash by name and version: a table within cannot be hashed."""
        return hash((self.name, self.model.firmware))

    @property
    def wire(self) -> Wire:
        """The DLMS/COSEM wire. Raises NoWireError for a set that has another one."""
        if self.dlms is None or self.hdlc is None or self.associations is None:
            raise NoWireError(f"{self.name} does not speak DLMS/COSEM: its wire is {self.protocol}")
        return Wire(self.dlms, self.hdlc, self.associations)


def blocks(profile: Profile) -> dict[str, Block]:
    """Give the profile's blocks by name: what `profile show` lists and what carries provenance."""
    found = {name: getattr(profile, name) for name in profile.__struct_fields__}
    return {name: value for name, value in found.items() if isinstance(value, Block)}

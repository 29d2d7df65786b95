"""The hub's blocks of a device profile: how it reaches the WAN, its home area network, how it forwards alerts (D7)."""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

Seconds = Annotated[int, Meta(ge=0, le=604_800)]
Whole = Annotated[int, Meta(ge=0, le=100_000)]
PerMille = Annotated[int, Meta(ge=0, le=1_000)]


class Wan(Block, frozen=True, kw_only=True):
    """The modem: always attached, or asleep until an SMS wakes it (device dossier 4.1, W1).

    A `_spread_s` bounds what chance adds. A session that nobody used for `idle_s` ends, where the hub sleeps at all.
    Retries double from `retry_s` to `retry_most_s`. An SMS quota of 0 is none; SMS beyond it are flagged or dropped.
    Of a thousand SMS `sms_loss` get lost (W2), others come `sms_late_s` later, and are tried for `sms_validity_s`.
    """

    mode: Literal["always_on", "wake_on_sms"] = "always_on"
    boot_s: Seconds = 30
    attach_s: Seconds = 8
    attach_spread_s: Seconds = 12
    attach_failures: PerMille = 0
    retry_s: Annotated[int, Meta(ge=1, le=86_400)] = 30
    retry_most_s: Annotated[int, Meta(ge=1, le=604_800)] = 3_600
    sensitivity_dbm: Annotated[int, Meta(ge=-120, le=-60)] = -113
    roaming_allowed: bool = True
    idle_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    wake_text: Annotated[str, Meta(min_length=1, max_length=160)] = "WAKE"
    wake_s: Seconds = 10
    wake_spread_s: Seconds = 110
    sms_quota_a_day: Whole = 0
    sms_over_quota: Literal["flag", "drop"] = "flag"
    sms_loss: PerMille = 0
    sms_late_s: Seconds = 0
    sms_late_spread_s: Seconds = 0
    sms_validity_s: Annotated[int, Meta(ge=1, le=604_800)] = 86_400
    last_gasp: bool = False


class Han(Block, frozen=True, kw_only=True):
    """The home area network: how many devices the device log holds, and how many removed ones it remembers (8.2)."""

    capacity: Annotated[int, Meta(ge=1, le=64)] = 16
    removed_kept: Annotated[int, Meta(ge=0, le=100)] = 15
    longest_join_s: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    queued_commands: Annotated[int, Meta(ge=1, le=100)] = 10


class Forwarding(Block, frozen=True, kw_only=True):
    """How the hub stores and forwards alerts; `own_alerts` adds its own, of which none were in scope (4.1).

    At most `most_an_hour` are sent (0: any number); more are delayed or suppressed. After a power cut each home waits
    up to `storm_spread_s` of its own before it sends.
    """

    own_alerts: bool = False
    capacity: Annotated[int, Meta(ge=1, le=500)] = 50
    duplicate_s: Seconds = 10
    expiry_s: Annotated[int, Meta(ge=1, le=2_678_400)] = 604_800
    failures: PerMille = 0
    retry_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    retry_most_s: Annotated[int, Meta(ge=1, le=604_800)] = 3_600
    retries: Annotated[int, Meta(ge=0, le=1_000)] = 10
    most_an_hour: Annotated[int, Meta(ge=0, le=200)] = 0
    beyond: Literal["delay", "suppress"] = "delay"
    storm_spread_s: Seconds = 300


ASSUMED_WAN = Wan(
    provenance="assumed",
    source="device dossier 4.1: wake-up in 10 to 120 s (W1); GPRS figures from memory",
    basis="from memory",
)
ASSUMED_HAN = Han(
    provenance="assumed",
    source="functional reference 8.2: 15 removed devices; capacity from memory",
    basis="from memory",
)
ASSUMED_FORWARDING = Forwarding(
    provenance="assumed",
    source="functional reference 4.1: no hub alerts in scope; queue and retries are assumptions",
    basis="by us",
)

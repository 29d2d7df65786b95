"""The blocks of a device profile that only an electricity meter has: voltage monitoring and the sensors of its case."""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

Sensor = Literal["terminal_cover", "meter_cover", "battery_cover", "magnet", "hub_removed", "other"]
Decivolts = Annotated[int, Meta(ge=0, le=10_000)]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]


class VoltageRules(Block, frozen=True, kw_only=True):
    """Voltage monitoring as delivered (functional reference 2.12 and 7.3), and how many averages the log holds.

    A set without `averages` watches for excursions only: it has no log of averages, no thresholds, no counters.
    """

    averages: bool = True
    log_entries: Annotated[int, Meta(ge=1, le=100_000)] = 4_320
    average_over_dv: Decivolts = 2_640
    average_under_dv: Decivolts = 2_000
    average_period_s: Annotated[int, Meta(ge=30, le=86_400)] = 1_800
    extreme_over_dv: Decivolts = 2_870
    extreme_over_s: Seconds = 30
    extreme_under_dv: Decivolts = 1_800
    extreme_under_s: Seconds = 30
    sag_dv: Decivolts = 2_160
    sag_s: Seconds = 30
    swell_dv: Decivolts = 2_530
    swell_s: Seconds = 30


class TamperRules(Block, frozen=True, kw_only=True):
    """Which sensors the case has, and whether tampering locks the supply (annex H, supply_on_tamper).

    `malformed_count` malformed commands within `malformed_window_s` are an unusual number of them.
    """

    sensors: tuple[Sensor, ...] = ("terminal_cover", "meter_cover", "magnet", "hub_removed", "other")
    on_tamper: Literal["lock", "unchanged"] = "unchanged"
    malformed_count: Annotated[int, Meta(ge=1, le=10_000)] = 10
    malformed_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 600


ASSUMED_VOLTAGE = VoltageRules(
    provenance="assumed",
    source="defaults proposed in the functional reference 7.3, sizes in 2.9 (from memory)",
    basis="from memory",
)
ASSUMED_TAMPER = TamperRules(
    provenance="assumed",
    source="functional reference 2.13 and annex H; counts of malformed commands by us",
    basis="by us",
)

"""The gas blocks of a device profile: what one maker's gas meter does differently, as data (architecture D7)."""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block
from emulator.device.profiles.profile_electricity import Sensor

U8, U16, U32 = (2**bits - 1 for bits in (8, 16, 32))


class GasDevice(Block, frozen=True, kw_only=True):
    """A gas meter as delivered, its battery, its valve and when it wakes (functional reference 3.2 and 3.5 to 3.8).

    Calorific value and conversion factor are whole numbers with so many digits after the point. The uncontrolled gas
    flow rate is in 1e-4 m3/h. `wake_offset_s` holds for every meter, `wake_spread_s` bounds what each adds of its own.
    """

    calorific_value: Annotated[int, Meta(ge=1, le=U32)] = 400
    calorific_digits: Annotated[int, Meta(ge=0, le=9)] = 1
    conversion_factor: Annotated[int, Meta(ge=1, le=U32)] = 102_264
    conversion_digits: Annotated[int, Meta(ge=0, le=9)] = 5
    uncontrolled_flow: Annotated[int, Meta(ge=0, le=U16)] = 61_680
    stabilisation_s: Annotated[int, Meta(ge=0, le=U8)] = 60
    measurement_s: Annotated[int, Meta(ge=1, le=U16)] = 300
    tamper_locks: bool = False
    depletion_locks: bool = False
    sensors: tuple[Sensor, ...] = ("battery_cover", "meter_cover", "magnet", "other")
    valve_travel_s: Annotated[int, Meta(ge=0, le=60)] = 5
    confirm_s: Annotated[int, Meta(ge=0, le=600)] = 0
    battery_days: Annotated[int, Meta(ge=30, le=20_000)] = 7_300
    battery_low_days: Annotated[int, Meta(ge=1, le=3_650)] = 365
    valve_turn_cost_s: Annotated[int, Meta(ge=0, le=864_000)] = 7_200
    alert_on_reserve: bool = True
    counts_without_power: bool = True
    wake_interval_s: Annotated[int, Meta(ge=60, le=86_400)] = 1_800
    wake_offset_s: Annotated[int, Meta(ge=0, le=86_399)] = 0
    wake_spread_s: Annotated[int, Meta(ge=0, le=86_400)] = 60
    profile_unit: Literal["m3", "kWh"] = "m3"
    balance_for_each_mode: bool = False

"""The profile's block of quirks: odd habits as named flags, each read by one `if` and proved by one test (D7, D11).

A set may have a quirk for good, by its TOML, or for a while, by a fault in force that lays it over the profile.
"""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

PerMille = Annotated[int, Meta(ge=0, le=1_000)]
Seconds = Annotated[int, Meta(ge=0, le=604_800)]


class Quirks(Block, frozen=True, kw_only=True):
    """What a set does that it should not. All off is a set without a known quirk.

    `counter_back`: protected answers carry an invocation counter so far behind (link_old_counter).
    """

    counter_back: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    # Of data and clock (device dossier 4.4). Amounts are in Wh, of gas in litres; 0 is never.
    half_hours: Literal["right", "double", "half"] = "right"
    log_stamps: Literal["right", "ahead", "behind"] = "right"
    rolls_over_at: Annotated[int, Meta(ge=0, le=10**10)] = 0
    registers_roll_over: bool = False
    displays_keep_prices: bool = False
    displays_lose_electricity: bool = False
    # Of prepayment (4.5). Amounts are in millipence; 0 is none.
    codes_issued: Literal["right", "none", "duplicate", "wrong_fuel", "incomplete"] = "right"
    lock_takes_key: bool = False
    credit_at_mode_change: Literal["kept", "refunded", "lost"] = "kept"
    most_credit_mp: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    most_balance_mp: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    says_added_mp: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    # Of enrolment, change of supplier and change of tenancy (4.6).
    lacks_master_key: bool = False
    excluded_after: Annotated[int, Meta(ge=0, le=100)] = 0
    shows_earlier_tenancy: bool = False
    tamper_at_reboot: Literal["", "terminal_cover", "meter_cover"] = ""

    # Of WAN, SIM and hub (4.1); every `_s` is seconds, 0 is never.
    extra_wake_sms: Annotated[int, Meta(ge=0, le=9)] = 0
    no_coverage: bool = False
    wan_gap_every_s: Seconds = 0
    wan_gap_s: Seconds = 0
    failure_messages: Annotated[int, Meta(ge=0, le=1_000)] = 0
    activation_cuts_hub_s: Seconds = 0
    gas_hours_lost: PerMille = 0
    alert_copies: Annotated[int, Meta(ge=0, le=1_000)] = 0
    # Of firmware (4.2).
    wrong_order_breaks: bool = False
    install_silence_s: Seconds = 0
    no_images: bool = False
    upgrade_ends: Literal["", "failed", "rejected"] = ""
    ihd_reboots_every_s: Seconds = 0
    ihd_reboot_s: Seconds = 0
    # Of the HAN, the gas mirror and displays (4.3).
    mirror_lag_s: Seconds = 0
    gas_fetch_late_s: Seconds = 0
    gas_lost: bool = False
    key_rotation_missed: bool = False
    no_new_displays: bool = False
    emergency_button_dead: bool = False
    gas_day_lumped: bool = False
    flat_battery_shuts: bool = False
    code_result_late_s: Seconds = 0
    code_result_spread_s: Seconds = 0


NO_QUIRKS = Quirks(provenance="assumed", source="no quirk of this set is known", basis="by us")

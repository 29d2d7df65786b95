"""Farms of homes that sleep until an SMS comes, or that are spoken to by SMS only."""

from dataclasses import replace

import msgspec
from farm_callers import PROFILE, STANDING

from emulator import Farm
from emulator.farm.estate import Estate, from_flags

SMS_PROFILE = "landis-gyr-tokenless"
SLEEPER = {"mode": "wake_on_sms", "idle_s": 300}


def estate(homes: int = 2, prepayment: float = 0.0, wan=SLEEPER, **keys) -> Estate:
    """Give homes of the packaged profile with keys of its WAN block, or whole keys, replaced."""
    plain = from_flags((PROFILE,), homes, 1, prepayment=prepayment)
    profile = plain.profiles[PROFILE]
    changed = msgspec.structs.replace(profile, wan=msgspec.structs.replace(profile.wan, **wan), **keys)
    return replace(plain, profiles={PROFILE: changed})


def sms_estate(homes: int = 2, prepayment: float = 0.0, wan=None) -> Estate:
    """Give homes of the packaged set that has no wire but SMS."""
    plain = from_flags((SMS_PROFILE,), homes, 1, prepayment=prepayment)
    profile = plain.profiles[SMS_PROFILE]
    changed = msgspec.structs.replace(profile, wan=msgspec.structs.replace(profile.wan, **(wan or {})))
    return replace(plain, profiles={SMS_PROFILE: changed})


def a_farm(of: Estate, state=None, clock: str = STANDING):
    return Farm.start(estate=of, clock=clock, state=state)

"""Gas sites and meters for the device tests, made from the packaged profile."""

import dataclasses

import msgspec
from device_sites import INSTALLED, NOW, PROFILE, site

from emulator.device.gas.gas_meter import GasMeter
from emulator.device.household import Household, Site
from emulator.device.profile import Profile

HOME = Household(daily_gas_l=3_000, opening_gas_l=123)
FLAT = Household(shape="flat", daily_gas_l=2_400, opening_gas_l=5)
NO_GAS = Household(shape="none")


def gas_profile(**keys: object) -> Profile:
    """Give the packaged profile with keys of the gas meter's block replaced."""
    return msgspec.structs.replace(PROFILE, gas_device=msgspec.structs.replace(PROFILE.gas_device, **keys))


def gas_site(
    household: Household = HOME, seed: int = 99, profile: Profile = PROFILE, installed_at: int = INSTALLED
) -> Site:
    """Give a site with a gas meter of the packaged profile."""
    made = site(household, seed, profile, installed_at)
    return dataclasses.replace(made, fuel="gas", serial="G4K0000000114", mpan="1234567800", eui64=0x00237E0000000002)


def gas_meter(now: int = NOW, **of_site) -> GasMeter:
    """Give a gas meter that nobody has touched, at an instant."""
    return GasMeter(gas_site(**of_site), now)

"""A whole home on a table: the meter, its hub and a gas meter behind one address, and clients of each."""

import dataclasses
from typing import Any

from dlms_bench import PROFILE, START, Bench, site
from dlms_talk import Talker

from emulator.device.household import Household
from emulator.device.installation import Installation, Premises
from emulator.device.journal import DeviceName
from emulator.device.profile import Profile
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.pdu.services import Reference, reference

ESME, CHF, GSME = DeviceName.ESME, DeviceName.CHF, DeviceName.GSME
METER, HUB, GAS = 1, 2, 3
HOUSEHOLD = Household(daily_gas_l=3_000, opening_gas_l=123)


def premises(profile: Profile = PROFILE, *, gas: bool = True) -> Premises:
    """Give a home's sites, the same in every test."""
    meter = site(profile=profile)
    fuel = dataclasses.replace(
        meter,
        key=78,
        fuel="gas",
        serial="G4K0000000114",
        eui64=0x00237E0000000002,
        mpan="1234567800",
        household=HOUSEHOLD,
    )
    return Premises({ESME: meter, CHF: meter} | ({GSME: fuel} if gas else {}))


class HomeBench(Bench):
    """One home, its logical devices, and the present instant, which tests move."""

    def __init__(self, now: int = START, profile: Profile = PROFILE, *, gas: bool = True) -> None:
        self.now = now
        self.home = Installation(premises(profile, gas=gas), now)
        self.meter = self.home.esme
        self.device = LogicalDevices(self.meter, ("127.0.0.1", 4059), self.home.advance_meter, self.home)

    @property
    def gas(self) -> Any:
        return self.home.devices[GSME]

    @property
    def hub(self) -> Any:
        return self.home.devices[CHF]

    def told(self, *kinds: type) -> list[Any]:
        """Give what the home's journal has of some kinds."""
        return [entry.what for entry in self.home.journal if isinstance(entry.what, kinds)]


def client(bench: HomeBench, server: int, level: str = "reader") -> Talker:
    """Give an associated client of a logical device."""
    return Talker(bench, level, server).associate()


def at(class_id: int, logical_name: str, number: int = 2) -> Reference:
    return reference(class_id, logical_name, number)

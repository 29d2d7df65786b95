"""Who lives behind the meter, and the site: all that never changes about one device."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import msgspec

from emulator.device.load import Load, Shape
from emulator.device.profile import Profile
from emulator.device.splitmix import stream

HouseholdShape = Literal["domestic", "economy-7", "flat", "none"]

_SHAPES = {
    "domestic": Shape.DOMESTIC,
    "economy-7": Shape.ECONOMY_7,
    "flat": Shape.FLAT,
    "none": Shape.NONE,
}


class Channel(IntEnum):
    """The four energies a meter counts, in the order of `Registers`."""

    IMPORT = 0
    EXPORT = 1
    REACTIVE_IMPORT = 2
    REACTIVE_EXPORT = 3


class Household(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a home draws and feeds back: energy of the mean day, and the registers at installation."""

    shape: HouseholdShape = "domestic"
    daily_import_wh: int = 7_400
    daily_export_wh: int = 0
    opening_import_wh: int = 0
    opening_export_wh: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """One installed meter: its stream key, its profile, its identity and its household. A pure value."""

    key: int
    profile: Profile
    serial: str
    eui64: int
    mpan: str
    hub_serial: str
    hub_eui64: int
    iccid: str
    imsi: str
    household: Household
    installed_at: int

    def load(self, channel: Channel) -> Load:
        """Give the load function of one channel; reactive energy follows the active one (*assumed* shares)."""
        home = self.household
        metering = self.profile.metering
        daily_wh = {
            Channel.IMPORT: home.daily_import_wh,
            Channel.EXPORT: home.daily_export_wh if metering.export else 0,
            Channel.REACTIVE_IMPORT: home.daily_import_wh * 18 // 100 if metering.reactive else 0,
            Channel.REACTIVE_EXPORT: home.daily_import_wh * 3 // 100 if metering.reactive else 0,
        }[channel]
        shape = {
            Channel.IMPORT: _SHAPES[home.shape],
            Channel.EXPORT: Shape.SOLAR_EXPORT,
            Channel.REACTIVE_IMPORT: Shape.REACTIVE,
            Channel.REACTIVE_EXPORT: Shape.REACTIVE,
        }[channel]
        if not daily_wh or _SHAPES[home.shape] is Shape.NONE:
            shape, daily_wh = Shape.NONE, 0
        return Load(stream(self.key, channel.name), shape, daily_wh * 1000)

    def secret(self, name: str) -> bytes:
        """Derive 16 octets of TEST key material. It protects nothing: the seed is public."""
        first, second = (stream(self.key, "TEST", name, half) for half in (0, 1))
        return first.to_bytes(8, "big") + second.to_bytes(8, "big")

    def password(self, name: str) -> bytes:
        """Derive a printable TEST password of 12 octets."""
        return b"TEST%08d" % (stream(self.key, "TEST password", name) % 100_000_000)

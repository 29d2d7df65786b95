"""Who lives behind the meter, and the site: all that never changes about one device."""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Literal

import msgspec

from emulator.device.load.load import Load, Shape
from emulator.device.load.recorded import Consumption, Fuel, Recorded, Recording
from emulator.device.profile import Metering, Profile
from emulator.device.splitmix import stream

HouseholdShape = Literal["domestic", "economy-7", "flat", "none", "vacant", "tapped"]

_SHAPES = {
    "domestic": Shape.DOMESTIC,
    "economy-7": Shape.ECONOMY_7,
    "flat": Shape.FLAT,
    "none": Shape.NONE,
    "vacant": Shape.VACANT,
    "tapped": Shape.TAPPED,
}
_VACANT_WH = 900  # a fridge and standby, about 37 W (*assumed*): the most a vacant home uses on the mean day
_VACANT_GAS_L = 200  # frost protection on the mean day (*assumed*)


class Channel(IntEnum):
    """What meters count, in the order of the totals in `Registers`: four energies, and the volume of gas."""

    IMPORT = 0
    EXPORT = 1
    REACTIVE_IMPORT = 2
    REACTIVE_EXPORT = 3
    GAS = 4


_CHANNELS = {
    "electricity": (Channel.IMPORT, Channel.EXPORT, Channel.REACTIVE_IMPORT, Channel.REACTIVE_EXPORT),
    "gas": (Channel.GAS,),
}


class Household(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a home draws and feeds back: energy of the mean day, and the registers at installation.

    A recording that is named takes the place of the function, channel by channel where it has one.
    """

    shape: HouseholdShape = "domestic"
    daily_import_wh: int = 7_400
    daily_export_wh: int = 0
    opening_import_wh: int = 0
    opening_export_wh: int = 0
    daily_gas_l: int = 0
    opening_gas_l: int = 0
    recording: str = ""  # its name, or none


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
    fuel: Fuel = "electricity"
    recording: Recording | None = None  # the one that the household names, for this fuel
    beside: tuple[tuple[str, int], ...] = ()  # of a hub: the home's other devices, names with EUI-64s

    @property
    def metering(self) -> Metering:
        """The profile's registers and logs of this meter."""
        if self.fuel == "electricity":
            return self.profile.metering
        assert self.profile.gas_metering is not None
        return self.profile.gas_metering

    @property
    def counted(self) -> Channel:
        """What the TOU registers and the price count."""
        return Channel.IMPORT if self.fuel == "electricity" else Channel.GAS

    @property
    def balance_for_each_mode(self) -> bool:
        """Whether the meter keeps a balance for each payment mode (functional reference 3.4)."""
        rules = self.profile.prepayment if self.fuel == "electricity" else self.profile.gas_device
        return rules is not None and rules.balance_for_each_mode

    @property
    def sensors(self) -> tuple[str, ...]:
        """The sensors of the meter's case."""
        gas = self.profile.gas_device
        return gas.sensors if self.fuel == "gas" and gas is not None else self.profile.tamper.sensors

    @property
    def channels(self) -> tuple[Channel, ...]:
        """What this meter counts."""
        return _CHANNELS[self.fuel]

    def load(self, channel: Channel) -> Consumption:
        """Give the load of one channel: recorded, or a function; a meter of the other fuel counts nothing there.

        Raises ValueError if the household names a recording that was not given.
        """
        recorded = self._recorded(channel)
        if recorded is not None:
            return recorded
        home = self.household
        shape, daily_wh = Shape.NONE, 0
        if channel in self.channels and home.shape != "none":
            shape, daily_wh = self._function(channel)
        if not daily_wh:
            shape = Shape.NONE
        return _load(self.key, channel, shape, daily_wh * 1000)

    def _recorded(self, channel: Channel) -> Recorded | None:
        if not self.household.recording:
            return None
        if self.recording is None:
            raise ValueError(f"the site has no recording {self.household.recording!r}, which its household names")
        if self.recording.fuel != self.fuel:
            return None
        if channel is self.counted:
            return self.recording.consumed
        return self.recording.exported if channel is Channel.EXPORT and self.profile.metering.export else None

    def _function(self, channel: Channel) -> tuple[Shape, int]:
        """Give shape and mean day (Wh, varh, l); reactive energy follows the active one (*assumed* shares)."""
        home, metering = self.household, self.profile.metering
        vacant = home.shape == "vacant"
        import_wh = min(home.daily_import_wh, _VACANT_WH) if vacant else home.daily_import_wh
        if measured := self._recorded(Channel.IMPORT):
            import_wh = measured.daily_mwh // 1000
        match channel:
            case Channel.IMPORT:
                return _SHAPES[home.shape], import_wh
            case Channel.EXPORT:
                return Shape.SOLAR_EXPORT, home.daily_export_wh if metering.export else 0
            case Channel.REACTIVE_IMPORT:
                return Shape.REACTIVE, import_wh * 18 // 100 if metering.reactive else 0
            case Channel.REACTIVE_EXPORT:
                return Shape.REACTIVE, import_wh * 3 // 100 if metering.reactive else 0
            case Channel.GAS:
                return Shape.GAS, min(home.daily_gas_l, _VACANT_GAS_L) if vacant else home.daily_gas_l

    def secret(self, name: str) -> bytes:
        """Derive 16 octets of TEST key material. It protects nothing: the seed is public."""
        return _secret(self.key, name)

    def password(self, name: str) -> bytes:
        """Derive a printable TEST password of 12 octets."""
        return b"TEST%08d" % (stream(self.key, "TEST password", name) % 100_000_000)


# A home at work asks for the same few again and again.


@lru_cache(maxsize=256)
def _load(key: int, channel: Channel, shape: Shape, daily_mwh: int) -> Load:
    return Load(stream(key, channel.name), shape, daily_mwh)


@lru_cache(maxsize=64)
def _secret(key: int, name: str) -> bytes:
    first, second = (stream(key, "TEST", name, half) for half in (0, 1))
    return first.to_bytes(8, "big") + second.to_bytes(8, "big")

"""The gas meter (GSME): it counts millilitres, has a valve and a battery, and sleeps between wakes (reference 3)."""

from emulator.device.device import Kind
from emulator.device.gas.delivered_gas import gas
from emulator.device.gas.gas_records import MILLIONTHS, GasRecords
from emulator.device.gas.gas_rules import GAS_RULES, GAS_UNASKED
from emulator.device.household import Channel, Site
from emulator.device.journal import DeviceName, Journal
from emulator.device.meter import Metered, log_of_meter, meter_awake
from emulator.device.money import ledger

GSME = Kind(
    name=DeviceName.GSME,
    records=GasRecords,
    delivered=gas,
    rules=GAS_RULES,
    unasked=GAS_UNASKED,
    log=log_of_meter,
    check=ledger.check,
    awake=meter_awake,
)


class GasMeter(Metered[GasRecords]):
    """A gas meter."""

    __slots__ = ()

    def __init__(self, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> None:
        super().__init__(GSME, site, now, state, journal)

    @property
    def volume_ml(self) -> int:
        """Read the consumption register."""
        return self.total_mwh(Channel.GAS)

    @property
    def energy_mwh(self) -> int:
        """Read the register of energy: each volume by the conversion of its time."""
        held = self.records.factors[-1]
        volume_ml = self._total(Channel.GAS).read(self.now)
        return held.energy_mwh + (volume_ml - held.volume_ml) * held.millionths // MILLIONTHS

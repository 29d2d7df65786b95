"""What only a gas meter remembers: its conversion, its valve, its battery, and the network data log (reference 3)."""

import msgspec

from emulator.device.records import MeterRecords, Switch

MILLIONTHS = 1_000_000
_JOULES = 36  # ten times 3.6 MJ in a kilowatt-hour


class Conversion(msgspec.Struct, frozen=True):
    """Calorific value in MJ/m3 and conversion factor: whole numbers with so many digits after the point (3.2)."""

    calorific_value: int
    calorific_digits: int
    conversion_factor: int
    conversion_digits: int

    @property
    def millionths(self) -> int:
        """Give the energy factor: millionths of a milliwatt-hour a millilitre, kWh = m3 x CF x CV / 3.6, rounded."""
        below: int = _JOULES * 10 ** (self.calorific_digits + self.conversion_digits)
        return (self.calorific_value * self.conversion_factor * 10 * MILLIONTHS + below // 2) // below


class FlowSettings(msgspec.Struct, frozen=True):
    """What service 6.7 writes: the uncontrolled gas flow rate (1e-4 m3/h), its periods, the depletion state.

    The supply tamper state stands with the case's sensors (`Tamper.lock_supply`).
    """

    uncontrolled_flow: int
    stabilisation_s: int
    measurement_s: int
    depletion_locks: bool


class Opening(msgspec.Struct, frozen=True):
    """A valve that is being opened and tested: when gas flows, when the measurement begins and when it is judged."""

    open_at: int
    measure_at: int
    judge_at: int
    flowing: bool = False


class Valve(msgspec.Struct, frozen=True):
    """The valve: open or not, when it last turned and how often, the test that runs, and since when a key waits."""

    open: bool = True
    turned_at: int = 0
    turns: int = 0
    opening: Opening | None = None
    asked_at: int | None = None


class Battery(msgspec.Struct, frozen=True):
    """The main battery: when it was fitted, what turning the valve cost it in time, whether it was told as low."""

    fitted_at: int
    spent_s: int = 0
    low: bool = False


class NetworkLog(msgspec.Struct, frozen=True):
    """The network data log: when it was last started (3.9)."""

    started_at: int | None = None


class GasRecords(MeterRecords, frozen=True, kw_only=True):
    """All that a gas meter remembers. Its registers count millilitres."""

    conversion: Conversion
    flow: FlowSettings
    battery: Battery
    valve: Valve = Valve()
    network: NetworkLog = NetworkLog()

    @property
    def flows(self) -> bool:
        """Whether gas can flow: the valve is open, also for its test; it stays as it is without power (3.6.2)."""
        opening = self.valve.opening
        testing = self.supply.switch is Switch.ARMED and opening is not None and opening.flowing
        return testing or self.supply.switch is Switch.ENABLED

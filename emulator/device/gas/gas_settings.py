"""Rules for the settings of a gas meter: its conversion (3.2, service 6.6) and its flow check (3.7, service 6.7)."""

from emulator.device.commands import Reason, WriteGasConversion, WriteGasFlow
from emulator.device.gas.gas_energy import energy_mwh
from emulator.device.gas.gas_records import GasRecords
from emulator.device.happenings import ConfigurationChanged
from emulator.device.household import Channel
from emulator.device.metering import total_at
from emulator.device.profiles.profile_gas import U8, U16, U32
from emulator.device.records import Factor
from emulator.device.step import Moment, Refused, Step, replace

MOST_DIGITS = 9
MOST_MILLIONTHS = 100_000_000
"""About nine times that of natural gas: a register of a million cubic metres still fits 64 bits as energy."""
FACTORS_KEPT = 64


def write_conversion(records: GasRecords, command: WriteGasConversion, moment: Moment) -> Step:
    """Take calorific value and conversion factor for what is consumed from now on; nothing is computed anew (3.2)."""
    given = {name: value for name in command.__struct_fields__ if (value := getattr(command, name)) is not None}
    written = replace(records.conversion, **given)
    if not (1 <= written.calorific_value <= U32 and 1 <= written.conversion_factor <= U32):
        return Refused(Reason.INVALID_VALUE, f"calorific value and conversion factor are 1 to {U32}")
    if not (0 <= written.calorific_digits <= MOST_DIGITS and 0 <= written.conversion_digits <= MOST_DIGITS):
        return Refused(Reason.INVALID_VALUE, f"there are 0 to {MOST_DIGITS} digits after the point")
    factor = written.millionths
    if not 1 <= factor <= MOST_MILLIONTHS:
        return Refused(Reason.INVALID_VALUE, "no gas has so little or so much energy")
    changed = replace(records, conversion=written)
    if factor != records.energy_factor:
        volume_ml = total_at(moment.site, records.runs, Channel.GAS, moment.at)
        holds = Factor(moment.at, factor, volume_ml, energy_mwh(moment.site, records, moment.at))
        held = records.factors if records.factors[-1].since < moment.at else records.factors[:-1]
        changed = replace(changed, energy_factor=factor, factors=(*held, holds)[-FACTORS_KEPT:])
    return changed, (ConfigurationChanged("gas_conversion"),)


def write_flow(records: GasRecords, command: WriteGasFlow, _: Moment) -> Step:
    """Store what is given, all or nothing; a width of the wire that it does not fit refuses it (10.7, service 6.7)."""
    for name, low, high in (("uncontrolled_flow", 0, U16), ("stabilisation_s", 0, U8), ("measurement_s", 1, U16)):
        value = getattr(command, name)
        if value is not None and not low <= value <= high:
            return Refused(Reason.INVALID_VALUE, f"{name} {value} is not {low} to {high}")
    names = ("uncontrolled_flow", "stabilisation_s", "measurement_s", "depletion_locks")
    given = {name: value for name in names if (value := getattr(command, name)) is not None}
    written = replace(records, flow=replace(records.flow, **given))
    if command.tamper_locks is not None:
        written = replace(written, tamper=replace(records.tamper, lock_supply=command.tamper_locks))
    return written, (ConfigurationChanged("gas_flow"),)

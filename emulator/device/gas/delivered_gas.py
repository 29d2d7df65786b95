"""A gas meter as it was installed: its records from the profile's defaults and its site."""

from emulator.device.calendar import SwitchingTable
from emulator.device.delivered import shared
from emulator.device.gas.gas_records import MILLIONTHS, Battery, Conversion, FlowSettings, GasRecords, Valve
from emulator.device.household import Site
from emulator.device.profiles.profile_gas import GasDevice
from emulator.device.records import Factor, Registers, Tamper


def device_of(site: Site) -> GasDevice:
    """Give the profile's block of the gas meter; a site of gas has one."""
    assert site.profile.gas_device is not None
    return site.profile.gas_device


def gas(site: Site) -> GasRecords:
    """Give the records of a gas meter as it was installed."""
    model = device_of(site)
    opening_ml = site.household.opening_gas_l * 1000
    opening = Registers(volume_ml=opening_ml, tou=(opening_ml,) + (0,) * (site.metering.tou_registers - 1))
    conversion = Conversion(
        model.calorific_value, model.calorific_digits, model.conversion_factor, model.conversion_digits
    )
    factor = conversion.millionths
    at = site.installed_at
    return GasRecords(
        **{**shared(site, opening, SwitchingTable()), "tamper": Tamper(lock_supply=model.tamper_locks)},
        energy_factor=factor,
        factors=(Factor(at, factor, opening_ml, opening_ml * factor // MILLIONTHS),),
        conversion=conversion,
        flow=FlowSettings(model.uncontrolled_flow, model.stabilisation_s, model.measurement_s, model.depletion_locks),
        battery=Battery(at),
        valve=Valve(turned_at=at - model.valve_travel_s * 1000),
    )

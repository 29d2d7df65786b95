"""Steps of the configuration: 6.2.x, 6.4.x, 6.5, 6.6, 6.7, 6.12, 6.25 and 6.27 (functional reference 10.7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import asdict

from emulator.adapter import dates
from emulator.adapter.errand import Errand, Step
from emulator.device.commands import (
    ResetLoadLimitCounter,
    ResetVoltageCounters,
    SetTamperState,
    WriteGasConversion,
    WriteGasFlow,
    WriteLoadLimit,
    WritePowerThresholds,
    WriteVoltageSettings,
)
from emulator.device.configuration import MAX_POWER_W
from emulator.device.electricity.load_limit import MAX_PERIOD_S as LONGEST_LIMIT_S
from emulator.device.electricity.voltage import LEAST_AVERAGE_S, MOST_DV
from emulator.device.electricity.voltage import MAX_PERIOD_S as LONGEST_VOLTAGE_S
from emulator.services.bodies import configuration as bodies
from emulator.services.bodies import gas, voltage
from emulator.services.body import Body, Done
from emulator.services.codes import Why

DV_A_VOLT: Final = 10
MOST_V: Final = MOST_DV // DV_A_VOLT
EXTREMES: Final = ("extreme_over_voltage", "extreme_under_voltage", "voltage_sag", "voltage_swell")
_AVERAGES: Final = ("average_over_voltage_dv", "average_under_voltage_dv")
_MODEL_CHARACTERS: Final = 8


async def voltages(errand: Errand) -> Body:
    """6.2.1: thresholds and periods; a make without averages leaves that part out."""
    read = await errand.read(*(f"{name}_{ending}" for name in EXTREMES for ending in ("dv", "s")))
    averages = None
    if errand.profile.voltage.averages:
        over_dv, under_dv = (await errand.read(*_AVERAGES)).values()
        averages = voltage.ReadAverageVoltage(
            average_rms_over_voltage_threshold=over_dv // DV_A_VOLT,
            average_rms_under_voltage_threshold=under_dv // DV_A_VOLT,
        )
    named: dict[str, Any] = {f"rms_{name}_threshold": read[f"{name}_dv"] // DV_A_VOLT for name in EXTREMES}
    named |= {f"rms_{name}_measurement_period": read[f"{name}_s"] for name in EXTREMES}
    settings = voltage.ReadVoltageSettings(**named)
    return voltage.ReadDeviceConfigurationVoltageRsp(
        rms_voltage_settings=settings, single_phase_voltage_settings=averages
    )


async def set_voltages(errand: Errand) -> Body:
    """6.5: thresholds and periods; the counters start anew unless it says not. Under at or above over is refused."""
    body: voltage.UpdateDeviceConfigurationVoltage = errand.body
    averages, extremes = body.single_phase_voltage_settings, body.rms_voltage_settings
    if averages is None:
        raise errand.refuse(Why.NOT_SUPPORTED, "the meter has one phase")
    pairs = (
        (averages.average_rms_under_voltage_threshold, averages.average_rms_over_voltage_threshold),
        (extremes.rms_extreme_under_voltage_threshold, extremes.rms_extreme_over_voltage_threshold),
        (extremes.rms_voltage_sag_threshold, extremes.rms_voltage_swell_threshold),
    )
    if any(under >= over for under, over in pairs):
        raise errand.refuse(Why.INVALID_VALUE, "an under-voltage threshold lies below its over-voltage one")
    periods_s = [value for name, value in asdict(extremes).items() if name.endswith("period")]
    volts = [value for name, value in asdict(extremes).items() if name.endswith("threshold")]
    if not all(1 <= one <= LONGEST_VOLTAGE_S for one in periods_s) or not all(one <= MOST_V for one in volts):
        raise errand.refuse(Why.INVALID_VALUE, f"volts go to {MOST_V}, periods from 1 to {LONGEST_VOLTAGE_S} s")
    own = errand.profile.voltage.averages
    least_s, average_s = LEAST_AVERAGE_S, averages.average_rms_voltage_measurement_period
    if own and not (
        least_s <= average_s <= LONGEST_VOLTAGE_S and averages.average_rms_over_voltage_threshold <= MOST_V
    ):
        raise errand.refuse(Why.INVALID_VALUE, f"averages go to {MOST_V} V, over {least_s} to {LONGEST_VOLTAGE_S} s")
    command = WriteVoltageSettings(
        average_over_dv=averages.average_rms_over_voltage_threshold * DV_A_VOLT if own else None,
        average_under_dv=averages.average_rms_under_voltage_threshold * DV_A_VOLT if own else None,
        average_period_s=averages.average_rms_voltage_measurement_period if own else None,
        extreme_over_dv=extremes.rms_extreme_over_voltage_threshold * DV_A_VOLT,
        extreme_over_s=extremes.rms_extreme_over_voltage_measurement_period,
        extreme_under_dv=extremes.rms_extreme_under_voltage_threshold * DV_A_VOLT,
        extreme_under_s=extremes.rms_extreme_under_voltage_measurement_period,
        sag_dv=extremes.rms_voltage_sag_threshold * DV_A_VOLT,
        sag_s=extremes.rms_voltage_sag_measurement_period,
        swell_dv=extremes.rms_voltage_swell_threshold * DV_A_VOLT,
        swell_s=extremes.rms_voltage_swell_measurement_period,
    )
    await errand.send(command)
    if body.rms_voltage_counters_not_reset is None and own:
        await errand.send(ResetVoltageCounters())
    return Done()


async def reset_voltage_counters(errand: Errand) -> Body:
    """6.27."""
    await errand.send(ResetVoltageCounters())
    return Done()


async def identity(errand: Errand) -> Body:
    """6.2.4: who the device is; a hub says its own."""
    if errand.entry.device_type == "CHF":
        read = await errand.read("eui64")
        return bodies.ReadDeviceConfigurationIdentityExcMPxNRsp(
            device_identifier=read["eui64"],
            model_type=errand.entry.model[:_MODEL_CHARACTERS],
            manufacturer_identifier=errand.entry.manufacturer,
        )
    states = ("tamper_state", "depletion_state") if errand.gas else ("supply_tamper_state",)
    read = await errand.read("eui64", "model", "maker", *states)
    told = {"lock": "Locked", "locked": "Locked"}
    first = told.get(read[states[0]], "Unchanged")
    electricity = None if errand.gas else bodies.ElectricityIdentity(supply_tamper_state=first, meter_variant="A")  # type: ignore[arg-type]
    of_gas = None
    if errand.gas:
        last = told.get(read["depletion_state"], "Unchanged")
        of_gas = bodies.GasIdentity(supply_tamper_state=first, supply_depletion_state=last)  # type: ignore[arg-type]
    return bodies.ReadDeviceConfigurationIdentityExcMPxNRsp(
        device_identifier=read["eui64"],
        model_type=read["model"][:_MODEL_CHARACTERS],
        manufacturer_identifier=read["maker"],
        electricity=electricity,
        gas=of_gas,
    )


async def power_thresholds(errand: Errand) -> Body:
    """6.2.5."""
    low_w, high_w = (await errand.read("low_medium_w", "medium_high_w")).values()
    return bodies.ReadDeviceConfigurationInstantaneousPowerThresholdsRsp(
        low_medium_power_threshold=low_w, medium_high_power_threshold=high_w
    )


async def set_power_thresholds(errand: Errand) -> Body:
    """6.12: low to medium at or above medium to high is refused."""
    body: bodies.UpdateDeviceConfigurationInstantaneousPowerThreshold = errand.body
    if not body.low_medium_power_threshold < body.medium_high_power_threshold <= MAX_POWER_W:
        told = f"the low to medium threshold lies below the medium to high one, and that goes to {MAX_POWER_W} W"
        raise errand.refuse(Why.INVALID_VALUE, told)
    await errand.send(WritePowerThresholds(body.low_medium_power_threshold, body.medium_high_power_threshold))
    return Done()


async def numbers(errand: Errand) -> Body:
    """6.2.7: the supply point's number."""
    if errand.gas:
        number = (await errand.read("mprn"))["mprn"]
        return bodies.ReadDeviceConfigurationMPxNRsp(gas=bodies.GasNumber(mprn=number))
    number = (await errand.read("mpan"))["mpan"]
    return bodies.ReadDeviceConfigurationMPxNRsp(electricity=bodies.ElectricityNumbers(import_mpan=number))


async def payment_mode(errand: Errand) -> Body:
    """6.2.9: the mode, and when debt is not taken."""
    read = await errand.read("payment_mode", "suspend_debt_emergency", "suspend_debt_disabled")
    return bodies.ReadDeviceConfigurationPaymentModeRsp(
        payment_mode=read["payment_mode"].capitalize(),
        suspend_debt_emergency=bool(read["suspend_debt_emergency"]),
        suspend_debt_disabled=bool(read["suspend_debt_disabled"]),
    )


async def load_limit(errand: Errand) -> Body:
    """6.4.1: threshold, times, and what happens beyond it; now or at the date it says."""
    body: bodies.UpdateDeviceConfigurationLoadLimitingGeneralSettings = errand.body
    fits = body.load_limit_period <= LONGEST_LIMIT_S and 1 <= body.load_limit_restoration_period <= LONGEST_LIMIT_S
    if not fits or body.load_limit_power_threshold > MAX_POWER_W:  # it takes several writes: all of them, or none
        told = f"periods go to {LONGEST_LIMIT_S} s, a load limit to {MAX_POWER_W} W"
        raise errand.refuse(Why.INVALID_VALUE, told)
    await errand.send(
        WriteLoadLimit(
            threshold_w=body.load_limit_power_threshold,
            period_s=body.load_limit_period,
            restoration_s=body.load_limit_restoration_period,
            disable=body.load_limit_supply_state == "Disable",
            at=dates.at_device(errand),
        )
    )
    return Done()


async def reset_load_limit(errand: Errand) -> Body:
    """6.4.2."""
    await errand.send(ResetLoadLimitCounter())
    return Done()


async def tamper_state(errand: Errand) -> Body:
    """6.25: whether tamper locks the supply."""
    body: bodies.SetElectricitySupplyTamperState = errand.body
    await errand.send(SetTamperState(body.supply_tamper_state == "Locked"))
    return Done()


async def gas_configuration(errand: Errand) -> Body:
    """6.2.8: conversion, and when gas flows unasked."""
    read = await errand.read(
        *("calorific_value", "calorific_digits", "conversion_factor", "conversion_digits"),
        *("uncontrolled_flow", "stabilisation_s", "measurement_s"),
    )
    return gas.ReadDeviceConfigurationGasRsp(
        calorific_value=_scaled(read["calorific_value"], read["calorific_digits"]),
        conversion_factor=_scaled(read["conversion_factor"], read["conversion_digits"]),
        uncontrolled_gas_flow_rate=_scaled(read["uncontrolled_flow"], 4),
        flow_stabilisation_period=read["stabilisation_s"],
        flow_measurement_period=read["measurement_s"],
    )


async def gas_conversion(errand: Errand) -> Body:
    """6.6: from now on; nothing and less is refused."""
    body: gas.UpdateDeviceConfigurationGasConversion = errand.body
    if not (body.calorific_value > 0 and body.conversion_factor > 0):
        raise errand.refuse(Why.INVALID_VALUE, "calorific value and conversion factor are above zero")
    await errand.send(WriteGasConversion(int(body.calorific_value * 10), 1, int(body.conversion_factor * 100_000), 5))
    return Done()


async def gas_flow(errand: Errand) -> Body:
    """6.7: when gas that flows unasked is an alarm, and what locks the valve."""
    body: gas.UpdateDeviceConfigurationGasFlow = errand.body
    rate = body.uncontrolled_gas_flow_rate
    if rate is None:
        assert body.uncontrolled_gas_flow_rate_decimal is not None
        rate = int(body.uncontrolled_gas_flow_rate_decimal * 10_000)
    await errand.send(
        WriteGasFlow(
            uncontrolled_flow=rate,
            stabilisation_s=body.stabilisation_period,
            measurement_s=body.measurement_period,
            tamper_locks=body.supply_tamper_state == "Locked",
            depletion_locks=body.supply_depletion_state == "Locked",
        )
    )
    return Done()


def _scaled(value: int, digits: int) -> Decimal:
    return Decimal(value).scaleb(-digits)


STEPS: Final[Mapping[str, Step]] = {
    "6.2.1": voltages,
    "6.2.4": identity,
    "6.2.5": power_thresholds,
    "6.2.7": numbers,
    "6.2.8": gas_configuration,
    "6.2.9": payment_mode,
    "6.4.1": load_limit,
    "6.4.2": reset_load_limit,
    "6.5": set_voltages,
    "6.6": gas_conversion,
    "6.7": gas_flow,
    "6.12": set_power_thresholds,
    "6.25": tamper_state,
    "6.27": reset_voltage_counters,
}

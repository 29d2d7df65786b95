"""Voltage: thresholds, periods and the counters (service requests, section 3: 6.2.1, 6.5; section 5, VOLT)."""

from typing import Annotated

from emulator.services.bodies.rows import ALL, NETWORK, row
from emulator.services.body import U32, Body, Empty, Future, Seconds, number, several
from emulator.services.row import Kind, Role, Service, Target

Volts = Annotated[int, number(0, U32, "V")]
Phase = Annotated[int, number(1, 3)]


class RMSVoltageSettings(Body, frozen=True, kw_only=True):
    """When a voltage is extreme, a sag or a swell: how far, and for how long."""

    rms_extreme_over_voltage_measurement_period: Seconds
    rms_extreme_over_voltage_threshold: Volts
    rms_extreme_under_voltage_measurement_period: Seconds
    rms_extreme_under_voltage_threshold: Volts
    rms_voltage_sag_measurement_period: Seconds
    rms_voltage_sag_threshold: Volts
    rms_voltage_swell_measurement_period: Seconds
    rms_voltage_swell_threshold: Volts


class AverageVoltage(Body, frozen=True, kw_only=True):
    """When an average is too high or too low, and over what it is taken."""

    average_rms_over_voltage_threshold: Volts
    average_rms_under_voltage_threshold: Volts
    average_rms_voltage_measurement_period: Seconds


class PhaseVoltage(Body, frozen=True, kw_only=True):
    """The same of a phase."""

    phase: Phase
    phase_voltage_settings: AverageVoltage


class UpdateDeviceConfigurationVoltage(Future, frozen=True, kw_only=True):
    """6.5: set them; the counters start anew unless it says not."""

    one_of = ("single_phase_voltage_settings", "poly_phase_voltage_settings")

    rms_voltage_settings: RMSVoltageSettings
    single_phase_voltage_settings: AverageVoltage | None = None
    poly_phase_voltage_settings: Annotated[tuple[PhaseVoltage, ...], several(3, 3)] | None = None
    rms_voltage_counters_not_reset: Empty | None = None


class UpdateDeviceConfigurationRMSVoltageCounterReset(Future, frozen=True, kw_only=True):
    """6.27: start the counters anew."""


class ReadDeviceConfigurationVoltage(Body, frozen=True, kw_only=True):
    """6.2.1: read them."""


class ReadVoltageSettings(Body, frozen=True, kw_only=True):
    """What 6.5 set, as the device has it."""

    rms_extreme_over_voltage_measurement_period: Seconds | None = None
    rms_extreme_over_voltage_threshold: Volts | None = None
    rms_extreme_under_voltage_measurement_period: Seconds | None = None
    rms_extreme_under_voltage_threshold: Volts | None = None
    rms_voltage_sag_measurement_period: Seconds | None = None
    rms_voltage_sag_threshold: Volts | None = None
    rms_voltage_swell_measurement_period: Seconds | None = None
    rms_voltage_swell_threshold: Volts | None = None


class ReadAverageVoltage(Body, frozen=True, kw_only=True):
    """The thresholds of averages; the reply has no averaging period."""

    average_rms_over_voltage_threshold: Volts | None = None
    average_rms_under_voltage_threshold: Volts | None = None


class ReadPhaseVoltage(Body, frozen=True, kw_only=True):
    """The same of a phase."""

    phase: Phase | None = None
    phase_voltage_settings: ReadAverageVoltage | None = None


class ReadDeviceConfigurationVoltageRsp(Body, frozen=True, kw_only=True):
    """The voltage configuration."""

    at_most_one = ("single_phase_voltage_settings", "poly_phase_voltage_settings")

    single_phase_voltage_settings: ReadAverageVoltage | None = None
    poly_phase_voltage_settings: Annotated[tuple[ReadPhaseVoltage, ...], several(0, 3)] | None = None
    rms_voltage_settings: ReadVoltageSettings | None = None


SERVICES: tuple[Service, ...] = (
    row(
        "6.2.1",
        "Read Device Configuration (Voltage)",
        ReadDeviceConfigurationVoltage,
        ReadDeviceConfigurationVoltageRsp,
        targets=Target.E,
        roles=ALL,
        duis_roles=frozenset({Role.IS, Role.ED, Role.RSA}),
    ),
    row(
        "6.5",
        "Update Device Configuration (Voltage)",
        UpdateDeviceConfigurationVoltage,
        targets=Target.E,
        roles=NETWORK,
        held="dsp",
    ),
    row(
        "6.27",
        "Update Device Configuration (RMS Voltage Counter Reset)",
        UpdateDeviceConfigurationRMSVoltageCounterReset,
        targets=Target.E,
        roles=NETWORK,
        kind=Kind.ELECTIVE,
        held="dsp",
    ),
)

"""A meter's configuration but for voltage, gas and billing (service requests, sections 3 and 4: 6.2, 6.4, 6.12 on)."""

from typing import Annotated, Literal

from emulator.services.bodies import voltage
from emulator.services.bodies.alert_codes import GasAlerts, GasAlertsAndEvents, NetworkAlerts, SupplierAlerts
from emulator.services.bodies.gas import OnEmptyOrTamper
from emulator.services.bodies.rows import ALL, E_G, IMPORT, SUPPLIERS, row
from emulator.services.body import Body, Eui64, Future, Seconds, Watts, text, unit
from emulator.services.row import Kind, Role, Service, Target

ReadWatts = Annotated[int, unit("W")]


class ReadDeviceConfigurationRandomisation(Body, frozen=True, kw_only=True):
    """6.2.2: how far the meter's switching is spread."""


class ReadDeviceConfigurationRandomisationRsp(Body, frozen=True, kw_only=True):
    """The randomised offset; units are not stated."""

    randomised_offset: int | None = None
    randomised_offset_number: int | None = None
    randomised_offset_limit: int | None = None


class ReadDeviceConfigurationIdentityExcMPxN(Body, frozen=True, kw_only=True):
    """6.2.4: who the device is."""


class ElectricityIdentity(Body, frozen=True, kw_only=True):
    """What an electricity meter says more."""

    supply_tamper_state: OnEmptyOrTamper | None = None
    meter_variant: Annotated[str, text(1)] | None = None


class GasIdentity(Body, frozen=True, kw_only=True):
    """What a gas meter says more."""

    supply_tamper_state: OnEmptyOrTamper | None = None
    supply_depletion_state: OnEmptyOrTamper | None = None


class ReadDeviceConfigurationIdentityExcMPxNRsp(Body, frozen=True, kw_only=True):
    """The identity; a hub has neither part."""

    at_most_one = ("electricity", "gas")

    device_identifier: Eui64 | None = None
    model_type: Annotated[str, text(8, shortest=0)] | None = None
    manufacturer_identifier: Annotated[str, text(32, shortest=0)] | None = None
    electricity: ElectricityIdentity | None = None
    gas: GasIdentity | None = None


class ReadDeviceConfigurationInstantaneousPowerThresholds(Body, frozen=True, kw_only=True):
    """6.2.5: where displays part low, medium and high power."""


class ReadDeviceConfigurationInstantaneousPowerThresholdsRsp(Body, frozen=True, kw_only=True):
    """The thresholds."""

    low_medium_power_threshold: ReadWatts | None = None
    medium_high_power_threshold: ReadWatts | None = None


class ReadDeviceConfigurationMPxN(Body, frozen=True, kw_only=True):
    """6.2.7: which supply point it meters."""


class ElectricityNumbers(Body, frozen=True, kw_only=True):
    """Those of electricity."""

    import_mpan: Annotated[str, text(13, shortest=0)] | None = None
    secondary_import_mpan: Annotated[str, text(13, shortest=0)] | None = None
    export_mpan: Annotated[str, text(13, shortest=0)] | None = None


class GasNumber(Body, frozen=True, kw_only=True):
    """That of gas."""

    mprn: Annotated[str, text(10, shortest=0)] | None = None


class ReadDeviceConfigurationMPxNRsp(Body, frozen=True, kw_only=True):
    """The numbers."""

    at_most_one = ("electricity", "gas")

    electricity: ElectricityNumbers | None = None
    gas: GasNumber | None = None


class ReadDeviceConfigurationPaymentMode(Body, frozen=True, kw_only=True):
    """6.2.9: credit or prepayment."""


class ReadDeviceConfigurationPaymentModeRsp(Body, frozen=True, kw_only=True):
    """The mode, and when debt is not taken."""

    payment_mode: Literal["Credit", "Prepayment"] | None = None
    suspend_debt_emergency: bool | None = None
    suspend_debt_disabled: bool | None = None


class ReadDeviceConfigurationEventAndAlertBehaviours(Body, frozen=True, kw_only=True):
    """6.2.10: what each alert does."""


class SupplierBehaviours(Body, frozen=True, kw_only=True):
    """The electricity supplier's alerts: over the WAN, in the home, as an alarm, in the log."""

    electricity_supplier_wan_alert_settings: SupplierAlerts | None = None
    electricity_supplier_han_alert_settings: SupplierAlerts | None = None
    electricity_supplier_alarm_settings: SupplierAlerts | None = None
    electricity_supplier_logging_settings: SupplierAlerts | None = None


class NetworkBehaviours(Body, frozen=True, kw_only=True):
    """The network operator's alerts: over the WAN, in the log."""

    electricity_network_operator_wan_alert_settings: NetworkAlerts | None = None
    electricity_network_operator_logging_settings: NetworkAlerts | None = None


class ReadDeviceConfigurationEventAndAlertBehavioursRsp(Body, frozen=True, kw_only=True):
    """The set that belongs to who asks."""

    at_most_one = (
        "electricity_supplier_alert_event_settings",
        "electricity_network_operator_alert_event_settings",
        "gas_supplier_alert_event_settings",
    )

    electricity_supplier_alert_event_settings: SupplierBehaviours | None = None
    electricity_network_operator_alert_event_settings: NetworkBehaviours | None = None
    gas_supplier_alert_event_settings: GasAlertsAndEvents | None = None


class UpdateDeviceConfigurationLoadLimitingGeneralSettings(Future, frozen=True, kw_only=True):
    """6.4.1: when too much load opens the switch, and for how long."""

    load_limit_period: Seconds
    load_limit_power_threshold: Watts
    load_limit_restoration_period: Seconds
    load_limit_supply_state: Literal["Disable", "Unchanged"]


class UpdateDeviceConfigurationLoadLimitingCounterReset(Future, frozen=True, kw_only=True):
    """6.4.2: count the load limit's events anew."""


class UpdateDeviceConfigurationInstantaneousPowerThreshold(Future, frozen=True, kw_only=True):
    """6.12: where displays part low, medium and high power."""

    low_medium_power_threshold: Watts
    medium_high_power_threshold: Watts


class ConfigureAlertBehaviour(Body, frozen=True, kw_only=True):
    """6.22: say what each alert does."""

    one_of = (
        "electricity_supplier_alerts",
        "electricity_supplier_han_alert_settings",
        "electricity_supplier_alarm_settings",
        "electricity_supplier_logging_settings",
        "electricity_network_operator_alerts",
        "electricity_network_operator_logging_settings",
        "gas_supplier_alerts",
        "gas_supplier_alert_event_settings",
    )

    electricity_supplier_alerts: SupplierAlerts | None = None
    electricity_supplier_han_alert_settings: SupplierAlerts | None = None
    electricity_supplier_alarm_settings: SupplierAlerts | None = None
    electricity_supplier_logging_settings: SupplierAlerts | None = None
    electricity_network_operator_alerts: NetworkAlerts | None = None
    electricity_network_operator_logging_settings: NetworkAlerts | None = None
    gas_supplier_alerts: GasAlerts | None = None
    gas_supplier_alert_event_settings: GasAlertsAndEvents | None = None


class SetElectricitySupplyTamperState(Body, frozen=True, kw_only=True):
    """6.25: whether tamper locks the supply."""

    supply_tamper_state: OnEmptyOrTamper


NO_GAS = "the forum gives it to GS too, but it acts on electricity only: a gas meter answers E11"

SERVICES: tuple[Service, ...] = (
    *voltage.SERVICES,
    row(
        "6.2.2",
        "Read Device Configuration (Randomisation)",
        ReadDeviceConfigurationRandomisation,
        ReadDeviceConfigurationRandomisationRsp,
        targets=Target.E,
        roles=ALL,
        duis_roles=frozenset({Role.IS, Role.ED, Role.RSA}),
    ),
    row(
        "6.2.4",
        "Read Device Configuration (Identity Exc MPxN)",
        ReadDeviceConfigurationIdentityExcMPxN,
        ReadDeviceConfigurationIdentityExcMPxNRsp,
        targets=E_G | Target.H,
        roles=ALL,
    ),
    row(
        "6.2.5",
        "Read Device Configuration (Instantaneous Power Thresholds)",
        ReadDeviceConfigurationInstantaneousPowerThresholds,
        ReadDeviceConfigurationInstantaneousPowerThresholdsRsp,
        targets=Target.E,
        roles=ALL,
        duis_roles=frozenset({Role.IS, Role.RSA}),
    ),
    row(
        "6.2.7",
        "Read Device Configuration (MPxN)",
        ReadDeviceConfigurationMPxN,
        ReadDeviceConfigurationMPxNRsp,
        targets=E_G,
        roles=ALL,
    ),
    row(
        "6.2.9",
        "Read Device Configuration (Payment Mode)",
        ReadDeviceConfigurationPaymentMode,
        ReadDeviceConfigurationPaymentModeRsp,
        targets=E_G,
        roles=ALL,
        duis_roles=SUPPLIERS | {Role.RSA},
    ),
    row(
        "6.2.10",
        "Read Device Configuration (Event and Alert Behaviours)",
        ReadDeviceConfigurationEventAndAlertBehaviours,
        ReadDeviceConfigurationEventAndAlertBehavioursRsp,
        targets=E_G,
        roles=ALL,
        duis_roles=SUPPLIERS | {Role.ED},
    ),
    row(
        "6.4.1",
        "Update Device Configuration (Load Limiting General Settings)",
        UpdateDeviceConfigurationLoadLimitingGeneralSettings,
        targets=Target.E,
        roles=SUPPLIERS,
        duis_roles=IMPORT,
        critical=True,
        held="device",
        note=NO_GAS,
    ),
    row(
        "6.4.2",
        "Update Device Configuration (Load Limiting Counter Reset)",
        UpdateDeviceConfigurationLoadLimitingCounterReset,
        targets=Target.E,
        roles=SUPPLIERS,
        duis_roles=IMPORT,
        held="dsp",
        note=NO_GAS,
    ),
    row(
        "6.12",
        "Update Device Configuration (Instantaneous Power Threshold)",
        UpdateDeviceConfigurationInstantaneousPowerThreshold,
        targets=Target.E,
        roles=SUPPLIERS,
        duis_roles=IMPORT,
        held="dsp",
        note=NO_GAS,
    ),
    row(
        "6.22",
        "Configure Alert Behaviour",
        ConfigureAlertBehaviour,
        targets=E_G,
        roles=SUPPLIERS | {Role.ED},
        kind=Kind.ELECTIVE,
        note="the forum complains that it is not offered to SMETS1",
    ),
    row(
        "6.25",
        "Set Electricity Supply Tamper State",
        SetElectricitySupplyTamperState,
        targets=Target.E,
        roles=IMPORT,
        kind=Kind.ELECTIVE,
        critical=True,
    ),
)

"""The device itself: clock, logs, supply switch, credentials, tenancy, messages (service requests, sections 3, 4)."""

from typing import Annotated, Final, Literal

from emulator.services.bodies.rows import E_G, IMPORT, SUPPLIERS, SUPPLIERS_AND_NETWORKS, row
from emulator.services.body import (
    ATTRIBUTE,
    U32,
    Body,
    Empty,
    Future,
    Instant,
    Period,
    number,
    several,
    text,
    wrapped,
)
from emulator.services.row import Kind, Role, Service, Target

Certificate = Annotated[bytes, text(4096, says="a certificate in base64", shortest=0)]
Certificates = Annotated[tuple[Certificate, ...], several(1, 3), wrapped("Certificate")]
FloorNumber = Annotated[int, number(0, 2**63 - 1)]
Tolerance = Annotated[int, number(0, 86_400, "s")]
Hexadecimal = Annotated[str, text(512, r"^([0-9A-Fa-f]{2})+$", "octets in hexadecimal")]
Meaning = Annotated[str, text(200)]
Mpan = Annotated[str, text(13, r"^[0-9]{13}$", "13 digits", 13)]
Mprn = Annotated[str, text(10, r"^[0-9]+$", "up to ten digits")]
MPxN = Annotated[str, text(13, r"^[0-9]+$", "an MPAN or an MPRN")]


class RestrictAccessForChangeOfTenancy(Future, frozen=True, kw_only=True):
    """3.2: readings before this instant are no longer shown in the home."""

    restriction_date_time: Instant


class ClearEventLog(Body, frozen=True, kw_only=True):
    """3.3: empty the event log; the kind is for electricity."""

    esme_event_log_type: Literal["ESME", "ALCS"] | None = None


class ElectricityClock(Body, frozen=True, kw_only=True):
    """How good an electricity meter's clock is."""

    time_status: Literal["reliable", "invalid", "unreliable"]
    time_status_code: Annotated[int, ATTRIBUTE]


class GasClock(Body, frozen=True, kw_only=True):
    """How good a gas meter's clock is."""

    asn1_status: Literal["reliable", "invalid", "unreliable"]
    response_code: Annotated[int, ATTRIBUTE]


class ElectricityTime(Body, frozen=True, kw_only=True):
    """The electricity part of the reply."""

    elec_clock_time_status: ElectricityClock


class GasTime(Body, frozen=True, kw_only=True):
    """The gas part of the reply."""

    gas_clock_time_status: GasClock


class SynchroniseClock(Body, frozen=True, kw_only=True):
    """6.11: set the clock, if it is within the tolerance; beyond it the meter refuses."""

    current_date_time: Instant
    tolerance_period: Tolerance


class SynchroniseClockRsp(Body, frozen=True, kw_only=True):
    """The clock as it is after."""

    at_most_one = ("electricity", "gas")

    device_time: Instant | None = None
    electricity: ElectricityTime | None = None
    gas: GasTime | None = None


class ReadEventOrSecurityLog(Body, frozen=True, kw_only=True):
    """6.13: the entries of a log within a period."""

    read_log_period: Period
    log_to_read: Literal["Event", "ALCSEvent", "PowerEvent", "Security", "GSMEEvent", "GSMESecurity"]


class LogEntry(Body, frozen=True, kw_only=True):
    """An entry of a log."""

    timestamp: Instant | None = None
    log_code: Hexadecimal | None = None
    log_meaning: Meaning | None = None
    other_information: Hexadecimal | None = None
    other_information_log_meaning: Meaning | None = None


class SwitchEntry(Body, frozen=True, kw_only=True):
    """An entry of the log of load control switches."""

    timestamp: Instant | None = None
    switch_number: Annotated[int, number(1, 5)] | None = None
    switch_action: (
        Literal["On", "Off", "Revert to calendar control", "Entry relates to a Message from an HC ALCS"] | None
    ) = None
    outcome: Literal["Outcome not known", "Success", "Failure"] | None = None
    han_command_id: int | None = None
    auxiliary_controller_level: Annotated[int, number(0, 100)] | None = None
    input_from_controlled_load: Empty | None = None


class ReadEventOrSecurityLogRsp(Body, frozen=True, kw_only=True):
    """The entries, oldest first."""

    at_most_one = ("log", "alcs_event")

    log: Annotated[tuple[LogEntry, ...], several(0, 100), wrapped("LogEntry")] | None = None
    alcs_event: Annotated[tuple[SwitchEntry, ...], several(0, 100), wrapped("ALCSEventLogEntry")] | None = None


class UserCertificates(Body, frozen=True, kw_only=True):
    """The certificates of a supplier or a network operator."""

    digital_signing_certificate: Certificate | None = None
    key_agreement_certificate: Certificate | None = None
    key_agreement_top_up_certificate: Certificate | None = None


class KnownPartyCertificates(Body, frozen=True, kw_only=True):
    """What replaces them."""

    supplier_or_network_operator_certificates: UserCertificates


class UpdateSecurityCredentialsKRP(Future, frozen=True, kw_only=True):
    """6.15.1: a user replaces its own credentials on the device."""

    remote_party_role: Literal["ACB", "NetworkOperator", "Recovery", "Root", "Supplier", "TransCoS", "LoadController"]
    remote_party_floor_seq_number: FloorNumber | None = None
    remote_party_prepayment_top_up_floor_seq_number: FloorNumber | None = None
    replacement_certificates: KnownPartyCertificates
    certification_path_certificates: Certificates
    apply_time_based_cpv_checks: bool


class UpdateSecurityCredentialsDevice(Body, frozen=True, kw_only=True):
    """6.15.2: give the device a certificate of its own."""

    device_certificate: Certificate


class NewSupplierCertificates(Body, frozen=True, kw_only=True):
    """The certificates of the supplier that gains the meter."""

    digital_signing_certificate: Certificate
    key_agreement_certificate: Certificate | None = None
    key_agreement_top_up_certificate: Certificate | None = None


class UpdateSecurityCredentialsCoS(Future, frozen=True, kw_only=True):
    """6.23: the device passes to another supplier."""

    supplier_floor_seq_number: FloorNumber
    supplier_prepayment_top_up_floor_seq_number: FloorNumber | None = None
    supplier_replacement_certificates: NewSupplierCertificates
    certification_path_certificates: Certificates
    apply_time_based_cpv_checks: bool
    import_mpxn: MPxN


class ImportMPANs(Body, frozen=True, kw_only=True):
    """The numbers of an electricity meter."""

    import_mpan: Mpan
    secondary_import_mpan: Mpan | None = None


class SetDeviceConfigurationImportMPxN(Future, frozen=True, kw_only=True):
    """6.20.1: tell the meter its supply point's number."""

    one_of = ("import_mpans", "import_mprn")

    import_mpans: ImportMPANs | None = None
    import_mprn: Mprn | None = None


class EnableSupply(Body, frozen=True, kw_only=True):
    """7.1: close the switch."""


class DisableSupply(Body, frozen=True, kw_only=True):
    """7.2: open the switch or the valve."""


class ArmSupply(Body, frozen=True, kw_only=True):
    """7.3: let the customer close it."""


class ReadSupplyStatus(Body, frozen=True, kw_only=True):
    """7.4: how the switch stands."""


class Battery(Body, frozen=True, kw_only=True):
    """What only a gas meter says."""

    remaining_battery_capacity: Annotated[int, number(0, U32, "", "its unit is not stated")] | None = None


class ReadSupplyStatusRsp(Body, frozen=True, kw_only=True):
    """The supply state."""

    supply_state: Literal["Enabled", "Disabled", "Armed"] | None = None
    gas: Battery | None = None


class DisplayMessage(Future, frozen=True, kw_only=True):
    """3.1: show a message in the home."""

    supplier_message: Annotated[str, text(116, r"^[ -~]+$", "printable ASCII")]


class UpdateSupplierName(Future, frozen=True, kw_only=True):
    """3.4: who the supplier is."""

    supplier_name: Annotated[str, text(15, r"^[ -~]+$", "printable ASCII")]
    supplier_telephone_number: Annotated[str, text(18, r"^[0-9 ]+$", "digits and spaces")]


class DisablePrivacyPIN(Body, frozen=True, kw_only=True):
    """3.5: remove the PIN that guards the display."""


CREDENTIALS_NOTE: Final = (
    "users' credentials never stand on a SMETS1 device: refused, or done without the meter, as the profile says"
)

SERVICES: tuple[Service, ...] = (
    row(
        "3.1",
        "Display Message",
        DisplayMessage,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
    ),
    row(
        "3.2",
        "Restrict Access For Change Of Tenancy",
        RestrictAccessForChangeOfTenancy,
        targets=Target.E | Target.P,
        roles=SUPPLIERS,
        held="dsp",
        note="for gas it goes to the gas proxy, not to the meter",
    ),
    row("3.3", "Clear Event Log", ClearEventLog, targets=E_G, roles=SUPPLIERS),
    row(
        "3.4",
        "Update Supplier Name",
        UpdateSupplierName,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
    ),
    row("3.5", "Disable Privacy PIN", DisablePrivacyPIN, targets=E_G, roles=SUPPLIERS, kind=Kind.ELECTIVE),
    row(
        "6.11",
        "Synchronise Clock",
        SynchroniseClock,
        SynchroniseClockRsp,
        targets=E_G,
        roles=SUPPLIERS,
        critical=True,
    ),
    row(
        "6.13",
        "Read Event Or Security Log",
        ReadEventOrSecurityLog,
        ReadEventOrSecurityLogRsp,
        targets=E_G | Target.H,
        roles=SUPPLIERS_AND_NETWORKS | {Role.RSA},
    ),
    row(
        "6.15.1",
        "Update Security Credentials (KRP)",
        UpdateSecurityCredentialsKRP,
        targets=E_G,
        roles=SUPPLIERS_AND_NETWORKS,
        critical=True,
        held="device",
        note=CREDENTIALS_NOTE,
    ),
    row(
        "6.15.2",
        "Update Security Credentials (Device)",
        UpdateSecurityCredentialsDevice,
        targets=E_G,
        roles=SUPPLIERS_AND_NETWORKS,
        duis_roles=SUPPLIERS,
        critical=True,
        note=CREDENTIALS_NOTE,
    ),
    row(
        "6.20.1",
        "Set Device Configuration (Import MPxN)",
        SetDeviceConfigurationImportMPxN,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.COMMISSIONING,
        held="dsp",
        note="in use by suppliers, not a SMETS1 duty",
    ),
    row(
        "6.23",
        "Update Security Credentials (CoS)",
        UpdateSecurityCredentialsCoS,
        targets=E_G,
        roles=SUPPLIERS,
        held="both",
        note=CREDENTIALS_NOTE,
    ),
    row("7.1", "Enable Supply", EnableSupply, targets=Target.E, roles=IMPORT, critical=True),
    row("7.2", "Disable Supply", DisableSupply, targets=E_G, roles=SUPPLIERS, critical=True),
    row("7.3", "Arm Supply", ArmSupply, targets=E_G, roles=SUPPLIERS, critical=True),
    row(
        "7.4",
        "Read Supply Status",
        ReadSupplyStatus,
        ReadSupplyStatusRsp,
        targets=E_G,
        roles=SUPPLIERS_AND_NETWORKS | {Role.ES, Role.RSA},
    ),
)

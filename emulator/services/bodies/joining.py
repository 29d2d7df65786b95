"""Joining devices to a home and to each other (service requests, sections 4 and 8.4)."""

from typing import Annotated, Literal

from emulator.services.bodies.device import Mpan, MPxN, SynchroniseClock, SynchroniseClockRsp
from emulator.services.bodies.rows import E_G, SUPPLIERS, SUPPLIERS_AND_OTHERS, row
from emulator.services.body import ATTRIBUTE, Body, Empty, Eui64, Future, Instant, number, several, text, wrapped
from emulator.services.row import Kind, Service, Target

JoinStatus = Literal[
    "success",
    "invalidMessageCodeForJoinMethodAndRole",
    "invalidJoinMethodAndRole",
    "incompatibleWithExistingEntry",
    "deviceLogFull",
    "writeFailure",
    "keyAgreementNoResources",
    "keyAgreementUnknownIssuer",
    "keyAgreementUnsupportedSuite",
    "keyAgreementBadMessage",
    "keyAgreementBadKeyConfirm",
    "invalidOrMissingCertificate",
    "noPartnerLinkKeyReceived",
    "noCBKEResponse",
]
UnjoinStatus = Literal["success", "otherDeviceNotInDeviceLog", "otherFailure"]


class CommissionDeviceSynchroniseClock(SynchroniseClock, frozen=True, kw_only=True):
    """8.1.1: set the clock; the inventory then calls the meter commissioned."""


class CommissionDeviceSynchroniseClockRsp(SynchroniseClockRsp, frozen=True, kw_only=True):
    """The clock as it is after."""


class Join(Body, frozen=True, kw_only=True):
    """Which device the target joins, or leaves."""

    other_device_id: Eui64


class JoinServiceCritical(Join, frozen=True, kw_only=True):
    """8.7.1: join a prepayment display, or the gas meter's proxy."""


class JoinServiceNonCritical(Join, frozen=True, kw_only=True):
    """8.7.2: join a display."""


class UnjoinServiceCritical(Join, frozen=True, kw_only=True):
    """8.8.1: part them."""


class UnjoinServiceNonCritical(Join, frozen=True, kw_only=True):
    """8.8.2: part them."""


class JoinAnswer(Body, frozen=True, kw_only=True):
    """How a join went, in a word and a number. *assumed*: the number is the word's place in the list, from 0."""

    asn1_status: JoinStatus
    response_code: Annotated[int, ATTRIBUTE]


class UnjoinAnswer(Body, frozen=True, kw_only=True):
    """How a parting went. *assumed*: the number is the word's place in the list, from 0."""

    asn1_status: UnjoinStatus
    response_code: Annotated[int, ATTRIBUTE]


class JoinServiceCriticalRsp(Body, frozen=True, kw_only=True):
    """How it went."""

    join_response_code: JoinAnswer


class JoinServiceNonCriticalRsp(Body, frozen=True, kw_only=True):
    """How it went."""

    join_response_code: JoinAnswer


class UnjoinServiceCriticalRsp(Body, frozen=True, kw_only=True):
    """How it went."""

    unjoin_response_code: UnjoinAnswer


class UnjoinServiceNonCriticalRsp(Body, frozen=True, kw_only=True):
    """How it went."""

    unjoin_response_code: UnjoinAnswer


class ReadDeviceLog(Future, frozen=True, kw_only=True):
    """8.9: whom a device knows."""

    read_security_details: Empty | None = None


class KnownDevice(Body, frozen=True, kw_only=True):
    """A device in a device's log."""

    device_id: Eui64
    device_type: Literal["ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "Type2"]


class HeardDevice(Body, frozen=True, kw_only=True):
    """A device in the hub's log."""

    device_id: Eui64 | None = None
    last_communications_date_time: Instant | None = None
    subghz_link_quality: Annotated[int, number(-128, 127)] | None = None


class ConnectedDevice(Body, frozen=True, kw_only=True):
    """A device in the hub's log of security details."""

    device_id: Eui64 | None = None
    device_security_details: Annotated[str, text(32)] | None = None


class ConnectedDevices(Body, frozen=True, kw_only=True):
    """The hub's log of security details: now, and before."""

    chf_current_connected_device_log_entry: Annotated[tuple[ConnectedDevice, ...], several(0, 16)] = ()
    chf_historic_connected_device_log_entry: Annotated[tuple[ConnectedDevice, ...], several(0, 16)] = ()


class ReadDeviceLogRsp(Body, frozen=True, kw_only=True):
    """The entries."""

    at_most_one = ("device_log_entries", "chf_device_log", "chf_connected_device_log")

    device_log_entries: Annotated[tuple[KnownDevice, ...], wrapped("LogEntry")] | None = None
    chf_device_log: Annotated[tuple[HeardDevice, ...], several(0, 16), wrapped("CHFDeviceLogEntry")] | None = None
    chf_connected_device_log: ConnectedDevices | None = None


class AddDeviceToCHFWhitelist(Body, frozen=True, kw_only=True):
    """What the hub needs to let a device in."""

    join_time_period: Annotated[int, number(1, 3600, "s")]
    install_code: Annotated[str, text(32, r"^([0-9A-Fa-f]{2}){6,16}$", "6 to 16 octets in hexadecimal")]
    import_mpxn: MPxN | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


class UpdateHANDeviceLog(Future, frozen=True, kw_only=True):
    """8.11: let a device into the home, or out of it."""

    device_id: Eui64
    request_type: Literal["Add", "Remove"]
    add_device_to_chf_whitelist: AddDeviceToCHFWhitelist | None = None

    def __post_init__(self) -> None:
        """Hold that what is added says how. Raises ValueError."""
        if (self.request_type == "Add") != (self.add_device_to_chf_whitelist is not None):
            raise ValueError("AddDeviceToCHFWhitelist is given with the RequestType Add, and only with it")


class RestoreHANDeviceLog(Body, frozen=True, kw_only=True):
    """8.12.1: a new hub takes over the log of the old one."""

    old_chf_id: Eui64


SERVICES: tuple[Service, ...] = (
    row(
        "8.1.1",
        "Commission Device",
        CommissionDeviceSynchroniseClock,
        CommissionDeviceSynchroniseClockRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.COMMISSIONING,
        critical=True,
    ),
    row(
        "8.7.1",
        "Join Service (Critical)",
        JoinServiceCritical,
        JoinServiceCriticalRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.COMMISSIONING,
        critical=True,
        note="not critical for SMETS1, says the forum",
    ),
    row(
        "8.7.2",
        "Join Service (Non-Critical)",
        JoinServiceNonCritical,
        JoinServiceNonCriticalRsp,
        targets=Target.G | Target.I,
        roles=SUPPLIERS_AND_OTHERS,
        kind=Kind.COMMISSIONING,
    ),
    row(
        "8.8.1",
        "Unjoin Service (Critical)",
        UnjoinServiceCritical,
        UnjoinServiceCriticalRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.MAINTENANCE,
        critical=True,
    ),
    row(
        "8.8.2",
        "Unjoin Service (Non-Critical)",
        UnjoinServiceNonCritical,
        UnjoinServiceNonCriticalRsp,
        targets=Target.G | Target.I,
        roles=SUPPLIERS_AND_OTHERS,
        kind=Kind.MAINTENANCE,
    ),
    row(
        "8.9",
        "Read Device Log",
        ReadDeviceLog,
        ReadDeviceLogRsp,
        targets=Target.H | Target.G,
        roles=SUPPLIERS_AND_OTHERS,
        kind=Kind.MAINTENANCE,
        held="dsp",
    ),
    row(
        "8.11",
        "Update HAN Device Log",
        UpdateHANDeviceLog,
        targets=Target.H,
        roles=SUPPLIERS_AND_OTHERS,
        kind=Kind.COMMISSIONING,
        held="dsp",
        note="its outcome also comes as the alert UpdateHANDeviceLogResult; the forum prints it as 8.1.1",
    ),
    row(
        "8.12.1",
        "Restore HAN Device Log",
        RestoreHANDeviceLog,
        targets=Target.H,
        roles=SUPPLIERS,
        kind=Kind.MAINTENANCE,
        note="its use for SMETS1 is not evidenced",
    ),
)

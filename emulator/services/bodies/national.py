"""What the national service does itself: the inventory and schedules (service requests, sections 4 and 5)."""

from datetime import date
from typing import Annotated, Final, Literal

from emulator.services.bodies.device import Mpan, MPxN
from emulator.services.bodies.firmware import Version
from emulator.services.bodies.rows import ALL, SUPPLIERS, row
from emulator.services.body import OURS, Body, Empty, Eui64, TimeOfDay, number, several, text
from emulator.services.row import Kind, Role, Service, Target

DeviceType = Literal["ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD"]
DeviceStatus = Literal[
    "Pending",
    "Whitelisted",
    "InstalledNotCommissioned",
    "Commissioned",
    "Decommissioned",
    "Withdrawn",
    "Suspended",
    "Recovery",
    "Recovered",
]
ListStatus = Literal["Active", "Cancelled", "Expired", "Withdrawn"]
Made = Annotated[str, text(30, shortest=0)]
TechnicalVersion = Annotated[str, text(20, says="which technical specification the device keeps")]
Variant = Annotated[str, text(4, r"^[A-G]+$", "letters of what an electricity meter is built with")]
Uprn = Annotated[int, number(1, 10**12 - 1)]
ScheduleId = Annotated[int, number(0, 10**12)]


class Sim(Body, frozen=True, kw_only=True):
    """The SIM of a first-generation hub. *assumed*: not DUIS's; pre-notification needs such data (section 8.4)."""

    iccid: Annotated[str, text(20, r"^[0-9]{18,20}$", "18 to 20 digits")]
    imsi: Annotated[str, text(15, r"^[0-9]{6,15}$", "6 to 15 digits")]


class DevicePrenotification(Body, frozen=True, kw_only=True):
    """12.2: announce a device, which is then Pending."""

    device_id: Eui64
    device_manufacturer: Made
    device_model: Made
    device_type: DeviceType
    smetschts_version: TechnicalVersion | None = None
    firmware_version: Version | None = None
    esme_variant: Variant | None = None
    associated_gpf_device_id: Eui64 | None = None
    sim: Annotated[Sim, OURS] | None = None


class PropertyFilter(Body, frozen=True, kw_only=True):
    """An address."""

    post_code: Annotated[str, text(8, shortest=6)]
    address_identifier: Annotated[str, text(30, shortest=0)]


class ReadInventory(Body, frozen=True, kw_only=True):
    """8.2: which devices belong to a home, or to a device's home."""

    one_of = ("uprn", "device_id", "mpxn", "property_filter")

    uprn: Uprn | None = None
    device_id: Eui64 | None = None
    mpxn: MPxN | None = None
    property_filter: PropertyFilter | None = None


class InventoryDevice(Body, frozen=True, kw_only=True):
    """A device as the inventory has it.

    `Capability` and `ServiceOffered` are ours, not DUIS's: the release its combination came in, and the variants that
    the device is declared to answer, so that a gaining supplier can tell.
    """

    device_id: Eui64
    device_type: DeviceType
    device_status: DeviceStatus | None = None
    device_manufacturer: Made
    device_model: Made
    smetschts_version: TechnicalVersion | None = None
    device_firmware_version: Version | None = None
    device_firmware_version_status: ListStatus | None = None
    cpl_status: ListStatus | None = None
    date_commissioned: date | None = None
    import_mpxn: MPxN | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None
    esme_variant: Variant | None = None
    uprn: Uprn | None = None
    property_filter: PropertyFilter | None = None
    csp_region: (
        Literal["North", "Central", "South", "4G North", "4G Central", "4G South", "Unknown", "SMETS1"] | None
    ) = None
    device_gbcs_version: str | None = None
    han_variant: str | None = None
    s1sp: str | None = None
    connectivity: Literal["Cellular", "Virtual"] | None = None
    capability: Annotated[Literal["IOC", "MOC", "FOC", "none"], OURS] | None = None
    service_offered: Annotated[tuple[str, ...], OURS] = ()


class ReadInventoryRsp(Body, frozen=True, kw_only=True):
    """The devices."""

    device: Annotated[tuple[InventoryDevice, ...], several(1, 17)]


class DecommissionDevice(Body, frozen=True, kw_only=True):
    """8.3: the device is taken out of use."""

    device_id: Eui64


class DeviceDetails(Body, frozen=True, kw_only=True):
    """What was announced wrongly."""

    device_manufacturer: Made | None = None
    device_model: Made | None = None
    smetschts_version: TechnicalVersion | None = None
    firmware_version: Version | None = None
    esme_variant: Variant | None = None


class Numbers(Body, frozen=True, kw_only=True):
    """A supply point's number."""

    one_of = ("import_mpxn", "secondary_import_mpan", "export_mpan")

    import_mpxn: MPxN | None = None
    secondary_import_mpan: Mpan | None = None
    export_mpan: Mpan | None = None


class UpdateInventory(Body, frozen=True, kw_only=True):
    """8.4: correct the inventory; the last step of an installation calls the hub Commissioned."""

    one_of = (
        "update_device_status_except_ch",
        "update_device_status_ch",
        "update_device_details",
        "delete_device",
        "update_mpxn",
    )

    device_id: Eui64
    update_device_status_except_ch: Literal["Pending", "InstalledNotCommissioned"] | None = None
    update_device_status_ch: Literal["Commissioned", "Withdrawn", "InstalledNotCommissioned"] | None = None
    update_device_details: DeviceDetails | None = None
    delete_device: Empty | None = None
    update_mpxn: Numbers | None = None


Days = Annotated[int, number(-400, 0, "days")]


class LogWindow(Body, frozen=True, kw_only=True):
    """Which part of a log a run reads, counted back from its day."""

    start_date_offset: Days
    start_time: TimeOfDay
    end_date_offset: Days
    end_time: TimeOfDay


PART_OF: Final = {
    "4.2": "dsp_read_instantaneous_export_registers",
    "4.6.1": "dsp_retrieve_import_daily_read_log",
    "4.8.1": "dsp_read_active_import_profile_data",
    "4.8.2": "dsp_read_reactive_import_profile_data",
    "4.8.3": "dsp_read_export_profile_data",
    "4.10": "dsp_read_network_data",
    "4.14": "dsp_read_prepayment_daily_read_log",
    "4.15": "dsp_read_load_limit_data",
    "4.16": "dsp_read_active_power_import",
    "4.17": "dsp_retrieve_daily_consumption_log",
}
"""The part of a schedule that each variant has. DUIS's list without 4.6.2, 4.12 and 14.1, which no SMETS1 meter has."""


class CreateSchedule(Body, frozen=True, kw_only=True):
    """5.1: ask the national service to read again and again."""

    one_of = tuple(PART_OF.values())

    schedule_frequency: Literal["Daily", "Weekly", "Monthly", "Quarterly", "Half-Yearly", "Yearly"]
    schedule_start_date: date
    schedule_end_date: date | None = None
    schedule_execution_start_time: TimeOfDay | None = None
    ka_public_security_credential: bytes | None = None
    dsp_scheduled_service_reference: Literal["4.2", "4.6", "4.8", "4.10", "4.14", "4.15", "4.16", "4.17"]
    dsp_scheduled_service_reference_variant: Literal[
        "4.2", "4.6.1", "4.8.1", "4.8.2", "4.8.3", "4.10", "4.14", "4.15", "4.16", "4.17"
    ]
    device_id: Eui64
    dsp_retrieve_import_daily_read_log: LogWindow | None = None
    dsp_read_active_import_profile_data: LogWindow | None = None
    dsp_read_reactive_import_profile_data: LogWindow | None = None
    dsp_read_export_profile_data: LogWindow | None = None
    dsp_read_network_data: LogWindow | None = None
    dsp_read_prepayment_daily_read_log: LogWindow | None = None
    dsp_read_load_limit_data: Empty | None = None
    dsp_read_active_power_import: Empty | None = None
    dsp_retrieve_daily_consumption_log: LogWindow | None = None
    dsp_read_instantaneous_export_registers: Empty | None = None

    @property
    def window(self) -> LogWindow | None:
        """Which part of the log a run reads; none where it reads no log."""
        part = getattr(self, PART_OF[self.dsp_scheduled_service_reference_variant])
        return part if isinstance(part, LogWindow) else None

    def __post_init__(self) -> None:
        """Hold that variant, reference and part are of one service, and the dates in order. Raises ValueError."""
        super().__post_init__()
        variant = self.dsp_scheduled_service_reference_variant
        if variant.split(".")[:2] != self.dsp_scheduled_service_reference.split("."):
            raise ValueError(f"{self.dsp_scheduled_service_reference} has no variant {variant}")
        if getattr(self, PART_OF[variant]) is None:
            raise ValueError(f"the part given is not that of {variant}")
        if self.schedule_end_date is not None and self.schedule_end_date < self.schedule_start_date:
            raise ValueError("the schedule ends before it starts")


class CreateScheduleRsp(Body, frozen=True, kw_only=True):
    """The schedule's id; in DUIS the element stands alone."""

    dsp_schedule_id: ScheduleId


class Scheduled(Body, frozen=True, kw_only=True):
    """Which schedule, or all of a device."""

    one_of = ("dsp_schedule_id", "device_id")

    dsp_schedule_id: ScheduleId | None = None
    device_id: Eui64 | None = None


class ReadSchedule(Scheduled, frozen=True, kw_only=True):
    """5.2: read schedules."""


class Schedule(Body, frozen=True, kw_only=True):
    """A schedule and its id."""

    dsp_schedule_id: ScheduleId
    dsp_schedule_details: CreateSchedule


class ReadScheduleRsp(Body, frozen=True, kw_only=True):
    """The schedules."""

    dsp_schedules: Annotated[tuple[Schedule, ...], several(0, 99)] = ()


class DeleteSchedule(Scheduled, frozen=True, kw_only=True):
    """5.3: end schedules."""


SCHEDULERS: Final = ALL - {Role.RSA}

SERVICES: tuple[Service, ...] = (
    row(
        "5.1",
        "Create Schedule",
        CreateSchedule,
        CreateScheduleRsp,
        targets=Target.D,
        roles=SCHEDULERS,
        kind=Kind.SCHEDULING,
    ),
    row(
        "5.2",
        "Read Schedule",
        ReadSchedule,
        ReadScheduleRsp,
        targets=Target.D,
        roles=SCHEDULERS,
        kind=Kind.SCHEDULING,
        reply_element="DSPSchedulesRead",
    ),
    row("5.3", "Delete Schedule", DeleteSchedule, targets=Target.D, roles=SCHEDULERS, kind=Kind.SCHEDULING),
    row(
        "8.2",
        "Read Inventory",
        ReadInventory,
        ReadInventoryRsp,
        targets=Target.D,
        roles=ALL,
        kind=Kind.NON_DEVICE,
        reply_element="DSPInventory",
    ),
    row("8.3", "Decommission Device", DecommissionDevice, targets=Target.D, roles=SUPPLIERS, kind=Kind.MAINTENANCE),
    row(
        "8.4",
        "Update Inventory",
        UpdateInventory,
        targets=Target.D,
        roles=ALL,
        kind=Kind.COMMISSIONING,
        note="a non-device service too, with 8.2",
    ),
    row(
        "12.2",
        "Device Pre-notification",
        DevicePrenotification,
        targets=Target.D,
        roles=ALL,
        kind=Kind.COMMISSIONING,
        note="SIM is ours, for what a first-generation hub needs",
    ),
)

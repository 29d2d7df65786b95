"""Readings of profiles, logs and power: services 4.6.1, 4.8, 4.10, 4.15, 4.16 and 4.17; and the rows of 4.1 and 4.2."""

from decimal import Decimal
from typing import Annotated, Literal

from emulator.services.bodies import registers
from emulator.services.bodies.log_reads import KeyedLogRead, LogRead
from emulator.services.bodies.matrices import BlockColumns, GasMatrix, SecondaryMatrix, TouMatrix
from emulator.services.bodies.rows import E_G, SUPPLIERS, SUPPLIERS_AND_NETWORKS, row
from emulator.services.body import (
    U32,
    Body,
    CubicMetres,
    Future,
    Instant,
    Seconds,
    VarHours,
    WattHours,
    Watts,
    number,
    several,
    unit,
    wrapped,
)
from emulator.services.row import Kind, Service, Target, roles

Counter = Annotated[int, number(0, U32, says="how often")]
Volts = Annotated[Decimal, unit("V")]
PROFILE_ENTRIES = 4464
"""93 days of half hours."""


class RetrieveImportDailyReadLog(KeyedLogRead, frozen=True, kw_only=True):
    """4.6.1 (service requests, section 4)."""


class GasDay(Body, frozen=True, kw_only=True):
    """The registers of a gas meter at the end of a day."""

    gas_active_import_register_consumption: CubicMetres | None = None
    tariff_block_counter_matrix: GasMatrix = ()
    tariff_tou_register_matrix: GasMatrix = ()


class ElectricityDay(Body, frozen=True, kw_only=True):
    """The registers of an electricity meter at the end of a day."""

    elec_active_import_register_consumption: WattHours | None = None
    secondary_active_import_register_consumption: WattHours | None = None
    secondary_tariff_tou_register_matrix_value: SecondaryMatrix = ()
    tariff_tou_register_matrix_value: TouMatrix = ()
    tariff_tou_block1_register_matrix_value: BlockColumns = ()
    tariff_tou_block2_register_matrix_value: BlockColumns = ()
    tariff_tou_block3_register_matrix_value: BlockColumns = ()
    tariff_tou_block4_register_matrix_value: BlockColumns = ()


class DailyReadEntry(Body, frozen=True, kw_only=True):
    """A day of the log."""

    one_of = ("gas", "electricity")
    timestamp: Instant | None = None
    gas: GasDay | None = None
    electricity: ElectricityDay | None = None


class RetrieveImportDailyReadLogRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.6.1."""

    log_entry: Annotated[tuple[DailyReadEntry, ...], several(0, 31)] = ()


class ReadActiveImportProfileData(KeyedLogRead, frozen=True, kw_only=True):
    """4.8.1 (service requests, section 3)."""


class ElectricityHalfHour(Body, frozen=True, kw_only=True):
    """What both elements of an electricity meter took in half an hour."""

    primary_value: WattHours | None = None
    secondary_value: WattHours | None = None


class GasHalfHour(Body, frozen=True, kw_only=True):
    """What a gas meter took in half an hour."""

    primary_value: CubicMetres | None = None


class ActiveImportEntry(Body, frozen=True, kw_only=True):
    """Half an hour of the log."""

    at_most_one = ("electricity", "gas")
    timestamp: Instant | None = None
    electricity: ElectricityHalfHour | None = None
    gas: GasHalfHour | None = None


class ReadActiveImportProfileDataRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.8.1."""

    log_entry: Annotated[tuple[ActiveImportEntry, ...], several(0, 19_056)] = ()


class ReadReactiveImportProfileData(LogRead, frozen=True, kw_only=True):
    """4.8.2 (service requests, section 3)."""


class ReactiveImportEntry(Body, frozen=True, kw_only=True):
    """Half an hour of the log."""

    reactive_energy_imported_value: VarHours | None = None
    timestamp: Instant | None = None


class ReadReactiveImportProfileDataRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.8.2."""

    log_entry: Annotated[tuple[ReactiveImportEntry, ...], several(0, PROFILE_ENTRIES)] = ()


class ReadExportProfileData(LogRead, frozen=True, kw_only=True):
    """4.8.3 (service requests, section 3)."""


class ExportEntry(Body, frozen=True, kw_only=True):
    """Half an hour of the log."""

    active_energy_exported_value: WattHours | None = None
    reactive_energy_exported_value: VarHours | None = None
    timestamp: Instant | None = None


class ReadExportProfileDataRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.8.3."""

    log_entry: Annotated[tuple[ExportEntry, ...], several(0, PROFILE_ENTRIES)] = ()


class ReadNetworkData(KeyedLogRead, frozen=True, kw_only=True):
    """4.10 (service requests, section 3)."""


class VoltageCounter(Body, frozen=True, kw_only=True):
    """How often an average was beyond its threshold."""

    value: Counter | None = None
    unit: str | None = None


class VoltageEntry(Body, frozen=True, kw_only=True):
    """An average of the voltage."""

    value: Volts | None = None
    timestamp: Instant | None = None


class VoltageProfile(Body, frozen=True, kw_only=True):
    """The averages, and how long each is taken."""

    log_entry: Annotated[tuple[VoltageEntry, ...], several(0, 4320)] = ()
    measurement_period: Seconds | None = None


class VoltageOperationalData(Body, frozen=True, kw_only=True):
    """The network data of a phase."""

    avg_rms_over_voltage_counter: VoltageCounter | None = None
    avg_rms_under_voltage_counter: VoltageCounter | None = None
    avg_rms_voltage_profile_data_log: VoltageProfile | None = None


class PhaseVoltageOperationalData(Body, frozen=True, kw_only=True):
    """The network data of one of three phases."""

    voltage_operational_data: VoltageOperationalData | None = None
    phase: Annotated[int, number(1, 3)] | None = None


class ElectricityNetworkData(Body, frozen=True, kw_only=True):
    """The electricity form of 4.10."""

    at_most_one = ("single_phase_esme", "poly_phase_esme")
    single_phase_esme: VoltageOperationalData | None = None
    poly_phase_esme: (
        Annotated[tuple[PhaseVoltageOperationalData, ...], wrapped("PhaseVoltageOperationalData"), several(0, 3)] | None
    ) = None


class GasNetworkEntry(Body, frozen=True, kw_only=True):
    """What was taken in six minutes."""

    value: CubicMetres | None = None
    timestamp: Instant | None = None


class GasNetworkData(Body, frozen=True, kw_only=True):
    """The gas form of 4.10."""

    network_data_log: Annotated[tuple[GasNetworkEntry, ...], wrapped("LogEntry"), several(0, 41)] = ()


class ReadNetworkDataRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.10."""

    one_of = ("electricity", "gas")
    electricity: ElectricityNetworkData | None = None
    gas: GasNetworkData | None = None


class ReadLoadLimitData(Future, frozen=True, kw_only=True):
    """4.15 (service requests, section 4)."""


class ReadLoadLimitDataRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.15."""

    load_limit_counter_value: Counter | None = None
    load_limit_power_threshold: Watts | None = None
    load_limit_period: Seconds | None = None
    load_limit_restoration_period: Seconds | None = None
    load_limit_supply_state: Literal["Disable", "Unchanged"] | None = None


class ReadActivePowerImport(Body, frozen=True, kw_only=True):
    """4.16 (service requests, section 3)."""


class ActivePowerImport(Body, frozen=True, kw_only=True):
    """The power of the whole meter."""

    value: Watts | None = None
    unit: str | None = None


class ReadActivePowerImportRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.16."""

    active_power_import: ActivePowerImport | None = None
    primary_active_power_import_value: Watts | None = None


class RetrieveDailyConsumptionLog(KeyedLogRead, frozen=True, kw_only=True):
    """4.17 (service requests, section 4)."""


class ElectricityDayEntry(Body, frozen=True, kw_only=True):
    """What a day took of electricity."""

    value: WattHours | None = None
    timestamp: Instant | None = None


class GasDayEntry(Body, frozen=True, kw_only=True):
    """What a day took of gas."""

    value: CubicMetres | None = None
    timestamp: Instant | None = None


class ElectricityDays(Body, frozen=True, kw_only=True):
    """The electricity form of 4.17."""

    log_entry: Annotated[tuple[ElectricityDayEntry, ...], several(0, 731)] = ()


class GasDays(Body, frozen=True, kw_only=True):
    """The gas form of 4.17."""

    log_entry: Annotated[tuple[GasDayEntry, ...], several(0, 731)] = ()


class RetrieveDailyConsumptionLogRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.17."""

    one_of = ("electricity", "gas")
    electricity: ElectricityDays | None = None
    gas: GasDays | None = None


SERVICES: tuple[Service, ...] = (
    *registers.SERVICES,
    row(
        "4.6.1",
        "Retrieve Import Daily Read Log",
        RetrieveImportDailyReadLog,
        RetrieveImportDailyReadLogRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.8.1",
        "Read Active Import Profile Data",
        ReadActiveImportProfileData,
        ReadActiveImportProfileDataRsp,
        targets=E_G,
        roles=roles("IS GS ED GT ES OU"),
        duis_roles=roles("IS GS ED GT OU"),
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.8.2",
        "Read Reactive Import Profile Data",
        ReadReactiveImportProfileData,
        ReadReactiveImportProfileDataRsp,
        targets=Target.E,
        roles=roles("IS GS ED GT ES OU"),
        duis_roles=roles("IS ED OU"),
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.8.3",
        "Read Export Profile Data",
        ReadExportProfileData,
        ReadExportProfileDataRsp,
        targets=Target.E,
        roles=roles("IS GS ED GT ES OU"),
        duis_roles=roles("ED ES OU"),
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.10",
        "Read Network Data",
        ReadNetworkData,
        ReadNetworkDataRsp,
        targets=E_G,
        roles=SUPPLIERS_AND_NETWORKS,
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.15",
        "Read Load Limit Data",
        ReadLoadLimitData,
        ReadLoadLimitDataRsp,
        targets=Target.E,
        roles=roles("IS ED"),
        kind=Kind.ELECTIVE,
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.16",
        "Read Active Power Import",
        ReadActivePowerImport,
        ReadActivePowerImportRsp,
        targets=Target.E,
        roles=roles("IS ED"),
        schedulable=True,
    ),
    row(
        "4.17",
        "Retrieve Daily Consumption Log",
        RetrieveDailyConsumptionLog,
        RetrieveDailyConsumptionLogRsp,
        targets=Target.E | Target.P,
        roles=roles("IS GS ED GT OU"),
        kind=Kind.ELECTIVE,
        held="dsp",
        schedulable=True,
    ),
)

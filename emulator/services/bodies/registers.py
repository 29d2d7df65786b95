"""Readings of registers and matrices: services 4.1 and 4.2."""

from typing import Annotated, Literal

from emulator.services.bodies.matrices import BlockColumns, SecondaryMatrix, TouMatrix
from emulator.services.bodies.rows import E_G, GAS, SUPPLIERS_AND_NETWORKS, row
from emulator.services.body import INDEXED, Body, CubicMetres, Future, VarHours, WattHours, several, wrapped
from emulator.services.row import Service, Target, roles


class ReadInstantaneousImportRegisters(Future, frozen=True, kw_only=True):
    """4.1.1 (service requests, section 3)."""


class ConsumptionRegister(Body, frozen=True, kw_only=True):
    """A total of gas."""

    value: CubicMetres | None = None
    unit: Literal["m3"] | None = None


class ActiveRegister(Body, frozen=True, kw_only=True):
    """A total of active energy."""

    value: WattHours | None = None
    active_energy_unit: Literal["Wh"] | None = None


class ReactiveRegister(Body, frozen=True, kw_only=True):
    """A total of reactive energy."""

    value: VarHours | None = None
    reactive_energy_unit: Literal["varh"] | None = None


class GasRegisters(Body, frozen=True, kw_only=True):
    """The gas form of 4.1.1."""

    consumption_register: ConsumptionRegister | None = None


class ElectricityRegisters(Body, frozen=True, kw_only=True):
    """The electricity form of 4.1.1."""

    active_import_register: ActiveRegister | None = None
    reactive_import_register: ReactiveRegister | None = None
    secondary_active_import_register: ActiveRegister | None = None


class ReadInstantaneousImportRegistersRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.1.1."""

    one_of = ("gas", "electricity")
    gas: GasRegisters | None = None
    electricity: ElectricityRegisters | None = None


class ReadInstantaneousImportTOUMatrices(Future, frozen=True, kw_only=True):
    """4.1.2 (service requests, section 3)."""


class GasMatrices(Body, frozen=True, kw_only=True):
    """The gas form of 4.1.2."""

    tariff_tou_register_matrix: Annotated[
        tuple[CubicMetres, ...], wrapped("TOURegisterMatrixValue"), INDEXED, several(0, 4)
    ] = ()


class TariffTOURegisters(Body, frozen=True, kw_only=True):
    """The registers of both elements of an electricity meter."""

    tou_primary_register_value: TouMatrix = ()
    tou_second_register_value: SecondaryMatrix = ()


class ElectricityMatrices(Body, frozen=True, kw_only=True):
    """The electricity form of 4.1.2."""

    tariff_tou_register_collection: TariffTOURegisters | None = None


class ReadInstantaneousImportTOUMatricesRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.1.2."""

    one_of = ("gas", "electricity")
    gas: GasMatrices | None = None
    electricity: ElectricityMatrices | None = None


class ReadInstantaneousImportTOUWithBlocksMatrices(Future, frozen=True, kw_only=True):
    """4.1.3 (service requests, section 3)."""


class TariffBlock(Body, frozen=True, kw_only=True):
    """What was counted in a block, and what of it in this period."""

    register_matrix_tou_value: BlockColumns = ()
    counter_matrix_tou_value: BlockColumns = ()


class ReadInstantaneousImportTOUWithBlocksMatricesRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.1.3."""

    tariff_block_tou_register_collection: Annotated[
        tuple[TariffBlock, ...], wrapped("TariffBlock"), INDEXED, several(0, 4)
    ] = ()


class ReadInstantaneousImportBlockCounters(Future, frozen=True, kw_only=True):
    """4.1.4 (service requests, section 3)."""


class ReadInstantaneousImportBlockCountersRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.1.4."""

    import_block_counters: Annotated[
        tuple[CubicMetres, ...], wrapped("TariffBlockCounterValue"), INDEXED, several(0, 4)
    ] = ()


class ReadInstantaneousExportRegisters(Future, frozen=True, kw_only=True):
    """4.2 (service requests, section 3)."""


class ReadInstantaneousExportRegistersRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.2."""

    active_export_register: ActiveRegister | None = None
    reactive_export_register: ReactiveRegister | None = None


SERVICES: tuple[Service, ...] = (
    row(
        "4.1.1",
        "Read Instantaneous Import Registers",
        ReadInstantaneousImportRegisters,
        ReadInstantaneousImportRegistersRsp,
        targets=E_G | Target.P,
        roles=SUPPLIERS_AND_NETWORKS,
        held="dsp",
    ),
    row(
        "4.1.2",
        "Read Instantaneous Import TOU Matrices",
        ReadInstantaneousImportTOUMatrices,
        ReadInstantaneousImportTOUMatricesRsp,
        targets=E_G | Target.P,
        roles=SUPPLIERS_AND_NETWORKS,
        held="dsp",
    ),
    row(
        "4.1.3",
        "Read Instantaneous Import TOU With Blocks Matrices",
        ReadInstantaneousImportTOUWithBlocksMatrices,
        ReadInstantaneousImportTOUWithBlocksMatricesRsp,
        targets=Target.E,
        roles=SUPPLIERS_AND_NETWORKS,
        duis_roles=roles("IS ED"),
        held="dsp",
    ),
    row(
        "4.1.4",
        "Read Instantaneous Import Block Counters",
        ReadInstantaneousImportBlockCounters,
        ReadInstantaneousImportBlockCountersRsp,
        targets=Target.G | Target.P,
        roles=SUPPLIERS_AND_NETWORKS,
        duis_roles=GAS,
        held="dsp",
    ),
    row(
        "4.2",
        "Read Instantaneous Export Registers",
        ReadInstantaneousExportRegisters,
        ReadInstantaneousExportRegistersRsp,
        targets=Target.E,
        roles=roles("ED ES"),
        held="dsp",
    ),
)

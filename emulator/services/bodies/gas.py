"""What only a gas meter has: conversion and flow (service requests, section 3: 6.2.8, 6.6, 6.7)."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from emulator.services.bodies.rows import ALL, GAS, row
from emulator.services.body import U16, Body, number, unit
from emulator.services.naming import duis_name
from emulator.services.row import Role, Service, Target

BOUNDS: Final = {
    "calorific_value": (Decimal("429496729.5"), 1),
    "conversion_factor": (Decimal("42949.67295"), 5),
    "uncontrolled_gas_flow_rate_decimal": (Decimal("6.5535"), 4),
}
"""The greatest of each number, and its digits after the point; the least is 0."""

CalorificValue = Annotated[Decimal, unit("MJ/m3", "0 to 429496729.5, one digit after the point")]
ConversionFactor = Annotated[Decimal, unit("", "0 to 42949.67295, five digits after the point")]
FlowRate = Annotated[Decimal, unit("m3/h", "0 to 6.5535, four digits after the point")]
OnEmptyOrTamper = Literal["Unchanged", "Locked"]


def hold(body: Body) -> None:
    """Hold the bounds of a body's decimals. Raises ValueError."""
    for name, (most, digits) in BOUNDS.items():
        value = getattr(body, name, None)
        if value is not None and not (0 <= value <= most and value == round(value, digits)):
            raise ValueError(
                f"0 to {most} with {digits} digits after the point is allowed for {duis_name(name)}, not {value}"
            )


class ReadDeviceConfigurationGas(Body, frozen=True, kw_only=True):
    """6.2.8: how volume becomes energy, and when gas flows unasked."""


class ReadDeviceConfigurationGasRsp(Body, frozen=True, kw_only=True):
    """The gas configuration."""

    calorific_value: Annotated[Decimal, unit("MJ/m3")] | None = None
    conversion_factor: Decimal | None = None
    uncontrolled_gas_flow_rate: Annotated[Decimal, unit("m3/h")] | None = None
    flow_stabilisation_period: Annotated[int, unit("s")] | None = None
    flow_measurement_period: Annotated[int, unit("s")] | None = None


class UpdateDeviceConfigurationGasConversion(Body, frozen=True, kw_only=True):
    """6.6: how volume becomes energy from now on."""

    calorific_value: CalorificValue
    conversion_factor: ConversionFactor

    def __post_init__(self) -> None:
        """Hold the bounds. Raises ValueError."""
        hold(self)


class UpdateDeviceConfigurationGasFlow(Body, frozen=True, kw_only=True):
    """6.7: when gas that flows with the valve shut is an alarm, and what tamper or an empty battery does."""

    one_of = ("uncontrolled_gas_flow_rate", "uncontrolled_gas_flow_rate_decimal")

    uncontrolled_gas_flow_rate: Annotated[int, number(0, U16, "0.0001 m3/h")] | None = None
    uncontrolled_gas_flow_rate_decimal: FlowRate | None = None
    supply_depletion_state: OnEmptyOrTamper
    supply_tamper_state: OnEmptyOrTamper
    stabilisation_period: Annotated[int, number(1, 255, "s")]
    measurement_period: Annotated[int, number(1, U16, "s")]

    def __post_init__(self) -> None:
        """Hold the choice and the bounds. Raises ValueError."""
        super().__post_init__()
        hold(self)


SERVICES: tuple[Service, ...] = (
    row(
        "6.2.8",
        "Read Device Configuration (Gas)",
        ReadDeviceConfigurationGas,
        ReadDeviceConfigurationGasRsp,
        targets=Target.G,
        roles=ALL,
        duis_roles=frozenset({Role.GS, Role.GT, Role.RSA}),
    ),
    row(
        "6.6",
        "Update Device Configuration (Gas Conversion)",
        UpdateDeviceConfigurationGasConversion,
        targets=Target.G,
        roles=GAS,
        critical=True,
    ),
    row(
        "6.7",
        "Update Device Configuration (Gas Flow)",
        UpdateDeviceConfigurationGasFlow,
        targets=Target.G,
        roles=GAS,
        critical=True,
    ),
)

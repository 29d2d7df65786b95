"""The matrices of registers that reads and logs share (service requests, section 5, BILL-SNAP)."""

from typing import Annotated

from emulator.services.body import INDEXED, CubicMetres, WattHours, several

TouMatrix = Annotated[tuple[WattHours, ...], INDEXED, several(0, 48)]
SecondaryMatrix = Annotated[tuple[WattHours, ...], INDEXED, several(0, 4)]
BlockColumns = Annotated[tuple[WattHours, ...], INDEXED, several(0, 8)]
GasMatrix = Annotated[tuple[CubicMetres, ...], INDEXED, several(0, 4)]

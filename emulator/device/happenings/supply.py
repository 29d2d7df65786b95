"""What happens to the supply: the load switch or the valve, and the load limit."""

from emulator.device.happenings.happening import Happening
from emulator.device.records import Cause, Switch


class SupplyChanged(Happening, frozen=True):
    """The load switch moved, or the causes that hold it open changed."""

    switch: Switch
    causes: Cause


class SupplyArmed(Happening, frozen=True):
    """The consumer may now close the switch; `kind` says what made it so where that has a code of its own."""

    kind: str = ""


class SupplyRestored(Happening, frozen=True):
    """The supply came back by itself at the end of the load limit's restoration period."""


class SwitchFailed(Happening, frozen=True):
    """The load switch did not move; `kind` is connect or disconnect."""

    kind: str


class LoadLimitReached(Happening, frozen=True):
    """Active power import stood above the load limit for the load limit period."""

    threshold_w: int
    disabled: bool


SUPPLY = SupplyChanged | SupplyArmed | SupplyRestored | SwitchFailed | LoadLimitReached

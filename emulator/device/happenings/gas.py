"""What happens to a gas meter: its valve, its battery, its settings of flow and conversion."""

from emulator.device.happenings.happening import Happening


class ValveAsked(Happening, frozen=True):
    """The consumer asked for gas; the valve opens once that is confirmed."""

    until: int


class ValveOpening(Happening, frozen=True):
    """The valve is being opened, to be tested for an open end."""


class ValveTurned(Happening, frozen=True):
    """The valve is open, or closed, now."""

    open: bool


class UncontrolledFlow(Happening, frozen=True):
    """More gas flowed through the opened valve than may: it is closed again, and the supply stays armed."""

    flow_ml_h: int


class LowBattery(Happening, frozen=True):
    """The estimate of the battery's remaining life fell below the threshold."""

    days: int


class BatteryFitted(Happening, frozen=True):
    """A new battery was fitted."""


class LossOfPower(Happening, frozen=True):
    """The meter lost its main battery at an instant; told then, or when power is back."""

    at: int


class BatteryLost(Happening, frozen=True):
    """The main battery was taken out, or ran out."""

    cause: str


class BatteryBack(Happening, frozen=True):
    """The meter has power again."""

    since: int


class NetworkLogStarted(Happening, frozen=True):
    """The network data log runs from now on."""


GAS = (
    ValveAsked
    | ValveOpening
    | ValveTurned
    | UncontrolledFlow
    | LowBattery
    | BatteryFitted
    | LossOfPower
    | BatteryLost
    | BatteryBack
    | NetworkLogStarted
)

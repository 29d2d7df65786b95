"""What happens to the displays of a home. Of a code that was keyed only the meter tells, and only its last digits."""

from emulator.device.happenings.happening import Happening


class DisplayAsked(Happening, frozen=True):
    """A display hands a wish of the consumer to a meter: a top-up, emergency credit, the supply."""

    kind: str
    fuel: str
    number: int


class DisplayHeld(Happening, frozen=True):
    """A display keeps a top-up until it can hand it over."""

    kind: str
    fuel: str


class DisplayAnswered(Happening, frozen=True):
    """The meter's answer came to the display; `result` says what it was."""

    kind: str
    fuel: str
    accepted: bool
    result: str


class DisplayPowered(Happening, frozen=True):
    """A display has power, or has none any more."""

    on: bool


class DisplayUnplugged(Happening, frozen=True):
    """Somebody pulled a display's plug."""


class DisplayPluggedIn(Happening, frozen=True):
    """Somebody put a display's plug back."""


class DisplayCutOff(Happening, frozen=True):
    """A display hears nothing any more: the HAN is away, or the display is no member of it."""

    kind: str


class DisplayHeard(Happening, frozen=True):
    """A display is in touch again, or will be once it has joined anew."""

    kind: str


class DisplayForgot(Happening, frozen=True):
    """A change of supplier took something from a display."""

    kinds: tuple[str, ...]


class MessageArrived(Happening, frozen=True):
    """A supplier's message stands on the display."""

    text: str


class LocalCommandActioned(Happening, frozen=True):
    """A meter did what was asked at its own keys ("interface") or by a display of the home ("han")."""

    kind: str
    name: str


class LocalCommandNotActioned(Happening, frozen=True):
    """A meter did not do what was asked at its own keys ("interface") or by a display of the home ("han")."""

    kind: str
    name: str


DISPLAY = (
    DisplayAsked
    | DisplayHeld
    | DisplayAnswered
    | DisplayPowered
    | DisplayUnplugged
    | DisplayPluggedIn
    | DisplayCutOff
    | DisplayHeard
    | DisplayForgot
    | MessageArrived
    | LocalCommandActioned
    | LocalCommandNotActioned
)

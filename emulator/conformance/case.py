"""What a case is: a requirement with a name, who it is about, and how it is put to the test.

Cases are written out in tables (`cases/`), one a module; nothing registers itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from emulator.device.profile import Profile
from emulator.services import catalogue
from emulator.services.offered import offered
from emulator.services.row import Target

if TYPE_CHECKING:
    from emulator.conformance.stage import Stage


class Group(StrEnum):
    """The families of cases."""

    HAPPY = "happy path"
    UNITS = "units and edges"
    NOT_OFFERED = "not offered"
    WRONG_TARGET = "wrong target"
    WRONG_ROLE = "wrong role"
    REACH = "reach"
    ORDER = "duplicates and order"
    FUTURE = "future date"
    SEQUENCE = "sequence"
    SCHEDULE = "schedule"
    PREPAYMENT = "prepayment journeys"
    FIRMWARE = "firmware"
    CREDENTIALS = "credentials"
    COMMISSIONING = "commissioning"
    ALERTS = "the 13 alerts"
    STORM = "storms"
    PARTIAL = "partial failure"


class Failed(Exception):
    """What was seen is not what is required."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}; got {got}")
        self.expected, self.got = expected, got


class NonStrict(Failed):
    """The duty is met in a form that the reference does not give."""


class Tolerated(Failed):
    """A departure that the family's profile declares."""


class Contradicted(Failed):
    """What was seen contradicts what the family declares."""


class Undecided(Exception):
    """Nothing was seen that decides it."""


class NotHere(Exception):
    """It cannot be done at this target; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """The home that a case is put to: what it is like before anything is asked.

    With `gas` it has a gas meter; on prepayment both meters have the balance. `commissioned` False leaves its devices
    out of the inventory and its hub without any. `patience_s` is how long the reference adapter waits for an answer of
    its devices, which answer at once or not at all.
    """

    payment: Literal["credit", "prepayment"] = "credit"
    balance_mp: int = 2_000_000
    gas: bool = False
    at: str = "2026-06-03T10:07:00Z"
    commissioned: bool = True
    patience_s: float = 1.0


class Need(NamedTuple):
    """A service that a case asks at a kind of device."""

    variant: str
    target: Target = Target.E


Choice = Literal["run", "unsupported", "not established", "not applicable"]


class Chosen(NamedTuple):
    """Whether a case is for a family, why, and whether that leans on an assumption."""

    choice: Choice
    why: str
    assumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case. `lacks` turns it round: it is for families that do not offer what it needs.

    `only` says more of who it is for: it gives "" or why a family is not meant.
    """

    name: str
    says: str
    clause: str
    group: Group
    needs: tuple[Need, ...]
    act: "Callable[[Stage], Awaitable[None]]"
    home: Home = Home()
    negative: bool = False
    lacks: bool = False
    only: Callable[[Profile], str] | None = None
    virtual_only: bool = False

    @property
    def services(self) -> tuple[str, ...]:
        """The variants it is about."""
        return tuple(dict.fromkeys(need.variant for need in self.needs))

    def chosen(self, profile: Profile) -> Chosen:
        """Say whether it is for a family, by what the family's profile declares."""
        told = [offered(profile, catalogue.find(need.variant), need.target) for need in self.needs]
        assumed = any(one.assumed for one in told)
        if self.only is not None and (why := self.only(profile)):
            return Chosen("not applicable", why)
        if self.home.gas and profile.gas_metering is None:
            return Chosen("not applicable", "the set has no gas meter")
        if self.home.payment == "prepayment" and not profile.prepayment.offered:
            return Chosen("not applicable", "the set has no prepayment")
        if profile.protocol == "sms" and self.group is Group.ALERTS:
            return Chosen("unsupported", "no alert leaves this family: its SMS carry readings and answers")
        at_device = self.group is Group.ALERTS or any(need.target is not Target.D for need in self.needs)
        if profile.protocol == "zigbee" and at_device:
            return Chosen("not established", "the ZigBee wire of this family is not there yet")
        unknown = [one for one in told if one.standing == "unknown"]
        lacking = [one for one in told if one.standing == "not offered"]
        if unknown:
            return Chosen("not established", unknown[0].why, assumed=True)
        if self.lacks:
            return Chosen("run", "", assumed) if lacking else Chosen("not applicable", "the family offers it")
        return Chosen("unsupported", lacking[0].why, assumed) if lacking else Chosen("run", "", assumed)

"""The steps of a scenario: what can be done to a home and asked of it, each as plain data that a file can hold.

`expect` holds what must be seen: every key that it names has that value in what the step gives.
"""

from typing import Any, ClassVar, Literal

import msgspec

Device = Literal["esme", "gsme", "chf", "ppmid", "ihd"]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="do"):
    """One step at a home of the scenario; 1 is the first."""

    moves: ClassVar[bool] = False

    home: int = 1
    expect: dict[str, Any] | None = None


class Ask(Step, frozen=True, kw_only=True, tag="ask"):
    """Ask a service of the adapter; gives `ok`, `code`, `reason`, `body`. `envelope` is what a request has besides."""

    service: str
    body: dict[str, Any] = {}
    device: str | None = None
    role: str | None = None
    which: int = 1
    within: str = "2h"
    envelope: dict[str, Any] = {}


class TopUp(Step, frozen=True, kw_only=True, tag="top_up"):
    """Buy a code and bring it to a meter: as 2.2 or keyed in. `again` brings the last code once more."""

    value_mp: int = 1_000_000
    by: Literal["service", "keypad"] = "service"
    again: bool = False
    device: Device = "esme"


class Read(Step, frozen=True, kw_only=True, tag="read"):
    """Read a data item over the wire; gives `value`."""

    item: str
    device: Device = "esme"


class Truth(Step, frozen=True, kw_only=True, tag="truth"):
    """Read what a device itself holds, past every wire; gives `value`."""

    item: str
    device: Device = "esme"


class Agree(Step, frozen=True, kw_only=True, tag="agree"):
    """Ask the adapter for balance (4.3) and supply (7.4), and compare with the device; gives `differs`: [] is well.

    A service that the family does not offer, or that cannot be had now, is not compared.
    """

    device: Device = "esme"


class Send(Step, frozen=True, kw_only=True, tag="send"):
    """Send a command of the device model, past the adapter; gives `accepted`, `reason` and `events`."""

    command: str
    fields: dict[str, Any] = {}
    device: Device = "esme"
    sender: Literal["supplier", "network", "consumer"] = "supplier"


class Press(Step, frozen=True, kw_only=True, tag="press"):
    """Press keys; gives `accepted`, `reason`, `events` and `display`."""

    keys: tuple[str, ...]
    device: Device = "esme"


class Code(Step, frozen=True, kw_only=True, tag="code"):
    """Key a top-up code in; gives what `press` gives."""

    digits: str
    device: Device = "esme"


class Act(Step, frozen=True, kw_only=True, tag="act"):
    """Do something by hand, such as cut_power; gives what `press` gives."""

    deed: str
    device: Device = "esme"


class Vend(Step, frozen=True, kw_only=True, tag="vend"):
    """Buy a top-up code; gives `value`."""

    value_mp: int
    device: Device = "esme"


class Shown(Step, frozen=True, kw_only=True, tag="shown"):
    """Look at a display; gives `value`, its lines."""

    device: Device = "esme"


class Fault(Step, frozen=True, kw_only=True, tag="fault"):
    """Put a fault into the home, for a span or until it is cleared; gives `value`, its number."""

    name: str
    lasts: str = ""
    device: str = ""
    given: dict[str, int | str] = {}


class ClearFault(Step, frozen=True, kw_only=True, tag="clear_fault"):
    """Take a fault out; 0 is all of them."""

    number: int = 0


class Advance(Step, frozen=True, kw_only=True, tag="advance"):
    """Move the clock of all homes."""

    by: str


class Until(Step, frozen=True, kw_only=True, tag="until"):
    """Move the clock from event to event until a condition on the home holds; gives `value`, whether it holds."""

    condition: str
    limit: str = "31d"


class Alerts(Step, frozen=True, kw_only=True, tag="alerts"):
    """Take the alerts that the adapter gave out; gives `value`, their codes."""


class Journal(Step, frozen=True, kw_only=True, tag="journal"):
    """Take what happened in the home since it was stood up; gives `value`, the names of the happenings."""


AnyStep = (
    Ask
    | TopUp
    | Read
    | Truth
    | Agree
    | Send
    | Press
    | Code
    | Act
    | Vend
    | Shown
    | Fault
    | ClearFault
    | Advance
    | Until
    | Alerts
    | Journal
)


class HomeOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A home of a scenario, stood up before the step of number `before` (1 is the first).

    `at` is when its clock starts; "" is 2026-06-03T10:07:00Z, or the present of the homes before it.
    """

    profile: str
    payment: Literal["credit", "prepayment"] = "credit"
    balance_mp: int = 2_000_000
    gas: bool = False
    at: str = ""
    commissioned: bool = True
    seed: int = 1
    before: int = 1


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A course of events that replays: homes, steps, and the adapter under test (emulated, adapter:...)."""

    name: str = ""
    says: str = ""
    target: str = "emulated"
    homes: tuple[HomeOf, ...]
    steps: tuple[AnyStep, ...]

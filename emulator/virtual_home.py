"""A home in memory, without a farm: for scripts and tests of what devices do, at any pace.

    home = VirtualHome("elster-as300p", payment="prepayment", balance_mp=400_000)
    home.until("event LowCredit", "30d")
    home.code(home.vend(10_00_000))

It opens no socket and keeps nothing on a disk; everything it does is a function of its seed and of what is done to it.
"""

from collections.abc import Sequence
from typing import Any, Literal, Self

import msgspec

from emulator.device import snapshot
from emulator.device.commands import Command, Sender
from emulator.device.conditions import next_look, parse
from emulator.device.device import Outcome
from emulator.device.display import customer
from emulator.device.display.deeds import DEEDS
from emulator.device.faults.catalogue import find as find_fault
from emulator.device.faults.fault import FaultError, values
from emulator.device.faults.home_faults import FaultCleared, FaultPlanned
from emulator.device.faults.in_force import require
from emulator.device.household import Household
from emulator.device.installation import Installation
from emulator.device.instant import parse as parse_instant
from emulator.device.instant import span
from emulator.device.items import present
from emulator.device.journal import DeviceName, Entry
from emulator.device.meter import Metered
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.money.explain import WHAT, explain
from emulator.device.readings import find, value
from emulator.device.snapshot import Difference, Snapshot
from emulator.dlms.conduct import Misconduct, conduct_of
from emulator.farm import library
from emulator.farm.cohort import Cohort, FixedHousehold, Header
from emulator.farm.drawing import prepayment_contract
from emulator.farm.estate import Estate

__all__ = ["VirtualHome"]

ESME = DeviceName.ESME


class VirtualHome:
    """The devices of one home and their present instant."""

    def __init__(
        self,
        profile: str,
        *,
        seed: int = 1,
        at: str = "2026-01-01T00:00:00Z",
        payment: Literal["credit", "prepayment"] = "credit",
        balance_mp: int | None = None,
        gas: bool = False,
        firmware: str = "",
        household: Household | None = None,
    ) -> None:
        """Make a home of a packaged profile at an instant. In prepayment its supplier has set the meters up.

        It runs the firmware that the profile is written for, or another that it has (`profile show`).

        Raises UnknownProfileError, OverlayError, or ValueError for an instant or a way of paying that is none.
        """
        if payment not in {"credit", "prepayment"}:
            raise ValueError(f"nobody pays by {payment!r}; allowed: credit, prepayment")
        if payment == "prepayment" and not library.packaged(profile).prepayment.offered:
            raise ValueError(f"{profile} has no prepayment; allowed: credit")
        fixed = None if household is None else FixedHousehold(**msgspec.structs.asdict(household))
        cohort = Cohort(
            profile=profile,
            homes=1,
            gas=float(gas),
            prepayment=float(payment == "prepayment"),
            household=fixed,
            firmware={firmware: 1.0} if firmware else {},
        )
        estate = Estate(Header(seed=seed), (cohort,), {profile: library.packaged(profile)})
        self.installation = Installation(estate.premises(0), parse_instant(at))
        if payment == "prepayment":
            for name, device in self.installation.devices.items():
                if isinstance(device, Metered):
                    by_time = device.site.profile.prepayment.full
                    drawn = prepayment_contract(device.site.key, name, by_time=by_time)
                    given = drawn.balance_mp if balance_mp is None else balance_mp
                    self.start_contract(msgspec.structs.replace(drawn, balance_mp=given), name)
        elif balance_mp is not None:
            self.start_contract(Contract(mode=Mode.CREDIT, balance_mp=balance_mp))

    # What is done to it.

    def start_contract(self, contract: Contract, device: str = ESME) -> Outcome:
        """Let a supplier set a meter up: mode, prices, terms, what is owed."""
        return self.installation.note(self._named(device), AccountStarts(contract))

    def send(self, command: Command, device: str = ESME, sender: Sender = Sender.SUPPLIER) -> Outcome:
        """Have a device carry out a command."""
        return self.installation.send(self._named(device), command, sender)

    def press(self, *keys: str, device: str = ESME) -> customer.Done:
        """Press keys of a meter or a display."""
        return customer.press(self.installation, self._named(device), keys)

    def code(self, digits: str, device: str = ESME) -> customer.Done:
        """Enter a top-up code."""
        return customer.code(self.installation, self._named(device), digits)

    def act(self, deed: str, device: str = ESME) -> customer.Done:
        """Do something by hand: open_cover, magnet, unplug, change_battery and so on. Raises ValueError."""
        if deed not in DEEDS:
            raise ValueError(f"nobody can {deed!r}; allowed: {', '.join(DEEDS)}")
        return DEEDS[deed](self.installation, self._named(device))

    def fault(self, name: str, lasts: int | str = 0, device: str = "", **given: int | str) -> int:
        """Put a fault in, for a span or until it is cleared; give its number. Raises FaultError or ValueError.

        `name` is that of the catalogue or the reference's row, such as "W1"; what it takes says `meterfarm fault ls`.
        """
        fault, premises = find_fault(name), self.installation.premises
        require(fault, tuple(self.installation.devices), premises.electricity.profile, device)
        number = self.installation.faults.records.seen + 1
        for_ms = lasts if isinstance(lasts, int) else span(lasts)
        stops_at = self.now + for_ms if for_ms else None
        planned = FaultPlanned(number, fault.name, device, values(fault, given), self.now, stops_at)
        outcome = self.installation.note(DeviceName.HOME, planned)
        if not outcome.accepted:
            raise FaultError(outcome.detail)
        return number

    def clear_fault(self, number: int = 0) -> None:
        """Take a fault out again; 0 is all of them."""
        self.installation.note(DeviceName.HOME, FaultCleared(number))

    def vend(self, value_mp: int, device: str = ESME) -> str:
        """Make a valid top-up code for a meter as it stands. Raises ValueError for a value no code can say."""
        meter = self._metered(device)
        return top_up.vend_for(meter.site, meter.records, value_mp)

    # Time.

    @property
    def now(self) -> int:
        """The present instant."""
        return self.installation.now

    def advance(self, by: int | str) -> None:
        """Move on by milliseconds, or by a span such as 36h or 1d12h. Raises ValueError."""
        self.installation.advance(self.now + (by if isinstance(by, int) else span(by)))

    def until(self, condition: str, limit: int | str = "31d") -> bool:
        """Move from event to event until a condition holds; False if it does not within a span.

        It is looked at after each event, at each half hour and at the end.

        Raises ConditionError.
        """
        home = self.installation
        holds = parse(condition, home)
        end = self.now + (limit if isinstance(limit, int) else span(limit))
        while not holds(home):
            if home.now >= end:
                return False
            home.advance(next_look(home, end))
        return True

    def fork(self) -> Self:
        """Give another future of this home."""
        other = object.__new__(type(self))
        other.installation = self.installation.fork()
        return other

    # What it is read for.

    @property
    def journal(self) -> Sequence[Entry]:
        """What happened, oldest first."""
        return self.installation.journal

    @property
    def conduct(self) -> tuple[Misconduct, ...]:
        """What was done wrong to it: here only what the devices refused, for there is no wire."""
        return conduct_of(self.journal)

    def read(self, item: str, device: str = ESME) -> Any:
        """Read a data item of a device by key or title; None where its make lacks it. Raises UnknownItemError."""
        found = find(self._named(device), item)
        return present(found, value(self.installation.devices[self._named(device)], found))

    def shown(self, device: str = ESME) -> tuple[str, ...]:
        """Give the lines on a device's display."""
        return customer.shown(self.installation, self._named(device))

    def explain(self, what: str = "balance", device: str = ESME, *, detail: bool = False) -> list[str]:
        """Say in plain English how a balance came about. Raises ValueError."""
        if what not in WHAT:
            raise ValueError(f"nothing explains {what!r}; allowed: {', '.join(WHAT)}")
        name = self._named(device)
        own = [entry for entry in self.journal if entry.device is name]
        return explain(own, self._metered(device), what, detail=detail)

    def snapshot(self) -> Snapshot:
        """Take a snapshot, to be kept or compared."""
        return snapshot.take(self.installation)

    def restore(self, taken: Snapshot) -> None:
        """Stand as a snapshot says, at its instant. Raises SnapshotError."""
        premises = self.installation.premises
        self.installation = Installation(premises, taken.at, snapshot.state(taken, premises))

    def differences(self, other: "VirtualHome") -> list[Difference]:
        """Compare with another future."""
        return snapshot.differences(self.snapshot(), other.snapshot())

    def _metered(self, device: str) -> Metered[Any]:
        meter = self.installation.devices[self._named(device)]
        if not isinstance(meter, Metered):
            raise TypeError(f"{device} is no meter")
        return meter

    def _named(self, device: str) -> DeviceName:
        """Find a device of this home by its name. Raises ValueError."""
        for name in self.installation.devices:
            if name == device:
                return name
        raise ValueError(f"there is no {device!r} in this home; allowed: {', '.join(self.installation.devices)}")

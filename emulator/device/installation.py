"""The installation: all devices of one home at one instant, with one journal, and what one does to another.

It knows no address and no store. Devices act in order of time; what happens to one of them may reach others at the same
instant by the table of couplings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from emulator.device.commands import NOBODY, Command, Reason, Sender
from emulator.device.couplings import COUPLINGS
from emulator.device.device import (
    JOURNAL_IN_MEMORY,
    MOST_AT_ONCE,
    NEVER,
    Changes,
    Device,
    EndlessError,
    Outcome,
    StateError,
)
from emulator.device.display import display
from emulator.device.faults.home_faults import FaultyHome
from emulator.device.faults.in_force import profile_under
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.happenings import FaultStarted, FaultStopped
from emulator.device.household import Site
from emulator.device.hub.hub import Hub
from emulator.device.journal import DeviceName, Entry, Journal
from emulator.device.meter import Meter
from emulator.device.step import Event

STATE_VERSION = 1
_MOST_ROUNDS = 64
"""How often couplings may answer each other at one instant; more is a circle among them, a bug of ours."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What stands in one home: a site for each device that is there. A pure value."""

    sites: Mapping[DeviceName, Site]

    @property
    def electricity(self) -> Site:
        """The site of the electricity meter, which every home has."""
        return self.sites[DeviceName.ESME]

    def fitted(self, name: DeviceName) -> Site:
        """Give the site of a device as its maker takes it: the hub's tells which other devices the home has."""
        site = self.sites[name]
        if name is not DeviceName.CHF:
            return site
        others = {DeviceName.GSME, DeviceName.PPMID, DeviceName.IHD}
        return replace(site, beside=tuple((one.value, at.eui64) for one, at in self.sites.items() if one in others))


Maker = Callable[[Site, int, bytes | None, Journal | None], Device[Any]]

MAKERS: dict[DeviceName, Maker] = {
    DeviceName.ESME: Meter,
    DeviceName.GSME: GasMeter,
    DeviceName.CHF: Hub,
    DeviceName.PPMID: display.ppmid,
    DeviceName.IHD: display.ihd,
}


class _State(msgspec.Struct, frozen=True, array_like=True):
    version: int
    at: int
    seq: int
    devices: dict[str, bytes]


_ENCODER = msgspec.msgpack.Encoder()


class Installation:
    """The devices of one home. They are values: read them, do not change them.

    A busy wire moves a home at every frame, and nearly always nothing falls due. So it is known until when the devices
    beside the electricity meter are quiet, and whether they changed; `_look_round` finds out after whatever moves them.
    """

    __slots__ = (
        "_all",
        "_book",
        "_esme",
        "_followed",
        "_others",
        "_quiet_until",
        "_saved_seq",
        "_stirred",
        "devices",
        "faults",
        "now",
        "premises",
    )

    def __init__(self, premises: Premises, now: int, state: bytes | None = None, *, first_seq: int = 0) -> None:
        """Make the devices of a home as they stand at an instant, from stored state if there is any.

        State of a meter alone, as farms of one device a home kept it, is taken too. The journal goes on after
        `first_seq` where that is later than the state's own number. Raises StateError.
        """
        self.premises = premises
        kept = None if state is None else _read_state(state)
        self._book = Journal(max(first_seq, 0 if kept is None else kept.seq))
        self._saved_seq = self._followed = self._book.seq
        self._stirred = False
        self.now = min(now, *(site.installed_at for site in premises.sites.values())) if kept is None else kept.at
        states = {} if kept is None else kept.devices
        self.faults = FaultyHome(premises.electricity, self.now, states.get(DeviceName.HOME), self._book)
        self.devices: dict[DeviceName, Device[Any]] = {
            name: MAKERS[name](self._site(name), self.now, states.get(name), self._book) for name in premises.sites
        }
        self._esme = self.devices[DeviceName.ESME]
        self._all: tuple[Device[Any], ...] = (*self.devices.values(), self.faults)
        self._others = tuple(device for device in self._all if device is not self._esme)
        self._quiet_until = 0
        if any(device.now != self.now for device in self._all):
            raise StateError("unreadable state: a device stands at another instant than its home")
        self.follow()
        self.advance(max(now, self.now))

    @property
    def esme(self) -> Meter:
        """The electricity meter."""
        meter = self.devices[DeviceName.ESME]
        assert isinstance(meter, Meter)
        return meter

    @property
    def journal(self) -> list[Entry]:
        """The entries in memory, oldest first."""
        return self._book.entries

    @property
    def seq(self) -> int:
        """The number of the journal's newest entry; 0 before the first."""
        return self._book.seq

    def advance(self, now: int) -> None:
        """Move all devices to an instant, through everything that falls due on the way, in order of time.

        Raises ValueError for the past.
        """
        if now < self.now:
            raise ValueError(f"time runs forward: {now} is before {self.now}")
        at_once = 0
        while (due := self.next_due()) is not None and due <= now:
            at_once = at_once + 1 if due <= self.now else 0
            if at_once > MOST_AT_ONCE:
                names = ", ".join(device.kind.name for device in self._all if device.next_due() == due)
                raise EndlessError(f"{names}: something falls due again and again at {self.now}")
            self._move(max(due, self.now))
        self._move(now)
        self._look_round()

    def advance_meter(self, now: int) -> None:
        """Move the electricity meter to an instant for its wire; the others come along when something moves them."""
        meter = self._esme
        if self.now <= now < self._quiet_until and now < meter.due.at:
            self.now = meter.now = now
        else:
            self.advance(now)

    def _move(self, now: int) -> None:
        self.now = now
        for device in self._all:
            device.advance(now)
        self.follow()

    def _bring_along(self) -> None:
        for device in self._others:
            if device.now < self.now:
                device.advance(self.now)

    def _look_round(self) -> None:
        self._quiet_until = min((device.due.at for device in self._others), default=NEVER)
        self._stirred = self._stirred or any(device.changed for device in self._others)

    def next_due(self) -> int | None:
        """Say when a device next acts unasked, or None."""
        dues = [due for device in self._all if (due := device.next_due()) is not None]
        return min(dues, default=None)

    def send(self, device: DeviceName, command: Command, sender: Sender, now: int | None = None) -> Outcome:
        """Have a device carry out a command, at the present instant unless another is given."""
        self.advance(self.now if now is None else now)
        if device not in self.devices:
            return Outcome(accepted=False, reason=Reason.NOT_APPLICABLE, detail=f"there is no {device}", entries=())
        before = self.seq
        outcome = self.devices[device].send(command, sender)
        self.follow()
        self._look_round()
        return outcome._replace(entries=self._book.since(before))

    def note(self, device: DeviceName, event: Event, now: int | None = None) -> Outcome:
        """Let something happen to a device. Raises KeyError for one that is not there."""
        self.advance(self.now if now is None else now)
        before = self.seq
        outcome = self._named(device).note(event)
        self.follow()
        self._look_round()
        return outcome._replace(entries=self._book.since(before))

    def _named(self, name: DeviceName) -> Device[Any]:
        return self.faults if name is DeviceName.HOME else self.devices[name]

    def follow(self) -> None:
        """Let what happened since the last time reach the other devices.

        Whoever moved a device by itself (a binding's session) calls this once it is done.
        """
        for _ in range(_MOST_ROUNDS):
            fresh = self._book.since(self._followed)
            if not fresh:
                return
            self._followed = self._book.seq
            self._bring_along()
            self._follow(fresh)
            self._look_round()
        raise AssertionError("couplings answer each other without an end")

    def _follow(self, fresh: tuple[Entry, ...]) -> None:
        for entry in fresh:
            if isinstance(entry.what, FaultStarted | FaultStopped):
                self._refit()
            for coupling in COUPLINGS.get(type(entry.what), ()):
                for reached in coupling(self.devices, entry):
                    if reached.device in self.devices:
                        self._reach(reached.device, reached.what, reached.sender)

    def _refit(self) -> None:
        """Lay the faults in force over the profile of every device (architecture D11)."""
        for name, device in self.devices.items():
            device.refit(self._site(name))

    def _site(self, name: DeviceName) -> Site:
        fitted, faults = self.premises.fitted(name), self.faults.in_force
        return replace(fitted, profile=profile_under(fitted.profile, name, faults)) if faults else fitted

    def _reach(self, name: DeviceName, what: Command | Event, sender: Sender) -> None:
        device = self.devices[name]
        if isinstance(what, Command) and sender is not NOBODY:
            device.send(what, sender)
        else:
            device.note(what)

    # What a store keeps.

    @property
    def changed(self) -> bool:
        """Whether there is something that no store has been given yet."""
        meter = self._esme  # asked for at every frame: one call less than to ask it whether it changed
        return self._stirred or self._book.seq != self._saved_seq or meter.records is not meter.stored

    def touch(self) -> None:
        """Count as changed: what a store holds of this home is of another state."""
        self._stirred = True

    def take_changes(self) -> Changes:
        """Hand over what changed since the last call."""
        fresh = self._book.since(self._saved_seq)
        self._saved_seq = self._book.seq
        self._stirred = False
        for device in self._all:
            device.saved()
        self._book.forget(JOURNAL_IN_MEMORY)
        return Changes(fresh, self.state())

    def state(self) -> bytes:
        """Write the state of all devices, versioned."""
        self._bring_along()
        states = {name.value: device.state() for name, device in self.devices.items()}
        if self.faults.records.seen:
            states[DeviceName.HOME.value] = self.faults.state()
        return _ENCODER.encode(["home", STATE_VERSION, self.now, self._book.seq, states])

    def fork(self) -> "Installation":
        """Give another future of the same home: it stands where this one stands, and goes its own way.

        Its journal goes on from the same number, without the entries before.
        """
        return Installation(self.premises, self.now, self.state())


def _read_state(state: bytes) -> _State:
    try:
        parts = msgspec.msgpack.decode(state)
        if not isinstance(parts, list) or len(parts) < 3:
            raise StateError("unreadable state: it is no list of parts")
        if parts[0] != "home":  # a meter alone
            return msgspec.convert([STATE_VERSION, parts[1], parts[2], {DeviceName.ESME.value: state}], _State)
        if parts[1] != STATE_VERSION:
            raise StateError(f"state of version {parts[1]}; this is version {STATE_VERSION}")
        return msgspec.convert(parts[1:], _State)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise StateError(f"unreadable state: {error}") from error

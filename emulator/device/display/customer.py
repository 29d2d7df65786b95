"""The person in the home: keys pressed at a meter or a display, codes keyed in, covers, magnets, plugs and batteries.

Everything gives back what the display shows afterwards. What a key does is the profile's; what it asks for goes to the
device as a command of a consumer, by the same door as any other.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from emulator.device import commands
from emulator.device.commands import Command, Reason, Sender
from emulator.device.device import Device, Outcome
from emulator.device.display import face_entry
from emulator.device.display.display import METERS, Display, held, readings
from emulator.device.display.display_reading import Known, Reading, read
from emulator.device.display.display_rules import PluggedIn, Unplugged, block_of, heard
from emulator.device.display.display_text import Own, Shown, marks, pages, top_up_words
from emulator.device.display.face import (
    FaceChanged,
    LocalCommand,
    Situation,
    Wish,
    dark,
    idle,
    present,
    pressed,
    said,
    state_of,
)
from emulator.device.display.face_records import Face
from emulator.device.firmware_install import broken
from emulator.device.gas.battery import BatteryRemoved, BatteryReplaced, BatteryReturned
from emulator.device.happenings import DisplayAnswered, TopUpRejected, ValveAsked
from emulator.device.installation import Installation
from emulator.device.instant import SECOND
from emulator.device.journal import DeviceName, Entry
from emulator.device.load.recorded import Fuel
from emulator.device.local_time import local_text
from emulator.device.profiles.profile_display import Interface
from emulator.device.records import Switch
from emulator.device.step import Event
from emulator.device.tamper import CoverClosed, CoverOpened
from emulator.device.tenancy import visible_from


class Done(NamedTuple):
    """What came of something a person did, and the lines on the display afterwards."""

    outcome: Outcome
    display: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return self.outcome.accepted

    @property
    def reason(self) -> Reason | None:
        """Why not."""
        return self.outcome.reason

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The journal's new entries."""
        return self.outcome.entries


# What is seen.


def shown(home: Installation, name: DeviceName) -> tuple[str, ...]:
    """Give the lines on a device's display now; none where it is dark or has no display. Raises KeyError."""
    device = home.devices[name]
    block = interface_of(device)
    if block is None or not device.records.power.on:
        return ()
    if version := broken(device.records):
        return (version,)
    return _lines(home, device, block, present(device.records.face, block, home.now))


def interface_of(device: Device[Any]) -> Interface | None:
    """Give the profile's block of a device's display; a hub has none."""
    match device.kind.name:
        case DeviceName.ESME | DeviceName.GSME:
            return face_entry.block_of(device.site)
        case DeviceName.PPMID | DeviceName.IHD:
            return block_of(device.site, device.records)
        case DeviceName.CHF | DeviceName.HOME:
            return None


def _lines(home: Installation, device: Device[Any], block: Interface, face: Face) -> tuple[str, ...]:
    if dark(face, block, home.now):
        return ()
    seen = _readings(home, device)
    stale = _stale(device, block, seen, home.now)
    flags = tuple(
        mark if fuel == "electricity" or len(seen) == 1 else f"{fuel.capitalize()} {mark}"
        for fuel, reading in seen.items()
        for mark in marks(reading, block, home.now)
    )
    if home.now < face.said_until:
        return (face.said, *flags)
    match state_of(face):
        case "entry":
            return (block.word("code"), face.entered or "")
        case "asked":
            question = block.word("enable_question" if face.asked.startswith("enable") else "emergency_question")
            return (f"Gas: {question}" if len(seen) > 1 and face.asked.endswith(" gas") else question,)
        case "pages":
            return (*stale, *_page(device, block, face, seen, home.now), *flags)


def _page(device: Device[Any], block: Interface, face: Face, seen: dict[Fuel, Reading], now: int) -> tuple[str, ...]:
    waits = any(reading.state.switch is Switch.ARMED for reading in seen.values())
    if waits and idle(face, block, now) and not isinstance(device, Display):
        return (block.word("enable"),)
    found = pages(block.menus.get(face.menu, ()), seen, block, _own(device))
    if not found:
        return (block.word("waiting" if not seen else "not_used"),)
    page = found[face.page % len(found)]
    return (page.label, page.value) if page.label else (page.value,)


def _stale(device: Device[Any], block: Interface, seen: dict[Fuel, Reading], now: int) -> tuple[str, ...]:
    """Say since when a display has heard nothing."""
    if not isinstance(device, Display) or heard(device.records, now) or not seen:
        return ()
    at = max(reading.at for reading in seen.values())
    return (block.word("stale").replace("{at}", local_text(at)),)


def _readings(home: Installation, device: Device[Any]) -> dict[Fuel, Reading]:
    if isinstance(device, Display):
        return readings(home.devices, device, home.now)
    offset = device.records.clock.offset_ms
    known = Known(visible_from(device.site, device.records, home.now + offset) - offset)
    return {device.site.fuel: read(device.site, device.records, home.now, known)}


def _own(device: Device[Any]) -> Own:
    if isinstance(device, Display):
        newest = device.records.messages[-1].text if device.records.messages else ""
        return Own(newest, device.site.serial, block_of(device.site, device.records).firmware)
    return Own("", device.site.serial, device.site.profile.model.firmware)


def sounding(home: Installation, name: DeviceName) -> bool:
    """Say whether a device's buzzer sounds: something is marked on it, and nobody has muted it. Raises KeyError."""
    device = home.devices[name]
    block = interface_of(device)
    if block is None or not block.buzzer or not device.records.power.on or device.records.face.muted:
        return False
    return any(marks(reading, block, home.now) for reading in _readings(home, device).values())


# What is pressed.


def press(home: Installation, name: DeviceName, keys: Iterable[str]) -> Done:
    """Press keys, one after another; a key that the device has not ends it. Raises KeyError for no such device."""
    before = home.seq
    done = Outcome(accepted=True, reason=None, detail="", entries=())
    for key in keys:
        done = _press(home, name, key)
        if done.detail.startswith(_NO_KEY):
            break
    return _done(home, name, done, before)


_NO_KEY = "there is no key "


def _no_key(block: Interface, key: str) -> str:
    allowed = sorted({name for keys in block.keys.values() for name in keys if not name.isdecimal()})
    digits = ["0 to 9"] if block.kind == "keypad" else []
    return f"{_NO_KEY}{key!r}; there are {', '.join([*allowed, *digits])}"


def _press(home: Installation, name: DeviceName, key: str) -> Outcome:
    device = home.devices[name]
    block = interface_of(device)
    if block is None:
        return _refused(Reason.NOT_APPLICABLE, f"this {name} has no keys; allowed: a meter or a display")
    if not device.kind.awake(device.records):
        return _refused(Reason.UNREACHABLE, "the device has no power")
    if not isinstance(device, Display) and face_entry.key_locked(device.site, device.records, key, home.now):
        _say(home, name, block, block.word("locked"))
        return _refused(Reason.LOCKED_OUT, "the key is locked")
    turn = pressed(device.records.face, block, key, home.now, _situation(home, device, block))
    if turn is None:
        return _refused(Reason.NOT_APPLICABLE, _no_key(block, key))
    taken = home.note(name, FaceChanged(turn.face))
    return taken if turn.wish is None else _grant(home, name, block, turn.wish)


def _situation(home: Installation, device: Device[Any], block: Interface) -> Situation:
    seen = _readings(home, device)
    face = present(device.records.face, block, home.now)
    found: list[Shown] = pages(block.menus.get(face.menu, ()), seen, block, _own(device))
    fuel: Fuel = found[face.page % len(found)].fuel if found else next(iter(seen), "electricity")
    armed = tuple(of for of, reading in seen.items() if reading.state.switch is Switch.ARMED)
    if isinstance(device, Display):
        armed = tuple(of for of in armed if of == "electricity")
    can_ask = commands.SendTopUp in device.kind.rules or commands.AddCredit in device.kind.rules
    return Situation(
        pages=len(found),
        fuel=fuel,
        armed=armed if can_ask else (),
        offered=tuple(of for of, reading in seen.items() if reading.money.offered_mp) if can_ask else (),
        takes_codes=can_ask and device.site.profile.prepayment.level != "none",
        alarm=any(marks(reading, block, home.now) for reading in seen.values()),
    )


def _grant(home: Installation, name: DeviceName, block: Interface, wish: Wish) -> Outcome:
    """Send what a person asks for, and show what came of it."""
    device = home.devices[name]
    command = _command(device, wish)
    outcome = home.send(name, command, Sender.CONSUMER)
    # A PPMID's answers come back to it by themselves.
    if not isinstance(device, Display):
        home.note(name, LocalCommand("interface", command.title, outcome.accepted))
        _say(home, name, block, _meter_words(device, block, wish, outcome))
        return outcome
    if not outcome.accepted:
        _say(home, name, block, block.word("refused"))
        return outcome
    answers = [entry.what for entry in outcome.entries if isinstance(entry.what, DisplayAnswered)]
    if not answers:
        _say(home, name, block, block.word("held"))
    elif not answers[-1].accepted:
        result = answers[-1].result
        return outcome._replace(
            accepted=False, reason=face_entry.REASONS.get(result, Reason.CONFLICT_STATE), detail=result
        )
    return outcome


def _command(device: Device[Any], wish: Wish) -> Command:
    if isinstance(device, Display):
        match wish.what:
            case "code":
                return commands.SendTopUp(wish.digits, wish.fuel)
            case "enable":
                return commands.SendSupplyOn(wish.fuel)
            case _:
                return commands.SendEmergencyCredit(wish.fuel)
    match wish.what:
        case "code":
            return commands.AddCredit(wish.digits)
        case "enable":
            return commands.RestoreSupply()
        case _:
            return commands.ActivateEmergencyCredit()


def _meter_words(device: Device[Any], block: Interface, wish: Wish, outcome: Outcome) -> str:
    happened = [entry.what for entry in outcome.entries]
    if wish.what == "code" and (outcome.accepted or any(isinstance(what, TopUpRejected) for what in happened)):
        return top_up_words(happened, device.site.profile, block)[2]
    if not outcome.accepted:
        return block.word("refused")
    if any(isinstance(what, ValveAsked) for what in happened):
        return block.word("enable_question")
    return block.word("done")


def _say(home: Installation, name: DeviceName, block: Interface, text: str) -> None:
    face = said(home.devices[name].records.face, text, home.now + block.said_s * SECOND)
    home.note(name, FaceChanged(face))


_NO_CODES = "allowed: a meter or a PPMID; codes are not keyed in at this"


def code(home: Installation, name: DeviceName, digits: str, fuel: Fuel | None = None) -> Done:
    """Key a whole code in and submit it; at a PPMID for a fuel's meter, or for that whose page is open.

    Raises KeyError for no such device.
    """
    device, before = home.devices[name], home.seq
    block = interface_of(device)
    now = None if block is None or "entry" not in block.keys else _situation(home, device, block)
    if block is None or now is None or not now.takes_codes:
        return _done(home, name, _refused(Reason.NOT_APPLICABLE, f"{_NO_CODES} {name}"), before)
    if not device.kind.awake(device.records):
        return _done(home, name, _refused(Reason.UNREACHABLE, "the device has no power"), before)
    home.note(name, FaceChanged(Face(pressed_at=home.now, muted=device.records.face.muted)))
    wish = Wish("code", fuel or now.fuel, "".join(digits.split()))
    return _done(home, name, _grant(home, name, block, wish), before)


# What is done to the devices.


def open_cover(home: Installation, name: DeviceName, kind: str = "meter_cover") -> Done:
    """Open a cover of a meter."""
    return _at_a_meter(home, name, CoverOpened(kind))


def close_cover(home: Installation, name: DeviceName, kind: str = "meter_cover") -> Done:
    """Close a cover of a meter."""
    return _at_a_meter(home, name, CoverClosed(kind))


def magnet(home: Installation, name: DeviceName) -> Done:
    """Hold a magnet to a meter."""
    return _at_a_meter(home, name, CoverOpened("magnet"))


def take_magnet(home: Installation, name: DeviceName) -> Done:
    """Take the magnet away."""
    return _at_a_meter(home, name, CoverClosed("magnet"))


def take_battery(home: Installation, name: DeviceName) -> Done:
    """Take a gas meter's battery out."""
    return _at_a_meter(home, name, BatteryRemoved())


def return_battery(home: Installation, name: DeviceName) -> Done:
    """Put the same battery back."""
    return _at_a_meter(home, name, BatteryReturned())


def change_battery(home: Installation, name: DeviceName) -> Done:
    """Fit a new battery to a gas meter."""
    return _at_a_meter(home, name, BatteryReplaced())


def _at_a_meter(home: Installation, name: DeviceName, event: Event) -> Done:
    before = home.seq
    if name not in METERS.values() or type(event) not in home.devices[name].kind.rules:
        return _done(home, name, _refused(Reason.NOT_APPLICABLE, _not_of(home, name, "nothing of the kind")), before)
    return _done(home, name, home.note(name, event), before)


def unplug(home: Installation, name: DeviceName) -> Done:
    """Pull a display's plug."""
    device, before = home.devices[name], home.seq
    if not isinstance(device, Display):
        return _done(home, name, _refused(Reason.NOT_APPLICABLE, _not_of(home, name, "no plug")), before)
    last = held(home.devices, device, home.now)
    return _done(home, name, home.note(name, Unplugged(last.electricity, last.gas)), before)


def plug_in(home: Installation, name: DeviceName) -> Done:
    """Put a display's plug back."""
    device, before = home.devices[name], home.seq
    if not isinstance(device, Display):
        return _done(home, name, _refused(Reason.NOT_APPLICABLE, _not_of(home, name, "no plug")), before)
    return _done(home, name, home.note(name, PluggedIn()), before)


_PARTS: dict[type[Event], str] = {
    CoverOpened: "open_cover, close_cover, magnet, take_magnet",
    BatteryRemoved: "take_battery, return_battery, change_battery",
    Unplugged: "unplug, plug_in",
}


def _not_of(home: Installation, name: DeviceName, missing: str) -> str:
    """Say that a device lacks a part, and what can be done to it."""
    rules = home.devices[name].kind.rules
    parts = [_PARTS[part] for part in _PARTS if part in rules and (name != DeviceName.CHF)]
    return f"this {name} has {missing}; allowed: {', '.join([*parts, 'cut_power, restore_power'])}"


def _refused(reason: Reason, detail: str) -> Outcome:
    return Outcome(accepted=False, reason=reason, detail=detail, entries=())


def _done(home: Installation, name: DeviceName, outcome: Outcome, before: int) -> Done:
    entries = tuple(entry for entry in home.journal if entry.seq > before)
    return Done(outcome._replace(entries=entries), shown(home, name))


DEEDS: Mapping[str, Callable[[Installation, DeviceName], Done]] = {
    "open_cover": open_cover,
    "close_cover": close_cover,
    "magnet": magnet,
    "take_magnet": take_magnet,
    "unplug": unplug,
    "plug_in": plug_in,
    "take_battery": take_battery,
    "return_battery": return_battery,
    "change_battery": change_battery,
}
"""What people do to devices with their hands, by name."""

"""A user interface as a state machine: what a key does, as the profile declares it (functional reference 2.14, 5.3).

It knows no meter: what is possible now comes in as a `Situation`, and what the person wants goes out as a `Wish`.
"""

from typing import Any, NamedTuple

from emulator.device.display.face_records import Face
from emulator.device.happenings import LocalCommandActioned, LocalCommandNotActioned
from emulator.device.instant import SECOND
from emulator.device.load.recorded import Fuel
from emulator.device.profiles.profile_display import Interface, State
from emulator.device.step import Event, Moment, Step, replace

MOST_DIGITS = 60


class FaceChanged(Event, frozen=True):
    """A key was pressed, or an answer is shown."""

    face: Face


class LocalCommand(Event, frozen=True):
    """A command of a consumer reached a meter by its keys ("interface") or from a display ("han"); was it done?"""

    kind: str
    name: str
    accepted: bool


class Wish(NamedTuple):
    """What a person asks for: "enable", "emergency" or "code" (with its digits), of one fuel's meter."""

    what: str
    fuel: Fuel
    digits: str = ""


class Situation(NamedTuple):
    """What a key may do now: how many pages the open menu has, the fuel of the page that is seen, and so on.

    `armed` and `offered` are the fuels whose supply waits for the person, and whose emergency credit is offered.
    """

    pages: int
    fuel: Fuel
    armed: tuple[Fuel, ...] = ()
    offered: tuple[Fuel, ...] = ()
    takes_codes: bool = False
    alarm: bool = False


class Turn(NamedTuple):
    """What a key press came to."""

    face: Face
    wish: Wish | None = None


def take(records: Any, event: FaceChanged, _: Moment) -> Step:
    """Keep the interface's state with the device's."""
    return replace(records, face=event.face), ()


def note_local(records: Any, event: LocalCommand, _: Moment) -> Step:
    """Tell what came of a consumer's command (4.2: 0x8154, 0x8155, 0x8161, 0x8162)."""
    told = LocalCommandActioned if event.accepted else LocalCommandNotActioned
    return records, (told(event.kind, event.name),)


def said(face: Face, text: str, until: int) -> Face:
    """Have the display say something for a while."""
    return replace(face, said=text, said_until=until)


def idle(face: Face, block: Interface, at: int) -> bool:
    """Say whether nobody has pressed a key for a while."""
    return at >= face.pressed_at + block.idle_s * SECOND


def present(face: Face, block: Interface, at: int) -> Face:
    """Give the interface as it stands: left alone it is back at its first page."""
    if not idle(face, block, at):
        return face
    return Face(said=face.said, said_until=face.said_until, pressed_at=face.pressed_at, muted=face.muted)


def dark(face: Face, block: Interface, at: int) -> bool:
    """Say whether the display is off to save its battery."""
    return block.blank_when_idle and idle(face, block, at) and at >= face.said_until


def state_of(face: Face) -> State:
    """Say which keys hold."""
    if face.asked:
        return "asked"
    return "pages" if face.entered is None else "entry"


def pressed(face: Face, block: Interface, key: str, at: int, now: Situation) -> Turn | None:
    """Do what a key does; None where the device has no such key."""
    lit = not dark(face, block, at)
    face = replace(present(face, block, at), pressed_at=at, said="", said_until=0, muted=face.muted and now.alarm)
    if not lit:
        return Turn(face) if _known(block, key) else None
    state = state_of(face)
    if state == "entry" and block.kind == "keypad" and len(key) == 1 and key.isdecimal() and key.isascii():
        return Turn(replace(face, entered=((face.entered or "") + key)[:MOST_DIGITS]))
    actions = block.keys.get(state, {}).get(key)
    if actions is None:
        return Turn(face) if _known(block, key) else None
    for action in actions:
        turn = _done(face, block, action, now)
        if turn is not None:
            return turn
    return Turn(face)


def _known(block: Interface, key: str) -> bool:
    return any(key in keys for keys in block.keys.values()) or (
        block.kind == "keypad" and len(key) == 1 and key.isdecimal() and key.isascii()
    )


def _done(face: Face, block: Interface, action: str, now: Situation) -> Turn | None:
    """Do an action; None where it is not possible now."""
    word, _, rest = action.partition(" ")
    match word:
        case "next" | "back":
            step = 1 if word == "next" else -1
            return Turn(replace(face, page=(face.page + step) % max(now.pages, 1)))
        case "home":
            return Turn(replace(face, menu="main", page=0))
        case "open":
            again = face.menu == rest
            return Turn(replace(face, menu=rest, page=(face.page + 1) % max(now.pages, 1) if again else 0))
        case "cancel":
            return Turn(replace(face, asked="", entered=None))
        case "mute":
            return Turn(replace(face, muted=True)) if now.alarm and not face.muted else None
        case "code" | "digit" | "erase" | "submit":
            return _keyed(face, block, action, now)
        case _:
            return _wished(face, word, rest, now)


def _keyed(face: Face, block: Interface, action: str, now: Situation) -> Turn | None:
    """Enter a code: digit by digit on a keypad, or stepped with one key and moved on with the other."""
    digits = face.entered or ""
    if action == "code":
        first = "" if block.kind == "keypad" else "0"
        return Turn(replace(face, entered=first)) if now.takes_codes else None
    if action == "digit up":
        return Turn(replace(face, entered=digits[:-1] + str((int(digits[-1:] or "9") + 1) % 10)))
    if action == "digit on":
        return Turn(replace(face, entered=(digits + "0")[:MOST_DIGITS]))
    if action == "erase":
        return Turn(replace(face, entered=digits[:-1] if digits else None))
    return Turn(replace(face, entered=None), Wish("code", now.fuel, digits))


def _wished(face: Face, word: str, rest: str, now: Situation) -> Turn | None:
    """Ask for the supply or for emergency credit, at once or after a question."""
    if word == "confirm":
        what, _, fuel = face.asked.partition(" ")
        return Turn(replace(face, asked=""), Wish(what, "gas" if fuel == "gas" else "electricity"))
    what = rest if word == "ask" else word
    able = now.armed if what == "enable" else now.offered
    if not able:
        return None
    fuel_of = now.fuel if now.fuel in able else able[0]
    if word == "ask":
        return Turn(replace(face, asked=f"{what} {fuel_of}"))
    return Turn(face, Wish(what, fuel_of))

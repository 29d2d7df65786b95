"""Rules of a display in the home: power, the HAN, wishes of the consumer, a change of supplier (6.1, 6.4)."""

from emulator.device.commands import Reason, SendEmergencyCredit, SendSupplyOn, SendTopUp, ShowMessage
from emulator.device.display.display_reading import Reading
from emulator.device.display.display_records import DisplayRecords, Held, History, Message, PricesSeen, Unsent, Wish
from emulator.device.display.face import said
from emulator.device.happenings import (
    DisplayAnswered,
    DisplayAsked,
    DisplayCutOff,
    DisplayForgot,
    DisplayHeard,
    DisplayHeld,
    DisplayPluggedIn,
    DisplayPowered,
    DisplayUnplugged,
    Happening,
    MessageArrived,
)
from emulator.device.household import Site
from emulator.device.instant import DAY, SECOND
from emulator.device.load.recorded import Fuel
from emulator.device.money.pricing import Prices
from emulator.device.profiles.profile_display import HomeDisplay
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

MOST_UNSENT = 10
_LONGEST_CODE = 60
_MOST_DOUBLINGS = 8
_LONGEST_MESSAGE = 160
_PRICES_FOR = 70 * DAY  # two months and the day before them
_MOST_PRICES = 64


class LinkLost(Event, frozen=True):
    """The display hears nothing any more: the HAN is away ("han"), the radio does not reach it ("radio"), or it is no
    member ("join"). What it last saw.
    """

    kind: str
    electricity: Reading | None = None
    gas: Reading | None = None


class LinkBack(Event, frozen=True):
    """The HAN is there again, or the display has joined."""

    kind: str


class Unplugged(Event, frozen=True):
    """Somebody pulls the display's plug. What it last saw."""

    electricity: Reading | None = None
    gas: Reading | None = None


class PluggedIn(Event, frozen=True):
    """Somebody puts the display's plug back."""


class MainsGone(Event, frozen=True):
    """The home has no electricity. What the display last saw."""

    electricity: Reading | None = None
    gas: Reading | None = None


class MainsBack(Event, frozen=True):
    """The home has electricity again."""


class BatteryFlat(Event, frozen=True):
    """The display's own battery is empty."""


class PricesTold(Event, frozen=True):
    """A meter told its prices; `contract` says that another supplier's contract begins with them."""

    fuel: Fuel
    prices: Prices
    contract: bool = False


class TryDue(Event, frozen=True):
    """A wish that waits is to be handed over."""


class Deferred(Event, frozen=True):
    """The meter asleep will be reached at an instant."""

    fuel: Fuel
    until: int


class Answered(Event, frozen=True):
    """The meter's answer to a wish: what it was, and in the words of the display."""

    wish: Unsent
    accepted: bool
    result: str
    text: str


def block_of(site: Site, records: DisplayRecords) -> HomeDisplay:
    """Give the profile's block of a display."""
    block = site.profile.ppmid if records.kind == "ppmid" else site.profile.ihd
    assert block is not None, f"a home of {site.profile.name} has no {records.kind}"
    return block


def heard(records: DisplayRecords, now: int) -> bool:
    """Say whether the display is in touch with the meters."""
    link = records.link
    return records.power.on and not link.missing and now >= link.since


# What the consumer asks.


def send_top_up(records: DisplayRecords, command: SendTopUp, moment: Moment) -> Step:
    """Take a code: hand it over now, or keep it until the meter can be heard."""
    code = "".join(command.code.split())
    if not code.isdecimal() or not code.isascii() or len(code) > _LONGEST_CODE:
        return Refused(Reason.MALFORMED, "incomplete")
    return _wish(records, "top_up", command.fuel, code, moment, waits=True)


def send_emergency(records: DisplayRecords, command: SendEmergencyCredit, moment: Moment) -> Step:
    """Ask for emergency credit."""
    return _wish(records, "emergency", command.fuel, "", moment, waits=False)


def send_supply_on(records: DisplayRecords, command: SendSupplyOn, moment: Moment) -> Step:
    """Ask for the supply: "on" is all a display may propose, and of electricity only (6.4, rule 3)."""
    if command.fuel == "gas":
        return Refused(Reason.NOT_APPLICABLE, "gas is switched on at the gas meter")
    return _wish(records, "enable", command.fuel, "", moment, waits=False)


def _wish(records: DisplayRecords, what: Wish, fuel: Fuel, code: str, moment: Moment, *, waits: bool) -> Step:
    if len(records.unsent) >= MOST_UNSENT:
        return Refused(Reason.LIMIT_EXCEEDED, f"{MOST_UNSENT} wishes wait already")
    number = records.wishes + 1
    quirks = moment.site.profile.quirks
    if what == "top_up" and quirks.code_result_late_s:  # taken now, handed over much later (dossier 4.3, H12)
        drawn_ms = output(stream(moment.site.key, "CODE RESULT"), number) % (quirks.code_result_spread_s * SECOND + 1)
        at = moment.at + quirks.code_result_late_s * SECOND + drawn_ms
        wish = Unsent(number, what, fuel, code, moment.at, at)
        return replace(records, unsent=(*records.unsent, wish), wishes=number), (DisplayHeld(what, fuel),)
    if heard(records, moment.at):
        retry_at = moment.at + block_of(moment.site, records).retry_s * SECOND
        wish = Unsent(number, what, fuel, code, moment.at, retry_at)
        return replace(records, unsent=(*records.unsent, wish), wishes=number), (DisplayAsked(what, fuel, number),)
    if not waits:
        return Refused(Reason.UNREACHABLE, "the display is not in touch with the meter")
    wish = Unsent(number, what, fuel, code, moment.at, moment.at)
    return replace(records, unsent=(*records.unsent, wish), wishes=number), (DisplayHeld(what, fuel),)


def due(_: Site, records: DisplayRecords, now: int) -> Due | None:
    """Say when a display next acts by itself: its battery is flat, or a wish is to be tried again."""
    dues = []
    if records.mains.flat_at is not None:
        dues.append(Due(max(now, records.mains.flat_at), BatteryFlat()))
    if records.unsent and records.power.on and not records.link.missing:
        first = min(wish.try_at for wish in records.unsent)
        dues.append(Due(max(now, first, records.link.since), TryDue()))
    return min(dues, key=lambda due: due.at, default=None)


def try_again(records: DisplayRecords, _: TryDue, moment: Moment) -> Step:
    """Hand over the first wish whose time has come. The meter refuses a code it has had, so twice does no harm.

    A meter that does not answer is asked ever less often.
    """
    first = min(records.unsent, key=lambda wish: wish.try_at)
    wait_s = block_of(moment.site, records).retry_s << min(first.tries, _MOST_DOUBLINGS)
    tried = replace(first, try_at=moment.at + wait_s * SECOND, tries=first.tries + 1)
    unsent = tuple(tried if wish is first else wish for wish in records.unsent)
    return replace(records, unsent=unsent), (DisplayAsked(first.what, first.fuel, first.number),)


def defer(records: DisplayRecords, event: Deferred, _: Moment) -> Step:
    """Wait until the sleeping meter wakes."""
    put_off = tuple(
        replace(wish, try_at=event.until, tries=0) if wish.fuel == event.fuel else wish for wish in records.unsent
    )
    return replace(records, unsent=put_off), ()


def answer(records: DisplayRecords, event: Answered, moment: Moment) -> Step:
    """Take the meter's answer to a wish, and show it."""
    left = tuple(wish for wish in records.unsent if wish.number != event.wish.number)
    face = said(records.face, event.text, moment.at + block_of(moment.site, records).said_s * SECOND)
    told = DisplayAnswered(event.wish.what, event.wish.fuel, event.accepted, event.result)
    return replace(records, unsent=left, face=face), (told,)


# Power and the HAN.


def lose_link(records: DisplayRecords, event: LinkLost, moment: Moment) -> Step:
    """Keep what was last seen; it ages from now on."""
    link = records.link
    if event.kind in link.missing:
        return records, ()
    held = _held(records, event, moment)
    gone = replace(link, missing=(*link.missing, event.kind))
    return replace(records, link=gone, held=held), (DisplayCutOff(event.kind),)


def regain_link(records: DisplayRecords, event: LinkBack, moment: Moment) -> Step:
    """Be heard again at once."""
    link = records.link
    if event.kind not in link.missing:
        return records, ()
    missing = tuple(kind for kind in link.missing if kind != event.kind)
    back = replace(link, missing=missing, since=max(moment.at, link.since))
    return replace(records, link=back), (DisplayHeard(event.kind),)


def _held(records: DisplayRecords, event: LinkLost | Unplugged | MainsGone, moment: Moment) -> Held:
    if not heard(records, moment.at):
        return records.held
    return Held(event.electricity, event.gas)


def pull(records: DisplayRecords, event: Unplugged, moment: Moment) -> Step:
    """Pull the plug; pulled already is nothing."""
    if not records.mains.plugged:
        return records, ()
    off, told = _without_mains(records, event, moment)
    return replace(off, mains=replace(off.mains, plugged=False)), (DisplayUnplugged(), *told)


def put_back(records: DisplayRecords, _: PluggedIn, moment: Moment) -> Step:
    """Put the plug back; it was there already is nothing."""
    if records.mains.plugged:
        return records, ()
    on, told = _with_mains(replace(records, mains=replace(records.mains, plugged=True)), moment)
    return on, (DisplayPluggedIn(), *told)


def go_dark(records: DisplayRecords, event: MainsGone, moment: Moment) -> Step:
    """The home's electricity goes."""
    return _without_mains(records, event, moment)


def light_up(records: DisplayRecords, _: MainsBack, moment: Moment) -> Step:
    """The home's electricity is back; it does not help a display that is not plugged in."""
    return _with_mains(records, moment) if records.mains.plugged else (records, ())


def _without_mains(
    records: DisplayRecords, event: Unplugged | MainsGone, moment: Moment
) -> tuple[DisplayRecords, tuple[Happening, ...]]:
    if not records.power.on or records.mains.flat_at is not None:
        return records, ()
    battery_s = block_of(moment.site, records).battery_s
    if battery_s:
        return replace(records, mains=replace(records.mains, flat_at=moment.at + battery_s * SECOND)), ()
    held = _held(records, event, moment)
    return replace(records, power=replace(records.power, on=False, since=moment.at), held=held), (
        DisplayPowered(on=False),
    )


def _with_mains(records: DisplayRecords, moment: Moment) -> tuple[DisplayRecords, tuple[Happening, ...]]:
    charged = replace(records, mains=replace(records.mains, flat_at=None))
    if records.power.on:
        return charged, ()
    rejoin_s = block_of(moment.site, records).rejoin_s
    return replace(
        charged,
        power=replace(records.power, on=True, since=moment.at),
        link=replace(records.link, since=moment.at + rejoin_s * SECOND),
    ), (DisplayPowered(on=True),)


def run_flat(records: DisplayRecords, _: BatteryFlat, moment: Moment) -> Step:
    """Go dark."""
    off = replace(records.power, on=False, since=moment.at)
    return replace(records, power=off, mains=replace(records.mains, flat_at=None)), (DisplayPowered(on=False),)


# What is the display's own.


def see_prices(records: DisplayRecords, event: PricesTold, moment: Moment) -> Step:
    """Note the prices that hold from now on; another supplier's contract takes what the profile says.

    Some displays keep the old ones until the new supplier programs them (device dossier 4.4, D9).
    """
    if moment.site.profile.quirks.displays_keep_prices:
        return records, ()
    forgot: tuple[Happening, ...] = ()
    if event.contract:
        records, forgot = _change_supplier(records, event.fuel, moment)
    history: History = getattr(records.histories, event.fuel)
    recent = [held for held in history.prices if held.since > moment.at - _PRICES_FOR]
    before = [held for held in history.prices if held.since <= moment.at - _PRICES_FOR][-1:]
    seen = (*before, *recent, PricesSeen(moment.at, event.prices))[-_MOST_PRICES:]
    histories = replace(records.histories, **{event.fuel: replace(history, prices=seen)})
    return replace(records, histories=histories), forgot


def _change_supplier(
    records: DisplayRecords, fuel: Fuel, moment: Moment
) -> tuple[DisplayRecords, tuple[Happening, ...]]:
    history: History = getattr(records.histories, fuel)
    if not history.prices:
        return records, ()  # the first contract of the home: there is nothing to lose
    loses = block_of(moment.site, records).loses
    if "history" in loses:
        records = replace(records, histories=replace(records.histories, **{fuel: History(moment.at)}))
    if "messages" in loses:
        records = replace(records, messages=())
    if "join" in loses:
        missing = tuple(dict.fromkeys((*records.link.missing, "join")))
        records = replace(records, link=replace(records.link, missing=missing), held=Held())
    return records, (DisplayForgot(tuple(loses)),) if loses else ()


def show_message(records: DisplayRecords, command: ShowMessage, moment: Moment) -> Step:
    """Keep a message; the newest is shown first."""
    if not heard(records, moment.at):
        return Refused(Reason.UNREACHABLE, "the display is not in touch with the hub")
    text = command.text.strip()
    if not 0 < len(text) <= _LONGEST_MESSAGE:
        return Refused(Reason.INVALID_VALUE, f"a message has 1 to {_LONGEST_MESSAGE} characters")
    kept = (*records.messages, Message(moment.at, text))[-block_of(moment.site, records).messages_kept :]
    return replace(records, messages=kept), (MessageArrived(text),)

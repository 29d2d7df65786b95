"""What reaches the displays of a home, and what they hand to the meters (functional reference 6.4).

A wish goes to the meter and its answer comes back at the same instant; a meter that sleeps is reached at its wake, one
without power not at all, and then the display tries again.
"""

from collections.abc import Iterator, Mapping, Sequence

from emulator.device.commands import ActivateEmergencyCredit, AddCredit, Command, RestoreSupply, Sender
from emulator.device.display.display import METERS, held
from emulator.device.display.display_records import Held, Unsent
from emulator.device.display.display_rules import (
    Answered,
    Deferred,
    LinkBack,
    LinkLost,
    MainsBack,
    MainsGone,
    PricesTold,
    block_of,
    heard,
)
from emulator.device.display.display_text import money, top_up_words
from emulator.device.display.face import FaceChanged, LocalCommand, said
from emulator.device.gas.wake import last_wake, next_wake
from emulator.device.happenings import (
    AccountOpened,
    DeviceJoined,
    DeviceLeft,
    DisplayAsked,
    HanLinkChanged,
    Happening,
    HubStarted,
    HubStopped,
    PowerLost,
    PowerRestored,
    PricesChanged,
    SupplyChanged,
)
from emulator.device.hub.han import row_of
from emulator.device.instant import SECOND
from emulator.device.journal import DeviceName, Entry
from emulator.device.load.recorded import Fuel
from emulator.device.profile import Profile
from emulator.device.profiles.profile_display import Interface
from emulator.device.reached import Coupling, Devices, Reached
from emulator.device.records import MeterRecords, Switch

DISPLAYS = (DeviceName.PPMID, DeviceName.IHD)


def hand_over(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Hand a wish to its meter, and bring the answer back."""
    asked = entry.what
    assert isinstance(asked, DisplayAsked)
    fuel: Fuel = "gas" if asked.fuel == "gas" else "electricity"
    name, display = METERS[fuel], devices[entry.device]
    wish = next((wish for wish in display.records.unsent if wish.number == asked.number), None)
    if wish is None:
        return
    meter = devices.get(name)
    block = block_of(display.site, display.records)
    if meter is None:
        yield Reached(entry.device, Answered(wish, accepted=False, result="none", text=block.word("refused")))
        return
    if fuel == "gas" and last_wake(meter.site, meter.records, entry.at) != entry.at:
        wakes = next_wake(meter.site, meter.records, entry.at)
        if wakes is not None:
            yield Reached(entry.device, Deferred(fuel, wakes))
        return
    if wish.what == "emergency" and display.site.profile.quirks.emergency_button_dead:
        yield Reached(entry.device, Answered(wish, accepted=False, result="ignored", text=""))
        return
    before = meter.seq
    yield Reached(name, command_of(wish), Sender.CONSUMER)
    if not meter.kind.awake(meter.records):
        return
    told = [line.what for line in meter.journal[len(meter.journal) - (meter.seq - before) :] if line.device is name]
    came = _answer(wish, told, meter.records, meter.site.profile, block)
    yield Reached(name, LocalCommand("han", command_of(wish).title, came.accepted))
    yield Reached(entry.device, came)


def command_of(wish: Unsent) -> Command:
    """Give the meter's command for a wish."""
    match wish.what:
        case "top_up":
            return AddCredit(wish.code)
        case "emergency":
            return ActivateEmergencyCredit()
        case "enable":
            return RestoreSupply()


def _answer(
    wish: Unsent, told: Sequence[Happening], records: MeterRecords, profile: Profile, block: Interface
) -> Answered:
    """Say what came of it. Emergency credit and supply have succeeded if they are on afterwards (2.6 E2)."""
    if wish.what == "top_up":
        accepted, result, text = top_up_words(told, profile, block)
        return Answered(wish, accepted=accepted, result=result, text=text)
    on = records.account.emergency_on if wish.what == "emergency" else records.supply.switch is Switch.ENABLED
    word = block.word("done" if on else "refused")
    return Answered(wish, accepted=on, result="done" if on else "refused", text=word)


def tell_restore(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Have displays tell of a top-up that nobody made, as the supply comes back (device dossier 4.5, P9)."""
    assert isinstance(entry.what, SupplyChanged)
    if entry.what.switch is not Switch.ENABLED:
        return
    for name in DISPLAYS:
        display = devices.get(name)
        amount_mp = 0 if display is None else display.site.profile.quirks.says_added_mp
        if display is not None and amount_mp and heard(display.records, entry.at):
            block = block_of(display.site, display.records)
            text = block.word("accepted").replace("{amount}", money(amount_mp))
            yield Reached(name, FaceChanged(said(display.records.face, text, entry.at + block.said_s * SECOND)))


def tell_prices(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let displays see the prices that hold from now on."""
    if entry.device not in METERS.values():
        return
    fuel: Fuel = "gas" if entry.device is DeviceName.GSME else "electricity"
    prices = devices[entry.device].records.tariff.prices
    for name in DISPLAYS:
        yield Reached(name, PricesTold(fuel, prices, contract=isinstance(entry.what, AccountOpened)))


def _cut(devices: Devices, entry: Entry, kind: str, names: tuple[DeviceName, ...] = DISPLAYS) -> Iterator[Reached]:
    for name in names:
        if name in devices:
            last = held(devices, devices[name], entry.at)
            yield Reached(name, LinkLost(kind, last.electricity, last.gas))


def lose_mains(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let displays go dark or run on their batteries; without electricity there is no HAN either."""
    if entry.device is not DeviceName.ESME:
        return
    for name in DISPLAYS:
        if name in devices:
            display = devices[name]
            # One with a battery goes on; what it shows is read out when it hears no more.
            last = Held() if block_of(display.site, display.records).battery_s else held(devices, display, entry.at)
            yield Reached(name, MainsGone(last.electricity, last.gas))
    if DeviceName.CHF not in devices:
        yield from _cut(devices, entry, "han")


def regain_mains(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let displays that are plugged in come back."""
    if entry.device is not DeviceName.ESME:
        return
    for name in DISPLAYS:
        yield Reached(name, MainsBack())
        if DeviceName.CHF not in devices:
            yield Reached(name, LinkBack("han"))


def lose_hub(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Without the hub there is no HAN."""
    yield from _cut(devices, entry, "han")


def regain_hub(_: Devices, __: Entry) -> Iterator[Reached]:
    """With the hub the HAN is back."""
    for name in DISPLAYS:
        yield Reached(name, LinkBack("han"))


def follow_membership(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let a display that left the HAN, or joined it, know."""
    what = entry.what
    if isinstance(what, DeviceLeft | DeviceJoined):
        for name in DISPLAYS:
            if what.joined_as != name.value:
                continue
            hub = devices.get(DeviceName.CHF)
            if isinstance(what, DeviceLeft) and hub is not None and row_of(hub.records.area, name.value) is not None:
                continue  # a second device of its kind went: somebody else's
            if isinstance(what, DeviceLeft):
                yield from _cut(devices, entry, "join", (name,))
            else:
                yield Reached(name, LinkBack("join"))


def follow_radio(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let a display that the radio lost, or found, know."""
    what = entry.what
    if isinstance(what, HanLinkChanged):
        for name in DISPLAYS:
            if what.name != name.value:
                continue
            if what.linked:
                yield Reached(name, LinkBack("radio"))
            else:
                yield from _cut(devices, entry, "radio", (name,))


COUPLINGS: Mapping[type[Happening], tuple[Coupling, ...]] = {
    DisplayAsked: (hand_over,),
    SupplyChanged: (tell_restore,),
    PricesChanged: (tell_prices,),
    AccountOpened: (tell_prices,),
    PowerLost: (lose_mains,),
    PowerRestored: (regain_mains,),
    HubStopped: (lose_hub,),
    HubStarted: (regain_hub,),
    DeviceLeft: (follow_membership,),
    DeviceJoined: (follow_membership,),
    HanLinkChanged: (follow_radio,),
}

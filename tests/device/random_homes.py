"""Random lives of whole homes: any command to any device, deeds, keys, the world's doings, and time jumps of any size.

Most of what is asked makes no sense to whom it is asked: it must be refused, and do nothing.
"""

import typing

from emulator import VirtualHome
from emulator.device.calendar import BillingCalendar, DayProfile, SpecialDay, Switch, SwitchingTable
from emulator.device.clock import ClockDrifts
from emulator.device.commands import COMMANDS, Sender
from emulator.device.display.deeds import DEEDS
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.gas.valve import EndOpened
from emulator.device.hub import wan
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.self_check import FaultFound

ESME, GSME, CHF = DeviceName.ESME, DeviceName.GSME, DeviceName.CHF
INSTANTS = {"at", "to", "valid_from", "valid_until", "before", "calendar_at"}
TABLES = (
    SwitchingTable(),
    SwitchingTable(name="night", days=(DayProfile(1, (Switch(0, 2), Switch(30, 1), Switch(450, 3))),)),
    SwitchingTable(name="ninth", days=(DayProfile(1, (Switch(0, 9),)),)),
    SwitchingTable(name="late", days=(DayProfile(1, (Switch(600, 4),)),)),
)
PRICES = (
    Prices(),
    Prices(tou_mp=(20_000, 15_000, 30_000, 9_000), standing_mp=45_000),
    Prices(block_mp=((10_000, 20_000, 30_000, 40_000),), thresholds_wh=((5_000, 10_000, 20_000),), by="block"),
    Prices(tou_mp=(10_000_000,)),
    Prices(tou_mp=(10_000_001,)),
)
CALENDARS = tuple(BillingCalendar(*how) for how in ((), ("daily",), ("weekly", 3, 4, 5), ("yearly", 28, 23, 59, 12)))
CHOICES = {
    "SwitchingTable": TABLES,
    "Prices": PRICES,
    "NonDisablement": (NonDisablement(), NonDisablement((Entry("start", 18 * 60), Entry("stop", 9 * 60)))),
    "BillingCalendar": CALENDARS,
    "SpecialDay": ((), (SpecialDay(1, 2, 29, 1),), (SpecialDay(1, 12, 25, 9),)),
    "Mode": tuple(Mode),
    "bytes": (None, bytes(16), b"x"),
    "bool": (True, False),
    "int": (0, 1, -1, 30, 60, 900, 3_600, 2_300, 100_000, -500_000, 2_000_000, 2**31, 10**12),
    "str": ("", "x", "1012345678903"),
}
EVENTS = (
    (ESME, MainsDisturbed(1_700, 600)),
    (ESME, MainsDisturbed(2_900, 90_000)),
    (ESME, ClockDrifts(-500)),
    (ESME, ClockDrifts(100)),
    (GSME, ClockDrifts(500)),
    (GSME, EndOpened(5_000_000, 3_600)),
    (CHF, wan.CoverageLost()),
    (CHF, wan.CoverageFound()),
    (CHF, wan.SmsReceived("wake up")),
    (ESME, FaultFound("ram")),
)
KEYS = ("A", "B", "A-hold", "B-hold", "next", "back", "ok", "7")


def new_home(seed, random):
    payment = random.choice(["credit", "prepayment", "prepayment"])
    return VirtualHome("elster-as300p", seed=seed, payment=payment, gas=True, at="2026-01-06T07:11:00Z")


def command(random, home):
    """Make some command with some fields; None where it needs more than chance gave it."""
    kind = random.choice(COMMANDS)
    hints = typing.get_type_hints(kind)
    fields = {
        name: value(random, name, str(hints[name]), home) for name in kind.__struct_fields__ if random.random() < 0.9
    }
    try:
        return kind(**fields)
    except TypeError:
        return None


def value(random, name, hint, home):
    if name in INSTANTS:
        later = [home.now + random.randint(-10 * DAY, 30 * DAY), home.now, 10**15, -5]
        return random.choice([*later, None] if "None" in hint else later)
    if name == "code" and random.random() < 0.6:
        return home.vend(random.choice([1_000, 500_000, 2_000_000]), random.choice(["esme", "gsme"]))
    if name == "fuel":
        return random.choice(["electricity", "gas"])
    found = next((choices for word, choices in CHOICES.items() if word in hint), (None,))
    return random.choice([*found, None] if "None" in hint else found)


def happenings(random, home, steps):
    """Give what happens, one after another, each as a span of time or a thing to do to a home."""
    for _ in range(steps):
        chance = random.random()
        devices = list(home.installation.devices)
        if chance < 0.35:
            yield random.choice(
                [0, 1, 1_000, random.randint(1, HOUR), random.randint(1, DAY), random.randint(1, 40 * DAY)]
            )
        elif chance < 0.75:
            made, device = command(random, home), random.choice(devices)
            sender = random.choice([Sender.SUPPLIER, Sender.SUPPLIER, Sender.CONSUMER, Sender.NETWORK])
            if made is not None:
                yield lambda at, made=made, device=device, sender=sender: at.send(made, device, sender)
        elif chance < 0.85:
            deed, device = random.choice(list(DEEDS)), random.choice(devices)
            yield lambda at, deed=deed, device=device: at.act(deed, device)
        elif chance < 0.92:
            keys, device = [random.choice(KEYS) for _ in range(4)], random.choice(devices)
            yield lambda at, keys=keys, device=device: at.press(*keys, device=device)
        else:
            device, event = random.choice(EVENTS)
            yield lambda at, device=device, event=event: at.installation.note(device, event)


def go_there(home, by, random):
    """Let a span go by in pieces of any size, with readings and a restart on the way."""
    end = home.now + by
    for _ in range(random.choice([0, 1, 3, 12])):
        home.advance(min(random.randint(0, end - home.now), random.choice([end, MINUTE, DAY])))
        if random.random() < 0.2:
            home.shown("esme")
            home.explain("balance")
        if random.random() < 0.1:
            home.restore(home.snapshot())
    home.advance(end - home.now)

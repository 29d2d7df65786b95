"""Random lives of whole homes: any command to any device, deeds, keys, the world's doings, and time jumps of any size.

Homes of every packaged profile and firmware version, under faults. Most of what is asked makes no sense to whom it is
asked: it must be refused, and do nothing.
"""

import typing

from random_faults import BEFALLS, code_of, joiners

from emulator import VirtualHome
from emulator.device.calendar import BillingCalendar, DayProfile, SpecialDay, Switch, SwitchingTable
from emulator.device.clock import ClockDrifts
from emulator.device.commands import COMMANDS, Sender
from emulator.device.display.deeds import DEEDS
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.gas.valve import EndOpened
from emulator.device.hub import wan
from emulator.device.identity import format_eui64
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.instant import parse as parse_instant
from emulator.device.journal import DeviceName
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.overlay import versions
from emulator.device.self_check import FaultFound
from emulator.farm import library
from emulator.farm.cohort import Cohort, Header
from emulator.farm.estate import Estate

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


STARTS = ("2026-01-06T07:11:00Z", "2026-03-27T16:00:00Z", "2026-08-19T00:00:00Z", "2026-10-24T22:59:59Z")


def new_home(seed, random):
    """Make a home of some profile and firmware version, with gas and displays where the set has them."""
    names = library.names()
    profile = library.packaged(names[seed % len(names)])
    cohort = Cohort(
        profile=profile.name,
        homes=1,
        economy_7=0.3,
        solar=0.3,
        vacant=0.1,
        prepayment=random.choice([0.0, 1.0, 1.0]),
        gas=random.choice([0.0, 1.0, 1.0]),
        ihd=random.choice([0.0, 1.0]),
        firmware={random.choice(versions(profile)): 1.0},
    )
    estate = Estate(Header(seed=seed), (cohort,), {profile.name: profile})
    home = object.__new__(VirtualHome)
    home.installation = Installation(estate.premises(0), parse_instant(random.choice(STARTS)))
    for name in tuple(home.installation.devices):
        contract = estate.contract(0, name)
        if contract is not None:
            home.installation.note(name, AccountStarts(contract))
    return home


def command(random, home):
    """Make some command with some fields; None where it needs more than chance gave it."""
    kind = random.choice(COMMANDS)
    hints = typing.get_type_hints(kind)
    fields = {name: value(random, name, hints[name], home) for name in kind.__struct_fields__ if random.random() < 0.9}
    try:
        return kind(**fields)
    except TypeError:
        return None


def value(random, name, of, home):
    hint = str(of)
    if typing.get_origin(of) is typing.Literal:
        return random.choice(typing.get_args(of))
    if name in {"eui64", "install_code"}:
        eui64, _, code = random.choice(joiners(home))
        return format_eui64(eui64) if name == "eui64" else code.hex()
    if name == "destination":
        return random.choice(["", "127.0.0.1:4060", "127.0.0.1:4060", "head.example:4061", "x"])
    if name == "device":
        return random.choice(["gsme", "ppmid", "ihd"])
    if name == "number" and of is int:
        return random.randint(0, 5)
    if name in INSTANTS:
        later = [home.now + random.randint(-10 * DAY, 30 * DAY), home.now, 10**15, -5]
        return random.choice([*later, None] if "None" in hint else later)
    if name == "code" and random.random() < 0.6:
        meters = [meter for meter in (ESME, GSME) if meter in home.installation.devices]
        return code_of(home, random.choice([1_000, 500_000, 2_000_000]), random.choice(meters))
    if name == "fuel":
        return random.choice(["electricity", "gas"])
    found = next((choices for word, choices in CHOICES.items() if word in hint), (None,))
    return random.choice([*found, None] if "None" in hint else found)


def happenings(random, home, steps):
    """Give what happens, one after another, each as a span of time or a thing to do to a home."""
    for _ in range(steps):
        chance = random.random()
        devices = list(home.installation.devices)
        if chance < 0.33:
            yield random.choice(
                [0, 1, 1_000, random.randint(1, HOUR), random.randint(1, DAY), random.randint(1, 40 * DAY)]
            )
        elif chance < 0.60:
            made, device = command(random, home), random.choice(devices)
            sender = random.choice([Sender.SUPPLIER, Sender.SUPPLIER, Sender.CONSUMER, Sender.NETWORK])
            if made is not None:
                yield lambda at, made=made, device=device, sender=sender: at.send(made, device, sender)
        elif chance < 0.67:
            deed, device = random.choice(list(DEEDS)), random.choice(devices)
            yield lambda at, deed=deed, device=device: at.act(deed, device)
        elif chance < 0.72:
            keys, device = [random.choice(KEYS) for _ in range(4)], random.choice(devices)
            yield lambda at, keys=keys, device=device: at.press(*keys, device=device)
        elif chance < 0.78:
            device, event = random.choice(EVENTS)
            if device in devices:
                yield lambda at, device=device, event=event: at.installation.note(device, event)
        else:
            befalls = random.choice(BEFALLS)(random, home)
            if befalls is not None:
                yield befalls


def go_there(home, by, random, told):
    """Let a span go by in pieces of any size, with readings and restarts on the way; what is told goes on in `told`."""
    end = home.now + by
    for _ in range(random.choice([0, 1, 3, 12])):
        to = home.now + min(random.randint(0, end - home.now), random.choice([end, MINUTE, DAY]))
        move = random.choice([home.installation.advance, home.installation.advance, home.installation.advance_meter])
        move(to)  # the last as a wire does
        if random.random() < 0.2:
            home.shown("esme")
            home.explain("balance")
        if random.random() < 0.1:
            hear(home, told)
            home.restore(home.snapshot())
        elif random.random() < 0.1:
            hear(home, told)
            home.installation = home.installation.fork()
    home.advance(end - home.now)
    hear(home, told)


def hear(home, told):
    """Add to what a home has told what it told since."""
    seen = told[-1].seq if told else 0
    told += [entry for entry in home.journal if entry.seq > seen]

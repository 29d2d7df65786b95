"""A whole home lives a year in a few steps, or in ten thousand: the journal is the same, and so is every reading.

Prepayment on both fuels, with outages, tampering, other prices and tables, a set clock, and a customer who tops up.
"""

from device_sites import FOUR_SEASONS

from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    RestoreSupply,
    Sender,
    SetPrices,
    SetTariff,
    ShiftClock,
)
from emulator.device.display.deeds import DEEDS
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, instant
from emulator.device.journal import DeviceName, encode
from emulator.device.money.account import AccountStarts
from emulator.device.money.pricing import Prices
from emulator.device.money.top_up import vend_for
from emulator.device.readings import ITEMS_OF
from emulator.device.self_check import FaultFound
from emulator.farm.estate import from_flags

ESME, GSME = DeviceName.ESME, DeviceName.GSME
ESTATE = from_flags(("elster-as300p",), 1, 77, gas=1.0, prepayment=1.0)
START = instant(2026, 1, 1, 9, 17, 3)
STEPS = 10_000
BOTH = Prices(tou_mp=(21_000, 12_500, 30_000, 9_000), standing_mp=41_000)


def new_home():
    home = Installation(ESTATE.premises(0), START)
    for device in (ESME, GSME):
        home.note(device, AccountStarts(ESTATE.contract(0, device)))
    return home


def top_up(device, value_mp):
    def do(home):
        meter = home.devices[device]
        code = vend_for(meter.site, meter.records, value_mp)
        home.send(device, AddCredit(code), Sender.CONSUMER)
        home.send(device, RestoreSupply(), Sender.CONSUMER)

    return do


def send(device, command, sender=Sender.SUPPLIER):
    return lambda home: home.send(device, command, sender)


def deed(name, device=ESME):
    return lambda home: DEEDS[name](home, device)


def what_happens():
    """A year of a home: when, and what; at odd moments, so that no step falls on one."""
    happens = [(START + week * 7 * DAY + 11 * HOUR + 7, top_up(ESME, 3_000_000)) for week in range(52)]
    happens += [(START + week * 14 * DAY + 12 * HOUR + 11, top_up(GSME, 2_500_000)) for week in range(26)]
    happens += [
        (START + 3 * DAY + 1, send(ESME, ActivateEmergencyCredit(), Sender.CONSUMER)),
        (START + 20 * DAY + 5, deed("cut_power")),
        (START + 20 * DAY + 3 * HOUR + 5, deed("restore_power")),
        (START + 33 * DAY + 17, send(ESME, ShiftClock(93))),
        (START + 61 * DAY + 23, send(ESME, SetTariff(FOUR_SEASONS, prices=BOTH))),
        (START + 62 * DAY + 29, send(ESME, SetPrices(BOTH, at=START + 90 * DAY))),
        (START + 120 * DAY + 31, deed("open_cover")),
        (START + 120 * DAY + 40 * MINUTE, deed("close_cover")),
        (START + 200 * DAY + 37, deed("take_battery", GSME)),
        (START + 201 * DAY + 41, deed("return_battery", GSME)),
        (START + 260 * DAY + 43, deed("unplug", DeviceName.IHD)),
        (START + 270 * DAY + 47, deed("plug_in", DeviceName.IHD)),
    ]
    return sorted(happens, key=lambda one: one[0])


def live(stops):
    home = new_home()
    left = iter([*stops, START + 366 * DAY])
    stop = next(left)
    for at, do in what_happens():
        while stop < at:
            home.advance(stop)
            stop = next(left)
        home.advance(at)
        do(home)
    while stop is not None:
        home.advance(stop)
        stop = next(left, None)
    return home


def read(home):
    return {
        (name, item.key): item.read(device) for name, device in home.devices.items() for item in ITEMS_OF.get(name, ())
    }


def test_one_step_or_ten_thousand_give_the_same_journal():
    once, often = live([]), live([START + number * 365 * DAY // STEPS for number in range(1, STEPS + 1)])
    assert len(once.journal) > 500
    assert [encode(entry) for entry in often.journal] == [encode(entry) for entry in once.journal]
    assert read(often) == read(once)
    assert often.state() == once.state()


def test_counters_and_logs_survive_power_loss_reset_and_reload():
    home = new_home()
    home.advance(START + 9 * DAY)
    deed("open_cover")(home)
    send(ESME, AddCredit("0" * 20), Sender.CONSUMER)(home)
    home.note(ESME, FaultFound("unexpected_reset"))
    kept = [log for log in ("event_log", "security_log") if read(home)[ESME, log]]
    before = {key: value for key, value in read(home).items() if key[0] is ESME}
    deed("cut_power")(home)
    deed("restore_power")(home)
    reloaded = Installation(home.premises, home.now, home.state())
    after = {key: value for key, value in read(reloaded).items() if key[0] is ESME}
    assert kept == ["event_log", "security_log"]
    for log in kept:
        assert after[ESME, log][: len(before[ESME, log])] == before[ESME, log]
    for key in ("cover_openings", "top_ups_rejected", "meter_balance_mp", "import_wh", "supply_state", "tou_wh"):
        assert after[ESME, key] == before[ESME, key]
    assert read(reloaded) == read(home)

"""Whatever a person and a supplier do in a home with displays: the size of a step changes nothing, state reads back."""

import msgspec
from device_sites import PROFILE
from display_keys import BUTTONS, KEYPAD
from display_sites import (
    CHF,
    CONSUMER,
    ESME,
    GSME,
    IHD,
    PENNY,
    POUND,
    PPMID,
    SUPPLIER,
    TERMS,
    home,
    prepaid,
    top_up_code,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import commands, journal
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money.pricing import Prices
from emulator.device.step import replace

DOINGS = {
    "top up": lambda at: at.send(PPMID, commands.SendTopUp(top_up_code(at)), CONSUMER),
    "top up gas": lambda at: at.send(PPMID, commands.SendTopUp(top_up_code(at, GSME), "gas"), CONSUMER),
    "top up badly": lambda at: at.send(PPMID, commands.SendTopUp("1" * 20), CONSUMER),
    "emergency": lambda at: at.send(PPMID, commands.SendEmergencyCredit("gas"), CONSUMER),
    "supply on": lambda at: at.send(PPMID, commands.SendSupplyOn(), CONSUMER),
    "unplug": lambda at: customer.unplug(at, PPMID),
    "plug in": lambda at: customer.plug_in(at, PPMID),
    "unplug ihd": lambda at: customer.unplug(at, IHD),
    "plug in ihd": lambda at: customer.plug_in(at, IHD),
    "keys": lambda at: customer.press(at, ESME, ["B", "A", "B", "A-hold", "A", "B", "A"]),
    "keys of the ihd": lambda at: customer.press(at, IHD, ["next", "next", "ok"]),
    "keys of the ppmid": lambda at: customer.press(at, PPMID, ["ok", "ok", "next"]),
    "keys at the gas meter": lambda at: customer.press(at, GSME, ["A", "B", "B"]),
    "code": lambda at: customer.code(at, GSME, top_up_code(at, GSME)),
    "cut": lambda at: at.note(ESME, MainsOff()),
    "mains": lambda at: at.note(ESME, MainsOn()),
    "disable": lambda at: at.send(ESME, commands.DisableSupply(), SUPPLIER),
    "arm": lambda at: at.send(ESME, commands.ArmSupply(), SUPPLIER),
    "price": lambda at: at.send(ESME, commands.SetPrices(Prices(tou_mp=(31 * PENNY,))), SUPPLIER),
    "message": lambda at: at.send(IHD, commands.ShowMessage("hello"), SUPPLIER),
    "restrict": lambda at: at.send(ESME, commands.RestrictData(at.now), SUPPLIER),
}
GAPS = st.sampled_from([0, 1, 7 * SECOND, 31 * SECOND, MINUTE, 17 * MINUTE, HOUR, 5 * HOUR, DAY])
HISTORIES = st.lists(st.tuples(GAPS, st.sampled_from(sorted(DOINGS))), min_size=1, max_size=6)
LOW = replace(TERMS, emergency_threshold_mp=20 * POUND)


def made(*names):
    return prepaid(prepaid(home(*names), terms=LOW), GSME, terms=LOW, balance_mp=POUND)


def seen(at):
    readable = {name: readings(at.devices, at.devices[name], at.now) for name in (PPMID, IHD)}
    return readable, {name: customer.shown(at, name) for name in at.devices}


@given(HISTORIES, st.lists(GAPS, min_size=1, max_size=4), st.booleans())
@settings(max_examples=8, deadline=None)
def test_the_size_of_a_step_changes_nothing(history, splits, hub):
    names = (GSME, PPMID, IHD, *((CHF,) if hub else ()))
    once, often = made(*names), made(*names)
    for gap, doing in history:
        until = once.now + gap
        for part in splits:
            often.advance(min(until, often.now + part))
        for at in (once, often):
            at.advance(until)
            DOINGS[doing](at)
        assert seen(once) == seen(often)
    assert [(entry.at, entry.device, entry.what) for entry in once.journal] == [
        (entry.at, entry.device, entry.what) for entry in often.journal
    ]


@given(HISTORIES)
@settings(max_examples=15, deadline=None)
def test_state_reads_back_in_the_middle_of_everything(history):
    at = made(GSME, PPMID, IHD, CHF)
    for gap, doing in history:
        at.advance(at.now + gap)
        DOINGS[doing](at)
    again = Installation(at.premises, at.now, at.state())
    assert seen(again) == seen(at)
    for home_of in (at, again):
        home_of.advance(home_of.now + 2 * DAY)
    assert seen(again) == seen(at)


KEYS = ["A", "B", "A-hold", "B-hold", "ok", "next", "back", "home", "topup", "0", "1", "7", "9", "?", ""]
MASHED = st.lists(
    st.tuples(GAPS, st.sampled_from([ESME, GSME, PPMID, IHD]), st.lists(st.sampled_from(KEYS), max_size=6))
)


@given(MASHED.filter(len), st.sampled_from([KEYPAD, BUTTONS]))
@settings(max_examples=15, deadline=None)
def test_any_key_at_any_time_leaves_something_to_read(mashed, display):
    profile = msgspec.structs.replace(PROFILE, display=display, gas_display=display)
    at = prepaid(prepaid(home(GSME, PPMID, IHD, profile=profile), terms=LOW), GSME, terms=LOW, balance_mp=POUND)
    for gap, name, keys in mashed:
        at.advance(at.now + gap)
        done = customer.press(at, name, keys)
        assert done.display
        assert all(isinstance(line, str) for line in done.display)
        assert done.display == customer.shown(at, name)
        for entry in done.entries:
            journal.decode(journal.encode(entry))


@given(HISTORIES)
@settings(max_examples=15, deadline=None)
def test_an_ihd_never_touches_a_meter(history):
    at, without = made(GSME, PPMID, IHD), made(GSME, PPMID)
    for gap, doing in history:
        for home_of in (at, without):
            home_of.advance(home_of.now + gap)
            if "ihd" not in doing and doing != "message":
                DOINGS[doing](home_of)
        if "ihd" in doing:
            DOINGS[doing](at)
    for name in (ESME, GSME):
        assert at.devices[name].records == without.devices[name].records

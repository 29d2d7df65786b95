"""The person in the home: keys, codes, covers and plugs, and what the display says, in the words of several makes."""

import msgspec
import pytest
from device_sites import NOW, PROFILE, profile_with
from display_sites import (
    CHF,
    ESME,
    GSME,
    IHD,
    PENNY,
    POUND,
    PPMID,
    SUPPLIER,
    TERMS,
    happened,
    home,
    prepaid,
    top_up_code,
)

from emulator.device import commands, customer
from emulator.device.commands import Reason
from emulator.device.customer import code, press, shown
from emulator.device.happenings import (
    BatteryFitted,
    BatteryLost,
    CreditAdded,
    DisplayPluggedIn,
    DisplayUnplugged,
    EmergencyActivated,
    EntryLocked,
    LocalCommandActioned,
    LocalCommandNotActioned,
    PhysicalTamper,
    SupplyChanged,
    TamperEnded,
    ValveOpening,
)
from emulator.device.installation import Installation
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.power import MainsOff
from emulator.device.profile_display import Interface, Page
from emulator.device.records import LogEntry, Switch
from emulator.device.step import replace

# A keypad of twelve keys with the pages, keys and words of a maker's customer guide (device dossier 3.1).
KEYPAD = Interface(
    provenance="document",
    source="device dossier 3.1",
    kind="keypad",
    idle_s=20,
    menus={
        "main": (Page("clock"),),
        "1": (Page("day", "TODAY"), Page("yesterday", "YESTERDAY")),
        "5": (Page("debt", "DEBT"),),
        "6": (Page("tariff", "TARIFF"), Page("standing", "ST CHRG"), Page("rates", "IMP R0{n}")),
        "7": (Page("balance", "BALANCE"), Page("emergency", "EMERGENCY")),
        "9": (Page("total", "IMP KWH"),),
    },
    keys={
        "pages": {
            **{key: (f"open {key}",) for key in ("1", "5", "6", "7", "9")},
            "0": ("home",),
            "A": ("ask enable", "emergency", "code"),
            "B": ("mute", "back"),
        },
        "entry": {"A": ("erase",), "B": ("submit",)},
        "asked": {"B": ("confirm",), "A": ("cancel",)},
    },
    words={"code": "Vend Mode", "enable": "READY: press A then B", "enable_question": "Press B"},
)
# Two buttons: one steps a digit, the other moves on (device dossier 3.2).
BUTTONS = Interface(
    provenance="document",
    source="device dossier 3.2",
    words={
        "enable": "Press B for Elec",
        "enable_question": "En Supply, A = No, B = Yes",
        "rejected": "Invalid Code",
    },
)
KEYPAD_PROFILE = msgspec.structs.replace(PROFILE, display=KEYPAD)
BUTTONS_PROFILE = msgspec.structs.replace(
    PROFILE,
    display=BUTTONS,
    prepayment=msgspec.structs.replace(PROFILE.prepayment, words={"duplicate": "Credit Already Used"}),
)
LOW = replace(TERMS, emergency_threshold_mp=20 * POUND)


# Pages.


def test_keys_step_through_the_pages_and_back_and_come_round():
    at = home()
    labels = [press(at, ESME, ["B"]).lines[0] for _ in range(5)]
    assert labels == ["Total Import", "Rate 1 Import", "Account", "Date Time", "Serial"]
    assert press(at, ESME, ["B-hold"]).lines[0] == "Tariff"


def test_left_alone_the_first_page_comes_back():
    at = home()
    assert press(at, ESME, ["B", "B"]).lines[0] == "Rate 1 Import"
    at.advance(NOW + 29 * SECOND)
    assert shown(at, ESME)[0] == "Rate 1 Import"
    at.advance(NOW + 30 * SECOND)
    assert shown(at, ESME)[0] == "Serial"
    assert press(at, ESME, ["B"]).lines[0] == "Total Import"


def test_a_keypad_opens_a_menu_a_key_and_the_same_key_steps_on():
    at = home(profile=KEYPAD_PROFILE)
    assert press(at, ESME, ["9"]).lines == ("IMP KWH", "1127 kWh")
    assert press(at, ESME, ["6"]).lines[0] == "TARIFF"
    assert press(at, ESME, ["6"]).lines[0] == "ST CHRG"
    assert press(at, ESME, ["6"]).lines[0] == "IMP R01"
    assert press(at, ESME, ["B"]).lines[0] == "ST CHRG"
    assert press(at, ESME, ["0"]).lines == ("01/01/26 03:04",)


def test_prepayment_keys_are_not_used_in_credit_mode():
    at = home(profile=KEYPAD_PROFILE)
    assert press(at, ESME, ["7"]).lines == ("Not Used",)
    prepaid(at)
    assert press(at, ESME, ["0", "7"]).lines == ("BALANCE", "£10.00")


def test_a_key_that_is_not_there_is_refused():
    at = home()
    outcome = press(at, ESME, ["B", "C", "B"])
    assert (outcome.accepted, outcome.reason, outcome.detail) == (False, Reason.NOT_APPLICABLE, "there is no key 'C'")
    assert outcome.lines[0] == "Total Import"
    assert press(at, ESME, ["7"]).reason is Reason.NOT_APPLICABLE


def test_a_gas_display_is_dark_until_a_key_lights_it():
    at = home(GSME)
    assert shown(at, GSME) == ()
    assert press(at, GSME, ["A"]).lines[0] == "Total"
    at.advance(NOW + 30 * SECOND)
    assert shown(at, GSME) == ()


def test_a_meter_without_power_shows_nothing_and_takes_no_key():
    at = prepaid(home())
    press(at, ESME, ["B"])
    at.note(ESME, MainsOff())
    assert shown(at, ESME) == ()
    assert press(at, ESME, ["B"]).reason is Reason.UNREACHABLE
    assert code(at, ESME, top_up_code(at)).reason is Reason.UNREACHABLE


def test_a_hub_has_neither_keys_nor_display():
    at = home(CHF)
    assert shown(at, CHF) == ()
    assert press(at, CHF, ["A"]).reason is Reason.NOT_APPLICABLE
    assert code(at, CHF, "1" * 20).reason is Reason.NOT_APPLICABLE
    with pytest.raises(KeyError):
        press(at, IHD, ["next"])


def test_where_a_person_stands_in_the_pages_survives_a_reload():
    at = prepaid(home(IHD))
    press(at, ESME, ["A-hold", "A", "A", "B"])
    press(at, IHD, ["next", "next", "next"])
    again = Installation(at.premises, at.now, at.state())
    assert shown(again, ESME) == shown(at, ESME) == ("Enter code", "20")
    assert shown(again, IHD) == shown(at, IHD)


# Codes.


def _spoilt(digits):
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _used(at):
    digits = top_up_code(at)
    code(at, ESME, digits)
    return digits


def test_a_code_keyed_in_on_a_keypad():
    at = prepaid(home(profile=KEYPAD_PROFILE))
    digits = top_up_code(at)
    assert press(at, ESME, ["A"]).lines == ("Vend Mode", "")
    assert press(at, ESME, digits[:3]).lines == ("Vend Mode", digits[:3])
    assert press(at, ESME, ["A"]).lines == ("Vend Mode", digits[:2])
    outcome = press(at, ESME, [*digits[2:], "B"])
    assert outcome.lines[0] == "Added £10.00"
    assert happened(outcome, CreditAdded)[0].local
    assert happened(outcome, LocalCommandActioned) == [LocalCommandActioned("interface", "Add Credit")]
    assert at.esme.records.logs.event[-1].code == 0x8161


def test_a_code_stepped_in_with_two_buttons():
    at = prepaid(home(profile=BUTTONS_PROFILE))
    digits = top_up_code(at)
    assert press(at, ESME, ["A-hold"]).lines == ("Enter code", "0")
    for place, digit in enumerate(digits):
        press(at, ESME, ["A"] * int(digit))
        if place < len(digits) - 1:
            press(at, ESME, ["B"])
    assert shown(at, ESME) == ("Enter code", digits)
    assert press(at, ESME, ["B-hold"]).lines[0] == "Added £10.00"


def test_a_code_that_was_begun_and_left_is_forgotten():
    at = prepaid(home(profile=KEYPAD_PROFILE))
    press(at, ESME, ["A", "1", "2"])
    at.advance(NOW + MINUTE)
    assert shown(at, ESME) == ("01/01/26 03:05",)
    assert press(at, ESME, ["A"]).lines == ("Vend Mode", "")


@pytest.mark.parametrize(
    ("name", "digits", "word", "reason"),
    [
        ("incomplete", lambda _: "123", "Incomplete", Reason.MALFORMED),
        ("check digit", lambda at: _spoilt(top_up_code(at)), "Incorrect", Reason.INVALID_VALUE),
        ("wrong device", lambda at: top_up_code(at, GSME), "Invalid", Reason.WRONG_DEVICE),
        ("duplicate", _used, "Duplicate", Reason.DUPLICATE),
        ("account high", lambda at: top_up_code(at, value_mp=900 * POUND), "Account High", Reason.LIMIT_EXCEEDED),
    ],
)
@pytest.mark.parametrize("device", [ESME, PPMID])
def test_a_refused_code_is_told_in_the_makes_word(name, digits, word, reason, device):
    at = prepaid(home(GSME, PPMID), terms=replace(TERMS, max_balance_mp=500 * POUND))
    outcome = code(at, device, digits(at))
    assert not outcome.accepted
    assert outcome.reason is reason, name
    assert outcome.lines[0] == word
    assert len(happened(outcome, LocalCommandNotActioned)) == 1
    assert at.esme.records.logs.event[-1].code == (0x8162 if device is ESME else 0x8155)


def test_a_make_has_its_own_words():
    at = prepaid(home(profile=BUTTONS_PROFILE))
    assert code(at, ESME, "123").lines[0] == "Invalid Code"
    digits = _used(at)
    assert code(at, ESME, digits).lines[0] == "Credit Already Used"


def test_too_many_wrong_codes_lock_the_entry():
    at = prepaid(home())
    digits = _used(at)
    outcomes = [code(at, ESME, digits) for _ in range(5)]
    assert happened(outcomes[-1], EntryLocked)
    assert [outcome.lines[0] for outcome in outcomes] == ["Duplicate"] * 4 + ["Key Locked"]
    locked = code(at, ESME, top_up_code(at))
    assert (locked.reason, locked.lines[0]) == (Reason.LOCKED_OUT, "Key Locked")


def test_the_answer_stands_for_a_while_or_until_a_key():
    at = prepaid(home())
    assert code(at, ESME, "123").lines[0] == "Incomplete"
    at.advance(NOW + 9 * SECOND)
    assert shown(at, ESME)[0] == "Incomplete"
    at.advance(NOW + 10 * SECOND)
    assert shown(at, ESME)[0] == "Serial"
    code(at, ESME, "123")
    assert press(at, ESME, ["B"]).lines[0] == "Total Import"


def test_a_gas_code_at_the_gas_meter():
    at = prepaid(home(GSME), GSME)
    outcome = code(at, GSME, top_up_code(at, GSME))
    assert outcome.lines[0] == "Added £10.00"
    assert at.devices[GSME].records.account.balance_mp == 20 * POUND


def test_where_a_make_has_no_prepayment_no_code_is_taken():
    at = home(profile=profile_with(prepayment={"level": "none"}))
    assert code(at, ESME, "1" * 20).reason is Reason.NOT_APPLICABLE
    assert press(at, ESME, ["A-hold"]).lines[0] == "Serial"


def test_an_ihd_takes_no_code():
    at = prepaid(home(IHD))
    assert code(at, IHD, top_up_code(at)).reason is Reason.NOT_APPLICABLE
    assert press(at, IHD, ["topup"]).reason is Reason.NOT_APPLICABLE


def test_a_code_at_a_ppmid_out_of_touch_is_kept():
    at = prepaid(home(PPMID))
    customer.unplug(at, PPMID)
    customer.plug_in(at, PPMID)
    outcome = code(at, PPMID, top_up_code(at))
    assert outcome.accepted
    assert outcome.lines == ("Will be sent",)
    at.advance(NOW + 2 * MINUTE)
    assert at.esme.records.account.balance_mp > 19 * POUND


# Supply and emergency credit.


def test_an_armed_supply_is_enabled_in_two_steps():
    at = home(profile=BUTTONS_PROFILE)
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    assert shown(at, ESME)[-1] == "OFF"
    assert press(at, ESME, ["B", "B"]).lines[-1] == "OFF"
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    at.advance(NOW + MINUTE)
    assert shown(at, ESME) == ("Press B for Elec", "READY")
    assert press(at, ESME, ["B"]).lines == ("En Supply, A = No, B = Yes",)
    assert press(at, ESME, ["A"]).lines[-1] == "READY"
    assert not at.esme.supplied
    outcome = press(at, ESME, ["B", "B"])
    assert [what.switch for what in happened(outcome, SupplyChanged)] == [Switch.ENABLED]
    assert outcome.lines == ("Done",)
    assert at.esme.supplied


def test_a_keypad_reconnects_with_a_then_b():
    at = home(profile=KEYPAD_PROFILE)
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    assert shown(at, ESME) == ("READY: press A then B", "READY")
    press(at, ESME, ["A"])
    at.advance(NOW + 20 * SECOND)
    press(at, ESME, ["B"])
    assert not at.esme.supplied
    press(at, ESME, ["A", "B"])
    assert at.esme.supplied


def test_gas_is_opened_at_the_gas_meter():
    at = home(GSME)
    at.send(GSME, commands.DisableSupply(), SUPPLIER)
    at.send(GSME, commands.ArmSupply(), SUPPLIER)
    outcome = press(at, GSME, ["A", "B", "B"])
    assert happened(outcome, ValveOpening)
    at.advance(NOW + HOUR)
    assert at.devices[GSME].records.supply.switch is Switch.ENABLED


def test_emergency_credit_by_one_key_or_after_a_question():
    at = prepaid(home(profile=KEYPAD_PROFILE), terms=LOW)
    assert shown(at, ESME)[-1] == "EMERGENCY AVAILABLE"
    assert happened(press(at, ESME, ["A"]), EmergencyActivated)
    asked = prepaid(home(), terms=LOW)
    assert press(asked, ESME, ["B"]).lines == ("Take emergency credit? A = No, B = Yes",)
    assert happened(press(asked, ESME, ["B"]), EmergencyActivated)
    assert asked.esme.records.account.emergency_mp == 5 * POUND


def test_emergency_credit_that_is_not_offered_is_not_asked_for():
    at = prepaid(home())
    press(at, ESME, ["B", "B"])
    assert not at.esme.records.account.emergency_on


def test_a_ppmid_asks_enables_and_tops_up_with_its_keys():
    at = prepaid(home(PPMID), balance_mp=50 * PENNY)
    assert press(at, PPMID, ["ok"]).lines == ("Take emergency credit? OK = Yes",)
    assert happened(press(at, PPMID, ["ok"]), EmergencyActivated)
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    press(at, PPMID, ["ok", "ok"])
    assert at.esme.supplied
    outcome = press(at, PPMID, ["topup", *top_up_code(at), "ok"])
    assert outcome.lines[0] == "Added £10.00"


def test_a_ppmid_takes_gas_emergency_credit_on_a_page_of_gas():
    at = prepaid(home(PPMID, GSME), GSME, terms=LOW)
    at.advance(NOW + HOUR)
    outcome = press(at, PPMID, ["ok", "ok"])
    assert outcome.accepted
    at.advance(NOW + 2 * HOUR)
    assert at.devices[GSME].records.account.emergency_on


def test_an_ihd_asks_for_nothing():
    at = prepaid(home(IHD), terms=LOW)
    before = at.esme.records
    press(at, IHD, ["ok", "ok", "next", "ok", "back", "home"])
    assert at.esme.records is before


def test_an_alarm_is_muted():
    loud = msgspec.structs.replace(PROFILE, display=msgspec.structs.replace(KEYPAD, buzzer=True))
    at = prepaid(home(IHD, profile=loud), terms=replace(TERMS, low_credit_mp=20 * POUND))
    assert shown(at, ESME)[-1] == "LOW CREDIT"
    assert customer.sounding(at, ESME)
    assert not customer.sounding(at, IHD)
    press(at, ESME, ["B"])
    assert not customer.sounding(at, ESME)
    code(at, ESME, top_up_code(at, value_mp=20 * POUND))
    press(at, ESME, ["0"])
    at.advance(NOW + 20 * HOUR)
    assert not customer.sounding(at, ESME)
    at.advance(at.now + 100 * HOUR)
    assert shown(at, ESME)[-1] == "LOW CREDIT"
    assert customer.sounding(at, ESME)


# What is done to the devices.


def test_covers_and_magnets():
    at = home(GSME)
    opened = customer.open_cover(at, ESME, "terminal_cover")
    assert happened(opened, PhysicalTamper) == [PhysicalTamper("terminal_cover")]
    assert opened.lines[0] == "Serial"
    assert happened(customer.close_cover(at, ESME, "terminal_cover"), TamperEnded)
    assert happened(customer.magnet(at, GSME), PhysicalTamper) == [PhysicalTamper("magnet")]
    assert at.esme.records.logs.security[0] == LogEntry(NOW, 0x8F76)
    assert not customer.open_cover(at, ESME, "lid").accepted


def test_the_battery_of_a_gas_meter():
    at = home(GSME)
    press(at, GSME, ["A"])
    taken = customer.take_battery(at, GSME)
    assert happened(taken, BatteryLost)
    assert taken.lines == ()
    assert customer.return_battery(at, GSME).accepted
    assert happened(customer.change_battery(at, GSME), BatteryFitted)
    assert customer.change_battery(at, ESME).reason is Reason.NOT_APPLICABLE


def test_plugs_are_the_displays():
    at = home(PPMID)
    assert happened(customer.unplug(at, PPMID), DisplayUnplugged)
    assert not happened(customer.unplug(at, PPMID), DisplayUnplugged)
    assert happened(customer.plug_in(at, PPMID), DisplayPluggedIn)
    assert customer.unplug(at, ESME).reason is Reason.NOT_APPLICABLE
    assert customer.plug_in(at, ESME).reason is Reason.NOT_APPLICABLE
    assert customer.open_cover(at, PPMID).reason is Reason.NOT_APPLICABLE


def test_a_make_takes_a_code_that_was_left_standing_as_submitted():
    patient = msgspec.structs.replace(PROFILE, display=msgspec.structs.replace(KEYPAD, submits_when_idle=True))
    at = prepaid(home(PPMID, profile=patient))
    digits = top_up_code(at)
    press(at, ESME, ["A", *digits])
    at.advance(NOW + 20 * SECOND - 1)
    assert shown(at, ESME) == ("Vend Mode", digits)
    at.advance(NOW + 20 * SECOND)
    assert shown(at, ESME)[0] == "Added £10.00"
    assert [entry.what.local for entry in at.journal if isinstance(entry.what, CreditAdded)] == [True]
    press(at, ESME, ["A", "1", "2"])
    at.advance(NOW + HOUR)
    assert at.esme.records.logs.event[-1].code == 0x8162
    assert at.esme.records.receipts.rejected == 1
    press(at, ESME, ["A"])
    assert at.esme.next_due() is None or at.esme.next_due() > at.now + MINUTE

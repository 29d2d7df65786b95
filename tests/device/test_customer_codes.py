"""Top-up codes keyed in at meters and displays, and what the display says, in the words of several makes."""

import msgspec
import pytest
from device_sites import NOW, PROFILE, profile_with
from display_keys import BUTTONS_PROFILE, KEYPAD, KEYPAD_PROFILE
from display_sites import (
    ESME,
    GSME,
    IHD,
    POUND,
    PPMID,
    TERMS,
    happened,
    home,
    prepaid,
    top_up_code,
)

from emulator.device.commands import Reason
from emulator.device.display import customer
from emulator.device.display.customer import code, press, shown
from emulator.device.happenings import (
    CreditAdded,
    EntryLocked,
    LocalCommandActioned,
    LocalCommandNotActioned,
)
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.step import replace


def _spoilt(digits):
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _used(at):
    digits = top_up_code(at)
    code(at, ESME, digits)
    return digits


def test_a_code_keyed_in_on_a_keypad():
    at = prepaid(home(profile=KEYPAD_PROFILE))
    digits = top_up_code(at)
    assert press(at, ESME, ["A"]).display == ("Vend Mode", "")
    assert press(at, ESME, digits[:3]).display == ("Vend Mode", digits[:3])
    assert press(at, ESME, ["A"]).display == ("Vend Mode", digits[:2])
    outcome = press(at, ESME, [*digits[2:], "B"])
    assert outcome.display[0] == "Added £10.00"
    assert happened(outcome, CreditAdded)[0].local
    assert happened(outcome, LocalCommandActioned) == [LocalCommandActioned("interface", "Add Credit")]
    assert at.esme.records.logs.event[-1].code == 0x8161


def test_a_code_stepped_in_with_two_buttons():
    at = prepaid(home(profile=BUTTONS_PROFILE))
    digits = top_up_code(at)
    assert press(at, ESME, ["A-hold"]).display == ("Enter code", "0")
    for place, digit in enumerate(digits):
        press(at, ESME, ["A"] * int(digit))
        if place < len(digits) - 1:
            press(at, ESME, ["B"])
    assert shown(at, ESME) == ("Enter code", digits)
    assert press(at, ESME, ["B-hold"]).display[0] == "Added £10.00"


def test_a_code_that_was_begun_and_left_is_forgotten():
    at = prepaid(home(profile=KEYPAD_PROFILE))
    press(at, ESME, ["A", "1", "2"])
    at.advance(NOW + MINUTE)
    assert shown(at, ESME) == ("01/01/26 03:05",)
    assert press(at, ESME, ["A"]).display == ("Vend Mode", "")


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
    assert outcome.display[0] == word
    assert len(happened(outcome, LocalCommandNotActioned)) == 1
    assert at.esme.records.logs.event[-1].code == (0x8162 if device is ESME else 0x8155)


def test_a_make_has_its_own_words():
    at = prepaid(home(profile=BUTTONS_PROFILE))
    assert code(at, ESME, "123").display[0] == "Invalid Code"
    digits = _used(at)
    assert code(at, ESME, digits).display[0] == "Credit Already Used"


def test_too_many_wrong_codes_lock_the_entry():
    at = prepaid(home())
    digits = _used(at)
    outcomes = [code(at, ESME, digits) for _ in range(5)]
    assert happened(outcomes[-1], EntryLocked)
    assert [outcome.display[0] for outcome in outcomes] == ["Duplicate"] * 4 + ["Key Locked"]
    locked = code(at, ESME, top_up_code(at))
    assert (locked.reason, locked.display[0]) == (Reason.LOCKED_OUT, "Key Locked")


def test_the_answer_stands_for_a_while_or_until_a_key():
    at = prepaid(home())
    assert code(at, ESME, "123").display[0] == "Incomplete"
    at.advance(NOW + 9 * SECOND)
    assert shown(at, ESME)[0] == "Incomplete"
    at.advance(NOW + 10 * SECOND)
    assert shown(at, ESME)[0] == "Serial"
    code(at, ESME, "123")
    assert press(at, ESME, ["B"]).display[0] == "Total Import"


def test_a_gas_code_at_the_gas_meter():
    at = prepaid(home(GSME), GSME)
    outcome = code(at, GSME, top_up_code(at, GSME))
    assert outcome.display[0] == "Added £10.00"
    assert at.devices[GSME].records.account.balance_mp == 20 * POUND


def test_where_a_make_has_no_prepayment_no_code_is_taken():
    at = home(profile=profile_with(prepayment={"level": "none"}))
    assert code(at, ESME, "1" * 20).reason is Reason.NOT_APPLICABLE
    assert press(at, ESME, ["A-hold"]).display[0] == "Serial"


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
    assert outcome.display == ("Will be sent",)
    at.advance(NOW + 2 * MINUTE)
    assert at.esme.records.account.balance_mp > 19 * POUND


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

"""Faults of prepayment (device dossier 4.5): what each does, and that service is as before once it is cleared."""

import pytest
from device_sites import CONSUMER, NOW, PROFILE, SUPPLIER
from display_sites import POUND, PPMID, PREPAID, TERMS
from fault_sites import ESME, GSME, IHD, assert_steps_do_not_matter, clear, put_in, told, whole_home

from emulator.device.commands import AddCredit, DisableSupply, EnableSupply, Reason, RestoreSupply, SetPaymentMode
from emulator.device.display import customer
from emulator.device.faults.prepayment import FAULTS
from emulator.device.happenings import (
    CreditAdded,
    CreditExhausted,
    CreditForfeited,
    CreditRetained,
    DisablementSuspended,
    EntryFreed,
    EntryLocked,
    FriendlyHoursImposed,
    FriendlyHoursLifted,
    PaymentModeChanged,
    SupplyArmed,
    TopUpRejected,
)
from emulator.device.household import Household
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money import utrn
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.top_up import UTRN_KEY, NoCodeError, vend_for
from emulator.device.readings import find
from emulator.device.records import Switch
from emulator.device.step import replace

STILL = Household(shape="none")
OWN = PROFILE.prepayment.words


def read(of, key, device=ESME):
    return find(device, key).read(of.devices[device])


def later(of, by):
    of.advance(of.now + by)
    return of


def pays(of, value_mp=10 * POUND, device=ESME):
    """Give the code an outlet hands out."""
    meter = of.devices[device]
    return vend_for(meter.site, meter.records, value_mp)


def keyed(of, digits, device=ESME):
    """Key a code in, and give what the display says of it."""
    return customer.code(of, device, digits).display[0]


def in_prepayment(of, balance_mp, **changed):
    """Begin the contract anew with a balance."""
    of.note(ESME, AccountStarts(replace(PREPAID, balance_mp=balance_mp, **changed)))
    return of


def wrong_code(of):
    """Give a code that is whole and is not authentic."""
    meter = of.esme
    key = bytes(utrn.KEY_OCTETS)
    return utrn.make(key, meter.site.eui64, utrn.Token(utrn.Kind.VEND, 5, POUND))


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_prepayment_is_the_same_in_one_step_and_in_many(row):
    assert_steps_do_not_matter(row)


def test_p1_no_code_can_be_issued_while_the_systems_are_down():
    of = whole_home()
    before = pays(of)
    put_in(of, "P1")
    for device in (ESME, GSME):
        with pytest.raises(NoCodeError, match="no code can be issued"):
            pays(of, device=device)
    assert keyed(of, before) == "Added £10.00"  # one that was made in time is good
    assert read(of, "meter_balance_mp") == 20 * POUND
    clear(of)
    assert keyed(of, pays(of, 5 * POUND)) == "Added £5.00"


@pytest.mark.parametrize(
    ("kind", "reason", "words", "said"),
    [
        ("duplicate", Reason.DUPLICATE, "keypad", "Duplicate"),
        ("duplicate", Reason.DUPLICATE, "two-button", "Credit Already Used"),
        ("wrong_fuel", Reason.WRONG_DEVICE, "keypad", "Invalid"),
        ("wrong_fuel", Reason.WRONG_DEVICE, "two-button", "Invalid Code"),
        ("incomplete", Reason.MALFORMED, "keypad", "Incomplete"),
        ("incomplete", Reason.MALFORMED, "own", OWN["incomplete"]),
    ],
)
def test_p2_codes_that_a_meter_cannot_take_in_the_words_of_a_make(kind, reason, words, said):
    # The words: device dossier 3.1 (Secure, [S23]) and 3.2 (E470, [S41]).
    of = whole_home()
    keyed(of, pays(of))
    put_in(of, "P2", kind=kind, words=words)
    done = customer.code(of, ESME, pays(of))
    assert (done.accepted, done.reason) == (False, reason)
    assert done.display[0] == said
    assert [what.kind for what in told(of, TopUpRejected)] == [reason_kind(kind)]
    assert read(of, "meter_balance_mp") == 20 * POUND
    clear(of)
    assert keyed(of, pays(of)) == "Added £10.00"
    assert keyed(of, "1") == OWN["incomplete"]


def reason_kind(kind):
    return "wrong_device" if kind == "wrong_fuel" else kind


def test_p3_wrong_codes_lock_the_entry_for_an_hour():
    of = put_in(whole_home(), "P3", tries=3)
    for _ in range(2):
        assert keyed(of, wrong_code(of)) == OWN["not_authentic"]
    assert keyed(of, wrong_code(of)) == "Key Locked"
    assert told(of, EntryLocked) == [EntryLocked(of.now + HOUR)]
    good = pays(of)
    later(of, HOUR - SECOND)
    assert keyed(of, good) == "Key Locked"
    assert of.send(ESME, AddCredit(pays(of)), SUPPLIER).accepted  # the head end's are taken
    later(of, SECOND)
    assert keyed(of, pays(of)) == "Added £10.00"


def test_p3_wrong_codes_that_are_further_apart_lock_nothing():
    of = put_in(whole_home(), "P3", tries=2, window_s=60)
    for _ in range(3):
        assert keyed(of, wrong_code(of)) == OWN["not_authentic"]
        later(of, 61 * SECOND)
    assert not told(of, EntryLocked)


def test_p3_clearing_lifts_the_lock_and_the_makes_own_rule_holds():
    of = put_in(whole_home(), "P3", tries=1)
    assert keyed(of, wrong_code(of)) == "Key Locked"
    clear(of)
    assert told(of, EntryFreed) == [EntryFreed()]
    assert keyed(of, wrong_code(of)) == OWN["not_authentic"]
    assert keyed(of, pays(of)) == "Added £10.00"


def test_p3_a_make_locks_the_key_that_begins_a_code():
    of = put_in(whole_home(), "P3", tries=1, locks="key", lock_s=900)
    key = next(key for key, actions in of.esme.site.profile.display.keys["pages"].items() if "code" in actions)
    keyed(of, wrong_code(of))
    later(of, MINUTE)
    done = customer.press(of, ESME, [key])
    assert (done.accepted, done.reason, done.display[0]) == (False, Reason.LOCKED_OUT, "Key Locked")
    later(of, 15 * MINUTE)
    assert customer.press(of, ESME, [key]).display[0] == of.esme.site.profile.display.word("code")
    clear(of)
    later(of, MINUTE)
    keyed(of, wrong_code(of))
    later(of, MINUTE)
    assert customer.press(of, ESME, [key]).accepted


def test_p4_the_friendly_debt_is_taken_at_the_next_top_up():
    of = in_prepayment(whole_home(household=STILL), 2 * POUND, terms=replace(TERMS, emergency_limit_mp=0))
    put_in(of, "P4", debt_mp=5 * POUND)  # it is three in the morning
    assert told(of, FriendlyHoursImposed) == [FriendlyHoursImposed(660, 7 * POUND)]
    assert read(of, "meter_balance_mp") == -5 * POUND
    assert (read(of, "supply_state"), read(of, "non_disablement")) == ("enabled", True)
    assert told(of, DisablementSuspended)
    of.advance(NOW // DAY * DAY + 11 * HOUR - 1)
    assert read(of, "supply_state") == "enabled"
    later(of, 1)
    assert read(of, "supply_state") == "disabled"
    assert told(of, CreditExhausted)
    keyed(of, pays(of, 4 * POUND))
    assert (read(of, "meter_balance_mp"), read(of, "supply_state")) == (-1 * POUND, "disabled")
    clear(of)
    assert told(of, FriendlyHoursLifted) == [FriendlyHoursLifted(7 * POUND)]
    assert (read(of, "meter_balance_mp"), read(of, "non_disablement")) == (6 * POUND, False)
    assert read(of, "supply_state") == "armed"
    assert of.send(ESME, RestoreSupply(), CONSUMER).accepted
    assert read(of, "supply_state") == "enabled"


def test_p4_a_top_up_beyond_the_debt_restores_supply_and_credit_mode_is_spared():
    of = in_prepayment(whole_home(household=STILL), 2 * POUND, terms=replace(TERMS, emergency_limit_mp=0))
    put_in(of, "P4", debt_mp=5 * POUND)
    later(of, 9 * HOUR)
    assert read(of, "supply_state") == "disabled"
    keyed(of, pays(of, 6 * POUND))
    assert told(of, SupplyArmed)
    other = in_prepayment(whole_home(), 0, mode=Mode.CREDIT)
    put_in(other, "P4")
    assert not told(other, FriendlyHoursImposed)


def test_p4_hours_and_debt_are_parameters():
    of = in_prepayment(whole_home(household=STILL), 2 * POUND, terms=replace(TERMS, emergency_limit_mp=0))
    put_in(of, "P4", from_minute=120, until_minute=300, debt_mp=3 * POUND)
    assert read(of, "meter_balance_mp") == -3 * POUND
    of.advance(NOW // DAY * DAY + 5 * HOUR - 1)
    assert read(of, "supply_state") == "enabled"
    later(of, 1)
    assert read(of, "supply_state") == "disabled"


def test_p4_outside_the_hours_nothing_keeps_the_supply():
    of = in_prepayment(whole_home(household=STILL), 2 * POUND, terms=replace(TERMS, emergency_limit_mp=0))
    put_in(of, "P4", from_minute=240, until_minute=300)  # it is three in the morning
    assert read(of, "supply_state") == "disabled"


def test_p5_a_credit_customer_is_put_on_prepayment_and_cut_off():
    of = in_prepayment(whole_home(), -3 * POUND, mode=Mode.CREDIT)
    put_in(of, "P5")
    assert told(of, PaymentModeChanged) == [PaymentModeChanged(Mode.PREPAYMENT)]
    assert (read(of, "payment_mode"), read(of, "supply_state")) == ("prepayment", "disabled")
    assert told(of, CreditExhausted)
    assert "NO CREDIT" in customer.shown(of, ESME)
    clear(of)
    assert (read(of, "payment_mode"), read(of, "supply_state")) == ("credit", "armed")
    assert of.send(ESME, RestoreSupply(), CONSUMER).accepted
    assert read(of, "supply_state") == "enabled"


def test_p5_nothing_befalls_a_meter_on_prepayment():
    of = put_in(whole_home(), "P5")
    clear(of)
    assert (read(of, "payment_mode"), read(of, "supply_state")) == ("prepayment", "enabled")
    assert not told(of, PaymentModeChanged)


def test_p6_credit_is_lost_at_a_change_of_mode():
    of = put_in(whole_home(), "P6", credit="lost")
    assert of.send(ESME, SetPaymentMode(Mode.CREDIT), SUPPLIER).accepted
    assert told(of, CreditForfeited) == [CreditForfeited(10 * POUND)]
    assert read(of, "meter_balance_mp") == 0
    assert read(of, "refund_code") == ""


def test_p6_credit_stands_in_a_refund_code():
    of = put_in(whole_home(household=STILL), "P6")
    assert of.send(ESME, SetPaymentMode(Mode.CREDIT), SUPPLIER).accepted
    code = read(of, "refund_code")
    assert [len(block) for block in code.strip("<>").split("-")] == [5] * (4 * (len(code) // 25))
    kept, key = code.strip("<>").replace("-", ""), of.esme.site.secret(UTRN_KEY)[: utrn.KEY_OCTETS]
    token = utrn.read(key, of.esme.site.eui64, kept)
    assert (token.kind, token.value_mp) == (utrn.Kind.REFUND, 10 * POUND)
    assert told(of, CreditRetained) == [CreditRetained(10 * POUND, kept[-4:])]
    assert read(of, "meter_balance_mp") == 0
    clear(of)
    of.send(ESME, SetPaymentMode(Mode.PREPAYMENT), SUPPLIER)
    keyed(of, pays(of))
    of.send(ESME, SetPaymentMode(Mode.CREDIT), SUPPLIER)
    assert abs(read(of, "meter_balance_mp")) == 10 * POUND  # it stays again


def test_p7_prepayment_is_not_supported_after_a_change_of_supplier():
    of = in_prepayment(whole_home(), 0, mode=Mode.CREDIT)
    put_in(of, "P7")
    outcome = of.send(ESME, SetPaymentMode(Mode.PREPAYMENT), SUPPLIER)
    assert (outcome.accepted, outcome.reason) == (False, Reason.NOT_SUPPORTED)
    assert of.send(ESME, AddCredit(pays(of)), SUPPLIER).reason is Reason.NOT_SUPPORTED
    assert not customer.code(of, ESME, pays(of)).accepted
    clear(of)
    assert of.send(ESME, SetPaymentMode(Mode.PREPAYMENT), SUPPLIER).accepted
    assert keyed(of, pays(of)) == "Added £10.00"


@pytest.mark.parametrize(("words", "said"), [("keypad", "Account High"), ("four-button", "Exceeds maximum")])
def test_p8_a_top_up_over_a_limit_is_refused_with_the_makes_word(words, said):
    # The words: device dossier 4.5 P8 [S23][S59].
    of = put_in(whole_home(household=STILL), "P8", credit_mp=20 * POUND, balance_mp=40 * POUND, words=words)
    assert keyed(of, pays(of, 21 * POUND)) == said
    assert keyed(of, pays(of, 20 * POUND)) == "Added £20.00"
    assert keyed(of, pays(of, 11 * POUND)) == said
    assert [what.kind for what in told(of, TopUpRejected)] == ["above_max_credit", "above_max_balance"]
    clear(of)
    assert keyed(of, pays(of, 21 * POUND)) == "Added £21.00"
    assert read(of, "meter_balance_mp") == 51 * POUND


def test_p9_displays_tell_of_a_pound_that_nobody_added():
    of = put_in(whole_home(household=STILL), "P9")
    balance = read(of, "meter_balance_mp")
    of.send(ESME, DisableSupply(), SUPPLIER)
    assert "Added £1.00" not in customer.shown(of, IHD)
    later(of, MINUTE)
    of.send(ESME, EnableSupply(), SUPPLIER)
    for display in (IHD, PPMID):
        assert customer.shown(of, display)[0] == "Added £1.00"
    assert (read(of, "meter_balance_mp"), told(of, CreditAdded)) == (balance, [])
    later(of, MINUTE)
    assert "Added £1.00" not in customer.shown(of, IHD)
    clear(of)
    of.send(ESME, DisableSupply(), SUPPLIER)
    of.send(ESME, EnableSupply(), SUPPLIER)
    assert of.esme.records.supply.switch is Switch.ENABLED
    assert "Added £1.00" not in customer.shown(of, IHD)


def test_p9_what_they_say_was_added_is_a_parameter():
    of = put_in(whole_home(household=STILL), "P9", amount_mp=7 * POUND)
    of.send(ESME, DisableSupply(), SUPPLIER)
    later(of, MINUTE)
    of.send(ESME, EnableSupply(), SUPPLIER)
    assert customer.shown(of, IHD)[0] == "Added £7.00"

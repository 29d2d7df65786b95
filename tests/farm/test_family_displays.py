"""What customers were told to press, and what they saw: dossier 3.1 to 3.9 at each make's own display."""

import pytest

from emulator import VirtualHome
from emulator.device.commands import AddDevice, ArmSupply, DisableSupply, Reason
from emulator.device.hub.wan import unreachable
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode
from emulator.device.overlay import OverlayError, versions
from emulator.device.records import Switch
from emulator.farm import library

SECURE, E470, TOKENLESS = "secure-liberty100", "landis-gyr-e470", "landis-gyr-tokenless"


def prepaying(name, **given):
    return VirtualHome(name, payment="prepayment", balance_mp=2_000_000, gas=True, **given)


def wrong_codes(count, name):
    """Codes that are whole and right in form, made with other meters' keys."""
    return [prepaying(name, seed=seed).vend(1_000_000) for seed in range(100, 100 + count)]


# The keypad (3.1)


@pytest.mark.parametrize("key", ["5", "7", "8"])
def test_keys_of_prepayment_are_not_used_in_credit_mode(key):
    home = VirtualHome(SECURE)
    assert home.press(key).display[0] == "Not Used"
    assert prepaying(SECURE).press(key).display[0] != "Not Used" or key == "8"  # 8 speaks in its window only


@pytest.mark.parametrize(("key", "label"), [("9", "IMP KWH"), ("1", "Today"), ("2", "This week"), ("3", "This month")])
def test_a_key_opens_its_page(key, label):
    home = VirtualHome(SECURE)
    assert home.press(key).display[0] == label


def test_six_pressed_again_comes_to_the_registers():
    home = VirtualHome(SECURE)
    labels = [home.press("6").display[0] for _ in range(4)]
    assert labels == ["Tariff", "Standing", "Price", "IMP R1"]


def test_a_code_is_keyed_in_vend_mode_and_submitted_by_b():
    home = prepaying(SECURE)
    assert home.press("A").display[0] == "Vend Mode"
    code = home.vend(10_000_000)
    assert home.press(*code[:3]).display == ("Vend Mode", code[:3])
    assert home.press("A").display[1] == code[:2]  # A is the backspace
    assert home.press(*code[2:], "B").display[0] == "Added £100.00"
    assert home.press("A", *code, "B").display[0] == "Duplicate"


def test_a_code_left_standing_is_submitted_after_twenty_seconds():
    home = prepaying(SECURE)
    home.press("A", *home.vend(10_000_000))
    before = home.read("meter_balance_mp")
    home.advance(19 * SECOND)
    assert home.read("meter_balance_mp") <= before
    home.advance(SECOND)
    assert home.read("meter_balance_mp") > before
    assert home.shown()[0] == "Added £100.00"


def test_five_wrong_codes_in_a_row_lock_the_key():
    home = prepaying(SECURE)
    words = [home.press("A", *code, "B").display[0] for code in wrong_codes(5, SECURE)]
    assert words == ["Incorrect"] * 4 + ["Key Locked"]
    good = home.vend(1_000_000)
    assert home.press("A", *good, "B").display[0] == "Key Locked"
    home.advance(HOUR + MINUTE)
    assert home.press("A", *good, "B").accepted


def test_wrong_codes_hours_apart_lock_it_too():
    """Five consecutive codes: the reference knows no window."""
    home = prepaying(SECURE)
    for code in wrong_codes(5, SECURE):
        home.advance(2 * HOUR)
        word = home.press("A", *code, "B").display[0]
    assert word == "Key Locked"


def test_a_supply_that_waits_is_closed_by_a_then_b():
    home = VirtualHome(SECURE)
    home.send(DisableSupply())
    home.send(ArmSupply())
    assert home.press("A").display[0] == "READY: press B"
    assert home.read("supply_state") == "armed"
    home.press("B")
    assert home.read("supply_state") == "enabled"


def test_gas_opens_by_a_then_b_within_thirty_seconds():
    home = VirtualHome(SECURE, gas=True)
    gas = home.installation.devices[DeviceName.GSME]
    for command in (DisableSupply(), ArmSupply()):
        home.send(command, "gsme")
        home.advance(HOUR)
    home.press("9", device="gsme")  # the first key lights it
    assert home.press("A", device="gsme").display[0] == "READY: press B"
    home.advance(31 * SECOND)
    home.press("9", device="gsme")
    home.press("B", device="gsme")
    assert gas.records.supply.switch is Switch.ARMED
    home.press("A", "B", device="gsme")
    home.advance(10 * MINUTE)  # the flow is judged first
    assert gas.records.supply.switch is Switch.ENABLED


def test_its_hub_sleeps_until_an_sms():
    hub = VirtualHome(SECURE).installation.devices[DeviceName.CHF]
    assert unreachable(hub.records) == "asleep"


def test_its_gas_comes_in_kwh():
    first, *_, last = versions(library.packaged(SECURE))
    units = [VirtualHome(SECURE, gas=True, firmware=one).read("profile_unit", "gsme") for one in (first, last)]
    with pytest.raises(OverlayError, match="has no firmware 'x'; allowed"):
        VirtualHome(SECURE, firmware="x")
    assert units == ["kWh", "m3"]  # the last firmware keeps cubic metres (4.4 D2)
    assert VirtualHome("elster-as300p", gas=True).read("profile_unit", "gsme") == "m3"


# Two buttons (3.2)


def test_press_b_for_elec():
    home = prepaying(E470, seed=5)
    home.send(DisableSupply())
    home.send(ArmSupply())
    home.advance(MINUTE)
    words = home.installation.esme.site.profile.display.words
    assert home.shown()[0] == words["enable"] == "Press B for Elec"
    assert home.press("B").display[0] == words["enable_question"]
    assert home.press("A").display[0] != words["enable_question"]
    home.press("B", "B")
    assert home.read("supply_state") == "enabled"


def test_five_wrong_codes_in_ten_minutes_lock_entry_for_an_hour():
    codes, home = wrong_codes(6, E470), prepaying(E470)
    for code in codes[:4]:
        assert home.code(code).reason is Reason.NOT_AUTHENTIC
    home.advance(11 * MINUTE)  # the window has gone by
    assert home.code(codes[4]).reason is Reason.NOT_AUTHENTIC
    for code in codes[:4]:
        last = home.code(code)
    assert last.display[0] == "Key Locked"
    assert home.code(home.vend(1_000_000)).reason is Reason.LOCKED_OUT
    home.advance(HOUR)
    assert home.code(home.vend(1_000_000)).accepted


def test_a_code_used_twice_is_called_so():
    home = prepaying(E470)
    code = home.vend(1_000_000)
    assert home.code(code).accepted
    assert home.code(code).display[0] == "Credit Already Used"


def test_the_hub_takes_three_devices():
    home = VirtualHome(E470, gas=True)
    assert set(home.installation.devices) == {"esme", "gsme", "chf", "ihd"}
    refused = home.send(AddDevice("98-B1-77-00-00-00-99-99", "ihd", "0123456789ABCDEF0123456789ABCDEF"), "chf")
    assert refused.reason is Reason.LIMIT_EXCEEDED


def test_a_gas_meter_lit_by_its_button_says_credit_on():
    home = prepaying(E470)
    home.advance(HOUR)
    assert home.shown("gsme") == ()
    assert home.press("A", device="gsme").display[0] == "Credit ON"
    assert home.press("A", device="gsme").display[0] == "Meter Index"


def test_orange_takes_emergency_credit_and_both_held_begin_a_code():
    home = VirtualHome(TOKENLESS, payment="prepayment", balance_mp=150_000)
    home.advance("1d")
    assert home.press("both-hold").display[0] == "CODE"
    home.advance(MINUTE)
    home.press("orange")
    assert home.installation.esme.records.account.emergency_on


def test_headers_of_the_tokenless_meter():
    home = VirtualHome(TOKENLESS, payment="prepayment", balance_mp=5_000_000)
    home.code(home.vend(1_000_000))
    home.advance("2d")
    labels = [home.press("blue").display[0] for _ in range(12)]
    assert {"DEBT", "STCH", "/WK", "TOT", "TPAY 1"} <= set(labels)


# The others (3.4 to 3.6)


def test_hold_ok_for_billing_and_on_to_the_rates():
    home = VirtualHome("edmi-es10a")
    labels = [home.press("right-hold").display[0], *(home.press("right").display[0] for _ in range(3))]
    assert labels == ["Billing", "Price", "Standing", "TOUmtrx Rate 1"]
    assert home.press("left-hold").display[0] == "Total Import"


def test_b_until_tou_then_a_for_its_rates():
    home = VirtualHome("aclara-sgm1411")
    assert home.press("B").display[0] == "TOU"
    assert home.press("A").display[0] == "TOU Rate 1"


def test_a_set_without_prepayment_takes_no_code_and_has_no_such_keys():
    home = VirtualHome("itron-lite")
    assert home.installation.esme.records.account.mode is Mode.CREDIT
    assert home.code("1" * 20).reason is Reason.NOT_APPLICABLE
    assert "there are A, B" in home.press("A-hold").outcome.detail

"""Faults of displays (device dossier 4.3, H6, H8, H12): what each does, and service as before."""

from display_sites import POUND, prepaid, top_up_code
from fault_sites import (
    ESME,
    PPMID,
    advance,
    clear,
    put_in,
    told,
    when,
    whole_home,
)

from emulator.device.display import customer
from emulator.device.display.display_rules import heard
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.happenings import (
    CreditAdded,
    DisplayAnswered,
    EmergencyActivated,
)
from emulator.device.instant import HOUR, MINUTE, SECOND


def back_after(of):
    """Cut the mains for a minute, and give how long the displays hear nothing after."""
    of.note(ESME, MainsOff())
    # A display with a battery of its own never stops: only one without hears nothing after.
    of.note(ESME, MainsOn(), of.now + MINUTE)
    for seconds in range(0, 3_600, 10):
        if heard(of.devices[PPMID].records, of.now):
            return seconds
        advance(of, 10 * SECOND)
    raise AssertionError("the display never came back")


def ask_emergency(of):
    """Ask for emergency credit with the keys of the PPMID."""
    return customer.press(of, PPMID, ["ok", "ok"])


def test_h6_a_display_takes_ten_minutes_to_come_back():
    of = put_in(whole_home(), "H6")
    assert back_after(of) == 600
    clear(of)
    assert back_after(of) == 60


def test_h6_how_long_a_display_hears_nothing_is_a_parameter():
    assert back_after(put_in(whole_home(), "H6", rejoin_s=120)) == 120


def test_h8_the_display_shows_but_its_emergency_credit_never_comes():
    of = put_in(prepaid(whole_home(), balance_mp=POUND // 2), "H8")
    assert any("£0.50" in line for _ in range(40) for line in customer.press(of, PPMID, ["next"]).display)
    asked = ask_emergency(of)
    assert not asked.accepted
    assert asked.outcome.detail == "ignored"
    assert [(one.accepted, one.result) for one in told(of, DisplayAnswered)] == [(False, "ignored")]
    assert not told(of, EmergencyActivated)
    assert customer.code(of, PPMID, top_up_code(of, value_mp=POUND // 10)).accepted  # its other keys work
    clear(of)
    advance(of, HOUR)
    assert not told(of, EmergencyActivated)
    assert ask_emergency(of).accepted
    assert told(of, EmergencyActivated)


def test_h8_emergency_credit_is_had_at_the_meter():
    of = put_in(prepaid(whole_home(), balance_mp=POUND // 2), "H8")
    customer.press(of, ESME, ["B", "B"])
    assert told(of, EmergencyActivated)


def test_h12_the_result_of_a_code_comes_half_an_hour_later():
    of = put_in(whole_home(), "H12")
    assert customer.code(of, PPMID, top_up_code(of)).accepted
    asked = of.now
    advance(of, 1_800 * SECOND - 1)
    assert not told(of, CreditAdded, DisplayAnswered)
    advance(of, 15 * MINUTE + 1)
    assert [(one.accepted, one.result) for one in told(of, DisplayAnswered)] == [(True, "accepted")]
    assert 30 * MINUTE <= when(of, CreditAdded)[0] - asked <= 45 * MINUTE
    clear(of)
    assert customer.code(of, PPMID, top_up_code(of)).accepted
    assert when(of, CreditAdded)[1] == of.now


def test_h12_a_bad_code_is_refused_as_late():
    of = put_in(whole_home(), "H12")
    assert customer.code(of, PPMID, "1" * 20).accepted
    advance(of, 45 * MINUTE)
    assert [one.accepted for one in told(of, DisplayAnswered)] == [False]

"""Displays in a home: what they ask of the meters, what reaches them, power and HAN, change of supplier and tenancy."""

import pytest
from device_sites import NOW, profile_with
from display_sites import (
    CHF,
    CONSUMER,
    ESME,
    GSME,
    HOME,
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

from emulator.device import commands
from emulator.device.commands import Reason
from emulator.device.display import customer
from emulator.device.display.customer import shown
from emulator.device.display.display import readings
from emulator.device.display.display_rules import MOST_UNSENT, LinkBack, LinkLost
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.gas import wake
from emulator.device.happenings import (
    CreditAdded,
    DisplayAnswered,
    DisplayAsked,
    DisplayHeld,
    DisplayPowered,
    EmergencyActivated,
    LocalCommandActioned,
    LocalCommandNotActioned,
    TopUpRejected,
)
from emulator.device.hub.han import HanLinkLost
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.readings import ITEMS_OF, find
from emulator.device.records import Switch
from emulator.device.step import replace


def seen(at, name):
    return readings(at.devices, at.devices[name], at.now)


def display_with(name, **keys):
    """Give the packaged profile with keys of a display's block replaced."""
    return profile_with(**{name.value: keys})


# What a PPMID may do, and an IHD not (6.1, 6.4).


def test_a_ppmid_tops_up_electricity_and_gets_the_answer():
    at = prepaid(home(PPMID))
    outcome = at.send(PPMID, commands.SendTopUp(top_up_code(at)), CONSUMER)
    assert outcome.accepted
    assert happened(outcome, CreditAdded)[0].local
    assert happened(outcome, DisplayAnswered) == [DisplayAnswered("top_up", "electricity", True, "accepted")]
    assert happened(outcome, LocalCommandActioned) == [LocalCommandActioned("han", "Add Credit")]
    assert seen(at, PPMID)["electricity"].money.balance_mp == 20 * POUND
    assert at.devices[PPMID].records.unsent == ()


def test_a_code_sent_twice_is_refused_by_the_meter():
    at = prepaid(home(PPMID))
    code = top_up_code(at)
    at.send(PPMID, commands.SendTopUp(code), CONSUMER)
    outcome = at.send(PPMID, commands.SendTopUp(code), CONSUMER)
    assert happened(outcome, TopUpRejected)[0].kind == "duplicate"
    assert happened(outcome, DisplayAnswered) == [DisplayAnswered("top_up", "electricity", False, "duplicate")]
    assert happened(outcome, LocalCommandNotActioned) == [LocalCommandNotActioned("han", "Add Credit")]
    assert seen(at, PPMID)["electricity"].money.balance_mp == 20 * POUND


def test_a_code_keyed_without_a_connection_is_handed_over_when_there_is_one():
    at = prepaid(home(PPMID))
    at.note(PPMID, LinkLost("han"))
    outcome = at.send(PPMID, commands.SendTopUp(top_up_code(at)), CONSUMER)
    assert happened(outcome, DisplayHeld)
    at.advance(NOW + 3 * DAY // 2)
    assert at.devices[PPMID].records.unsent
    at.note(PPMID, LinkBack("han"))
    at.advance(at.now)
    assert [entry.what.value_mp for entry in at.journal if isinstance(entry.what, CreditAdded)] == [10 * POUND]
    assert at.devices[PPMID].records.unsent == ()


def test_a_retry_does_no_harm():
    """The meter took the code at its own keys while the display still held it: it refuses the second one."""
    at = prepaid(home(PPMID))
    code = top_up_code(at)
    at.note(PPMID, LinkLost("han"))
    at.send(PPMID, commands.SendTopUp(code), CONSUMER)
    assert customer.code(at, ESME, code).accepted
    at.note(PPMID, LinkBack("han"))
    at.advance(NOW + MINUTE)
    answers = [entry.what for entry in at.journal if isinstance(entry.what, DisplayAnswered)]
    assert answers == [DisplayAnswered("top_up", "electricity", False, "duplicate")]
    assert at.devices[PPMID].records.unsent == ()
    assert len([entry for entry in at.journal if isinstance(entry.what, CreditAdded)]) == 1


def test_a_display_keeps_so_many_codes_and_no_more():
    at = prepaid(home(PPMID))
    at.note(PPMID, LinkLost("han"))
    for number in range(MOST_UNSENT):
        assert at.send(PPMID, commands.SendTopUp(f"{number:020}"), CONSUMER).accepted
    assert at.send(PPMID, commands.SendTopUp("1" * 20), CONSUMER).reason is Reason.LIMIT_EXCEEDED
    at.note(PPMID, LinkBack("han"))
    at.advance(NOW + MINUTE)
    assert at.devices[PPMID].records.unsent == ()


def test_a_ppmid_takes_emergency_credit_for_both_fuels():
    low = replace(TERMS, emergency_threshold_mp=20 * POUND)
    at = prepaid(prepaid(home(PPMID, GSME), terms=low), GSME, terms=low)
    outcome = at.send(PPMID, commands.SendEmergencyCredit(), CONSUMER)
    assert happened(outcome, EmergencyActivated)
    assert at.send(PPMID, commands.SendEmergencyCredit("gas"), CONSUMER).accepted
    at.advance(NOW + HOUR)
    assert at.devices[GSME].records.account.emergency_on
    assert at.esme.records.account.emergency_on


def test_emergency_credit_that_is_not_offered_is_refused():
    at = prepaid(home(PPMID))
    outcome = at.send(PPMID, commands.SendEmergencyCredit(), CONSUMER)
    assert happened(outcome, DisplayAnswered) == [DisplayAnswered("emergency", "electricity", False, "refused")]
    assert not at.esme.records.account.emergency_on


def test_a_ppmid_enables_the_electricity_supply_once_it_is_armed():
    at = prepaid(home(PPMID))
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    refused = at.send(PPMID, commands.SendSupplyOn(), CONSUMER)
    assert happened(refused, DisplayAnswered) == [DisplayAnswered("enable", "electricity", False, "refused")]
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    enabled = at.send(PPMID, commands.SendSupplyOn(), CONSUMER)
    assert happened(enabled, DisplayAnswered) == [DisplayAnswered("enable", "electricity", True, "done")]
    assert at.esme.supplied


def test_a_ppmid_does_not_enable_gas():
    at = home(PPMID, GSME)
    at.send(GSME, commands.DisableSupply(), SUPPLIER)
    at.send(GSME, commands.ArmSupply(), SUPPLIER)
    assert at.send(PPMID, commands.SendSupplyOn("gas"), CONSUMER).reason is Reason.NOT_APPLICABLE
    at.advance(NOW + HOUR)
    assert at.devices[GSME].records.supply.switch is Switch.ARMED


def test_gas_is_topped_up_at_the_meters_next_wake():
    at = prepaid(home(PPMID, GSME), GSME)
    at.advance(NOW + 90 * SECOND)
    code = top_up_code(at, GSME)
    outcome = at.send(PPMID, commands.SendTopUp(code, "gas"), CONSUMER)
    assert not happened(outcome, CreditAdded)
    gas = at.devices[GSME]
    wakes = wake.next_wake(gas.site, gas.records, at.now)
    at.advance(wakes - 1)
    assert not [entry for entry in at.journal if isinstance(entry.what, CreditAdded)]
    at.advance(wakes)
    assert [entry.device for entry in at.journal if isinstance(entry.what, CreditAdded)] == [GSME]
    assert at.devices[PPMID].records.unsent == ()


def test_a_code_for_a_meter_that_is_not_there_is_answered():
    at = prepaid(home(PPMID))
    outcome = at.send(PPMID, commands.SendTopUp("1" * 20, "gas"), CONSUMER)
    assert happened(outcome, DisplayAnswered) == [DisplayAnswered("top_up", "gas", False, "none")]


@pytest.mark.parametrize("code", ["", "12 34x", "1" * 61, "１" * 20])
def test_what_is_no_code_goes_nowhere(code):
    at = prepaid(home(PPMID))
    outcome = at.send(PPMID, commands.SendTopUp(code), CONSUMER)
    assert outcome.reason is Reason.MALFORMED
    assert not happened(outcome, DisplayAsked)


@pytest.mark.parametrize(
    "command",
    [
        commands.SendTopUp("1" * 20),
        commands.SendEmergencyCredit(),
        commands.SendSupplyOn(),
        commands.AddCredit("1" * 20),
        commands.ActivateEmergencyCredit(),
        commands.RestoreSupply(),
    ],
)
def test_an_ihd_alters_neither_supply_nor_accounts(command):
    at = prepaid(home(IHD), balance_mp=10 * PENNY)
    before = at.esme.records
    outcome = at.send(IHD, command, CONSUMER)
    assert not outcome.accepted
    assert outcome.reason is Reason.NOT_APPLICABLE
    assert at.esme.records is before


@pytest.mark.parametrize("name", [PPMID, IHD])
def test_displays_take_nothing_else(name):
    at = home(name)
    for command in (commands.DisableSupply(), commands.EnableSupply(), commands.SetPaymentMode("credit")):
        assert not at.send(name, command, SUPPLIER).accepted


# Power, HAN, age.


def test_a_display_on_mains_is_dark_unplugged_and_joins_anew():
    at = prepaid(home(PPMID))
    at.advance(NOW + HOUR)
    outcome = customer.unplug(at, PPMID)
    assert outcome.display == ()
    assert happened(outcome, DisplayPowered) == [DisplayPowered(on=False)]
    assert not at.send(PPMID, commands.SendTopUp("1" * 20), CONSUMER).accepted
    left_at = at.now
    at.advance(NOW + 2 * HOUR)
    lines = customer.plug_in(at, PPMID).display
    assert lines[0] == "No connection since 01/01/26 04:04"
    assert seen(at, PPMID)["electricity"].at <= left_at
    at.advance(at.now + 59 * SECOND)
    assert seen(at, PPMID)["electricity"].at <= left_at
    at.advance(at.now + SECOND)
    assert seen(at, PPMID)["electricity"].at > left_at


def test_a_display_with_a_battery_goes_on_until_it_is_flat():
    at = prepaid(home(IHD, profile=display_with(IHD, battery_s=600)))
    customer.unplug(at, IHD)
    at.advance(NOW + 10 * MINUTE - 1)
    assert shown(at, IHD)
    assert seen(at, IHD)["electricity"].at > NOW + 9 * MINUTE
    at.advance(NOW + 10 * MINUTE)
    assert shown(at, IHD) == ()
    assert customer.plug_in(at, IHD).display != ()


def test_plugged_in_again_in_time_a_battery_never_runs_flat():
    at = home(IHD, profile=display_with(IHD, battery_s=600))
    customer.unplug(at, IHD)
    at.advance(NOW + 9 * MINUTE)
    customer.plug_in(at, IHD)
    at.advance(NOW + DAY)
    assert at.devices[IHD].records.power.on
    assert at.next_due() != NOW + 10 * MINUTE


def test_a_power_cut_darkens_the_home_and_the_display_comes_back():
    at = prepaid(home(PPMID, IHD, profile=display_with(IHD, battery_s=86_400)))
    at.advance(NOW + HOUR)
    at.note(ESME, MainsOff())
    assert shown(at, PPMID) == ()
    assert shown(at, IHD)[0].startswith("No connection since")
    aged = seen(at, IHD)["electricity"]
    at.advance(at.now + HOUR)
    assert seen(at, IHD)["electricity"] == aged
    at.note(ESME, MainsOn())
    at.advance(at.now + MINUTE + 10 * SECOND)
    assert seen(at, IHD)["electricity"].at == at.now // 10_000 * 10_000
    assert seen(at, PPMID)["electricity"].at == at.now // 10_000 * 10_000


def test_without_the_han_a_display_shows_what_it_saw_last():
    at = prepaid(home(IHD, GSME, CHF))
    at.advance(NOW + HOUR)
    before = seen(at, IHD)
    at.devices[CHF]

    assert at.note(CHF, HanLinkLost("ihd")).accepted
    at.advance(NOW + 5 * HOUR)
    assert seen(at, IHD) == before
    assert shown(at, IHD)[0] == "No connection since 01/01/26 04:04"


def test_a_message_is_shown_and_the_oldest_goes():
    at = home(IHD, profile=display_with(IHD, messages_kept=2))
    for text in ("one", "two", "three"):
        assert at.send(IHD, commands.ShowMessage(text), SUPPLIER).accepted
    assert [message.text for message in at.devices[IHD].records.messages] == ["two", "three"]
    assert ("Message", "three") in [customer.press(at, IHD, ["next"]).display for _ in range(40)]
    assert not at.send(IHD, commands.ShowMessage("x" * 200), SUPPLIER).accepted
    assert not at.send(IHD, commands.ShowMessage("x"), CONSUMER).accepted
    at.note(IHD, LinkLost("han"))
    assert at.send(IHD, commands.ShowMessage("x"), SUPPLIER).reason is Reason.UNREACHABLE


# State.


def test_displays_survive_a_reload_and_a_fork():
    at = prepaid(home(PPMID, IHD, GSME, CHF))
    at.advance(NOW + HOUR)
    at.note(PPMID, LinkLost("han"))
    at.send(PPMID, commands.SendTopUp(top_up_code(at)), CONSUMER)
    customer.press(at, IHD, ["next", "next"])
    again = Installation(at.premises, at.now, at.state())
    for name in (PPMID, IHD):
        assert again.devices[name].records == at.devices[name].records
        assert shown(again, name) == shown(at, name)
        assert seen(again, name) == seen(at, name)
    again.note(PPMID, LinkBack("han"))
    again.advance(again.now + MINUTE)
    assert again.devices[PPMID].records.unsent == ()


def test_a_display_nobody_touches_is_due_for_nothing():
    at = home(PPMID, IHD, household=HOME)
    assert at.devices[IHD].next_due() is None
    assert at.devices[PPMID].next_due() is None


def test_items_of_a_display_tell_of_waiting_codes_and_never_the_code():
    at = prepaid(home(PPMID))
    at.note(PPMID, LinkLost("han"))
    at.send(PPMID, commands.SendTopUp("12345678901234567890"), CONSUMER)
    read = {item.key: item.read(at.devices[PPMID]) for item in ITEMS_OF[PPMID]}
    assert (read["powered"], read["heard"], read["missing"]) == (True, False, ["han"])
    assert [wish["what"] for wish in read["unsent"]] == ["top_up"]
    assert "1234567890" not in str(read)
    assert find(PPMID, "Display Model").read(at.devices[PPMID]) == "PPMID"


def test_two_codes_keyed_out_of_touch_are_handed_over_in_turn():
    at = prepaid(home(PPMID))
    first = top_up_code(at)
    customer.code(at, ESME, first)
    second = top_up_code(at)
    at.note(PPMID, LinkLost("han"))
    at.send(PPMID, commands.SendTopUp(first), CONSUMER)
    at.send(PPMID, commands.SendTopUp(second), CONSUMER)
    at.note(PPMID, LinkBack("han"))
    at.advance(NOW + SECOND)
    answers = [entry.what.result for entry in at.journal if isinstance(entry.what, DisplayAnswered)]
    assert answers == ["duplicate", "accepted"]


def test_a_meter_that_does_not_answer_is_asked_ever_less_often():
    at = prepaid(home(PPMID, GSME), GSME)
    code = top_up_code(at, GSME)
    customer.take_battery(at, GSME)
    at.send(PPMID, commands.SendTopUp(code, "gas"), CONSUMER)
    at.advance(NOW + 10 * DAY)
    asked = [entry.at for entry in at.journal if isinstance(entry.what, DisplayAsked)]
    assert 8 < len(asked) < 25
    customer.return_battery(at, GSME)
    at.advance(at.now + 2 * DAY)
    assert [entry.device for entry in at.journal if isinstance(entry.what, CreditAdded)] == [GSME]
    assert at.devices[PPMID].records.unsent == ()

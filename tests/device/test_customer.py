"""The person in the home: keys, codes, covers and plugs, and what the display says, in the words of several makes."""

import msgspec
import pytest
from device_sites import NOW, PROFILE
from display_keys import BUTTONS_PROFILE, KEYPAD, KEYPAD_PROFILE
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

from emulator.device import commands
from emulator.device.commands import Reason
from emulator.device.display import customer
from emulator.device.display.customer import code, press, shown
from emulator.device.electricity.power import MainsOff
from emulator.device.happenings import (
    BatteryFitted,
    BatteryLost,
    DisplayPluggedIn,
    DisplayUnplugged,
    EmergencyActivated,
    PhysicalTamper,
    SupplyChanged,
    TamperEnded,
    ValveOpening,
)
from emulator.device.installation import Installation
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.records import LogEntry, Switch
from emulator.device.step import replace

LOW = replace(TERMS, emergency_threshold_mp=20 * POUND)


# Pages.


def test_keys_step_through_the_pages_and_back_and_come_round():
    at = home()
    labels = [press(at, ESME, ["B"]).display[0] for _ in range(5)]
    assert labels == ["Total Import", "Rate 1 Import", "Account", "Date Time", "Serial"]
    assert press(at, ESME, ["B-hold"]).display[0] == "Tariff"


def test_left_alone_the_first_page_comes_back():
    at = home()
    assert press(at, ESME, ["B", "B"]).display[0] == "Rate 1 Import"
    at.advance(NOW + 29 * SECOND)
    assert shown(at, ESME)[0] == "Rate 1 Import"
    at.advance(NOW + 30 * SECOND)
    assert shown(at, ESME)[0] == "Serial"
    assert press(at, ESME, ["B"]).display[0] == "Total Import"


def test_a_keypad_opens_a_menu_a_key_and_the_same_key_steps_on():
    at = home(profile=KEYPAD_PROFILE)
    assert press(at, ESME, ["9"]).display == ("IMP KWH", "1127 kWh")
    assert press(at, ESME, ["6"]).display[0] == "TARIFF"
    assert press(at, ESME, ["6"]).display[0] == "ST CHRG"
    assert press(at, ESME, ["6"]).display[0] == "IMP R01"
    assert press(at, ESME, ["B"]).display[0] == "ST CHRG"
    assert press(at, ESME, ["0"]).display == ("01/01/26 03:04",)


def test_prepayment_keys_are_not_used_in_credit_mode():
    at = home(profile=KEYPAD_PROFILE)
    assert press(at, ESME, ["7"]).display == ("Not Used",)
    prepaid(at)
    assert press(at, ESME, ["0", "7"]).display == ("BALANCE", "£10.00")


def test_a_key_that_is_not_there_is_refused():
    at = home()
    outcome = press(at, ESME, ["B", "C", "B"])
    assert (outcome.accepted, outcome.reason, outcome.outcome.detail) == (
        False,
        Reason.NOT_APPLICABLE,
        "there is no key 'C'; there are A, A-hold, B, B-hold",
    )
    assert outcome.display[0] == "Total Import"
    assert press(at, ESME, ["7"]).reason is Reason.NOT_APPLICABLE
    told = press(home(profile=KEYPAD_PROFILE), ESME, ["Q"]).outcome.detail
    assert told == "there is no key 'Q'; there are A, B, 0 to 9"  # the digits once, though its pages bind some


def test_a_gas_display_is_dark_until_a_key_lights_it():
    at = home(GSME)
    assert shown(at, GSME) == ()
    assert press(at, GSME, ["A"]).display[0] == "Total"
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


# Supply and emergency credit.


def test_an_armed_supply_is_enabled_in_two_steps():
    at = home(profile=BUTTONS_PROFILE)
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    assert shown(at, ESME)[-1] == "OFF"
    assert press(at, ESME, ["B", "B"]).display[-1] == "OFF"
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    at.advance(NOW + MINUTE)
    assert shown(at, ESME) == ("Press B for Elec", "READY")
    assert press(at, ESME, ["B"]).display == ("En Supply, A = No, B = Yes",)
    assert press(at, ESME, ["A"]).display[-1] == "READY"
    assert not at.esme.supplied
    outcome = press(at, ESME, ["B", "B"])
    assert [what.switch for what in happened(outcome, SupplyChanged)] == [Switch.ENABLED]
    assert outcome.display == ("Done",)
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
    assert press(asked, ESME, ["B"]).display == ("Take emergency credit? A = No, B = Yes",)
    assert happened(press(asked, ESME, ["B"]), EmergencyActivated)
    assert asked.esme.records.account.emergency_mp == 5 * POUND


def test_emergency_credit_that_is_not_offered_is_not_asked_for():
    at = prepaid(home())
    press(at, ESME, ["B", "B"])
    assert not at.esme.records.account.emergency_on


def test_a_ppmid_of_two_meters_says_that_it_asks_about_gas():
    at = prepaid(prepaid(home(GSME, CHF, PPMID)), GSME, balance_mp=50 * PENNY)
    at.advance(at.now + HOUR)
    assert press(at, PPMID, ["ok"]).display == ("Gas: Take emergency credit? OK = Yes",)


def test_a_deed_for_which_a_device_has_no_part_is_told_with_those_it_has():
    at = home(GSME, CHF, IHD)
    told = {
        (ESME, "change_battery"): "this esme has nothing of the kind; allowed: open_cover, close_cover, magnet, take_",
        (GSME, "unplug"): "this gsme has no plug; allowed: open_cover, close_cover, magnet, take_magnet, take_battery",
        (CHF, "unplug"): "this chf has no plug; allowed: cut_power, restore_power",
        (IHD, "magnet"): "this ihd has nothing of the kind; allowed: unplug, plug_in, cut_power, restore_power",
    }
    for (name, deed), words in told.items():
        assert customer.DEEDS[deed](at, name).outcome.detail.startswith(words)


def test_a_ppmid_asks_enables_and_tops_up_with_its_keys():
    at = prepaid(home(PPMID), balance_mp=50 * PENNY)
    assert press(at, PPMID, ["ok"]).display == ("Take emergency credit? OK = Yes",)
    assert happened(press(at, PPMID, ["ok"]), EmergencyActivated)
    at.send(ESME, commands.DisableSupply(), SUPPLIER)
    at.send(ESME, commands.ArmSupply(), SUPPLIER)
    press(at, PPMID, ["ok", "ok"])
    assert at.esme.supplied
    outcome = press(at, PPMID, ["topup", *top_up_code(at), "ok"])
    assert outcome.display[0] == "Added £10.00"


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
    assert opened.display[0] == "Serial"
    assert happened(customer.close_cover(at, ESME, "terminal_cover"), TamperEnded)
    assert happened(customer.magnet(at, GSME), PhysicalTamper) == [PhysicalTamper("magnet")]
    assert at.esme.records.logs.security[0] == LogEntry(NOW, 0x8F76)
    assert not customer.open_cover(at, ESME, "lid").accepted


def test_the_battery_of_a_gas_meter():
    at = home(GSME)
    press(at, GSME, ["A"])
    taken = customer.take_battery(at, GSME)
    assert happened(taken, BatteryLost)
    assert taken.display == ()
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

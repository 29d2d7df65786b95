"""What a gas meter is asked and what it tells: the commands of functional reference 5.2 and 5.3, the events of 4.2."""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, refuse, site
from gas_sites import gas_meter, gas_site

from emulator.device import commands
from emulator.device.alerts import MANDATED
from emulator.device.calendar import BillingCalendar, SpecialDay, SwitchingTable
from emulator.device.commands import ArmSupply, DisableSupply, Reason, RestoreSupply, Sender, SetTamperState
from emulator.device.configuration import AccessRejected, AuthenticationRejected
from emulator.device.event_table import LINES, line_of
from emulator.device.gas import gas_logs
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.gas.valve import EndOpened
from emulator.device.happenings import FutureActioned, TariffChanged
from emulator.device.household import Site
from emulator.device.installation import Installation, Premises
from emulator.device.instant import DAY, HOUR, instant
from emulator.device.journal import DeviceName
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.records import Switch
from emulator.device.tamper import CoverOpened
from emulator.device.tariff import active
from emulator.device.tenancy import visible_from

POUND = 100_000
CANCEL = instant(3000, 12, 31)
READ = {item.key: item.read for item in GAS_ITEMS}
HOLIDAYS = SwitchingTable(name="holidays", special_days=tuple(SpecialDay(day, 12, day, 1) for day in range(1, 11)))
SUMMER = SwitchingTable(name="summer")


def codes(device):
    logs = device.records.logs
    return [entry.code for entry in logs.event], [entry.code for entry in logs.security]


def prepaid(balance_mp=POUND):
    device = gas_meter()
    terms = Terms(emergency_limit_mp=POUND, emergency_threshold_mp=2 * POUND, low_credit_mp=POUND)
    device.note(AccountStarts(Contract(Mode.PREPAYMENT, balance_mp, Prices(tou_mp=(9_600,)), terms)), NOW)
    return device


# Commands.


def test_a_gas_tariff_takes_its_time_and_may_be_cancelled():
    device = gas_meter()
    accept(device, commands.SetTariff(SUMMER, NOW + DAY), NOW)
    assert active(device.records).name != "summer"
    device.advance(NOW + DAY)
    assert active(device.records).name == "summer"
    accept(device, commands.SetTariff(HOLIDAYS, NOW + 2 * DAY))
    accept(device, commands.SetTariff(HOLIDAYS, CANCEL))
    device.advance(NOW + 3 * DAY)
    assert active(device.records).name == "summer"
    accept(device, commands.SetTariff(HOLIDAYS))
    assert len(active(device.records).special_days) == 10


def test_gas_prices_mode_and_configuration_may_be_dated():
    device = gas_meter()
    at = NOW + 6 * HOUR
    accept(device, commands.SetPrices(Prices(tou_mp=(9_600,)), at), NOW)
    accept(device, commands.SetPaymentMode(Mode.PREPAYMENT, disablement_mp=-500, at=at))
    assert (device.records.tariff.prices, device.records.account.mode) == (Prices(), Mode.CREDIT)
    device.advance(at)
    assert device.records.tariff.prices.tou_mp == (9_600,)
    assert (device.records.account.mode, device.records.terms.disablement_mp) == (Mode.PREPAYMENT, -500)
    assert device.records.supply.switch is Switch.ENABLED
    assert 0x8F66 in codes(device)[0]


def test_the_event_log_of_gas_is_cleared_and_the_security_log_never():
    device = gas_meter()
    accept(device, DisableSupply(), NOW)
    assert codes(device)[0]
    accept(device, commands.ClearEventLog())
    assert codes(device) == ([], [0x8F52])
    assert refuse(device, commands.ClearSecurityLog()).reason is Reason.NOT_AUTHORISED


def test_a_change_of_tenancy_is_kept():
    device = gas_meter()
    accept(device, commands.RestrictData(NOW), NOW)
    assert device.records.tenancy.restricted_before == NOW
    assert visible_from(device.site, device.records, device.shown_time) == NOW


def test_the_clock_of_gas_is_set_within_a_tolerance():
    """The tolerance of DCC's template for gas: 3600 s."""
    device = gas_meter()
    accept(device, commands.SetClock(NOW + 60_000, tolerance_s=3_600), NOW)
    assert device.shown_time == NOW + 60_000
    assert refuse(device, commands.SetClock(NOW + 2 * HOUR, tolerance_s=3_600)).reason is Reason.INVALID_VALUE
    assert codes(device) == ([0x8145], [0x8F0C])


def test_the_billing_calendar_of_gas_is_written():
    device = gas_meter()
    accept(device, commands.WriteBillingCalendar(BillingCalendar("weekly", 1, 0, 0)), NOW)
    assert READ["billing_calendar"](device).startswith("weekly")
    device.advance(NOW + 15 * DAY)
    assert len(gas_logs.billing_log(device.site, device.records, device.now)) >= 2


def test_disable_arm_and_the_status_of_the_supply():
    device = gas_meter()
    shown = [READ["supply_state"](device)]
    for command in (DisableSupply(), DisableSupply(), ArmSupply(), ArmSupply()):
        accept(device, command)
        shown.append(READ["supply_state"](device))
    assert shown == ["enabled", "disabled", "disabled", "armed", "armed"]
    accept(device, RestoreSupply(), sender=CONSUMER)
    device.advance(device.now + HOUR)
    assert READ["supply_state"](device) == "enabled"
    accept(device, ArmSupply())
    assert READ["supply_state"](device) == "enabled"


def test_keys_of_gas_are_replaced():
    device = gas_meter()
    accept(device, commands.UpdateSecurityCredentials(encryption_key=bytes(range(16))), NOW)
    assert codes(device)[1] == [0x8F70]


# Events.


def test_unauthorised_access_to_gas_is_logged_and_mandated():
    device = gas_meter()
    device.note(AuthenticationRejected(1, "wrong password"), NOW)
    device.note(AccessRejected(16, "no right"))
    assert codes(device)[1] == [0x8F53, 0x8F3E]
    assert {line_of(entry.what).mandated for entry in device.journal} == {6}


def test_the_six_alerts_of_gas_have_a_line_in_the_event_table():
    lines = {kind.__name__: line for kind, line in LINES.items() if isinstance(kind, type)}
    of_gas = [row for row in MANDATED if row.gas]
    assert [row.number for row in of_gas] == [1, 2, 3, 4, 5, 6]
    for row in of_gas:
        assert {lines[name].mandated for name in row.raised_by} == {row.number}


def test_tampering_that_locks_and_an_open_end_are_told_apart():
    device = gas_meter()
    accept(device, SetTamperState(lock=True), NOW)
    device.note(CoverOpened("magnet"))
    assert 0x81BE in codes(device)[0]
    accept(device, ArmSupply())
    device.note(EndOpened(7_000_000, 3_600))
    accept(device, RestoreSupply(), sender=CONSUMER)
    device.advance(device.now + HOUR)
    assert 0x81BF in codes(device)[0]
    assert codes(device)[1] == [0x8F75]


def test_wrong_codes_at_a_gas_meter_are_security_events():
    device = prepaid()
    one = commands.AddCredit(top_up.vend_for(device.site, device.records, POUND))
    accept(device, one, sender=CONSUMER)
    refuse(device, one, sender=CONSUMER)
    other = gas_site(seed=100)
    for _ in range(4):
        refuse(device, commands.AddCredit(top_up.vend_for(other, device.records, POUND)), sender=CONSUMER)
    events, security = codes(device)
    assert security[0] == 0x8F51
    assert set(security[1:]) <= {0x8F63, 0x8F64}
    assert len(security) == 5
    assert events == [0x81C4]


def test_emergency_credit_of_gas_is_an_event_and_its_end_too():
    device = prepaid()
    accept(device, commands.ActivateEmergencyCredit(), sender=CONSUMER)
    device.advance(NOW + 60 * DAY)
    assert {0x81AB, 0x81AA} <= set(codes(device)[0])


def test_the_logs_of_gas_hold_a_hundred_entries():
    device = gas_meter()
    for _ in range(60):
        accept(device, DisableSupply())
        accept(device, ArmSupply())
    for number in range(120):
        device.note(AccessRejected(number, ""))
    assert [len(kept) for kept in codes(device)] == [100, 100]


def test_a_gas_meter_has_no_enable_supply_for_anybody():
    for sender in (SUPPLIER, CONSUMER, Sender.NETWORK):
        assert not gas_meter().send(commands.EnableSupply(), sender).accepted


# In a home.


def home() -> Installation:
    sites: dict[DeviceName, Site] = {DeviceName.ESME: site(), DeviceName.GSME: gas_site()}
    return Installation(Premises(sites), NOW)


def test_a_home_has_both_meters_and_one_journal():
    of = home()
    assert of.send(DeviceName.GSME, DisableSupply(), SUPPLIER, NOW + HOUR).accepted
    assert {entry.device for entry in of.journal} == {DeviceName.GSME}
    assert of.devices[DeviceName.ESME].records.supply.switch is Switch.ENABLED
    again = Installation(of.premises, of.now, of.state())
    assert again.devices[DeviceName.GSME].records == of.devices[DeviceName.GSME].records


@pytest.mark.parametrize("happening", [FutureActioned, TariffChanged])
def test_what_is_dated_is_told(happening):
    device = gas_meter()
    accept(device, commands.SetTariff(SUMMER, NOW + DAY), NOW)
    accept(device, commands.SetPrices(Prices(tou_mp=(1,)), NOW + DAY))
    device.advance(NOW + DAY)
    assert happening in {type(entry.what) for entry in device.journal}

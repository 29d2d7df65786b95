"""Supply states (functional reference 2.8), row by row: from, event, to, and what is told."""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, meter, refuse
from money_sites import NOON, PRICES, home, mp, pay, start

from emulator.device.alerts import alert_of
from emulator.device.commands import (
    ActivateEmergencyCredit,
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Reason,
    RestoreSupply,
    SetPaymentMode,
    SetTamperState,
    WriteLoadLimit,
)
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.event_table import line_of
from emulator.device.happenings import (
    CreditExhausted,
    LoadLimitReached,
    PaymentModeChanged,
    SupplyArmed,
    SupplyChanged,
    SupplyRestored,
    SwitchFailed,
)
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.items import find
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode, Terms
from emulator.device.records import Cause, LogEntry, Switch
from emulator.device.supply import SwitchJams
from emulator.device.tamper import CoverOpened

FLAT = Household(shape="flat", daily_import_wh=24_000)  # about 1 kW, always
NONE = Cause(0)
LIMIT = WriteLoadLimit(500, 60, 300, disable=True)


def state(device):
    return device.records.supply.switch, device.records.supply.causes


def disabled_for_credit(**terms):
    """A prepayment home that has used up its pound."""
    device = home(2, 2, 2)
    start(device, 1, terms=Terms(**terms))
    device.advance(NOON + HOUR)
    assert state(device) == (Switch.DISABLED, Cause.CREDIT)
    return device


def armed_by_the_limit():
    device = meter(household=FLAT)
    accept(device, LIMIT)
    device.advance(NOW + MINUTE)
    assert state(device) == (Switch.ARMED, NONE)
    return device


def locked_for_tamper():
    device = meter()
    accept(device, SetTamperState(lock=True))
    device.note(CoverOpened("terminal_cover"))
    return device


def disabled_by_the_supplier():
    device = meter()
    accept(device, DisableSupply())
    return device


def armed():
    device = disabled_by_the_supplier()
    accept(device, ArmSupply())
    return device


def sent_of(device, mandated):
    """Give the alerts of one mandated row that the journal has."""
    sent = [alert_of(device.site.profile, DeviceName.ESME, entry.what) for entry in device.journal]
    return [alert for alert in sent if alert is not None and alert.mandated == mandated]


@pytest.mark.parametrize("of", [meter, disabled_by_the_supplier, disabled_for_credit, armed_by_the_limit])
def test_any_enable_enabled(of):
    device = of()
    accept(device, EnableSupply())
    assert state(device) == (Switch.ENABLED, NONE)
    assert find("supply_state").read(device) == "enabled"


@pytest.mark.parametrize("of", [meter, disabled_for_credit, armed_by_the_limit, locked_for_tamper])
def test_any_disable_disabled_and_the_consumer_cannot_restore(of):
    device = of()
    accept(device, DisableSupply())
    assert device.records.supply.switch is Switch.DISABLED
    assert Cause.SUPPLIER in device.records.supply.causes
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE


def test_disabled_arm_armed():
    device = disabled_by_the_supplier()
    assert accept(device, ArmSupply()) == [SupplyChanged(Switch.ARMED, NONE), SupplyArmed()]


def test_enabled_arm_enabled_without_effect():
    device = meter()
    assert accept(device, ArmSupply()) == []
    assert state(device) == (Switch.ENABLED, NONE)


def test_armed_confirmed_by_the_consumer_enabled():
    device = disabled_by_the_supplier()
    accept(device, ArmSupply())
    assert accept(device, RestoreSupply(), sender=CONSUMER) == [SupplyChanged(Switch.ENABLED, NONE)]
    assert refuse(device, RestoreSupply(), sender=SUPPLIER).reason is Reason.NOT_AUTHORISED


def test_enabled_credit_gone_disabled_with_the_disablement_alert():
    device = disabled_for_credit()
    assert [entry.at for entry in device.journal if isinstance(entry.what, CreditExhausted)] == [NOON + 30 * MINUTE]
    line = line_of(CreditExhausted(0))
    assert (line.code, line.mandated) == (0x8F0F, 4)
    (sent,) = sent_of(device, 4)
    assert (sent.code, sent.priority) == (0x8F0F, True)


def test_disabled_for_credit_topped_up_armed():
    device = disabled_for_credit()
    told = pay(device, 5)
    assert told[-2:] == [SupplyChanged(Switch.ARMED, NONE), SupplyArmed()]
    assert line_of(SupplyArmed()).code == 0x8F32
    assert device.records.logs.event[-1] == LogEntry(device.now, 0x8F32)
    assert state(device) == (Switch.ARMED, NONE)


def test_disabled_for_credit_emergency_credit_armed():
    device = disabled_for_credit(emergency_limit_mp=mp(10), emergency_threshold_mp=mp(1))
    told = accept(device, ActivateEmergencyCredit(), sender=CONSUMER)
    assert told[-1] == SupplyArmed("emergency_credit")
    assert line_of(told[-1]).code == 0x8168
    assert state(device) == (Switch.ARMED, NONE)
    assert device.account().emergency_mp == mp(10)


def test_enabled_load_limit_disabled_then_at_once_armed():
    device = armed_by_the_limit()
    kinds = [type(entry.what) for entry in device.journal if entry.at == NOW + MINUTE]
    assert kinds == [LoadLimitReached, SupplyChanged, SupplyArmed]
    assert line_of(SupplyArmed("load_limit")).code == 0x8F33
    assert device.records.logs.event[-1] == LogEntry(NOW + MINUTE, 0x8F33)
    assert [sent.code for sent in sent_of(device, 7)] == [0x8F01]


def test_armed_by_load_limit_restoration_enabled():
    device = armed_by_the_limit()
    device.advance(NOW + MINUTE + 300 * SECOND)
    assert [entry.what for entry in device.journal][-2:] == [SupplyChanged(Switch.ENABLED, NONE), SupplyRestored()]
    assert line_of(SupplyRestored()).code == 0x8F34
    assert state(device) == (Switch.ENABLED, NONE)
    assert device.power_mw(Channel.IMPORT) > 0


def test_enabled_tamper_locked_until_the_supplier_arms():
    device = locked_for_tamper()
    assert state(device) == (Switch.DISABLED, Cause.TAMPER)
    assert LogEntry(device.now, 0x81BE) in device.records.logs.event
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    assert refuse(device, EnableSupply()).reason is Reason.CONFLICT_STATE
    accept(device, ArmSupply())
    assert state(device) == (Switch.ARMED, NONE)


@pytest.mark.parametrize("of", [meter, disabled_by_the_supplier, armed, disabled_for_credit, locked_for_tamper])
def test_any_power_loss_and_return_as_before(of):
    device = of()
    before = state(device)
    device.note(MainsOff(), device.now + HOUR)
    assert device.power_mw(Channel.IMPORT) == 0
    device.note(MainsOn(), device.now + MINUTE)
    assert state(device) == before
    moved = [entry.what for entry in device.journal if entry.at == device.now and isinstance(entry.what, SupplyChanged)]
    assert moved == []


@pytest.mark.parametrize("mode", [Mode.CREDIT])
def test_disabled_for_credit_mode_changed_armed(mode):
    device = disabled_for_credit()
    told = accept(device, SetPaymentMode(mode))
    assert PaymentModeChanged(mode) in told
    assert told[-1] == SupplyArmed()
    assert state(device) == (Switch.ARMED, NONE)


def test_a_change_to_prepayment_does_not_cut_the_supply():
    device = meter()
    accept(device, SetPaymentMode(Mode.PREPAYMENT, disablement_mp=1_000))
    device.advance(NOW + DAY)
    assert device.supplied


def test_a_switch_that_fails_to_move_is_unchanged_and_logged():
    device = meter()
    device.note(SwitchJams(jammed=True))
    assert accept(device, DisableSupply()) == [SwitchFailed("disconnect")]
    assert device.supplied
    assert device.records.logs.event[-1].code == 0x81C0
    before = device.total_mwh(Channel.IMPORT)
    device.advance(NOW + DAY)
    assert device.total_mwh(Channel.IMPORT) > before
    freed = device.note(SwitchJams(jammed=False))
    assert [entry.what for entry in freed.entries] == [SupplyChanged(Switch.DISABLED, Cause.SUPPLIER)]
    device.note(SwitchJams(jammed=True))
    assert accept(device, EnableSupply()) == [SwitchFailed("connect")]
    assert state(device) == (Switch.DISABLED, Cause.SUPPLIER)
    assert device.records.logs.event[-1].code == 0x81BD


def test_a_jammed_switch_leaves_the_load_limit_telling_only():
    device = meter(household=FLAT)
    device.note(SwitchJams(jammed=True))
    accept(device, LIMIT)
    device.advance(NOW + DAY)
    kinds = [type(entry.what) for entry in device.journal[1:]]
    assert kinds == [LoadLimitReached, SwitchFailed]
    again = armed_by_the_limit()
    again.note(SwitchJams(jammed=True))
    again.advance(NOW + DAY)
    assert again.journal[-1].what == SwitchFailed("connect")
    assert again.records.supply.switch is Switch.ARMED
    assert again.next_due() is None


def test_causes_add_up_and_arming_needs_none():
    """Priority (*proposal*): a supplier's cause outranks credit, a top-up clears the credit cause alone."""
    device = disabled_for_credit()
    accept(device, DisableSupply())
    assert state(device) == (Switch.DISABLED, Cause.SUPPLIER | Cause.CREDIT)
    pay(device, 5)
    assert state(device) == (Switch.DISABLED, Cause.SUPPLIER)
    accept(device, ArmSupply())
    assert state(device) == (Switch.ARMED, NONE)
    device = disabled_for_credit()
    accept(device, DisableSupply())
    refused = device.send(ArmSupply(), SUPPLIER)
    assert (refused.accepted, refused.reason) == (False, Reason.CONFLICT_STATE)
    assert find("supply_causes").read(device) == ["credit"]
    assert PRICES.tou_mp

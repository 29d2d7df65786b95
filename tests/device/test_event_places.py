"""Where each event of the functional reference 4.2 ends up: driven by a command or an event, read from the logs.

Codes, logs and alerts are those of the reference's table; a cell that it does not state is None here. The make of
these tests sends every alert it may, so that what is not sent is so by the table and not by a setting.
"""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, meter, profile_with, refuse
from display_sites import CHF, ESME, GSME, IHD, PPMID, prepaid, top_up_code
from display_sites import home as home_of
from gas_sites import gas_meter
from hub_sites import CODE, IHD_EUI64
from money_sites import NOON, TERMS, home, mp, pay, start, use

from emulator.device.alerts import alert_of
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    AddDevice,
    AdjustDebt,
    ArmSupply,
    ClearEventLog,
    DisableSupply,
    RemoveDevice,
    RestoreSupply,
    SetClock,
    SetPrices,
    SetTamperState,
    SetTariff,
    UpdateSecurityCredentials,
    WriteLoadLimit,
)
from emulator.device.configuration import AccessRejected, AuthenticationRejected
from emulator.device.display import customer
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.event_table import line_of
from emulator.device.gas.valve import EndOpened
from emulator.device.household import Household
from emulator.device.hub.han import JoinAsked
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money import utrn
from emulator.device.money.account_records import TimeDebt
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.step import replace
from emulator.device.tamper import CoverOpened, MalformedReceived

TELLS_ALL = profile_with(alerts={"set": "all", "optional": True}, prepayment={"accounting_period_s": 1800})
FLAT = Household(shape="flat", daily_import_wh=24_000)  # about 1 kW, always
EVENT, SECURITY, NONE = ("event",), ("security",), ()


def electric(**of_site):
    return meter(profile=TELLS_ALL, **of_site)


def on_credit(balance, *uses, of_contract=None, **terms):
    made = home(*uses, profile=TELLS_ALL)
    start(made, balance, terms=replace(TERMS, **terms), **(of_contract or {}))
    return made


def token(made, pounds=1, counter=1, **other):
    of = {"key": made.site.secret("UTRN"), "eui64": made.site.eui64, **other}
    return AddCredit(utrn.make(token=utrn.Token(utrn.Kind.VEND, counter, mp(pounds)), **of))


def clock_set(by):
    made = electric()
    made.send(SetClock(NOW + by, tolerance_s=10), SUPPLIER)
    return made


def noted(event):
    made = electric()
    made.note(event)
    return made


def tilted():
    """A sensor of the make's own, which the reference does not name: the generic code."""
    made = meter(profile=replace(TELLS_ALL, tamper=replace(TELLS_ALL.tamper, sensors=("tilt",))))
    made.note(CoverOpened("tilt"))
    return made


def many_malformed():
    made = electric()
    for number in range(200):
        made.note(MalformedReceived(), NOW + number)
    return made


def refused_code(**how):
    made = on_credit(5, max_credit_mp=mp(50), max_balance_mp=mp(60))
    refuse(made, token(made, **how))
    return made


def stranger():
    made = on_credit(5)
    mine = utrn.device_digit(made.site.eui64)
    refuse(made, token(made, eui64=next(eui64 for eui64 in range(100) if utrn.device_digit(eui64) != mine)))
    return made


def twice():
    made = on_credit(5)
    accept(made, token(made))
    refuse(made, token(made))
    return made


def above_the_greatest_balance():
    made = on_credit(55, max_balance_mp=mp(60))
    refuse(made, token(made, pounds=6))
    return made


def locked_out(tries):
    made = on_credit(5)
    for _ in range(tries):
        refuse(made, token(made, key=bytes(16)), sender=CONSUMER)
    return made


def after(command, made=None):
    made = made or electric()
    accept(made, command)
    return made


def used(balance, *uses, **terms):
    made = on_credit(balance, *uses, **terms)
    use(made, len(uses))
    return made


def keyed_in():
    at = prepaid(home_of(profile=TELLS_ALL))
    assert customer.code(at, ESME, top_up_code(at)).accepted
    return at.esme


def keyed_in_wrong():
    at = prepaid(home_of(profile=TELLS_ALL))
    digits = top_up_code(at)
    assert customer.code(at, ESME, digits).accepted
    assert not customer.code(at, ESME, digits).accepted
    return at.esme


def from_a_display(times):
    at = prepaid(home_of(CHF, PPMID, profile=TELLS_ALL))
    digits = top_up_code(at)
    for _ in range(times):
        customer.code(at, PPMID, digits)
    return at.esme


def emergency(*uses, limit=10):
    made = on_credit(0.5, *uses, emergency_limit_mp=mp(limit))
    accept(made, ActivateEmergencyCredit())
    use(made, len(uses) or 1)
    return made


def emergency_when_off():
    made = on_credit(0)
    accept(made, ActivateEmergencyCredit())
    return made


def time_debt(place):
    debts = [TimeDebt(), TimeDebt()]
    debts[place] = TimeDebt(mp(1), mp(1), hourly=True)
    made = on_credit(5, of_contract={"debts": tuple(debts)})
    made.advance(NOON + 2 * HOUR)
    return made


def payment_debt():
    made = on_credit(5, payment_share=5_000, of_contract={"payment_debt_mp": mp(1)})
    pay(made, 4)
    return made


def kept_on():
    return used(0.3, 1.0, calendar=NonDisablement((Entry("start", 12 * 60), Entry("stop", 20 * 60))))


def armed():
    return after(ArmSupply(), after(DisableSupply()))


def over_the_limit(until):
    made = electric(household=FLAT)
    accept(made, WriteLoadLimit(500, 60, 300, disable=True))
    made.advance(NOW + until)
    return made


def locked_by_tamper():
    made = after(SetTamperState(lock=True))
    made.note(CoverOpened("terminal_cover"))
    return made


def open_end():
    made = gas_meter(profile=TELLS_ALL)
    accept(made, DisableSupply())
    accept(made, ArmSupply())
    made.note(EndOpened(7_000_000, 3_600))
    accept(made, RestoreSupply(), sender=CONSUMER)
    made.advance(NOW + HOUR)
    return made


def interrupted(for_ms):
    made = electric()
    made.note(MainsOff(), NOW + HOUR)
    made.note(MainsOn(), NOW + HOUR + for_ms)
    return made


def dated(threshold_w, now=NOW + HOUR):
    made = electric()
    accept(made, WriteLoadLimit(threshold_w, 60, 300, disable=False, at=now))
    made.advance(now)
    return made


def dated_and_overtaken():
    """Prices that no longer fit the tariff when their time comes."""
    made = on_credit(5)
    accept(made, SetPrices(Prices(tou_mp=(mp(2),)), NOON + HOUR))
    blocks = Prices(by="block", block_mp=((mp(1),) * 4,), thresholds_wh=((1_000, 2_000, 3_000),))
    accept(made, SetTariff(SwitchingTable(), prices=blocks))
    made.advance(NOON + HOUR)
    return made


def joined():
    at = home_of(CHF, profile=TELLS_ALL)
    assert at.send(CHF, AddDevice(IHD_EUI64, "ihd", CODE, 90), SUPPLIER).accepted
    at.note(CHF, JoinAsked(parse_eui64(IHD_EUI64), bytes.fromhex(CODE)))
    return at.devices[CHF]


def turned_away():
    at = home_of(CHF, profile=TELLS_ALL)
    at.note(CHF, JoinAsked(parse_eui64(IHD_EUI64), bytes.fromhex(CODE)))
    return at.devices[CHF]


def left():
    at = home_of(CHF, IHD, profile=TELLS_ALL)
    eui64 = at.devices[IHD].site.eui64
    assert at.send(CHF, RemoveDevice(format_eui64(eui64)), SUPPLIER).accepted
    at.advance(NOW + HOUR)
    return at.devices[CHF]


def without_its_cover():
    made = gas_meter(profile=TELLS_ALL)
    made.note(CoverOpened("battery_cover"))
    return made


PLACES = [
    (0x8F0C, SECURITY, True, lambda: clock_set(11 * SECOND)),
    (0x8145, EVENT, False, lambda: clock_set(9 * SECOND)),
    (0x8F12, SECURITY, True, joined),
    (0x8183, EVENT, True, joined),
    (0x8F48, SECURITY, False, turned_away),
    (0x8F4B, SECURITY, False, left),
    (0x8F1E, SECURITY, True, lambda: noted(AuthenticationRejected(1, "wrong", "integrity"))),
    (0x8F3E, SECURITY, True, lambda: noted(AccessRejected(16, "set"))),
    (0x8F3D, NONE, True, lambda: noted(AuthenticationRejected(1, "wrong", "source"))),
    (0x8F53, SECURITY, None, lambda: noted(AuthenticationRejected(1, "wrong"))),
    (0x8F60, SECURITY, None, many_malformed),
    (0x8F3F, SECURITY, True, tilted),
    (0x8F73, SECURITY, True, without_its_cover),
    (0x8F74, SECURITY, True, lambda: noted(CoverOpened("meter_cover"))),
    (0x8F75, SECURITY, True, lambda: noted(CoverOpened("magnet"))),
    (0x8F76, SECURITY, True, lambda: noted(CoverOpened("terminal_cover"))),
    (0x8F78, SECURITY, True, lambda: noted(CoverOpened("other"))),
    (0x8F51, SECURITY, False, twice),
    (0x8F63, SECURITY, False, lambda: refused_code(key=bytes(16))),
    (0x8F64, SECURITY, False, stranger),
    (0x8F5B, SECURITY, False, lambda: refused_code(pounds=51)),
    (0x8F47, SECURITY, False, above_the_greatest_balance),
    (0x81C4, EVENT, True, lambda: locked_out(5)),
    (0x81C5, EVENT, True, lambda: locked_out(6)),
    (0x8F52, SECURITY, None, lambda: after(ClearEventLog())),
    (0x8F70, SECURITY, None, lambda: after(UpdateSecurityCredentials(encryption_key=bytes(range(16))))),
    (0x810D, NONE, True, lambda: used(3, 1.5)),
    (0x8119, NONE, True, lambda: used(1.5, 0.6)),
    (0x810E, NONE, True, keyed_in),
    (0x81AB, EVENT, True, emergency),
    (0x81AA, EVENT, True, lambda: emergency(1.0, limit=0.2)),
    (0x8F0F, NONE, True, lambda: used(0.3, 1.0)),
    (0x8F83, None, None, kept_on),
    (0x81A7, EVENT, True, lambda: time_debt(0)),
    (0x81A8, EVENT, True, lambda: time_debt(1)),
    (0x81A9, EVENT, True, payment_debt),
    (0x8F32, EVENT, True, armed),
    (0x8F33, EVENT, True, lambda: over_the_limit(MINUTE)),
    (0x8F34, NONE, True, lambda: over_the_limit(MINUTE + 300 * SECOND)),
    (0x8168, NONE, False, emergency_when_off),
    (0x81BE, EVENT, True, locked_by_tamper),
    (0x81BF, EVENT, True, open_end),
    (0x8F01, EVENT, True, lambda: over_the_limit(MINUTE)),
    (0x8F57, None, None, lambda: interrupted(2 * MINUTE)),
    (0x8F35, EVENT, None, lambda: interrupted(2 * MINUTE)),
    (0x8F36, EVENT, None, lambda: interrupted(3 * MINUTE)),
    (0x8154, EVENT, True, lambda: from_a_display(1)),
    (0x8155, EVENT, True, lambda: from_a_display(2)),
    (0x8161, EVENT, True, keyed_in),
    (0x8162, EVENT, True, keyed_in_wrong),
    (0x8F66, EVENT, True, lambda: dated(900)),
    (0x8F67, EVENT, True, dated_and_overtaken),
]


@pytest.mark.parametrize(("code", "logs", "alerts", "scene"), PLACES, ids=[f"{row[0]:04X}" for row in PLACES])
def test_an_event_stands_in_its_log_and_is_sent_as_the_reference_has_it(code, logs, alerts, scene):
    device = scene()
    held = {name for name in ("event", "security") if code in [e.code for e in getattr(device.records.logs, name)]}
    name = {"gas": GSME}.get(device.site.fuel, ESME)
    found = [alert_of(device.site.profile, name, entry.what) for entry in device.journal]
    sent = code in [alert.code for alert in found if alert is not None]
    assert held == set(held if logs is None else logs)
    assert sent is (sent if alerts is None else alerts)
    assert code in [line.code for line in (line_of(entry.what) for entry in device.journal) if line is not None]


def test_what_is_not_done_is_not_told():
    """The same homes without what raises an event: nothing in either log and nothing sent."""
    for device in (electric(), on_credit(5), used(5, 1.0), gas_meter(profile=TELLS_ALL)):
        device.advance(device.now + (DAY if device.site.fuel == "gas" else HOUR))
        assert (device.records.logs.event, device.records.logs.security) == ((), ())
        assert [entry for entry in device.journal if alert_of(device.site.profile, ESME, entry.what)] == []


def test_a_debt_adjusted_away_is_collected_too():
    made = on_credit(5, of_contract={"payment_debt_mp": mp(1)})
    accept(made, AdjustDebt(payment_mp=-mp(1)))
    assert 0x81A9 in [entry.code for entry in made.records.logs.event]

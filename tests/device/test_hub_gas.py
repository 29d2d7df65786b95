"""The gas mirror and the queue of commands for the gas meter that sleeps (functional reference 3.8)."""

import pytest
from device_sites import NOW, SUPPLIER
from hub_sites import CHF, CODE, ESME, GSME, home, hub, send, told, when
from hypothesis import given, settings
from hypothesis import strategies as st
from money_sites import POUND, TERMS

from emulator.device import happenings
from emulator.device.commands import (
    AddCredit,
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Reason,
    RemoveDevice,
    RotateNetworkKey,
    Sender,
    UpdateSecurityCredentials,
)
from emulator.device.electricity import power
from emulator.device.gas import battery, wake
from emulator.device.hub import han, wan
from emulator.device.hub.command_queue import queued
from emulator.device.hub.gas_mirror import mirrored, mirrored_at
from emulator.device.hub.items_hub import queue_results, queued_commands
from emulator.device.identity import format_eui64
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.records import Switch


def gas(of):
    return of.devices[GSME]


def seen_at(of):
    return mirrored_at(hub(of), gas(of), of.now)


def shown(of):
    return mirrored(hub(of), gas(of), of.now)


def last_wake(of):
    return wake.last_wake(gas(of).site, gas(of).records, of.now)


def test_the_mirror_shows_the_meter_as_of_its_last_wake():
    of = home(gas=True)
    for minutes in (0, 7, 29, 31, 60, 61):
        of.advance(NOW + minutes * MINUTE)
        at = seen_at(of)
        assert at == last_wake(of)
        assert 0 <= of.now - at < HALF_HOUR
        plain = home(at, gas=True)
        assert shown(of).volume_ml == gas(plain).volume_ml
        assert shown(of).energy_mwh == gas(plain).energy_mwh
    of.advance(NOW + DAY)
    assert shown(of).volume_ml < gas(of).volume_ml


def test_what_happens_between_wakes_is_seen_after_the_next_one():
    of = home(gas=True)
    send(of, GSME, DisableSupply(), NOW)
    assert gas(of).records.supply.switch is Switch.DISABLED
    assert shown(of).records.supply.switch is Switch.ENABLED
    send(of, GSME, ArmSupply(), NOW + SECOND)
    assert shown(of).records.supply.switch is Switch.ENABLED
    of.advance(NOW + HALF_HOUR)
    assert shown(of).records.supply.switch is Switch.ARMED
    send(of, GSME, DisableSupply())
    assert shown(of).records.supply.switch is Switch.ARMED
    of.advance(NOW + 3 * HALF_HOUR)
    assert shown(of).records.supply.switch is Switch.DISABLED


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ((ESME, power.MainsOff()), (ESME, power.MainsOn())),
        ((CHF, wan.HubPowerLost()), (CHF, wan.HubPowerRestored())),
        ((CHF, han.HanLinkLost("gsme")), (CHF, han.HanLinkFound("gsme"))),
    ],
)
def test_the_mirror_stands_while_wakes_do_not_get_through(off, on):
    of = home(gas=True)
    of.note(*off, NOW)
    before = seen_at(of)
    send(of, GSME, DisableSupply(), NOW + MINUTE)
    of.advance(NOW + DAY)
    assert seen_at(of) == before == wake.last_wake(gas(of).site, gas(of).records, NOW)
    assert shown(of).records.supply.switch is Switch.ENABLED
    of.note(*on, NOW + DAY)
    assert seen_at(of) == before
    of.advance(NOW + DAY + HALF_HOUR)
    assert seen_at(of) == last_wake(of) > NOW + DAY
    assert shown(of).records.supply.switch is Switch.DISABLED
    assert when(of, happenings.GasMirrorFrozen) == [NOW]
    assert when(of, happenings.GasMirrorResumed) == [NOW + DAY]


def test_prepayment_is_seen_as_it_stood_at_the_wake():
    """The mirror is read off a copy of the meter: money between wakes is closed form as well."""
    of = home(gas=True)
    prices = Prices(tou_mp=(POUND, POUND, POUND, POUND), standing_mp=10 * POUND)
    of.note(GSME, AccountStarts(Contract(Mode.PREPAYMENT, 2_000 * POUND, prices, TERMS)), NOW)
    used = set()
    for _ in range(60):
        wakes_at = wake.next_wake(gas(of).site, gas(of).records, of.now)
        of.advance(wakes_at)
        stood = gas(of).account()
        of.advance(wakes_at + 20 * MINUTE)
        assert shown(of).now == wakes_at
        assert shown(of).account() == stood
        used.add(stood.balance_mp)
    assert len(used) > 20


def test_two_outages_without_a_wake_between_show_the_wake_before_both():
    of = home(gas=True)
    before = seen_at(of)
    quiet = before + MINUTE
    of.note(CHF, han.HanLinkLost("gsme"), max(NOW, quiet))
    of.note(CHF, han.HanLinkFound("gsme"), of.now + SECOND)
    of.note(CHF, han.HanLinkLost("gsme"), of.now + SECOND)
    of.advance(NOW + 5 * DAY)
    assert seen_at(of) == before


def test_a_meter_that_left_is_shown_as_it_was_last_heard():
    of = home(gas=True)
    before = seen_at(of)
    name = format_eui64(gas(of).site.eui64)
    send(of, CHF, RemoveDevice(name))
    of.advance(NOW + DAY)
    assert seen_at(of) == before


def test_the_mirror_is_right_at_the_very_instant_it_stops():
    """Others look at it (a display keeps what it last saw) before the hub has been told of the last wake."""
    of = home(gas=True)
    before = seen_at(of)
    hub(of).note(wan.HubPowerLost())
    assert seen_at(of) == before
    of.follow()
    assert seen_at(of) == before


def test_a_home_without_gas_has_no_mirror():
    of, with_gas = home(), home(gas=True)
    assert mirrored_at(hub(of), gas(with_gas), NOW) is None
    assert mirrored(hub(of), gas(with_gas), NOW) is None
    of.note(CHF, wan.HubPowerLost())
    assert not told(of, happenings.GasMirrorFrozen)


def test_a_flat_battery_stops_the_mirror():
    of = home(gas=True)
    of.note(GSME, battery.BatteryRemoved(), NOW)
    before = seen_at(of)
    of.advance(NOW + DAY)
    assert seen_at(of) == before <= NOW


def test_commands_wait_for_the_wake_in_order_and_the_outcome_is_told():
    of = home(gas=True)
    wakes_at = wake.next_wake(gas(of).site, gas(of).records, NOW)
    for command in (DisableSupply(), ArmSupply(), EnableSupply()):
        assert of.note(CHF, queued(command, SUPPLIER), NOW).accepted
    assert [one["name"] for one in queued_commands(hub(of))] == ["DisableSupply", "ArmSupply", "EnableSupply"]
    of.advance(wakes_at - 1)
    assert gas(of).records.supply.switch is Switch.ENABLED
    of.advance(wakes_at)
    assert gas(of).records.supply.switch is Switch.ARMED
    assert [(one.name, one.remaining) for one in told(of, happenings.CommandFetched)] == [
        ("DisableSupply", 2),
        ("ArmSupply", 1),
        ("EnableSupply", 0),
    ]
    assert [one.name for one in told(of, happenings.QueuedCommandDone)] == ["DisableSupply", "ArmSupply"]
    (refused,) = told(of, happenings.QueuedCommandRefused)
    assert (refused.name, refused.reason) == ("EnableSupply", Reason.NOT_APPLICABLE)  # a valve opens at the meter
    assert [(one["number"], one["name"], one["reason"]) for one in queue_results(hub(of))] == [
        (1, "DisableSupply", ""),
        (2, "ArmSupply", ""),
        (3, "EnableSupply", "not_applicable"),
    ]
    assert not hub(of).records.queue.fetched
    assert hub(of).next_due() is None
    assert shown(of).records.supply.switch is Switch.ARMED


def test_a_command_is_judged_by_its_sender_at_the_meter():
    of = home(gas=True)
    of.note(CHF, queued(DisableSupply(), Sender.CONSUMER))
    of.advance(NOW + HALF_HOUR)
    (refused,) = told(of, happenings.QueuedCommandRefused)
    assert refused.reason is Reason.NOT_AUTHORISED
    assert gas(of).records.supply.switch is Switch.ENABLED


def test_a_full_queue_refuses_another():
    of = home(gas=True, han={"queued_commands": 2})
    for _ in range(2):
        assert of.note(CHF, queued(DisableSupply(), SUPPLIER)).accepted
    assert of.note(CHF, queued(DisableSupply(), SUPPLIER)).reason is Reason.LIMIT_EXCEEDED


def test_without_a_gas_meter_nothing_can_wait():
    assert home().note(CHF, queued(DisableSupply(), SUPPLIER)).reason is Reason.UNREACHABLE


def test_a_command_outlives_an_outage_and_a_restart():
    of = home(gas=True)
    of.note(CHF, queued(DisableSupply(), SUPPLIER), NOW)
    of.note(ESME, power.MainsOff(), NOW + MINUTE)
    of = of.fork()
    of.advance(NOW + DAY)
    assert gas(of).records.supply.switch is Switch.ENABLED
    of.note(ESME, power.MainsOn(), NOW + DAY)
    of = of.fork()
    wakes_at = wake.next_wake(gas(of).site, gas(of).records, NOW + DAY)
    of.advance(NOW + 2 * DAY)
    assert when(of, happenings.QueuedCommandDone) == [wakes_at]


def test_a_command_waits_for_a_meter_whose_battery_is_out():
    of = home(gas=True)
    of.note(CHF, queued(DisableSupply(), SUPPLIER), NOW)
    of.note(GSME, battery.BatteryRemoved(), NOW + MINUTE)
    of.advance(NOW + DAY)
    assert not told(of, happenings.CommandFetched)
    of.note(GSME, battery.BatteryReturned(), NOW + DAY)
    of.advance(NOW + DAY + HOUR)
    assert told(of, happenings.QueuedCommandDone)


def test_what_a_queued_command_holds_is_not_in_the_journal():
    of = home(gas=True)
    key = bytes(range(16))
    of.note(CHF, queued(UpdateSecurityCredentials(encryption_key=key), SUPPLIER))
    of.advance(NOW + HALF_HOUR)
    assert told(of, happenings.CredentialsUpdated)
    assert repr(key)[2:-1] not in repr(of.journal)


def test_a_top_up_from_afar_waits_for_the_wake_and_is_seen_in_the_mirror_then():
    of = home(gas=True)
    of.note(GSME, AccountStarts(Contract(Mode.PREPAYMENT, 5 * POUND, Prices(), TERMS)), NOW)
    wakes_at = wake.next_wake(gas(of).site, gas(of).records, NOW)
    code = top_up.vend_for(gas(of).site, gas(of).records, 10 * POUND)
    assert of.note(CHF, queued(AddCredit(code), SUPPLIER), NOW).accepted
    of.advance(wakes_at - 1)
    assert gas(of).account().balance_mp == 5 * POUND
    of.advance(wakes_at)
    assert when(of, happenings.CreditAdded) == [wakes_at]
    of.advance(wakes_at + MINUTE)
    assert gas(of).account().balance_mp == shown(of).account().balance_mp == 15 * POUND
    assert [vend.value_mp for vend in shown(of).records.receipts.credits] == [10 * POUND]


# The mirror against the plain way: stop at every wake and remember what stood there if it was heard.

_HAPPENS = st.sampled_from(
    [
        (GSME, DisableSupply()),
        (GSME, ArmSupply()),
        (CHF, han.HanLinkLost("gsme")),
        (CHF, han.HanLinkFound("gsme")),
        (CHF, wan.HubPowerLost()),
        (CHF, wan.HubPowerRestored()),
        (CHF, RotateNetworkKey()),
        (CHF, queued(ArmSupply(), SUPPLIER)),
        (CHF, queued(DisableSupply(), SUPPLIER)),
        (GSME, battery.BatteryRemoved()),
        (GSME, battery.BatteryReturned()),
        (CHF, han.JoinAsked(0x00237E0000000002, bytes.fromhex(CODE))),
    ]
)
_GAPS = st.one_of(st.integers(1, 40).map(lambda n: n * MINUTE), st.integers(1, 5 * HALF_HOUR))


def _do(of, device, what):
    if isinstance(what, DisableSupply | ArmSupply | RotateNetworkKey):
        send(of, device, what)
    else:
        of.note(device, what)


def _reading(meter):
    return meter.volume_ml, meter.energy_mwh, meter.records.supply, meter.records.power, len(meter.records.logs.event)


@given(st.lists(st.tuples(_GAPS, _HAPPENS), max_size=10), _GAPS)
@settings(max_examples=60, deadline=None)
def test_the_mirror_is_what_stopping_at_each_wake_gives(history, later):
    once, often = home(gas=True), home(gas=True)
    heard = (seen_at(often), _reading(shown(often)))
    at = NOW
    for gap, what in [*history, (later, None)]:
        at += gap
        while (wakes_at := wake.next_wake(gas(often).site, gas(often).records, often.now)) is not None:
            if wakes_at > at:
                break
            often.advance(wakes_at)
            if han.linked(hub(often).records, "gsme"):
                heard = (wakes_at, _reading(gas(often)))
        once.advance(at)
        often.advance(at)
        assert (seen_at(once), _reading(shown(once))) == heard
        if what is not None:
            was_on = gas(often).records.power.on
            _do(once, *what)
            _do(often, *what)
            # It also wakes when its power is back.
            if not was_on and gas(often).records.power.on and han.linked(hub(often).records, "gsme"):
                heard = (at, _reading(gas(often)))
        assert once.journal == often.journal

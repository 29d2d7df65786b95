"""Supply: every way between the states of the load switch (functional reference 2.8), and the registers meanwhile."""

import pytest
from device_sites import CONSUMER, HOMES, NOW, SUPPLIER, accept, meter, moved_mwh, refuse, site

from emulator.device import metering
from emulator.device.commands import ArmSupply, DisableSupply, EnableSupply, Reason, RestoreSupply
from emulator.device.happenings import SupplyArmed, SupplyChanged
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.device.meter import Meter
from emulator.device.records import Cause, Supply, Switch
from emulator.device.step import replace

NONE = Cause(0)
ENABLED = Supply(Switch.ENABLED, NONE)
DISABLED = Supply(Switch.DISABLED, Cause.SUPPLIER)
ARMED = Supply(Switch.ARMED, NONE)
WAY_TO = {Switch.ENABLED: (), Switch.DISABLED: (DisableSupply(),), Switch.ARMED: (DisableSupply(), ArmSupply())}


def at_state(switch, now=NOW, **of_site):
    device = meter(now, **of_site)
    for command in WAY_TO[switch]:
        accept(device, command)
    assert device.records.supply.switch is switch
    return device


def way_ended(switch):
    return NOW if WAY_TO[switch] else 0


def told(*states, armed=False):
    return [*(SupplyChanged(state.switch, state.causes) for state in states), *([SupplyArmed()] if armed else [])]


@pytest.mark.parametrize(
    ("state", "command", "sender", "after", "happened"),
    [
        (Switch.ENABLED, EnableSupply(), SUPPLIER, ENABLED, []),
        (Switch.DISABLED, EnableSupply(), SUPPLIER, ENABLED, told(ENABLED)),
        (Switch.ARMED, EnableSupply(), SUPPLIER, ENABLED, told(ENABLED)),
        (Switch.ENABLED, DisableSupply(), SUPPLIER, DISABLED, told(DISABLED)),
        (Switch.DISABLED, DisableSupply(), SUPPLIER, DISABLED, []),
        (Switch.ARMED, DisableSupply(), SUPPLIER, DISABLED, told(DISABLED)),
        (Switch.ENABLED, ArmSupply(), SUPPLIER, ENABLED, []),
        (Switch.DISABLED, ArmSupply(), SUPPLIER, ARMED, told(ARMED, armed=True)),
        (Switch.ARMED, ArmSupply(), SUPPLIER, ARMED, []),
        (Switch.ARMED, RestoreSupply(), CONSUMER, ENABLED, told(ENABLED)),
    ],
)
def test_transitions(state, command, sender, after, happened):
    device = at_state(state)
    assert accept(device, command, NOW + MINUTE, sender) == happened
    assert replace(device.records.supply, moved_at=0) == after
    assert device.records.supply.moved_at == (NOW + MINUTE if happened else way_ended(state))
    assert device.supplied is (after.switch is Switch.ENABLED)


@pytest.mark.parametrize("state", [Switch.ENABLED, Switch.DISABLED])
def test_a_consumer_closes_only_an_armed_switch(state):
    device = at_state(state)
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    assert device.records.supply.switch is state


@pytest.mark.parametrize("command", [EnableSupply(), DisableSupply(), ArmSupply()])
def test_a_consumer_gives_no_supplier_commands(command):
    assert refuse(at_state(Switch.DISABLED), command, sender=CONSUMER).reason is Reason.NOT_AUTHORISED


def test_a_supplier_does_not_press_the_meters_button():
    assert refuse(at_state(Switch.ARMED), RestoreSupply()).reason is Reason.NOT_AUTHORISED


@pytest.mark.parametrize("state", list(Switch))
def test_a_restart_finds_the_state_it_left(state):
    """Functional reference 2.8: after a loss of power the supply is as before."""
    device = at_state(state)
    again = Meter(device.site, NOW + DAY, device.state())
    assert again.records == device.records
    device.advance(NOW + DAY)
    assert [again.total_mwh(channel) for channel in Channel] == [device.total_mwh(channel) for channel in Channel]


@pytest.mark.parametrize("home", HOMES)
def test_registers_stand_still_while_the_switch_is_open(home):
    device = meter(household=HOMES[home])
    off, on, end = NOW + 17 * SECOND, NOW + 3 * DAY + 12_345, NOW + 4 * DAY
    accept(device, DisableSupply(), off)
    held = [device.total_mwh(channel) for channel in Channel]
    tou = device.tou()
    for at in (off, off + 1, off + MINUTE, off + HALF_HOUR, on - 1):
        device.advance(at)
        assert [device.total_mwh(channel) for channel in Channel] == held
        assert [device.power_mw(channel) for channel in Channel] == [0] * len(Channel)
        assert device.tou() == tou
    accept(device, EnableSupply(), on)
    device.advance(end)
    of = device.site
    moved = [moved_mwh(of, channel, [(of.installed_at, off), (on, end)]) for channel in Channel]
    openings = [of.household.opening_import_wh * 1000, of.household.opening_export_wh * 1000, 0, 0, 0]
    assert [device.total_mwh(channel) for channel in Channel] == [o + m for o, m in zip(openings, moved, strict=True)]
    assert sum(device.tou()) == device.total_mwh(Channel.IMPORT)


def test_arming_does_not_close():
    device = at_state(Switch.DISABLED)
    before = device.total_mwh(Channel.IMPORT)
    accept(device, ArmSupply(), NOW + HOUR)
    device.advance(NOW + DAY)
    assert device.total_mwh(Channel.IMPORT) == before
    assert len(device.records.runs) == 2


def test_the_half_hour_profile_has_the_hole_with_its_status():
    off, on = instant(2026, 1, 10, 12, 10), instant(2026, 1, 10, 15, 40)
    device = meter()
    accept(device, DisableSupply(), off)
    accept(device, EnableSupply(), on)
    device.advance(instant(2026, 1, 11))
    rows = metering.intervals(device.records, device.now, 48)
    energies = metering.interval_energies(device.site, device.records, Channel.IMPORT, rows).tolist()
    statuses = metering.interval_statuses(device.records, rows).tolist()
    whole = site().load(Channel.IMPORT)
    base = device.site.household.opening_import_wh * 1000 - whole.energy_mwh(device.site.installed_at)

    def reading(at):
        lost = whole.energy_mwh(min(max(at, off), on)) - whole.energy_mwh(off)
        return (base + whole.energy_mwh(at) - lost) // 1000

    for end, energy, status in zip(rows.device.tolist(), energies, statuses, strict=True):
        begin = end - HALF_HOUR
        assert energy == reading(end) - reading(begin)
        assert status == (0x01 if begin < on and end > off else 0)
        if off <= begin and end <= on:
            assert energy == 0
    assert statuses.count(0x01) == 8


def test_a_hole_up_to_now_is_marked_and_ends_on_the_half_hour():
    off = instant(2026, 1, 10, 12, 0)
    device = meter()
    accept(device, DisableSupply(), off)
    device.advance(off + 2 * HOUR + MINUTE)
    rows = metering.intervals(device.records, device.now, 6)
    assert metering.interval_statuses(device.records, rows).tolist() == [0, 0, 1, 1, 1, 1]


def test_a_hole_from_half_hour_to_half_hour_marks_only_what_lies_in_it():
    off = instant(2026, 1, 10, 12, 0)
    device = meter()
    accept(device, DisableSupply(), off)
    accept(device, EnableSupply(), off + HOUR)
    device.advance(off + 2 * HOUR)
    rows = metering.intervals(device.records, device.now, 6)
    assert metering.interval_statuses(device.records, rows).tolist() == [0, 0, 1, 1, 0, 0]


def test_off_and_on_at_one_instant_leaves_no_hole():
    device, plain = meter(), meter()
    accept(device, DisableSupply())
    accept(device, EnableSupply())
    for each in (device, plain):
        each.advance(NOW + DAY)
    assert device.total_mwh(Channel.IMPORT) == plain.total_mwh(Channel.IMPORT)
    rows = metering.intervals(device.records, device.now, 48)
    assert not metering.interval_statuses(device.records, rows).any()

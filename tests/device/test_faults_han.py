"""Faults of the HAN, the gas mirror and displays (device dossier 4.3): what each does, and service as before."""

import pytest
from device_sites import CONSUMER, SUPPLIER
from display_sites import home
from fault_sites import (
    CHF,
    GSME,
    IHD,
    PPMID,
    advance,
    clear,
    differs_by_step,
    hub,
    put_in,
    reach,
    told,
    when,
    whole_home,
)
from hub_sites import CODE, IHD_EUI64

from emulator.device.commands import (
    AddDevice,
    ArmSupply,
    DisableSupply,
    Reason,
    RemoveDevice,
    RestoreSupply,
    RotateNetworkKey,
)
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.display.display_rules import heard
from emulator.device.faults.fault import FaultError
from emulator.device.faults.han import FAULTS
from emulator.device.gas import gas_logs, wake
from emulator.device.happenings import (
    BatteryLost,
    DeviceJoined,
    DeviceLeft,
    DisplayCutOff,
    GasMirrorFrozen,
    GasMirrorResumed,
    JoinRefused,
    LowBattery,
    NetworkKeyRotated,
    QueuedCommandDone,
)
from emulator.device.hub.command_queue import queued
from emulator.device.hub.gas_mirror import mirrored, mirrored_at
from emulator.device.hub.han import HanLinkLost, JoinAsked, row_of
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND
from emulator.device.records import Switch


def gas(of):
    return of.devices[GSME]


def shown_at(of):
    """Say as of when the hub shows the gas meter."""
    return mirrored_at(hub(of), gas(of), of.now)


def last_wake(of):
    return wake.last_wake(gas(of).site, gas(of).records, of.now)


def joined(of):
    return sorted(row.device for row in hub(of).records.area.log if row.joined_at is not None)


ALL = ["esme", "gsme", "ihd", "ppmid"]


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_the_han_is_the_same_in_one_step_and_in_many(row):
    assert differs_by_step(row) == []


def test_h1_the_mirror_stands_and_then_stays_behind():
    of = advance(whole_home(), 2 * HOUR)
    stood = shown_at(of)
    put_in(of, "H1", lag_s=14_400)
    for _ in range(8):
        assert shown_at(of) == stood  # it never goes back
        advance(of, 29 * MINUTE)
    advance(of, 20 * MINUTE)
    for _ in range(20):
        advance(of, 37 * MINUTE)
        assert 4 * HOUR <= of.now - shown_at(of) < 4 * HOUR + HALF_HOUR
        assert mirrored(hub(of), gas(of), of.now).volume_ml < gas(of).volume_ml
    clear(of)
    assert shown_at(of) == last_wake(of)


def test_h1_a_change_at_the_meter_is_seen_once_the_lag_is_over():
    of = advance(put_in(whole_home(), "H1", lag_s=7_200), 6 * HOUR)
    assert of.send(GSME, DisableSupply(), SUPPLIER).accepted
    advance(of, 119 * MINUTE)
    assert mirrored(hub(of), gas(of), of.now).records.supply.switch is Switch.ENABLED
    advance(of, 32 * MINUTE)
    assert mirrored(hub(of), gas(of), of.now).records.supply.switch is Switch.DISABLED
    clear(of)
    assert mirrored(hub(of), gas(of), of.now).records.supply.switch is Switch.DISABLED


def arm(of):
    """Switch the gas off, and have the supplier arm it through the hub's queue; give when it was asked."""
    assert of.send(GSME, DisableSupply(), SUPPLIER).accepted
    assert of.note(CHF, queued(ArmSupply(), SUPPLIER)).accepted
    return of.now


def test_h2_ready_reaches_the_gas_meter_at_a_late_wake():
    of = advance(put_in(whole_home(), "H2", delay_s=3_600), 5 * MINUTE)
    asked = arm(of)
    advance(of, HOUR)
    assert gas(of).records.supply.switch is Switch.DISABLED
    advance(of, 31 * MINUTE)
    assert gas(of).records.supply.switch is Switch.ARMED
    (done,) = when(of, QueuedCommandDone)
    assert HOUR <= done - asked <= HOUR + 31 * MINUTE
    clear(of)
    asked = arm(of)
    advance(of, 31 * MINUTE)
    assert gas(of).records.supply.switch is Switch.ARMED
    assert when(of, QueuedCommandDone)[1] - asked <= 31 * MINUTE


def test_h2_what_waits_is_fetched_at_the_next_wake_once_the_fault_is_cleared():
    of = advance(put_in(whole_home(), "H2", delay_s=86_400), 5 * MINUTE)
    arm(of)
    advance(of, 2 * HOUR)
    assert gas(of).records.supply.switch is Switch.DISABLED
    clear(of)
    advance(of, 31 * MINUTE)
    assert gas(of).records.supply.switch is Switch.ARMED


def test_h2_what_waits_already_as_the_fault_starts_is_late_too():
    of = advance(whole_home(), 5 * MINUTE)
    arm(of)
    put_in(of, "H2", delay_s=3_600)
    advance(of, HOUR - 1)
    assert gas(of).records.supply.switch is Switch.DISABLED
    advance(of, 31 * MINUTE)
    assert gas(of).records.supply.switch is Switch.ARMED


def test_h3_the_gas_meter_is_lost_and_electricity_is_fine():
    of = put_in(advance(whole_home(), HOUR), "H3")
    assert told(of, GasMirrorFrozen)
    stood = shown_at(of)
    arm(of)
    for _ in range(10):
        advance(of, 3 * HOUR)
        assert shown_at(of) == stood
        assert reach(of) is None
        assert readings(of.devices, of.devices[IHD], of.now)["electricity"].at >= of.now - 10 * SECOND
    assert gas(of).records.supply.switch is Switch.DISABLED
    clear(of)
    assert told(of, GasMirrorResumed)
    advance(of, 31 * MINUTE)
    assert shown_at(of) == last_wake(of)
    assert gas(of).records.supply.switch is Switch.ARMED


def test_h4_a_fourth_device_finds_no_room():
    of = whole_home()
    extra = parse_eui64(IHD_EUI64)
    for device in (PPMID, IHD):
        assert of.send(CHF, RemoveDevice(format_eui64(of.devices[device].site.eui64)), SUPPLIER).accepted
    put_in(of, "H4")
    add = AddDevice(IHD_EUI64, "ihd", CODE)
    assert of.send(CHF, add, SUPPLIER).accepted  # the third
    of.note(CHF, JoinAsked(extra, bytes.fromhex(CODE)))
    assert joined(of) == ["esme", "gsme", "ihd"]
    fourth = AddDevice(format_eui64(extra + 1), "ppmid", CODE)
    refused = of.send(CHF, fourth, SUPPLIER)
    assert (refused.accepted, refused.reason) == (False, Reason.LIMIT_EXCEEDED)
    of.note(CHF, JoinAsked(extra + 1, bytes.fromhex(CODE)))
    assert [one.reason for one in told(of, JoinRefused)] == ["not_listed"]
    clear(of)
    assert of.send(CHF, fourth, SUPPLIER).accepted
    of.note(CHF, JoinAsked(extra + 1, bytes.fromhex(CODE)))
    assert joined(of) == ALL


def test_h4_how_many_devices_the_log_holds_is_a_parameter():
    of = put_in(whole_home(), "H4", holds=5)
    assert len(joined(of)) == 4
    fifth, sixth = (AddDevice(format_eui64(parse_eui64(IHD_EUI64) + number), "ihd", CODE) for number in (0, 1))
    assert of.send(CHF, fifth, SUPPLIER).accepted
    assert of.send(CHF, sixth, SUPPLIER).reason is Reason.LIMIT_EXCEEDED


def test_h5_who_sleeps_or_is_unplugged_misses_the_key_and_drops_off():
    of = whole_home()
    customer.unplug(of, PPMID)
    put_in(of, "H5")
    assert len(told(of, NetworkKeyRotated)) == 1
    assert sorted((one.joined_as, one.reason) for one in told(of, DeviceLeft)) == [
        ("gsme", "missed_key"),
        ("ppmid", "missed_key"),
    ]
    assert joined(of) == ["esme", "ihd"]
    stood = shown_at(of)
    customer.plug_in(of, PPMID)
    advance(of, DAY)
    assert shown_at(of) == stood
    assert not heard(of.devices[PPMID].records, of.now)
    assert heard(of.devices[IHD].records, of.now)
    clear(of)
    assert joined(of) == ALL
    assert [one.by for one in told(of, DeviceJoined)] == ["install_code", "install_code"]
    advance(of, 31 * MINUTE)
    assert shown_at(of) == last_wake(of)
    assert heard(of.devices[PPMID].records, of.now)
    seq = of.seq
    assert of.send(CHF, RotateNetworkKey(), SUPPLIER).accepted
    advance(of, HOUR)
    assert not told(of, DeviceLeft, since=seq)
    assert {row.key_version for row in hub(of).records.area.log} == {2}


def test_h5_a_display_out_of_reach_misses_the_key():
    of = whole_home()
    of.note(CHF, HanLinkLost("ihd"))
    put_in(of, "H5")
    assert "ihd" in {one.joined_as for one in told(of, DeviceLeft)}


def replace_ihd(of, eui64):
    """Take the display off the log, list another one, and have it ask."""
    add = AddDevice(format_eui64(eui64), "ihd", CODE)
    assert of.send(CHF, add, SUPPLIER).accepted
    of.note(CHF, JoinAsked(eui64, bytes.fromhex(CODE)))


def test_h7_another_display_than_the_first_is_refused():
    of = put_in(whole_home(), "H7")
    old, new = of.devices[IHD].site.eui64, parse_eui64(IHD_EUI64)
    assert of.send(CHF, RemoveDevice(format_eui64(old)), SUPPLIER).accepted
    replace_ihd(of, new)
    assert [(one.eui64, one.reason) for one in told(of, JoinRefused)] == [(IHD_EUI64, "not_replaceable")]
    assert row_of(hub(of).records.area, "ihd") is None
    assert not heard(of.devices[IHD].records, of.now)
    replace_ihd(of, old)  # the first one may come back
    assert heard(of.devices[IHD].records, of.now)
    clear(of)
    assert of.send(CHF, RemoveDevice(format_eui64(old)), SUPPLIER).accepted
    replace_ihd(of, new)
    assert row_of(hub(of).records.area, "ihd").eui64 == new
    assert heard(of.devices[IHD].records, of.now)


def test_h9_a_neighbours_display_joins_and_goes_again():
    of = put_in(whole_home(), "H9")
    own = format_eui64(of.devices[IHD].site.eui64)
    (neighbours,) = [one.eui64 for one in told(of, DeviceJoined)]
    assert neighbours != own
    assert joined(of) == [*ALL[:3], "ihd", "ppmid"]
    clear(of)
    assert [(one.eui64, one.reason) for one in told(of, DeviceLeft)] == [(neighbours, "removed")]
    assert joined(of) == ALL
    assert heard(of.devices[IHD].records, of.now)  # the home's own was there all the time
    assert not told(of, DisplayCutOff)


def test_h9_on_a_full_hub_the_neighbours_display_finds_no_room():
    of = put_in(put_in(whole_home(), "H4", holds=4), "H9")
    assert [one.reason for one in told(of, JoinRefused)] == ["not_listed"]
    assert joined(of) == ALL


def half_hours(of, count=None):
    return gas_logs.half_hours(gas(of).site, gas(of).records, of.now, count)


@pytest.mark.parametrize("count", [48, 240])
def test_h10_the_days_gas_stands_in_the_first_hour_of_the_next(count):
    of = whole_home()
    right = half_hours(of)
    totals = {}
    for row in right:
        totals[(row.at - 1) // DAY] = totals.get((row.at - 1) // DAY, 0) + row.value
    register = gas(of).volume_ml
    put_in(of, "H10")
    rows = half_hours(of, count)
    assert [row.at for row in rows] == [row.at for row in right[-count:]]
    seen = {}
    for row in rows:
        if HALF_HOUR <= row.at % DAY <= HOUR:
            seen[row.at // DAY] = seen.get(row.at // DAY, 0) + row.value
        else:
            assert row.value == 0
    assert seen
    assert all(total == totals[day - 1] > 0 for day, total in seen.items())
    assert gas(of).volume_ml == register
    clear(of)
    assert half_hours(of) == right


@pytest.mark.parametrize("low_battery", ["missing", "told"])
def test_h11_a_flat_battery_closes_the_valve_and_the_mirror_stands(low_battery):
    of = put_in(advance(whole_home(), HOUR), "H11", low_battery=low_battery)
    assert len(told(of, LowBattery)) == (low_battery == "told")
    assert [one.cause for one in told(of, BatteryLost)] == ["empty"]
    assert not gas(of).records.valve.open
    stood, volume = shown_at(of), gas(of).volume_ml
    advance(of, DAY)
    assert shown_at(of) == stood
    assert gas(of).volume_ml == volume
    clear(of)
    assert of.send(GSME, ArmSupply(), SUPPLIER).accepted
    assert of.send(GSME, RestoreSupply(), CONSUMER).accepted
    advance(of, HOUR)
    assert gas(of).records.supply.switch is Switch.ENABLED
    advance(of, DAY)
    assert gas(of).volume_ml > volume
    assert shown_at(of) == last_wake(of)


@pytest.mark.parametrize("row", ["H1", "H2", "H8", "H10", "H11", "H12"])
def test_a_home_without_the_device_takes_no_fault_of_it(row):
    with pytest.raises(FaultError, match="in this home"):
        put_in(home(CHF), row)

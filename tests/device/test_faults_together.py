"""Faults in one home at once, in devices they are not made for, and in homes that are forked, stored and older.

Each of the first tests is a defect that random homes found (test_random_homes.py).
"""

import pytest
from device_sites import NOW
from display_sites import CHF, ESME, GSME, IHD, PPMID, home
from fault_sites import HOME, clear, hub, lines, put_in, reach, told, whole_home
from test_installation import OLD_STATE

from emulator.device.faults.catalogue import FAULTS, find
from emulator.device.faults.fault import FaultError
from emulator.device.faults.home_faults import FaultCleared, FaultPlanned
from emulator.device.faults.in_force import require
from emulator.device.firmware_install import FirmwareActivation, FirmwareOffered
from emulator.device.happenings import FirmwareUpgrade, HubStarted, MeterRepaired
from emulator.device.hub.enrolment import AttemptFailed
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR
from emulator.device.snapshot import state, take

DEVICES = (ESME, CHF, GSME, PPMID, IHD)


def on(of, name, device, number, **given):
    """Put a fault in as somebody does who names the device."""
    of.note(HOME, FaultPlanned(number, name, device, given, of.now))
    return of


# Found in random homes


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("device", DEVICES)
def test_a_fault_starts_and_stops_in_every_device_that_it_may_be_put_into(fault, device):
    of = whole_home()
    given = {one.name: one.default for one in fault.parameters}
    try:
        require(fault, DEVICES, of.esme.site.profile, device)
    except FaultError as error:
        refusal = str(error)
        assert refusal.startswith(f"{fault.name} befalls ")
        return
    on(of, fault.name, device, 1, **given)
    of.advance(NOW + HOUR)
    clear(of)
    assert of.devices[device].site == of.premises.fitted(device)


def test_a_fault_of_meters_befalls_no_display():
    with pytest.raises(FaultError, match="clock_strays befalls a meter, not the ihd"):
        require(find("clock_strays"), DEVICES, whole_home().esme.site.profile, IHD)
    require(find("clock_strays"), DEVICES, whole_home().esme.site.profile, GSME)


@pytest.mark.parametrize(("first", "second"), [("", ESME), (ESME, "")])
def test_a_fault_put_in_twice_is_over_with_the_last(first, second):
    of = on(on(whole_home(), "power_cut", first, 1), "power_cut", second, 2)
    of.note(HOME, FaultCleared(1))
    assert not of.esme.records.power.on
    of.note(HOME, FaultCleared(2))
    assert of.esme.records.power.on


def test_a_broken_meter_is_mended_when_the_last_fault_that_breaks_it_is_over():
    of = put_in(put_in(whole_home(), "F2"), "F1")
    of.note(HOME, FaultCleared(2))
    assert of.esme.records.install.broken
    of.note(HOME, FaultCleared(1))
    assert not of.esme.records.install.broken
    assert len(told(of, MeterRepaired)) == 1


def test_a_fault_that_befalls_one_device_reaches_the_displays_even_if_that_device_is_named():
    named, not_named = (on(whole_home(), "totals_reset", device, 1) for device in (ESME, ""))
    assert named.devices[IHD].site.profile.quirks.displays_lose_electricity
    assert [device.records for device in named.devices.values()] == [
        device.records for device in not_named.devices.values()
    ]


def test_a_dormant_home_that_is_excluded_as_well_stays_silent_until_both_are_over():
    of = put_in(put_in(whole_home(), "E3", attempts=1), "E1")
    of.note(HOME, FaultCleared(1))
    assert reach(of) == "dormant"
    of = put_in(whole_home(), "E3", attempts=1)
    of.note(CHF, AttemptFailed())
    assert reach(of) == "excluded"
    put_in(of, "E1")
    of.note(HOME, FaultCleared(2))
    assert reach(of) == "excluded"
    clear(of)
    assert reach(of) is None


def test_a_hub_without_mains_is_not_started_by_a_missed_last_gasp():
    of = put_in(put_in(whole_home(), "power_cut"), "W8")
    assert not hub(of).records.power.on
    assert told(of, HubStarted) == []


@pytest.mark.parametrize("dead", ["bricked_meter", "power_cut"])
def test_a_meter_that_is_dead_takes_no_image_and_is_not_mended_by_one(dead):
    of = put_in(whole_home(), dead)
    before = of.esme.records
    of.note(ESME, FirmwareOffered("TEST 8"))
    of.note(ESME, FirmwareActivation())
    assert of.esme.records is before
    assert told(of, FirmwareUpgrade) == []
    assert not hub(of).records.power.on


def test_a_fault_that_ends_in_the_dark_is_set_right_all_the_same():
    of = put_in(put_in(whole_home(), "D5"), "H9")
    assert of.esme.records.voltage.settings.average_period_s == 600
    put_in(of, "power_cut")
    of.note(HOME, FaultCleared(1))
    of.note(HOME, FaultCleared(2))
    of.note(HOME, FaultCleared(3))
    fresh = whole_home()
    assert of.esme.records.voltage.settings == fresh.esme.records.voltage.settings
    assert [row.eui64 for row in hub(of).records.area.log] == [row.eui64 for row in hub(fresh).records.area.log]


# Forks, snapshots, older state


def faulty():
    """Give a home with faults in force, one that is to stop and one that is to come."""
    of = put_in(put_in(whole_home(), "W3"), "D3", stops_at=NOW + 5 * HOUR)
    put_in(of, "power_cut", NOW + 7 * HOUR, NOW + 8 * HOUR)
    of.advance(NOW + 2 * HOUR)
    return of


def test_a_fork_under_faults_goes_its_own_way():
    of = faulty()
    one, other = of.fork(), of.fork()
    clear(one)
    assert [fault.name for fault in other.faults.in_force] == ["roaming_to_weak_network", "clock_invalid"]
    assert one.faults.in_force == ()
    for each in (of, one, other):
        each.advance(NOW + DAY)
    assert lines(other) == lines(of, since=other.journal[0].seq - 1)
    assert lines(one) != lines(other)
    assert one.devices[CHF].site == one.premises.fitted(CHF)
    assert other.devices[CHF].site != other.premises.fitted(CHF)


def test_a_snapshot_with_faults_stands_up_again_and_lives_the_same_future():
    of = faulty()
    again = Installation(of.premises, of.now, state(take(of), of.premises))
    assert {name: device.site for name, device in again.devices.items()} == {
        name: device.site for name, device in of.devices.items()
    }
    for each in (of, again):
        each.advance(NOW + DAY)
    assert take(again) == take(of)


def test_state_of_an_older_release_takes_every_fault():
    premises = home(GSME, CHF, PPMID, IHD).premises
    for fault in FAULTS:
        of = Installation(premises, NOW + 5 * HOUR, OLD_STATE)
        put_in(of, fault.name)
        of.advance(of.now + DAY)
        clear(of)
        assert Installation(premises, of.now, of.state()).state() == of.state(), fault.name

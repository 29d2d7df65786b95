"""Faults in a home: planned, in force, over; over any division of time, over restarts; and what cannot be put in."""

import pytest
from device_sites import NOW, PROFILE
from display_sites import CHF, ESME, home

from emulator.device.commands import Reason, Sender, SetClock
from emulator.device.faults import fault as rows
from emulator.device.faults.catalogue import BY_NAME, FAULTS, find
from emulator.device.faults.fault import FaultError
from emulator.device.faults.home_faults import MOST, FaultCleared, FaultPassedBy, FaultPlanned
from emulator.device.faults.in_force import require
from emulator.device.happenings import FaultStarted, FaultStopped, PowerLost, PowerRestored, VoltageExcursion
from emulator.device.installation import Installation
from emulator.device.instant import HOUR, MINUTE
from emulator.device.items import BY_KEY as ITEM
from emulator.device.journal import DeviceName
from emulator.device.snapshot import state, take
from emulator.farm import library

HOME = DeviceName.HOME
CREDIT_ONLY = library.packaged("itron-lite")
WITHOUT_DLMS = library.packaged("secure-liberty100")
CUT = FaultPlanned(1, "power_cut", "", {}, NOW + HOUR, NOW + 2 * HOUR)


def told(installation):
    return [(entry.at - NOW, type(entry.what)) for entry in installation.journal if entry.device in {HOME, ESME}]


EXPECTED = [(HOUR, FaultStarted), (HOUR, PowerLost), (2 * HOUR, FaultStopped), (2 * HOUR, PowerRestored)]


@pytest.mark.parametrize("step", [3 * HOUR, 7 * MINUTE])
def test_a_fault_starts_and_stops_by_itself_whatever_the_steps(step):
    lives = home(CHF)
    lives.note(HOME, CUT)
    for at in range(NOW, NOW + 3 * HOUR + 1, step):
        lives.advance(at)
    lives.advance(NOW + 3 * HOUR)
    assert [line for line in told(lives) if line[1] in {what for _, what in EXPECTED}] == EXPECTED


def test_a_fault_outlives_a_restart_before_and_while_it_is_in_force():
    lives = home(CHF)
    lives.note(HOME, CUT)
    lives = Installation(lives.premises, NOW + 30 * MINUTE, lives.state())
    lives.advance(NOW + 90 * MINUTE)
    assert not lives.esme.records.power.on
    again = Installation(lives.premises, NOW + 90 * MINUTE, lives.state())
    assert [one.name for one in again.faults.in_force] == ["power_cut"]
    again.advance(NOW + 2 * HOUR)
    assert again.esme.records.power.on
    assert again.faults.in_force == ()


def test_a_fault_is_cleared_before_it_begins_and_while_it_is_in_force():
    lives = home(CHF)
    lives.note(HOME, CUT)
    lives.note(HOME, FaultCleared(1))
    lives.advance(NOW + 90 * MINUTE)
    assert lives.esme.records.power.on
    lives.note(HOME, FaultPlanned(2, "power_cut", "", {}, NOW + 90 * MINUTE))
    assert not lives.esme.records.power.on
    lives.note(HOME, FaultCleared())
    assert lives.esme.records.power.on
    assert lives.faults.records.seen == 2


def test_a_fault_that_passes_a_home_by_is_remembered():
    lives = home(CHF)
    lives.note(HOME, FaultPassedBy(7))
    assert Installation(lives.premises, NOW, lives.state()).faults.records.seen == 7
    assert not [entry for entry in lives.journal if isinstance(entry.what, FaultStarted)]


def test_a_snapshot_has_the_faults():
    lives = home(CHF)
    lives.note(HOME, CUT)
    back = Installation(lives.premises, NOW, state(take(lives), lives.premises))
    assert back.faults.records == lives.faults.records


def test_rows_have_names_of_their_own_and_say_what_they_do():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    ids = [fault.row for fault in FAULTS if fault.row]
    assert len(set(ids)) == len(ids)
    for fault in FAULTS:
        assert fault.name.islower()
        assert len(fault.behaviour) > 20
        assert bool(fault.absent) or not fault.wholly_absent
        rows.values(fault, {})
        assert find(fault.name) is fault is BY_NAME[fault.name]


def test_what_cannot_be_put_in_says_what_can():
    with pytest.raises(FaultError, match="no fault is called"):
        find("gremlins")
    with pytest.raises(FaultError, match="power_cut has no 'depth'"):
        rows.values(find("power_cut"), {"depth": 3})


def test_a_clock_strays_until_the_fault_is_cleared_and_is_set_by_a_command():
    lives = home(CHF)
    given = {"ppm": 100, "way": "slow"}
    lives.note(HOME, FaultPlanned(1, "clock_strays", "", given, NOW, NOW + 100 * HOUR))
    lives.advance(NOW + 200 * HOUR)
    offset = lives.esme.records.clock.offset_ms
    assert -36_000 <= offset <= -32_000  # 360,000 s times 100 ppm, bent in steps of ten hours
    lives.advance(NOW + 400 * HOUR)
    assert lives.esme.records.clock.offset_ms == offset
    assert lives.send(ESME, SetClock(lives.now), Sender.SUPPLIER).accepted
    assert lives.esme.records.clock.offset_ms == 0


def test_a_voltage_out_of_bounds_is_counted_and_then_over():
    lives = home(CHF)
    lives.note(HOME, FaultPlanned(1, "voltage_out_of_bounds", "", {"voltage_dv": 1_700, "for_s": 90}, NOW + HOUR))
    lives.advance(NOW + HOUR + MINUTE)
    assert ITEM["voltage_dv"].read(lives.esme) == 1_700
    lives.advance(NOW + 2 * HOUR)
    assert ITEM["voltage_dv"].read(lives.esme) > 2_100
    assert [entry.what.kind for entry in lives.journal if isinstance(entry.what, VoltageExcursion)][:1]


def test_a_fault_of_one_device_leaves_the_others_and_clearing_it_the_other_faults():
    lives = home(CHF, DeviceName.GSME)
    lives.note(HOME, FaultPlanned(1, "busy", "esme", {"busy_after_write_ms": 700, "busy": "silent"}, NOW))
    lives.note(HOME, FaultPlanned(2, "power_cut", "", {}, NOW))

    def busy():
        return {name: one.site.profile.pace.busy_after_write_ms for name, one in lives.devices.items()}

    assert busy() == dict.fromkeys(lives.devices, 0) | {ESME: 700}
    lives.note(HOME, FaultCleared(1))
    assert busy() == dict.fromkeys(lives.devices, 0)
    assert [one.name for one in lives.faults.in_force] == ["power_cut"]
    assert not lives.esme.records.power.on


MADE_UP = rows.Fault("made_up", "t", "b", "s", "home")


@pytest.mark.parametrize(
    ("fault", "profile", "on", "why"),
    [
        (
            MADE_UP._replace(wholly_absent=True, absent="a smell"),
            PROFILE,
            "",
            "in software: a smell",
        ),
        (BY_NAME["master_key_missing"], WITHOUT_DLMS, "", f"{WITHOUT_DLMS.name} has no dlms"),
        *(
            (find(row), CREDIT_ONLY, "", f"{CREDIT_ONLY.name} has no prepayment")
            for row in ("P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9")
        ),
        (find("D5"), CREDIT_ONLY, "", f"{CREDIT_ONLY.name} has no voltage.averages"),
        (BY_NAME["code_entry_lockout"], PROFILE, "chf", "befalls a meter, not the chf"),
        (BY_NAME["code_entry_lockout"], PROFILE, "gsme", "there is no gsme in this home"),
        (BY_NAME["dormant"], PROFILE, "esme", "befalls the chf, not the esme"),
        (BY_NAME["power_cut"], PROFILE, "hob", "no device is called 'hob'"),
    ],
)
def test_a_fault_that_cannot_befall_a_home_says_why(fault, profile, on, why):
    with pytest.raises(FaultError, match=why):
        require(fault, (ESME, CHF), profile, on)


def test_a_home_holds_so_many_faults_and_those_in_force_are_never_forgotten():
    lives = home(CHF)
    lives.note(HOME, FaultPlanned(1, "power_cut", "", {}, NOW))
    for number in range(2, MOST + 1):
        assert lives.note(HOME, FaultPlanned(number, "power_cut", "", {}, NOW + HOUR, NOW + 2 * HOUR)).accepted
    outcome = lives.note(HOME, FaultPlanned(MOST + 1, "power_cut", "", {}, NOW + HOUR))
    assert (outcome.accepted, outcome.reason) == (False, Reason.LIMIT_EXCEEDED)
    assert lives.faults.records.seen == MOST + 1
    assert len(lives.faults.records.planned) == MOST
    assert [one.number for one in lives.faults.in_force] == [1]

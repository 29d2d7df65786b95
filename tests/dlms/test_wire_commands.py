"""What commands do when they come over the wire: supply, load limit, thresholds, clock, logs."""

import pytest
from dlms_bench import PROFILE, START, Bench, changed
from dlms_talk import CLOCK, octets, talk, u8, u16, u32

from emulator.device.household import Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, structure
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER = DataAccessResult.OTHER_REASON
UNMATCHED = DataAccessResult.TYPE_UNMATCHED
TEMPORARY = DataAccessResult.TEMPORARY_FAILURE
BILLING_LOG = reference(7, "0.0.98.1.0.255", 2)
SWITCH_SCRIPTS = reference(9, "0.0.10.0.106.255", 1)
OUTPUT, STATE, MODE = (reference(70, "0.0.96.3.10.255", number) for number in (2, 3, 4))
DISCONNECT, RECONNECT = (reference(70, "0.0.96.3.10.255", number) for number in (1, 2))
EVENT_LOG, CLEAR = reference(7, "0.0.99.98.0.255", 2), reference(7, "0.0.99.98.0.255", 1)
LIMIT, OVER, UNDER = (reference(71, "0.0.17.0.0.255", number) for number in (4, 6, 7))
LIMIT_COUNTER, RESET_COUNTER = reference(3, "0.0.96.15.1.255", 2), reference(3, "0.0.96.15.1.255", 1)
LIMIT_STATE = reference(1, "0.0.94.44.0.3", 2)
THRESHOLDS = reference(21, "0.0.16.0.0.255", 2)
TARIFF_NAME = reference(20, "0.0.13.0.0.255", 6)
MAXIMUM = reference(4, "1.0.1.6.0.255", 2)


# Supply


def test_the_load_switch():
    talker = talk("management")
    assert (talker.read(OUTPUT).value, talker.read(STATE).value) == (True, 1)
    assert talker.invoke(DISCONNECT, Data(Tag.INTEGER, 0)) == 0
    assert (talker.read(OUTPUT).value, talker.read(STATE).value) == (False, 0)
    frozen = talker.read(reference(3, "1.0.1.8.0.255", 2))
    talker.bench.now += DAY
    assert talker.read(reference(3, "1.0.1.8.0.255", 2)) == frozen
    assert talker.invoke(RECONNECT, Data(Tag.INTEGER, 0)) == 0
    assert (talker.read(OUTPUT).value, talker.read(STATE).value) == (True, 1)


def test_the_load_switch_by_scripts():
    talker = talk("management")
    for script, state in ((0x34, 0), (0x36, 2), (0x34, 0), (0x33, 1), (0x36, 1)):
        assert talker.invoke(SWITCH_SCRIPTS, u16(script)) == 0
        assert talker.read(STATE).value == state
    for script in (0, 1, 0x35, 0xFFFF):
        assert talker.invoke(SWITCH_SCRIPTS, u16(script)) == OTHER


@pytest.mark.parametrize(("mode", "state"), [(0, 2), (1, 2), (2, 1), (3, 2), (4, 1), (5, 2), (6, 2)])
def test_the_control_mode_says_what_a_reconnection_does(mode: int, state: int):
    # IEC 62056-6-2, disconnect control: remote reconnection closes the switch in modes 2 and 4.
    talker = talk("management", Bench(profile=changed(PROFILE, supply={"control_mode": mode})))
    assert talker.read(MODE).value == mode
    assert talker.invoke(DISCONNECT) == 0
    assert talker.invoke(RECONNECT) == 0
    assert talker.read(STATE).value == state


# Load limit and thresholds


def test_the_load_limit_cuts_off_and_comes_back():
    home = Household(shape="flat", daily_import_wh=48_000)  # about 2 kW all day
    talker = talk("management", Bench(household=home))
    for target, value in (
        (OVER, u32(60)),
        (UNDER, u32(120)),
        (LIMIT_STATE, Data(Tag.BOOLEAN, True)),
        (LIMIT, u32(500)),
    ):
        assert talker.set(target, value) == 0
        assert talker.read(target) == value
    assert talker.read(LIMIT_COUNTER).value == 0
    talker.bench.now += 61 * SECOND
    assert (talker.read(STATE).value, talker.read(LIMIT_COUNTER).value) == (2, 1)
    talker.bench.now += 121 * SECOND
    assert talker.read(STATE).value in (1, 2)
    assert talker.read(LIMIT_COUNTER).value >= 1
    assert talker.set(LIMIT, u32(0)) == 0
    talker.bench.now += 5 * MINUTE
    assert talker.read(STATE).value == 1
    assert talker.invoke(RESET_COUNTER, Data(Tag.INTEGER, 0)) == 0
    assert talker.read(LIMIT_COUNTER).value == 0


@pytest.mark.parametrize(
    ("target", "value", "result"),
    [
        (LIMIT, u32(100_001), OTHER),
        (OVER, u32(86_401), OTHER),
        (UNDER, u32(0), OTHER),
        (UNDER, u16(60), UNMATCHED),
        (LIMIT_STATE, u8(1), UNMATCHED),
        (THRESHOLDS, array([u32(2), u32(1)]), OTHER),
        (THRESHOLDS, array([u32(1), u32(100_001)]), OTHER),
        (THRESHOLDS, array([u32(1)]), UNMATCHED),
        (THRESHOLDS, array([u16(1), u16(2)]), UNMATCHED),
    ],
)
def test_a_limit_that_is_no_limit_is_refused(target, value: Data, result: int):
    talker = talk("management")
    before = talker.read(target)
    assert talker.set(target, value) == result
    assert talker.read(target) == before


def test_power_thresholds():
    talker = talk("management")
    assert talker.read(THRESHOLDS) == array([u32(2300), u32(4600)])
    assert talker.set(THRESHOLDS, array([u32(1000), u32(2000)])) == 0
    held = talker.bench.meter.records.thresholds
    assert (held.low_medium_w, held.medium_high_w) == (1000, 2000)


def test_the_maximum_demand_starts_anew():
    talker = talk("management")
    assert talker.read(MAXIMUM).value > 0
    assert talker.invoke(reference(4, "1.0.1.6.0.255", 1), Data(Tag.INTEGER, 0)) == 0
    assert talker.read(MAXIMUM).value == 0


# Clock


def test_the_clock_is_set_shifted_and_aligned():
    talker = talk("management")
    assert talker.set(CLOCK, octets(bytes.fromhex("07ea0101ff04050607 ffc400".replace(" ", "")))) == 0  # 04:05:06 BST
    assert talker.bench.meter.shown_time == instant(2026, 1, 1, 3, 5, 6) + 70
    assert talker.invoke(reference(8, "0.0.1.0.0.255", 6), Data(Tag.LONG, -66)) == 0
    assert talker.bench.meter.shown_time == instant(2026, 1, 1, 3, 4) + 70
    for method, moment in ((3, (3, 4)), (1, (3, 0)), (2, (3, 0))):
        assert talker.invoke(reference(8, "0.0.1.0.0.255", method), Data(Tag.INTEGER, 0)) == 0
        assert talker.bench.meter.shown_time == instant(2026, 1, 1, *moment)
    for wrong in (Data(Tag.LONG, 901), Data(Tag.LONG, -901)):
        assert talker.invoke(reference(8, "0.0.1.0.0.255", 6), wrong) == OTHER
    assert talker.invoke(reference(8, "0.0.1.0.0.255", 6), u16(1)) == UNMATCHED
    for year in ("07d0", "0bb8", "0000"):
        assert talker.set(CLOCK, octets(bytes.fromhex(year + "0101ff00000000000000"))) == OTHER


def test_a_preset_time():
    talker = talk("management")
    apply, preset = reference(8, "0.0.1.0.0.255", 4), reference(8, "0.0.1.0.0.255", 5)
    moments = [START + HOUR, START + MINUTE, START + 2 * MINUTE]
    assert talker.invoke(preset, structure(*(octets(datetimes.encode(at)) for at in moments))) == 0
    assert talker.invoke(apply) == TEMPORARY
    talker.bench.now = START + MINUTE
    assert talker.invoke(apply) == 0
    assert talker.bench.meter.shown_time == START + HOUR
    assert talker.invoke(apply) == TEMPORARY
    reverse = structure(*(octets(datetimes.encode(at)) for at in (START, START + 1000, START)))
    assert talker.invoke(preset, reverse) == OTHER
    assert talker.invoke(preset, structure(octets(datetimes.NEVER), *reverse.value[1:])) == OTHER


def test_a_clock_that_tolerates_little():
    talker = talk("management", Bench(profile=changed(PROFILE, clock={"set_tolerance_s": 10})))
    assert talker.set(CLOCK, octets(datetimes.encode(START + 10 * SECOND))) == 0
    assert talker.set(CLOCK, octets(datetimes.encode(START + HOUR))) == OTHER
    assert talker.bench.meter.shown_time == START + 10 * SECOND


def test_a_clock_set_forward_leaves_half_hours_out():
    talker = talk("management")
    assert talker.set(CLOCK, octets(datetimes.encode(START + 5 * HOUR))) == 0
    talker.bench.now += HALF_HOUR
    entries = talker.read(reference(7, "1.0.99.1.0.255", 2)).value[-2:]
    stamps = [datetimes.decode(entry.value[0].value) for entry in entries]
    assert stamps == [START // HALF_HOUR * HALF_HOUR, (START + 5 * HOUR) // HALF_HOUR * HALF_HOUR + HALF_HOUR]
    assert entries[-1].value[1] == u8(0x20)


# Logs


def test_the_event_log_is_read_and_cleared():
    talker = talk("management")
    talker.invoke(DISCONNECT)
    talker.invoke(RECONNECT)
    entries = talker.read(EVENT_LOG).value
    assert [entry.value[1].value for entry in entries] == [0x9001, 0x9001]
    assert datetimes.decode(entries[0].value[0].value) == START // 10 * 10
    assert talker.read(reference(1, "0.0.96.11.0.255", 2)) == u16(0x9001)
    assert talker.invoke(CLEAR, Data(Tag.INTEGER, 0)) == 0
    assert talker.read(EVENT_LOG).value == ()
    security = talker.read(reference(7, "0.0.99.98.1.255", 2)).value
    assert security[-1].value[1].value == 0x8F52
    assert talker.invoke(reference(7, "0.0.99.98.1.255", 1)) == DataAccessResult.READ_WRITE_DENIED
    assert len(talker.read(reference(7, "0.0.99.98.1.255", 2)).value) >= len(security)


def test_logs_are_bounded():
    small = changed(PROFILE, logs={"event_entries": 5, "security_entries": 5})
    talker = talk("management", Bench(profile=small))
    for _ in range(10):
        talker.invoke(DISCONNECT)
        talker.invoke(RECONNECT)
        talker.set(reference(3, "1.0.1.8.0.255", 2), NULL)
    assert len(talker.read(EVENT_LOG).value) == 5
    assert len(talker.read(reference(7, "0.0.99.98.1.255", 2)).value) == 5


def test_what_was_done_over_the_wire_survives_a_restart():
    bench = Bench()
    talker = talk("management", bench)
    talker.set(TARIFF_NAME, octets(b"waiting"))
    talker.set(CLOCK, octets(datetimes.encode(START + HOUR)))
    talker.invoke(DISCONNECT)
    talker.set(THRESHOLDS, array([u32(1), u32(2)]))
    again = talk("management", Bench(state=bench.meter.state()))
    for target in (TARIFF_NAME, CLOCK, STATE, THRESHOLDS, EVENT_LOG, BILLING_LOG):
        assert again.read(target) == talker.read(target)

"""Voltage quality over the wire: limiters, thresholds, counters, the profile of averages (reference 2.12)."""

import pytest
from dlms_bench import START, Bench
from dlms_talk import by_entry, talk, u16, u32

from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.instant import HOUR, MINUTE
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, structure
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER, UNMATCHED = DataAccessResult.OTHER_REASON, DataAccessResult.TYPE_UNMATCHED
PROFILE, PERIOD = (reference(7, "1.0.32.24.0.255", number) for number in (2, 4))
WHOLE = reference(1, "0.0.96.50.20.255", 2)


@pytest.mark.parametrize(("number", "threshold_dv"), [(1, 2_870), (2, 1_800), (3, 2_160), (4, 2_530)])
def test_the_excursions_are_limiters_of_the_voltage(number: int, threshold_dv: int):
    # The defaults of functional reference 7.3, which are the values of the GBCS test data in OBIS map 6.3.
    talker = talk("management")
    limiter = [reference(71, f"0.0.17.0.{number}.255", place) for place in range(12)]
    assert talker.read(limiter[2]).value[1].value == bytes((1, 0, 32, 7, 0, 255))
    assert [talker.read(limiter[place]) for place in (3, 4, 6)] == [u16(threshold_dv), u16(threshold_dv), u32(30)]
    assert talker.set(limiter[4], u16(threshold_dv + 1)) == 0
    assert talker.set(limiter[6], u32(45)) == 0
    assert [talker.read(limiter[place]) for place in (3, 4, 6)] == [
        u16(threshold_dv + 1),
        u16(threshold_dv + 1),
        u32(45),
    ]
    assert talker.set(limiter[6], u32(0)) == OTHER
    assert talker.set(limiter[4], u16(10_001)) == OTHER
    assert talker.set(limiter[4], u32(1)) == UNMATCHED


def test_thresholds_of_averages_and_their_counters():
    bench = Bench()
    talker = talk("management", bench)
    over, under = reference(3, "1.0.32.35.0.4", 2), reference(3, "1.0.32.31.0.4", 2)
    counters = [reference(3, name, 2) for name in ("1.0.32.36.0.4", "1.0.32.32.0.4")]
    assert talker.read(reference(3, "1.0.32.35.0.4", 3)) == structure(Data(Tag.INTEGER, -1), Data(Tag.ENUM, 35))
    assert (talker.read(over), talker.read(under)) == (u16(2_640), u16(2_000))
    assert talker.set(over, u16(2_600)) == 0
    assert bench.meter.note(MainsDisturbed(2_700, 2 * 3_600)).reason is None
    bench.now += 3 * HOUR
    first, second = (talker.read(counter).value for counter in counters)
    assert (first, second) == (4, 0)  # at 270 V from 03:04 to 05:04: the half hours that end at 03:30 to 05:00
    assert talker.invoke(reference(3, "1.0.32.36.0.4", 1), Data(Tag.INTEGER, 0)) == 0
    assert [talker.read(counter).value for counter in counters] == [0, 0]


def test_the_profile_of_averages():
    bench = Bench()
    talker = talk("management", bench)
    assert talker.read(PERIOD) == u32(1_800)
    assert talker.set(PERIOD, u32(600)) == 0
    assert talker.set(PERIOD, u32(29)) == OTHER
    assert bench.meter.note(MainsDisturbed(2_345, 3_600)).reason is None
    bench.now = START + 50 * MINUTE
    rows = talker.read(PROFILE).value
    # By the device clock: from 03:04:05 on, the periods end at 03:10, 03:20, ... 03:50.
    ends = [datetimes.decode(row.value[0].value) for row in rows]
    assert [(end - START) // 1000 for end in ends] == [355, 955, 1_555, 2_155, 2_755]
    assert [row.value[1] for row in rows] == [u16(2_345)] * 5
    assert talker.read(reference(7, "1.0.32.24.0.255", 7)) == u32(5)
    assert talker.read(reference(7, "1.0.32.24.0.255", 2, by_entry(5, 5))).value == rows[4:]
    assert talker.read(reference(3, "1.0.32.25.0.255", 2)) == u16(2_345)
    (_, column) = talker.read(reference(7, "1.0.32.24.0.255", 3)).value
    assert column.value[1].value == bytes((1, 0, 32, 25, 0, 255))


def test_the_profile_is_as_long_as_the_make_keeps_it():
    bench = Bench()
    capacity = bench.meter.site.profile.voltage.log_entries
    assert talk("reader", bench).read(reference(7, "1.0.32.24.0.255", 8)) == u32(capacity)


def test_all_settings_at_once_or_none():
    bench = Bench()
    talker = talk("management", bench)
    shown = talker.read(WHOLE)
    assert [item.value for item in shown.value] == [2_640, 2_000, 1_800, 2_870, 30, 1_800, 30, 2_160, 30, 2_530, 30]
    nothing = [NULL] * 11
    assert talker.set(WHOLE, structure(u16(2_650), *nothing[1:10], u32(0))) == OTHER
    assert talker.read(WHOLE) == shown
    assert talker.set(WHOLE, structure(u16(2_650), *nothing[1:10], u32(31))) == 0
    assert [item.value for item in talker.read(WHOLE).value][::10] == [2_650, 31]

"""What commands do when they come over the wire: calendars, supply, load limit, thresholds, clock, logs."""

import pytest
from dlms_talk import CLOCK, PROFILE, START, Bench, Talker, changed, octets, talk, u8, u16, u32

from emulator.device.calendar import Season, SpecialDay, Week
from emulator.device.household import Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, structure
from emulator.dlms.objects.calendars import TARIFF_SCRIPTS
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER = DataAccessResult.OTHER_REASON
UNMATCHED = DataAccessResult.TYPE_UNMATCHED
TEMPORARY = DataAccessResult.TEMPORARY_FAILURE


def calendar(number: int):
    return reference(20, "0.0.13.0.0.255", number)


ACTIVATE, ACTIVATE_AT = calendar(1), calendar(10)
SPECIAL_DAYS = reference(11, "0.0.11.0.0.255", 2)
INSERT, DELETE = reference(11, "0.0.11.0.0.255", 1), reference(11, "0.0.11.0.0.255", 2)
ACTIVE_MASK = reference(6, "0.0.14.0.0.255", 4)
BILLING_AT = reference(22, "0.0.15.0.0.255", 4)
BILLING_LOG = reference(7, "0.0.98.1.0.255", 2)
BILLING_COUNT = reference(7, "0.0.98.1.0.255", 7)
SWITCH_SCRIPTS = reference(9, "0.0.10.0.106.255", 1)
OUTPUT, STATE, MODE = (reference(70, "0.0.96.3.10.255", number) for number in (2, 3, 4))
DISCONNECT, RECONNECT = (reference(70, "0.0.96.3.10.255", number) for number in (1, 2))
EVENT_LOG, CLEAR = reference(7, "0.0.99.98.0.255", 2), reference(7, "0.0.99.98.0.255", 1)
LIMIT, OVER, UNDER = (reference(71, "0.0.17.0.0.255", number) for number in (4, 6, 7))
LIMIT_COUNTER, RESET_COUNTER = reference(3, "0.0.96.15.1.255", 2), reference(3, "0.0.96.15.1.255", 1)
LIMIT_STATE = reference(1, "0.0.94.44.0.3", 2)
THRESHOLDS = reference(21, "0.0.16.0.0.255", 2)
MAXIMUM = reference(4, "1.0.1.6.0.255", 2)


def tou(rate: int):
    return reference(3, f"1.0.1.8.{rate}.255", 2)


def day_profile(number: int, *switches: tuple[int, int]) -> Data:
    entries = [
        structure(octets(datetimes.encode_time(minute)), octets(TARIFF_SCRIPTS), u16(rate)) for minute, rate in switches
    ]
    return structure(u8(number), array(entries))


def season(name: str, month: int, day: int, week: str) -> Data:
    start = datetimes.encode_date(None, month, day) + b"\x00\x00\x00\x00\x80\x00\x00"
    return structure(octets(name.encode()), octets(start), octets(week.encode()))


def week(name: str, *days: int) -> Data:
    return structure(octets(name.encode()), *map(u8, days))


def special(index: int, year: int | None, month: int, day: int, profile: int) -> Data:
    return structure(u16(index), octets(datetimes.encode_date(year, month, day)), u8(profile))


def write_two_rates(talker: Talker) -> None:
    """Write a passive calendar: register 1 by night, 2 by day, 3 on Sundays."""
    days = [day_profile(1, (0, 1), (420, 2)), day_profile(2, (0, 3))]
    for target, value in (
        (calendar(6), octets(b"two rates")),
        (calendar(7), array([season("all", 1, 1, "w")])),
        (calendar(8), array([week("w", 1, 1, 1, 1, 1, 1, 2)])),
        (calendar(9), array(days)),
    ):
        assert talker.set(target, value) == 0


# Tariff


def test_a_passive_calendar_is_written_and_activated():
    talker = talk("management")
    write_two_rates(talker)
    assert talker.read(calendar(2)).value == b"single"
    assert talker.read(calendar(6)).value == b"two rates"
    assert talker.read(ACTIVE_MASK).value == b"TOU01"
    assert talker.invoke(ACTIVATE, Data(Tag.INTEGER, 0)) == 0
    for active, passive in zip(range(2, 6), range(6, 10), strict=True):
        assert talker.read(calendar(active)) == talker.read(calendar(passive))
    talker.bench.now = START + 6 * HOUR  # Thursday 09:04
    assert talker.read(ACTIVE_MASK).value == b"TOU02"
    talker.bench.now = instant(2026, 1, 4, 12)
    assert talker.read(ACTIVE_MASK).value == b"TOU03"
    counted = [talker.read(tou(rate)).value for rate in (1, 2, 3)]
    assert all(counted)
    assert sum(counted) in range(talker.read(reference(3, "1.0.1.8.0.255", 2)).value - 2, 2**32)
    assert talker.bench.happened().count("TariffChanged") == 1


def test_a_calendar_is_activated_at_its_time():
    talker = talk("management")
    write_two_rates(talker)
    at = START + 2 * HOUR
    assert talker.set(ACTIVATE_AT, octets(datetimes.encode(at))) == 0
    assert talker.read(ACTIVATE_AT).value == datetimes.encode(at)
    talker.bench.now = at - SECOND
    assert talker.read(calendar(2)).value == b"single"
    talker.bench.now = at
    assert talker.read(calendar(2)).value == b"two rates"
    assert talker.read(ACTIVATE_AT).value == datetimes.NEVER


def test_an_activation_is_called_off():
    talker = talk("management")
    write_two_rates(talker)
    assert talker.set(ACTIVATE_AT, octets(datetimes.encode(START + HOUR))) == 0
    assert talker.set(ACTIVATE_AT, octets(datetimes.NEVER)) == 0
    assert talker.read(ACTIVATE_AT).value == datetimes.NEVER
    assert talker.set(ACTIVATE_AT, octets(datetimes.encode(START + HOUR))) == 0
    assert talker.set(ACTIVATE_AT, octets(datetimes.encode(instant(3000, 12, 31)))) == 0
    assert talker.read(ACTIVATE_AT).value == datetimes.NEVER
    talker.bench.now += DAY
    assert talker.read(calendar(2)).value == b"single"


def test_a_passive_calendar_that_does_not_fit_together_is_not_activated():
    talker = talk("management")
    write_two_rates(talker)
    assert talker.set(calendar(9), array([day_profile(1, (0, 1))])) == 0  # the week still names day 2
    assert talker.invoke(ACTIVATE, Data(Tag.INTEGER, 0)) == OTHER
    assert talker.set(ACTIVATE_AT, octets(datetimes.encode(START + HOUR))) == OTHER
    assert talker.read(calendar(2)).value == b"single"


@pytest.mark.parametrize(
    ("number", "value", "result"),
    [
        (7, array([season("s", 13, 1, "w")]), OTHER),
        (7, array([structure(octets(b"s"), octets(b"\xff"), octets(b"w"))]), OTHER),
        (7, array([structure(octets(b"s"), octets(bytes(12)))]), UNMATCHED),
        (8, array([week("w", 1, 1, 1, 1, 1, 1)]), UNMATCHED),
        (8, array([structure(octets(b"w"), *[u16(1)] * 7)]), UNMATCHED),
        (9, array([structure(u8(1), array([structure(octets(bytes(4)), octets(bytes(6)), u16(1))]))]), OTHER),
        (
            9,
            array([structure(u8(1), array([structure(octets(b"\x18\0\0\0"), octets(TARIFF_SCRIPTS), u16(1))]))]),
            OTHER,
        ),
        (9, array([structure(u8(1), NULL)]), UNMATCHED),
        (6, u8(1), UNMATCHED),
        (6, octets(bytes(17)), OTHER),
        (10, octets(b"\x07\xea"), OTHER),
        (10, octets(bytes.fromhex("07eaff01ff00000000800000")), OTHER),
    ],
)
def test_a_part_of_a_calendar_that_means_nothing_is_refused(number: int, value: Data, result: int):
    talker = talk("management")
    before = talker.read(calendar(number))
    assert talker.set(calendar(number), value) == result
    assert talker.read(calendar(number)) == before


def test_a_calendar_of_the_largest_size():
    talker = talk("management", max_pdu=128)
    seasons = [season(f"s{n}", n, 1, f"w{n}") for n in range(1, 5)]
    weeks = [week(f"w{n}", *[n] * 7) for n in range(1, 5)]
    days = [day_profile(n, *((30 * k, 1 + (n + k) % 48) for k in range(48))) for n in range(1, 17)]
    for number, values in ((7, seasons), (8, weeks), (9, days)):
        assert talker.set_long(calendar(number), array(values)) == 0
    assert talker.invoke(ACTIVATE) == 0
    for number, values in ((3, seasons), (4, weeks), (5, days)):
        assert talker.read(calendar(number)) == array(values)
    active = talker.bench.meter.records.tariff.tables[-1]
    assert active.seasons[1] == Season("s2", 2, 1, "w2")
    assert active.weeks[2] == Week("w3", (3,) * 7)
    for number, one in ((7, seasons[0]), (8, weeks[0]), (9, days[0])):
        assert talker.set_long(calendar(number), array([one] * 17)) == OTHER


def test_special_days():
    talker = talk("management")
    write_two_rates(talker)
    assert talker.invoke(ACTIVATE) == 0
    assert talker.set(SPECIAL_DAYS, array([special(1, None, 1, 2, 2)])) == 0
    assert talker.invoke(INSERT, special(7, 2026, 1, 3, 2)) == 0
    assert talker.invoke(INSERT, special(1, 2026, 1, 5, 2)) == 0  # index 1 again: in its place
    assert talker.read(SPECIAL_DAYS) == array([special(7, 2026, 1, 3, 2), special(1, 2026, 1, 5, 2)])
    held = talker.bench.meter.records.tariff
    assert held.tables[-1].special_days == held.passive.special_days
    assert SpecialDay(7, 1, 3, 2, 2026) in held.passive.special_days
    talker.bench.now = instant(2026, 1, 3, 12)
    assert talker.read(ACTIVE_MASK).value == b"TOU03"
    assert talker.invoke(DELETE, u16(7)) == 0
    assert talker.read(ACTIVE_MASK).value == b"TOU02"
    assert talker.invoke(DELETE, u16(7)) == OTHER
    assert talker.invoke(INSERT, special(9, 2026, 2, 30, 2)) == OTHER
    assert talker.invoke(INSERT, special(9, 2026, 2, 3, 77)) == OTHER
    assert talker.invoke(INSERT, structure(u16(9), octets(b""), u8(1))) == OTHER
    assert talker.set(SPECIAL_DAYS, array([special(1, None, 1, 2, 1)] * 2)) == OTHER
    assert talker.invoke(INSERT, NULL) == talker.invoke(DELETE, u8(1)) == UNMATCHED


# Billing


def execution(time: str, date: str) -> Data:
    return array([structure(octets(bytes.fromhex(time)), octets(bytes.fromhex(date)))])


@pytest.mark.parametrize(
    ("time", "date", "text"),
    [
        ("06000000", "ffffff0fff", "monthly on day 15 at 06:00"),
        ("00000000", "ffffffff01", "weekly on weekday 1 at 00:00"),
        ("173bff00", "ffffffffff", "daily at 23:59"),
    ],
)
def test_a_billing_calendar(time: str, date: str, text: str):
    talker = talk("management")
    assert talker.set(BILLING_AT, execution(time, date)) == 0
    assert talker.bench.meter.records.billing.calendar.text == text
    shown = talker.read(BILLING_AT).value[0].value
    assert shown[1].value.hex() == date
    assert shown[0].value[:2].hex() == time[:4]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (execution("00000000", "07ea0101ff"), OTHER),
        (execution("00000000", "ffff01ffff"), OTHER),
        (execution("00000000", "ffffff1dff"), OTHER),
        (execution("00000000", "ffffffff08"), OTHER),
        (execution("ff000000", "ffffff01ff"), OTHER),
        (execution("00000000", "ffffff01"), UNMATCHED),
        (array([]), OTHER),
        (array([NULL]), UNMATCHED),
        (array([execution("00000000", "ffffff01ff").value[0]] * 2), OTHER),
        (NULL, UNMATCHED),
    ],
)
def test_a_billing_calendar_that_means_nothing_is_refused(value: Data, result: int):
    talker = talk("management")
    before = talker.read(BILLING_AT)
    assert talker.set(BILLING_AT, value) == result
    assert talker.read(BILLING_AT) == before


def test_a_billing_period_ends_in_the_log():
    talker = talk("management")
    assert talker.set(BILLING_AT, execution("06000000", "ffffffffff")) == 0
    before = talker.read(BILLING_LOG).value
    talker.bench.now += 3 * DAY
    after = talker.read(BILLING_LOG).value
    stamps = [datetimes.decode(entry.value[0].value) for entry in after]
    assert stamps[-3:] == [instant(2026, 1, day, 6) for day in (1, 2, 3)]
    assert stamps[-4] == datetimes.decode(before[-1].value[0].value)
    assert talker.read(BILLING_COUNT).value == len(after) == PROFILE.metering.billing_entries
    assert len(after[0].value) == 2 + PROFILE.metering.tou_registers


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
    write_two_rates(talker)
    talker.invoke(ACTIVATE)
    talker.invoke(DISCONNECT)
    talker.set(THRESHOLDS, array([u32(1), u32(2)]))
    again = talk("management", Bench(state=bench.meter.state()))
    for target in (calendar(2), calendar(5), STATE, THRESHOLDS, EVENT_LOG, BILLING_LOG):
        assert again.read(target) == talker.read(target)

"""Calendars over the wire: the tariff with its special days and its activation, and the billing calendar."""

import pytest
from dlms_bench import PROFILE, START
from dlms_talk import Talker, octets, talk, u8, u16

from emulator.device.calendar import BillingCalendar, Season, SpecialDay, Week
from emulator.device.commands import WriteBillingCalendar
from emulator.device.instant import DAY, HOUR, SECOND, instant
from emulator.device.step import replace
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, structure
from emulator.dlms.objects.billing import BILLING_CALENDAR
from emulator.dlms.objects.calendars import TARIFF_SCRIPTS
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER = DataAccessResult.OTHER_REASON
UNMATCHED = DataAccessResult.TYPE_UNMATCHED


def calendar(number: int):
    return reference(20, "0.0.13.0.0.255", number)


ACTIVATE, ACTIVATE_AT = calendar(1), calendar(10)
SPECIAL_DAYS = reference(11, "0.0.11.0.0.255", 2)
INSERT, DELETE = reference(11, "0.0.11.0.0.255", 1), reference(11, "0.0.11.0.0.255", 2)
ACTIVE_MASK = reference(6, "0.0.14.0.0.255", 4)
BILLING_AT = reference(22, "0.0.15.0.0.255", 4)
BILLING_KIND = reference(22, "0.0.15.0.0.255", 3)
BILLING_LOG = reference(7, "0.0.98.1.0.255", 2)
BILLING_COUNT = reference(7, "0.0.98.1.0.255", 7)


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


def executions(time: str, *dates: str) -> Data:
    return array([entry for date in dates for entry in execution(time, date).value])


@pytest.mark.parametrize(
    ("dates", "calendar"),
    [
        (("ffff0b1cff",), BillingCalendar("yearly", 28, 6, 0, 11)),
        (("ffff0b01ff", "ffff0501ff"), BillingCalendar("six-monthly", 1, 6, 0, 11)),
        (("ffff020fff", "ffff050fff", "ffff080fff", "ffff0b0fff"), BillingCalendar("quarterly", 15, 6, 0, 2)),
        (("ffff0b0fff", "ffff020fff", "ffff050fff", "ffff080fff"), BillingCalendar("quarterly", 15, 6, 0, 11)),
    ],
)
def test_a_billing_calendar_of_several_months(dates: tuple[str, ...], calendar: BillingCalendar):
    """Bytes by hand: a date-pattern of class 22 for each month, the start month first (IEC 62056-6-2, 4.1.6.1)."""
    talker = talk("management")
    assert talker.set(BILLING_AT, executions("06000000", *dates)) == 0
    assert talker.bench.meter.records.billing.calendar == calendar
    assert talker.read(BILLING_AT) == executions("06000000", *dates)
    assert talker.read(BILLING_KIND).value == (1 if len(dates) == 1 else 3)
    carried = BILLING_CALENDAR.attributes[4].write
    assert carried.data(WriteBillingCalendar(calendar)) == executions("06000000", *dates)
    assert carried.data(WriteBillingCalendar(replace(calendar, start=START))) is None


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
        (executions("00000000", "ffff010fff", "ffff020fff"), OTHER),  # a month apart: no half years
        (executions("00000000", "ffff010fff", "ffff070fff", "ffff0a0fff"), OTHER),  # no quarters: April is missing
        (executions("00000000", "ffff010fff", "ffff0710ff"), OTHER),  # two days of the month
        (executions("00000000", "ffff010fff", "ffff070f01"), OTHER),
        (executions("00000000", "ffff0d0fff"), OTHER),
        (executions("00000000", "ffff011dff"), OTHER),
        (executions("00000000", "ffffff0fff", "ffff070fff"), OTHER),
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

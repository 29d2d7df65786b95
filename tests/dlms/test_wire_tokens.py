"""Top-ups over the wire: the token gateway (IEC 62056-6-2, class 115), and the logs of what was paid."""

import pytest
from dlms_bench import PROFILE, START, Bench
from dlms_talk import CLOCK_COLUMN, Talker, by_entry, octets, talk, u16, u32
from wire_sites import POUND, prepaid

from emulator.device.commands import AddCredit, Sender
from emulator.device.instant import DAY, MINUTE
from emulator.device.money.account_records import Mode
from emulator.device.money.top_up import vend_for
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, structure
from emulator.dlms.pdu.services import Selection, reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER, UNMATCHED = DataAccessResult.OTHER_REASON, DataAccessResult.TYPE_UNMATCHED
DENIED, TEMPORARY = DataAccessResult.READ_WRITE_DENIED, DataAccessResult.TEMPORARY_FAILURE
GATEWAY = "0.0.19.40.0.255"
ENTER = reference(115, GATEWAY, 1)
BALANCE = reference(112, "0.0.19.10.0.255", 2)
CREDITS, PAYMENTS = reference(7, "0.0.98.1.5.255", 2), reference(7, "0.0.98.1.4.255", 2)
ACCOUNTS = reference(7, "0.0.98.1.1.255", 2)


def code(bench: Bench, pounds: int) -> str:
    return vend_for(bench.meter.site, bench.meter.records, pounds * POUND)


def last(talker: Talker) -> tuple[object, ...]:
    """Read the gateway: digits, time, descriptions, delivery, status code."""
    token, at, told, delivery, status = (talker.read(reference(115, GATEWAY, number)) for number in range(2, 7))
    assert status.value[1] == Data(Tag.BIT_STRING, "")
    when = None if datetimes.is_unspecified(at.value) else datetimes.decode(at.value)
    return token.value, when, [item.value for item in told.value], delivery.value, status.value[0].value


def test_before_any_token():
    assert last(talk("reader", prepaid())) == (b"", None, [], 0, 0)


@pytest.mark.parametrize("tag", [Tag.OCTET_STRING, Tag.VISIBLE_STRING])
def test_a_token_is_entered_once(tag: Tag):
    talker = talk("management", prepaid())
    digits = code(talker.bench, 10)
    assert talker.invoke(ENTER, Data(tag, digits.encode())) == 0
    # A quarter of it goes to the payment debt, but no more than 4 pounds a week.
    assert talker.read(BALANCE).value == 20 * POUND + 750_000
    assert last(talker) == (digits[-4:].encode(), START, [b"accepted", b"1000000"], 0, 3)
    talker.bench.now += MINUTE
    assert talker.invoke(ENTER, octets(digits.encode())) == OTHER
    assert last(talker) == (b"", START + MINUTE, [b"duplicate"], 0, 6)
    assert talker.read(BALANCE).value == 20 * POUND + 750_000
    assert talker.read(reference(3, "0.0.96.50.7.255", 2)) == u32(1)
    assert talker.read(reference(3, "0.0.96.50.8.255", 2)) == u32(1)


def test_what_is_no_token_is_refused():
    bench = prepaid()
    talker, other = talk("management", bench), Bench(key=78)
    good = code(bench, 10)
    for digits, result, status in (
        (good[:19], UNMATCHED, 4),
        (good[:-1] + str((int(good[-1]) + 1) % 10), OTHER, 4),
        (code(bench, 101), OTHER, 7),
        ("ä" * 20, UNMATCHED, 4),
    ):
        assert talker.invoke(ENTER, octets(digits.encode("latin-1"))) == result, digits
        assert last(talker)[-1] == status
    foreign = vend_for(other.meter.site, other.meter.records, POUND)
    assert talker.invoke(ENTER, octets(foreign.encode())) in {OTHER, DENIED}
    assert last(talker)[-1] in {5, 6}
    for value in (NULL, u32(5), array([])):
        assert talker.invoke(ENTER, value) == UNMATCHED
    assert talker.invoke(ENTER, octets(good.encode())) == 0


def test_in_credit_mode_a_token_is_not_executed():
    talker = talk("management", prepaid(Mode.CREDIT))
    assert talker.invoke(ENTER, octets(code(talker.bench, 5).encode())) == TEMPORARY
    assert last(talker)[2:] == ([b"credit_mode"], 0, 7)


def test_a_token_entered_at_the_meter_is_told_as_manual():
    bench = prepaid()
    assert bench.meter.send(AddCredit(code(bench, 1)), Sender.CONSUMER).reason is None
    assert last(talk("reader", bench))[3:] == (2, 3)


def test_the_last_token_outlives_a_restart():
    bench = prepaid()
    digits = code(bench, 1)
    assert talk("management", bench).invoke(ENTER, octets(digits.encode())) == 0
    again = talk("reader", Bench(state=bench.meter.state()))
    assert last(again)[0] == digits[-4:].encode()


def test_entry_is_suspended_after_wrong_codes_in_the_home():
    bench = prepaid()
    talker = talk("reader", bench)
    until = reference(1, "0.0.96.50.9.255", 2)
    assert talker.read(until) == octets(datetimes.NEVER)
    other = Bench(key=78)
    foreign = vend_for(other.meter.site, other.meter.records, POUND)
    for _ in range(PROFILE.prepayment.utrn_tries):
        bench.meter.send(AddCredit(foreign), Sender.CONSUMER)
    assert datetimes.decode(talker.read(until).value) == START + PROFILE.prepayment.utrn_lock_s * 1000


def test_the_logs_of_credits_and_payments():
    bench = prepaid()
    talker = talk("management", bench)
    codes = []
    for pounds in (4, 8, 20):
        codes.append(code(bench, pounds))
        assert talker.invoke(ENTER, octets(codes[-1].encode())) == 0
        bench.now += DAY
    stamps = [octets(datetimes.encode(START + days * DAY)) for days in range(3)]
    rows = talker.read(CREDITS).value
    assert [row.value for row in rows] == [
        (stamp, Data(Tag.DOUBLE_LONG, pounds * POUND), octets(digits[-4:].encode()))
        for stamp, pounds, digits in zip(stamps, (4, 8, 20), codes, strict=True)
    ]
    # A quarter each, until 4 pounds were paid in the week (Thursday to Saturday).
    paid = [row.value[1].value for row in talker.read(PAYMENTS).value]
    assert paid == [POUND, 2 * POUND, POUND]
    assert talker.read(reference(113, "0.0.19.20.3.255", 11)).value == POUND
    assert talker.read(reference(113, "0.0.19.20.3.255", 10)) == stamps[2]
    assert talker.read(reference(7, "0.0.98.1.5.255", 7)) == u32(3)
    (second,) = talker.read(reference(7, "0.0.98.1.5.255", 2, by_entry(2, 2))).value
    assert second == rows[1]
    limits = structure(CLOCK_COLUMN, stamps[1], stamps[2], array([]))
    assert talker.read(reference(7, "0.0.98.1.4.255", 2, Selection(1, limits))).value == talker.read(PAYMENTS).value[1:]


def test_the_account_at_billing_snapshots():
    bench = prepaid()
    talker = talk("management", bench)
    bench.now = bench.meter.now + 35 * DAY
    rows = talker.read(ACCOUNTS).value
    stamp, mode, balance, *debts = rows[-1].value
    assert stamp == octets(datetimes.encode(1_769_904_000_000))  # the 1st of February 2026, midnight
    assert mode == structure(Data(Tag.ENUM, 2), Data(Tag.ENUM, 2))
    # 31 midnights: the standing charge and the daily debt; the hourly one of 500 mp ran 31 days less 3 hours.
    assert balance.value == 20 * POUND - 31 * (61_120 + 12_345) - (31 * 24 - 3) * 500
    assert [debt.value for debt in debts] == [
        *(0, 0, 8 * POUND, 30 * POUND - 31 * 12_345, 5 * POUND - (31 * 24 - 3) * 500)
    ]
    columns = talker.read(reference(7, "0.0.98.1.1.255", 3)).value
    assert [column.value[0] for column in columns] == [u16(number) for number in (8, 111, 112, 112, 112, 113, 113, 113)]

"""The account over the wire by the standard's own attributes and methods, as a client that knows no rows uses them.

Numbers and structures are of the class descriptions of IEC 62056-6-2 (classes 111 to 113), written here by hand.
"""

import pytest
from dlms_bench import START, Bench
from dlms_talk import Talker, octets, talk, u8, u16, u32
from wire_sites import POUND, PRICES, TERMS, prepaid

from emulator.device.commands import DisableSupply, Sender
from emulator.device.household import Household
from emulator.device.instant import DAY, HOUR
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.step import replace
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, structure
from emulator.dlms.pdu.services import Reference, reference
from emulator.dlms.pdu.tags import DataAccessResult

OTHER, UNMATCHED = DataAccessResult.OTHER_REASON, DataAccessResult.TYPE_UNMATCHED
TEMPORARY, DENIED = DataAccessResult.TEMPORARY_FAILURE, DataAccessResult.READ_WRITE_DENIED
STANDING, MATRIX = "0.0.19.20.4.255", "0.0.19.20.0.255"
BALANCE, EMERGENCY = "0.0.19.10.0.255", "0.0.19.10.1.255"
ZERO = Data(Tag.INTEGER, 0)


def account(number: int) -> Reference:
    return reference(111, "0.0.19.0.0.255", number)


def passive(number: int) -> Reference:
    return reference(111, "0.1.19.0.0.255", number)


def credit(logical_name: str, number: int) -> Reference:
    return reference(112, logical_name, number)


def charge(row: int, number: int) -> Reference:
    return reference(113, f"0.0.19.20.{row}.255", number)


def i32(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG, value)


def enum(value: int) -> Data:
    return Data(Tag.ENUM, value)


def name(logical_name: str) -> Data:
    return octets(bytes(map(int, logical_name.split("."))))


def scales(commodity: int, price: int) -> Data:
    return structure(Data(Tag.INTEGER, commodity), Data(Tag.INTEGER, price))


def price(index: str, value: int, tag: Tag = Tag.LONG) -> Data:
    return structure(octets(index.encode()), Data(tag, value))


IMPORTED = structure(u16(3), name("1.0.1.8.0.255"), Data(Tag.INTEGER, 2))
NO_COMMODITY = structure(u16(0), name("0.0.0.0.0.0"), Data(Tag.INTEGER, 0))


@pytest.fixture
def talker() -> Talker:
    return talk("management", prepaid())


# What is read


def test_the_account_of_a_prepayment_meter(talker: Talker):
    assert talker.read(account(2)) == structure(enum(2), enum(2))
    assert talker.read(account(3)) == u8(1)
    assert talker.read(account(4)) == Data(Tag.BIT_STRING, "10000000")
    assert talker.read(account(5)) == i32(20 * POUND)
    assert talker.read(account(6)) == i32(0)
    assert talker.read(account(7)) == i32(0)
    assert talker.read(account(8)) == i32((30 + 5 + 8) * POUND)
    assert [bytes(item.value) for item in talker.read(account(9)).value] == [
        bytes((0, 0, 19, 10, number, 255)) for number in range(3)
    ]
    assert [bytes(item.value) for item in talker.read(account(10)).value] == [
        bytes((0, 0, 19, 20, number, 255)) for number in range(5)
    ]
    assert talker.read(account(12)) == array([structure(name(BALANCE), u8(100))])
    assert talker.read(account(14)) == octets(datetimes.NEVER)
    assert talker.read(account(15)) == structure(Data(Tag.UTF8_STRING, b"GBP"), Data(Tag.INTEGER, -5), enum(0))
    assert talker.read(account(16)) == i32(3 * POUND)
    assert talker.read(account(17)) == i32(2 * POUND)
    assert talker.read(account(18)) == u32(4 * POUND)
    assert talker.read(account(19)) == i32(604_800)


def test_the_status_of_the_account_follows_its_credit():
    # Bits of current_credit_status: in credit, low, -, selectable, selected, selectable in use, out of credit, -.
    talker = talk("management", prepaid(balance_mp=POUND, household=Household(shape="flat", daily_import_wh=48_000)))
    assert talker.read(account(4)).value == "11010000"
    assert talker.read(credit(EMERGENCY, 8)) == enum(1)
    assert talker.invoke(credit(EMERGENCY, 3), u8(0)) == 0
    assert talker.read(credit(EMERGENCY, 8)) == enum(2)
    assert talker.read(account(4)).value == "10001000"
    talker.bench.now += 5 * HOUR
    assert talker.read(credit(EMERGENCY, 8)) == enum(3)
    assert talker.read(account(4)).value == "10000100"
    assert talker.read(account(3)) == u8(2)
    assert talker.read(credit(BALANCE, 8)) == enum(4)
    talker.bench.now += DAY
    assert talker.read(credit(EMERGENCY, 8)) == enum(4)
    assert talker.read(account(4)).value == "01000010"
    assert talker.read(reference(70, "0.0.96.3.10.255", 3)) == enum(0)
    assert talker.read(account(6)).value > 5 * POUND


def test_credits_and_debts(talker: Talker):
    assert [talker.read(credit(BALANCE, number)) for number in range(2, 8)] == [
        *(i32(20 * POUND), enum(0), u8(1), i32(3 * POUND), i32(0)),
        Data(Tag.BIT_STRING, "00011"),
    ]
    assert [talker.read(credit(EMERGENCY, number)) for number in (2, 3, 9, 10)] == [
        *(i32(0), enum(2), i32(5 * POUND), i32(2 * POUND))
    ]
    assert talker.read(credit("0.0.19.10.2.255", 2)) == i32(0)
    assert talker.read(charge(1, 5)) == structure(scales(0, -5), NO_COMMODITY, array([price("", 12_345)]))
    assert [talker.read(charge(row, 8)) for row in (1, 2, 4)] == [u32(86_400), u32(3_600), u32(86_400)]
    assert [talker.read(charge(row, 12)) for row in (1, 2, 3)] == [i32(amount * POUND) for amount in (30, 5, 8)]
    assert talker.read(charge(3, 13)) == u16(2_500)
    assert [talker.read(charge(row, 3)).value for row in range(5)] == [0, 1, 1, 2, 1]


def test_prices_take_the_scale_at_which_they_fit(talker: Talker):
    # 28.55 p and 15 p are 28550 and 15000 of 10**-5 pounds; 61.12 p a day needs 10**-4 to fit 16 bits.
    assert talker.read(charge(0, 5)) == structure(
        scales(3, -5), IMPORTED, array([price("TOU01", 28_550), price("TOU02", 15_000)])
    )
    assert talker.read(charge(4, 5)) == structure(scales(0, -4), NO_COMMODITY, array([price("", 6_112)]))
    assert talker.read(reference(3, "0.0.94.44.1.7", 2)) == i32(28_550)
    odd = talk("reader", prepaid(prices=Prices(tou_mp=(61_123, 5))))
    assert odd.read(charge(0, 5)).value[2] == array(
        [price("TOU01", 61_123, Tag.DOUBLE_LONG), price("TOU02", 5, Tag.DOUBLE_LONG)]
    )


def test_in_credit_mode_the_balance_is_the_amount_due():
    talker = talk("management", prepaid(Mode.CREDIT, balance_mp=-7 * POUND))
    assert talker.read(account(2)) == structure(enum(1), enum(2))
    assert talker.read(credit(BALANCE, 2)) == i32(7 * POUND)
    assert talker.invoke(credit(BALANCE, 1), i32(-2 * POUND)) == 0
    assert talker.read(credit(BALANCE, 2)) == i32(5 * POUND)
    assert talker.invoke(credit(EMERGENCY, 3), ZERO) == TEMPORARY
    assert talker.invoke(credit(BALANCE, 2), i32(0)) == 0
    assert talker.read(credit(BALANCE, 2)) == i32(0)


# What is written and called


def test_the_balance_is_updated_and_set(talker: Talker):
    assert talker.invoke(credit(BALANCE, 1), i32(-123)) == 0
    assert talker.read(credit(BALANCE, 2)) == i32(20 * POUND - 123)
    assert talker.invoke(credit(BALANCE, 2), i32(50)) == 0
    assert talker.read(credit(BALANCE, 2)) == i32(50)
    assert talker.invoke(credit(BALANCE, 1), i32(2**31 - 1)) == OTHER
    assert talker.invoke(credit(BALANCE, 1), u8(1)) == UNMATCHED
    assert talker.invoke(credit(EMERGENCY, 1), i32(1)) == DENIED


def test_debts_by_their_charges(talker: Talker):
    assert talker.invoke(charge(1, 4), i32(-POUND)) == 0
    assert talker.invoke(charge(2, 5), i32(77)) == 0
    assert talker.invoke(charge(3, 5), i32(0)) == 0
    assert [talker.read(charge(row, 12)).value for row in (1, 2, 3)] == [29 * POUND, 77, 0]
    # 4.56 pounds a day: 456 of 10**-2.
    rate = structure(scales(0, -2), NO_COMMODITY, array([price("", 456)]))
    assert talker.set(charge(1, 6), rate) == 0
    assert talker.invoke(charge(1, 2), ZERO) == 0
    assert talker.bench.meter.records.account.debts[0].rate_mp == 456_000
    assert talker.set(charge(1, 8), u32(3_600)) == 0
    assert talker.bench.meter.records.account.debts[0].hourly
    assert talker.set(charge(1, 8), u32(7_200)) == OTHER
    assert talker.set(charge(3, 13), u16(10_000)) == 0
    assert talker.set(charge(3, 13), u16(10_001)) == OTHER
    assert talker.read(charge(3, 13)) == u16(10_000)


@pytest.mark.parametrize(
    ("table", "result"),
    [
        (structure(scales(0, -7), NO_COMMODITY, array([price("", 150)])), OTHER),  # 1.5 mp
        (structure(scales(0, 127), NO_COMMODITY, array([price("", 1)])), OTHER),
        (structure(scales(0, -5), NO_COMMODITY, array([price("", -1)])), OTHER),
        (structure(scales(0, -5), NO_COMMODITY, array([])), OTHER),
        (structure(scales(0, -5), NO_COMMODITY), UNMATCHED),
        (structure(scales(0, -5), NO_COMMODITY, array([price("", 1, Tag.LONG_UNSIGNED)])), UNMATCHED),
    ],
)
def test_a_rate_that_is_none_is_refused(talker: Talker, table: Data, result: int):
    before = talker.bench.meter.records.account.debts
    assert talker.set(charge(1, 6), table) == result
    assert talker.bench.meter.records.account.debts == before


def test_passive_prices_wait_for_their_activation(talker: Talker):
    two = structure(scales(0, -8), IMPORTED, array([price("TOU01", 30_000)]))  # by the Wh: 30 p a kWh
    assert talker.set(charge(0, 6), two) == 0
    assert talker.set(charge(4, 6), structure(scales(0, -3), NO_COMMODITY, array([price("", 700)]))) == 0
    assert talker.bench.meter.records.tariff.prices == PRICES
    later = datetimes.encode(START + DAY)
    assert talker.set(charge(4, 7), octets(later)) == 0
    assert talker.read(charge(0, 7)) == octets(later)
    talker.bench.now += DAY
    assert talker.read(charge(0, 7)) == octets(datetimes.NEVER)
    assert talker.bench.meter.records.tariff.prices == Prices(tou_mp=(30_000,), standing_mp=70_000)
    assert talker.set(charge(0, 6), structure(scales(3, -5), IMPORTED, array([price("TOU01", 1)]))) == 0
    assert talker.invoke(charge(0, 2), ZERO) == 0
    assert talker.bench.meter.records.tariff.prices.tou_mp == (1,)


def test_an_activation_of_prices_is_taken_back(talker: Talker):
    one = structure(scales(3, -5), IMPORTED, array([price("TOU01", 30_000)]))
    assert talker.set(charge(0, 7), octets(datetimes.encode(START + DAY))) == OTHER  # register 2 is not in use
    assert talker.set(charge(0, 6), one) == 0
    assert talker.set(charge(0, 7), octets(datetimes.encode(START + DAY))) == 0
    assert talker.bench.meter.records.pending
    assert talker.set(charge(0, 7), octets(datetimes.NEVER)) == 0
    assert not talker.bench.meter.records.pending


def test_prices_out_of_order_are_refused(talker: Talker):
    for indices in (("TOU02",), ("TOU01", "SET1B1"), ("SET1B1", "SET1B3"), ("night",)):
        table = array([price(index, 5) for index in indices])
        assert talker.set(charge(0, 6), structure(scales(3, -5), IMPORTED, table)) == OTHER
    assert talker.bench.meter.records.tariff.passive_prices is None


def test_mode_and_flags_by_the_passive_account(talker: Talker):
    terms = talker.bench.meter.records.terms
    pairs = talker.read(account(11)).value
    standing = [pair for pair in pairs if pair.value[1] == name(STANDING)]
    assert standing == [
        structure(name(which), name(STANDING), Data(Tag.BIT_STRING, "111")) for which in (BALANCE, EMERGENCY)
    ]
    suspended = array([structure(name(BALANCE), name(STANDING), Data(Tag.BIT_STRING, "011"))])
    assert talker.set(passive(11), suspended) == 0
    held = talker.bench.meter.records.terms
    assert held == replace(terms, suspend_disabled=True, suspend_emergency=True)
    shown = talker.read(account(11)).value
    assert not [pair for pair in shown if pair.value[:2] == (name(EMERGENCY), name(STANDING))]
    assert talker.set(passive(2), structure(enum(1), enum(2))) == 0
    assert talker.read(account(2)) == structure(enum(1), enum(2))
    assert talker.bench.meter.records.terms == held
    assert talker.set(passive(2), structure(enum(3), enum(2))) == OTHER
    assert talker.set(passive(2), structure(enum(2), enum(3))) == OTHER
    assert talker.set(passive(11), array([])) == OTHER
    assert talker.set(account(2), structure(enum(2), enum(2))) == DENIED


def test_a_whole_change_of_mode_at_its_time(talker: Talker):
    whole = structure(enum(1), NULL, Data(Tag.BOOLEAN, True), i32(-5), octets(datetimes.encode(START + HOUR)))
    target = reference(1, "0.0.96.50.10.255", 2)
    assert talker.set(target, whole) == 0
    assert talker.bench.meter.records.terms == TERMS
    talker.bench.now += HOUR
    assert talker.read(account(2)).value[0] == enum(1)
    assert talker.bench.meter.records.terms == replace(TERMS, suspend_emergency=True, disablement_mp=-5)
    assert talker.set(target, structure(NULL, NULL, NULL, NULL, NULL)) == UNMATCHED
    assert talker.set(target, structure(enum(1))) == UNMATCHED


@pytest.mark.parametrize(
    ("logical_name", "field", "bad"),
    [
        ("0.0.94.44.128.2", "emergency_limit_mp", -1),
        ("0.0.94.44.128.3", "emergency_threshold_mp", None),
        ("0.0.94.44.128.9", "low_credit_mp", None),
        ("0.0.94.44.128.12", "cap_mp", -1),
        ("0.0.94.44.128.22", "disablement_mp", None),
        ("0.0.94.44.2.10", "max_credit_mp", -1),
        ("0.0.94.44.2.20", "max_balance_mp", -1),
    ],
)
def test_the_configuration_by_registers(talker: Talker, logical_name: str, field: str, bad: int | None):
    target = reference(3, logical_name, 2)
    assert talker.read(target) == i32(getattr(TERMS, field))
    assert talker.read(reference(3, logical_name, 3)) == structure(Data(Tag.INTEGER, -5), enum(10))
    assert talker.set(target, i32(98_765)) == 0
    assert talker.bench.meter.records.terms == replace(TERMS, **{field: 98_765})
    if bad is not None:
        assert talker.set(target, i32(bad)) == OTHER
    assert talker.set(target, u32(1)) == UNMATCHED


def test_the_calendar_is_a_schedule(talker: Talker):
    # IEC 62056-6-2, Schedule: index, enable, script, selector, time, window, weekdays, special days, from, to.
    nights = structure(
        *(u16(1), Data(Tag.BOOLEAN, True), name("0.0.10.0.105.255"), u16(1), octets(bytes((16, 0, 0, 0)))),
        *(u16(0xFFFF), Data(Tag.BIT_STRING, "1111100"), Data(Tag.BIT_STRING, "01")),
        *(octets(bytes.fromhex("ffff0a01ff")), octets(bytes.fromhex("ffff031fff"))),
    )
    christmas = structure(u16(1), octets(bytes.fromhex("ffff0c19ff")), u8(1))
    whole = reference(1, "0.0.94.44.128.28", 2)
    assert talker.set(whole, structure(array([nights]), array([christmas]), NULL)) == 0
    assert talker.read(reference(10, "0.0.12.0.1.255", 2)) == array([nights])
    assert talker.read(reference(11, "0.0.11.0.2.255", 2)) == array([christmas])
    talker.bench.now += 13 * HOUR  # Thursday the 1st of January, 16:04
    assert talker.read(reference(1, "0.0.96.50.2.255", 2)) == Data(Tag.BOOLEAN, True)
    disabled = structure(*(u16(1), Data(Tag.BOOLEAN, False), *nights.value[2:]))
    assert talker.set(whole, structure(array([disabled]), array([]), NULL)) == OTHER
    assert talker.set(whole, structure(array([nights] * 17), array([]), NULL)) == OTHER


def test_thresholds_and_block_counters():
    prices = Prices(by="block", block_mp=((4, 3, 2, 1),), thresholds_wh=((1_000, 2_000, UNUSED),))
    talker = talk("management", prepaid(prices=prices, household=Household(shape="flat", daily_import_wh=24_000)))
    assert talker.read(reference(21, "0.0.16.0.11.255", 2)) == array([u32(1_000), u32(2_000), u32(UNUSED)])
    assert talker.read(reference(21, "0.0.16.0.12.255", 2)) == array([])
    talker.bench.now += 3 * HOUR
    (row, *_) = talker.read(reference(1, "0.0.94.44.34.2", 2)).value
    first, second, third, fourth = (item.value for item in row.value)
    assert (first, second, fourth) == (1_000, 1_000, 0)
    assert third > 500
    reset = reference(9, "0.0.10.0.100.255", 1)
    for script in (1, 48, 50):
        assert talker.invoke(reset, u16(script)) == OTHER
    assert talker.invoke(reset, u16(49)) == 0
    (row, *_) = talker.read(reference(1, "0.0.94.44.34.2", 2)).value
    assert [item.value for item in row.value] == [0, 0, 0, 0]
    passive = reference(21, "0.0.16.1.11.255", 2)
    assert talker.set(passive, array([u32(2), u32(1), u32(UNUSED)])) == OTHER
    assert talker.set(passive, array([u32(1), u32(2), u32(3)])) == 0
    assert talker.bench.meter.records.tariff.prices == prices
    waiting = talker.bench.meter.records.tariff.passive_prices
    assert waiting == replace(prices, thresholds_wh=((1, 2, 3),))


def test_whole_sets_are_all_or_nothing(talker: Talker):
    bench: Bench = talker.bench
    debts = reference(1, "0.0.96.50.12.255", 2)
    before = bench.meter.records.account
    refused = structure(i32(1), i32(1), i32(1), NULL, NULL, NULL, NULL, u16(10_001))
    assert talker.set(debts, refused) == OTHER
    assert bench.meter.records.account.debts == before.debts
    settings = reference(1, "0.0.96.50.14.255", 2)
    assert talker.set(settings, structure(i32(7), i32(-1), *[NULL] * 7)) == OTHER
    assert bench.meter.records.terms == TERMS
    assert talker.set(settings, structure(i32(7), *[NULL] * 7, octets(datetimes.encode(START + HOUR)))) == 0
    assert bench.meter.records.terms == TERMS
    bench.now += HOUR
    assert talker.read(reference(3, "0.0.94.44.128.12", 2)) == i32(7)


def test_a_reader_writes_and_calls_nothing():
    talker = talk("reader", prepaid())
    assert talker.set(reference(3, "0.0.94.44.128.2", 2), i32(1)) == DENIED
    assert talker.invoke(credit(BALANCE, 1), i32(1)) == DENIED
    assert talker.invoke(reference(115, "0.0.19.40.0.255", 1), octets(b"0" * 20)) == DENIED


def test_disconnected_by_the_supplier_is_not_out_of_credit(talker: Talker):
    assert talker.bench.meter.send(DisableSupply(), Sender.SUPPLIER).reason is None
    assert talker.read(account(4)).value == "10000000"
    assert talker.read(reference(1, "0.0.96.50.21.255", 2)) == array([octets(b"supplier")])

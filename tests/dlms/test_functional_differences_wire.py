"""What one family has on the wire and another lacks (device dossier 3.11): the object list, reading and writing."""

import msgspec
import pytest
from dlms_bench import PROFILE, Bench, changed
from dlms_talk import talk, u16, u32
from home_bench import GAS, HomeBench, client
from wire_sites import read, send, steps

from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import (
    AdjustDebt,
    Sender,
    SetPaymentMode,
    SetPrices,
    SetTariff,
    WriteLoadLimit,
    WritePrepaymentConfiguration,
    WriteVoltageSettings,
)
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.profiles.profile_family import ASSUMED_PACE
from emulator.dlms.codec.data import NULL, Tag
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.farm import library

AS300P, ACLARA, EDMI, ITRON = "elster-as300p", "aclara-sgm1411", "edmi-es10a", "itron-lite"
UNDEFINED = DataAccessResult.OBJECT_UNDEFINED
POUND = 100_000
NIGHT = SwitchingTable(name="night", days=(DayProfile(1, (Switch(0, 1), Switch(420, 2))),))
LIST = reference(15, "0.0.40.0.0.255", 2)

# Logical names and classes of the OBIS map (device dossier 6.1 to 6.4), and of IEC 62056-6-2.
LIMITER, LIMIT_STATE = (71, "0.0.17.0.0.255"), (1, "0.0.94.44.0.3")
AVERAGES = (
    (3, "1.0.32.35.0.4"),
    (3, "1.0.32.31.0.4"),
    (3, "1.0.32.36.0.4"),
    (3, "1.0.32.32.0.4"),
    (3, "1.0.32.25.0.255"),
    (7, "1.0.32.24.0.255"),
)
EXCURSIONS = tuple((71, f"0.0.17.0.{number}.255") for number in range(1, 5))
FIRST_SET, EIGHTH_SET = (21, "0.0.16.0.11.255"), (21, "0.0.16.0.18.255")
COUNTERS, THRESHOLDS = (1, "0.0.94.44.34.2"), (1, "0.0.63.1.1.255")
TIME_DEBTS, PAYMENT_DEBT = ((113, "0.0.19.20.1.255"), (113, "0.0.19.20.2.255")), (113, "0.0.19.20.3.255")
FRIENDLY = ((1, "0.0.94.44.128.28"), (10, "0.0.12.0.1.255"), (11, "0.0.11.0.2.255"))
EMERGENCY, TOKENS = (112, "0.0.19.10.1.255"), (115, "0.0.19.40.0.255")
EXPORT, REACTIVE = ((3, "1.0.2.8.0.255"), (3, "1.0.2.7.0.255")), ((3, "1.0.3.8.0.255"), (3, "1.0.4.8.0.255"))


def listed(talker) -> set[tuple[int, str]]:
    """Give what a client sees in the object list of its association: classes and logical names."""
    entries = talker.read(LIST).value
    return {(entry.value[0].value, ".".join(map(str, entry.value[2].value))) for entry in entries}


def quick(name: str):
    """Give a packaged set that is never busy: what it takes is of interest here, not how soon."""
    return msgspec.structs.replace(library.packaged(name), pace=ASSUMED_PACE)


def management(name: str):
    """Give the management client of a set's electricity meter."""
    return talk("management", Bench(profile=quick(name)))


# Rows by family: Y and N of the matrix.
MATRIX = [
    (LIMITER, {AS300P, ACLARA, EDMI}),
    (LIMIT_STATE, {AS300P, ACLARA, EDMI}),
    *((row, {AS300P, ACLARA, EDMI}) for row in AVERAGES),
    *((row, {AS300P, ACLARA, EDMI, ITRON}) for row in EXCURSIONS),
    (FIRST_SET, {AS300P, ACLARA, EDMI}),
    (EIGHTH_SET, {AS300P, ACLARA}),
    (COUNTERS, {AS300P, ACLARA, EDMI}),
    (THRESHOLDS, {AS300P, ACLARA, EDMI}),
    *((row, {AS300P, ACLARA}) for row in TIME_DEBTS),
    *((row, {AS300P, ACLARA}) for row in FRIENDLY),
    (PAYMENT_DEBT, {AS300P, ACLARA, EDMI}),
    (EMERGENCY, {AS300P, ACLARA, EDMI}),
    (TOKENS, {AS300P, ACLARA, EDMI}),
    *((row, {AS300P, ACLARA, EDMI}) for row in (*EXPORT, *REACTIVE)),
]


@pytest.mark.parametrize("name", [AS300P, ACLARA, EDMI, ITRON])
def test_the_object_list_has_what_the_family_has(name):
    found = listed(management(name))
    assert [row for row, families in MATRIX if (row in found) is not (name in families)] == []


@pytest.mark.parametrize(
    "row", [LIMITER, LIMIT_STATE, AVERAGES[0], AVERAGES[5], COUNTERS, FIRST_SET, TIME_DEBTS[0], TOKENS]
)
def test_an_object_that_is_not_there_can_neither_be_read_nor_written(row):
    has, lacks = management(AS300P), management(ITRON)
    target = reference(*row, 2)
    assert has.result(target) == 0
    assert lacks.result(target) == UNDEFINED
    assert lacks.set(target, u32(1)) == UNDEFINED


def test_the_load_limit_is_written_where_it_is_and_on_no_wire_elsewhere():
    has, lacks = management(EDMI), management(ITRON)
    assert send(has, WriteLoadLimit(9_000, 60)) == 0
    assert (read(has, "load_limit_w"), read(has, "load_limit_period_s")) == (9_000, 60)
    with pytest.raises(KeyError):
        steps(lacks.bench, WriteLoadLimit(9_000))
    with pytest.raises(KeyError):
        read(lacks, "load_limit_w")


def test_voltage_settings_without_averages_are_null_and_not_taken():
    has, lacks = management(EDMI), management(ITRON)
    whole = reference(1, "0.0.96.50.20.255", 2)
    fields = WriteVoltageSettings.__struct_fields__
    averages = [place for place, name in enumerate(fields) if name.startswith("average_")]
    assert len(averages) == 3
    assert all(has.read(whole).value[place] != NULL for place in range(len(fields)))
    assert {place for place in range(len(fields)) if lacks.read(whole).value[place] == NULL} == set(averages)
    assert send(has, WriteVoltageSettings(average_over_dv=2_500)) == 0
    assert send(lacks, WriteVoltageSettings(sag_dv=2_100)) == 0
    assert lacks.read(reference(71, "0.0.17.0.3.255", 4)) == u16(2_100)
    assert lacks.set(whole, has.read(whole)) not in {0, UNDEFINED}


def test_blocks_are_taken_as_far_as_the_family_has_them():
    one = Prices(by="block", block_mp=((1, 2, 3, 4),), thresholds_wh=((1_000, 2_000, UNUSED),))
    two = Prices(by="block", block_mp=one.block_mp * 2, thresholds_wh=one.thresholds_wh * 2)
    for name, prices, taken in (
        (AS300P, one, True),
        (EDMI, one, True),
        (EDMI, two, False),
        (ITRON, one, False),
    ):
        talker = management(name)
        assert (send(talker, SetPrices(prices)) == 0) is taken, (name, prices)
        assert (talker.bench.meter.records.tariff.prices == prices) is taken


def test_a_set_of_eight_blocks_is_written_part_by_part_and_read_back():
    wide = Bench(profile=changed(PROFILE, metering={"blocks": 8}))
    talker = talk("management", wide)
    prices = Prices(
        by="block",
        block_mp=(tuple(range(1_000, 9_000, 1_000)), (1_000, 2_000, 3_000, 4_000)),
        thresholds_wh=(tuple(range(1_000, 8_000, 1_000)), (1_000, 2_000, UNUSED)),
    )
    assert wide.meter.send(SetTariff(NIGHT, prices=prices), Sender.SUPPLIER).accepted
    assert read(talker, "prices_mp") == [list(row) for row in prices.block_mp]
    assert read(talker, "thresholds_wh") == [list(row) for row in prices.thresholds_wh]
    assert [len(row) for row in read(talker, "block_counters_wh")] == [8] * 8
    matrix, at = reference(113, "0.0.19.20.0.255", 6), reference(21, "0.0.16.1.11.255", 2)
    assert talker.set(matrix, talker.read(reference(113, "0.0.19.20.0.255", 5))) == 0
    assert talker.set(at, talker.read(reference(21, "0.0.16.0.11.255", 2))) == 0
    assert wide.meter.records.tariff.passive_prices == prices


# Prepayment


def test_basic_prepayment_takes_a_payment_debt_and_nothing_by_time():
    talker = management(EDMI)
    assert send(talker, SetPaymentMode(Mode.PREPAYMENT)) == 0
    assert send(talker, AdjustDebt(payment_mp=8 * POUND, payment_share=2_500)) == 0
    assert read(talker, "payment_debt_mp") == 8 * POUND
    whole = reference(1, "0.0.96.50.12.255", 2)
    shown = talker.read(whole).value
    assert [value == NULL for value in shown[3:7]] == [True] * 4  # rates and periods
    assert talker.set(whole, management(AS300P).read(whole)) not in {0, UNDEFINED}
    assert read(talker, "time_debts") == []
    charges = talker.read(reference(111, "0.0.19.0.0.255", 10)).value
    assert [tuple(charge.value) for charge in charges] == [(0, 0, 19, 20, number, 255) for number in (0, 3, 4)]
    configuration = reference(1, "0.0.96.50.14.255", 2)
    assert talker.read(configuration).value[6] == NULL  # the calendar
    assert talker.set(configuration, management(AS300P).read(configuration)) not in {0, UNDEFINED}
    assert send(talker, WritePrepaymentConfiguration(emergency_limit_mp=5 * POUND)) == 0
    assert read(talker, "emergency_limit_mp") == 5 * POUND


def test_the_billing_accounts_of_basic_prepayment_have_no_time_debts():
    for name, columns in ((AS300P, 8), (EDMI, 6)):
        talker = management(name)
        assert send(talker, SetPaymentMode(Mode.PREPAYMENT)) == 0  # takes a billing snapshot
        log = [reference(7, "0.0.98.1.1.255", number) for number in (2, 3)]
        assert len(talker.read(log[1]).value) == columns
        rows = talker.read(log[0]).value
        assert rows
        assert {len(row.value) for row in rows} == {columns}
        (told, *_) = read(talker, "billing_accounts")
        assert told["debts_mp"] == (0, 0)


@pytest.mark.parametrize("name", [AS300P, EDMI, ITRON])
def test_prepayment_mode_is_taken_where_there_is_prepayment(name):
    talker = management(name)
    for command in (SetPaymentMode(Mode.PREPAYMENT), SetPaymentMode(Mode.CREDIT)):
        assert (send(talker, command) == 0) is (name != ITRON or command.mode is Mode.CREDIT)


# Gas


@pytest.mark.parametrize(("name", "has"), [(AS300P, True), (ITRON, False)])
def test_gas_has_blocks_where_its_own_meter_has_them(name, has):
    bench = HomeBench(profile=quick(name))
    talker = client(bench, GAS)
    assert (COUNTERS in listed(talker)) is has
    assert (FIRST_SET in listed(talker)) is has
    assert EIGHTH_SET not in listed(talker)
    columns = talker.read(reference(7, "0.0.98.2.0.255", 3)).value
    assert any(tuple(column.value[1].value) == (0, 0, 94, 44, 34, 2) for column in columns) is has
    entries = talker.read(reference(7, "0.0.98.2.0.255", 2))
    assert entries.tag is Tag.ARRAY
    assert {len(row.value) for row in entries.value} == {len(columns)}


@pytest.mark.parametrize(("name", "has"), [(AS300P, True), (EDMI, False)])
def test_gas_of_a_basic_make_has_no_time_debts_either(name, has):
    found = listed(client(HomeBench(profile=quick(name)), GAS, "management"))
    assert (TIME_DEBTS[0] in found) is has
    assert (FRIENDLY[0] in found) is has
    assert PAYMENT_DEBT in found

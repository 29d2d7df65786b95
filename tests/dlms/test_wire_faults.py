"""Faults as the DLMS wire shows them: a client reads a home before a fault, under it and after it (dossier 4)."""

import pytest
from dlms_bench import START
from dlms_talk import PROFILE_BUFFER, Talker, by_entry, u8
from home_bench import GAS, METER, HomeBench, at, client

from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import values
from emulator.device.faults.home_faults import FaultCleared, FaultPlanned
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, instant
from emulator.device.journal import DeviceName
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, structure
from emulator.dlms.pdu.services import Reference
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.dlms.security import wrap_key
from emulator.headend import places

HOME = DeviceName.HOME
TRANSFER = at(64, "0.0.43.0.0.255", 2)
IMPORT = at(3, "1.0.1.8.0.255")
CLOCK_STATUS = at(8, "0.0.1.0.0.255", 4)
ENTRIES = at(7, "1.0.99.1.0.255", 7)


def put_in(bench, row, **given):
    fault = find(row)
    number = bench.home.faults.records.seen + 1
    bench.home.note(HOME, FaultPlanned(number, fault.name, "", values(fault, given), bench.now), bench.now)
    bench.home.advance(bench.now)


def clear(bench):
    bench.home.note(HOME, FaultCleared(), bench.now)
    bench.home.advance(bench.now)


def rows(talker, count=96):
    """Read the newest rows of the profile: stamp and import of each half hour."""
    held = talker.read(ENTRIES).value
    got = talker.read(Reference(PROFILE_BUFFER.descriptor, by_entry(max(1, held - count + 1), held)))
    return {datetimes.decode(row.value[0].value): row.value[2].value for row in got.value}


@pytest.fixture
def bench():
    made = HomeBench(now=instant(2026, 7, 1, 3, 4, 5))
    made.now += DAY
    return made


@pytest.mark.parametrize(("factor", "of"), [("double", lambda wh: wh * 2), ("half", lambda wh: wh // 2)])
def test_d1_the_profile_on_the_wire_is_off_by_two_and_the_register_is_not(bench, factor, of):
    talker = client(bench, METER)
    right, total = rows(talker), talker.read(IMPORT)
    put_in(bench, "D1", factor=factor)
    assert rows(talker) == {stamp: of(value) for stamp, value in right.items()}
    assert talker.read(IMPORT) == total
    clear(bench)
    assert rows(talker) == right


def test_d2_the_gas_profile_on_the_wire_is_in_another_unit():
    bench = HomeBench(now=START)
    bench.now += DAY
    bench.home.advance(bench.now)
    talker = client(bench, GAS)
    interval = places(bench.meter.site.profile, GAS)["profile_log"].target
    litres = [row.value[1].value for row in talker.read(interval).value]
    put_in(bench, "D2")
    wh = [row.value[1].value for row in talker.read(interval).value]
    # 1.02264 x 40 MJ/m3 / 3.6 is 11.363 kWh a cubic metre (functional reference 3.2).
    assert all(abs(used - counted * 11.3627) <= 13 for used, counted in zip(wh, litres, strict=True))
    assert sum(litres) > 500
    clear(bench)
    assert [row.value[1].value for row in talker.read(interval).value] == litres


def test_d3_the_clock_on_the_wire_is_invalid_until_the_hub_sets_it(bench):
    talker = client(bench, METER)
    assert talker.read(CLOCK_STATUS) == u8(0)
    put_in(bench, "D3")
    assert talker.read(CLOCK_STATUS) == u8(1)  # IEC 62056-6-2, clock, status: bit 0 is an invalid value
    clear(bench)
    assert talker.read(CLOCK_STATUS) == u8(0)


def test_d4_the_profile_on_the_wire_is_stamped_an_hour_ahead_in_summer(bench):
    talker = client(bench, METER)
    right = rows(talker)
    put_in(bench, "D4")
    assert rows(talker) == {stamp + HOUR: value for stamp, value in right.items()}
    clear(bench)
    assert rows(talker) == right


def test_d7_the_profile_on_the_wire_lacks_the_days(bench):
    talker = client(bench, METER)
    began, count = bench.now, talker.read(ENTRIES).value
    put_in(bench, "D7", days=1)
    bench.now += 2 * DAY
    # What the log keeps is bounded: it is full, and a hole makes it shorter.
    assert talker.read(ENTRIES).value <= count + 48
    got = rows(talker, 144)
    assert not [stamp for stamp in got if began < stamp <= began + DAY]
    assert len([stamp for stamp in got if stamp > began + DAY]) == 48
    clear(bench)
    bench.now += DAY
    assert len([stamp for stamp in rows(talker, 144) if stamp > began + DAY]) == 96


def test_d8_a_register_on_the_wire_rolls_over(bench):
    talker = client(bench, METER)
    total = talker.read(IMPORT).value
    assert total > 10_000
    put_in(bench, "D8", digits=1, where="everywhere")
    assert talker.read(IMPORT).value == total % 10_000
    clear(bench)
    assert talker.read(IMPORT).value == total


def test_d6_a_register_on_the_wire_begins_anew(bench):
    talker = client(bench, METER)
    put_in(bench, "D6")
    assert talker.read(IMPORT).value == 0
    bench.now += HOUR
    used = talker.read(IMPORT).value
    load = bench.meter.site.load(Channel.IMPORT)
    assert abs(used - (load.energy_mwh(bench.now) - load.energy_mwh(bench.now - HOUR)) // 1000) <= 1
    assert all(value < 5_000 for value in rows(talker).values())


def transfer(talker, key, master):
    wrapped = structure(Data(Tag.ENUM, 0), Data(Tag.OCTET_STRING, wrap_key(master, key)))
    return talker.invoke(TRANSFER, array([wrapped]))


def test_e2_without_the_master_key_no_keys_are_taken_and_nobody_proves_himself(bench):
    talker = client(bench, METER, "management")
    master, key = bench.meter.records.credentials.master_key, bytes(range(16))
    put_in(bench, "E2")
    for _ in range(2):
        assert transfer(talker, key, master) != DataAccessResult.SUCCESS
    late = Talker(bench, "management", METER)
    late.counter = talker.counter
    aare = late.open()
    with pytest.raises(AssertionError):
        late.prove(aare)
    assert bench.refusals() == ["the master key is missing"]
    assert client(bench, METER).read(IMPORT).value > 0  # by password it is read as ever
    clear(bench)
    talker = Talker(bench, "management", METER)
    talker.counter = late.counter
    talker.associate()
    assert transfer(talker, key, master) == DataAccessResult.SUCCESS
    assert bench.meter.records.credentials.encryption_key == key


def test_e5_who_had_the_keys_is_shut_out_until_they_are_back(bench):
    talker = client(bench, METER, "management")
    assert talker.read(IMPORT).value > 0
    former = talker.cipher
    put_in(bench, "E5")
    late = Talker(bench, "management", METER)
    late.cipher = former
    with pytest.raises(AssertionError):
        late.associate()
    assert Talker(bench, "management", METER).associate().read(IMPORT).value > 0  # the party that took them is in
    clear(bench)
    back = Talker(bench, "management", METER)
    assert back.cipher.encryption_key == former.encryption_key
    assert back.associate().read(IMPORT).value > 0

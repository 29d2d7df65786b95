"""The gas meter behind the hub: its mirror is read, what is written waits in the hub's queue."""

import msgspec
import pytest
from dlms_bench import PROFILE, START, changed
from dlms_talk import OBJECT_LIST
from home_bench import GAS, GSME, HUB, METER, HomeBench, at, client
from wire_sites import again

from emulator.device import commands
from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import (
    ArmSupply,
    DisableSupply,
    RecordNetworkData,
    SetTariff,
    WriteGasConversion,
    WritePassiveTariff,
)
from emulator.device.future import CANCEL_AT
from emulator.device.gas import gas_logs
from emulator.device.gas.battery import BatteryRemoved
from emulator.device.happenings import CommandQueued, QueuedCommandDone, QueuedCommandRefused, SupplyChanged
from emulator.device.hub.gas_mirror import mirrored
from emulator.device.instant import HALF_HOUR, HOUR, MINUTE
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import Prices
from emulator.device.readings import ITEMS_OF
from emulator.device.records import Switch as Valve
from emulator.dlms.codec.data import NULL, Data, Tag, structure
from emulator.dlms.objects.object_list import objects
from emulator.dlms.objects.types import DATE_TIME
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.headend import carriers, places, rates

VOLUME = at(3, "7.0.3.0.0.255")
VALVE = at(70, "0.0.96.3.10.255", 3)
DISABLE, ARM = at(70, "0.0.96.3.10.255", 1), at(70, "0.0.96.3.10.255", 2)
ENERGY = bytes((0, 0, 96, 50, 61, 255))
ITEMS = {item.key: item for item in ITEMS_OF[GSME]}


def steps(bench, command):
    """Give the writes and calls that carry a command to the gas meter."""
    found = []
    for carrier in carriers(bench.meter.site.profile, GAS)[type(command)]:
        value = carrier.takes.data(command)
        if value is not None:
            found.append((carrier, value))
            if not carrier.takes.part:
                break
    return found


def send(talker, command):
    """Send a command over the wire and give the last result."""
    result = None
    for carrier, value in steps(talker.bench, command):
        result = (talker.set if carrier.writes else talker.invoke)(carrier.target, value)
        if result:
            break
    return result


@pytest.fixture(scope="module")
def lived_in():
    """Give a home whose gas meter was set and used; it wakes on whole seconds, as the wire shows instants."""
    bench = HomeBench(profile=changed(PROFILE, gas_device={"wake_spread_s": 0}))
    prices = Prices(tou_mp=(4_000, 5_000), standing_mp=30_000)
    for command in (
        SetTariff(SwitchingTable(name="gas"), prices=prices),
        WriteGasConversion(395, 1, 102_264, 5),
        RecordNetworkData(),
        commands.SetPaymentMode(Mode.PREPAYMENT),
    ):
        assert bench.home.send(GSME, command, commands.Sender.SUPPLIER).reason is None
    bench.now = START + 3 * 24 * HOUR
    bench.home.advance(bench.now)
    return client(bench, GAS)


@pytest.mark.parametrize("key", sorted(places(PROFILE, GAS)))
def test_every_item_is_read_as_the_mirror_shows_it(lived_in, key: str):
    bench = lived_in.bench
    shown = mirrored(bench.hub, bench.gas, bench.now)
    place = places(PROFILE, GAS)[key]
    assert place.decode(lived_in.read(place.target)) == ITEMS[key].read(shown)


def test_the_tou_registers_are_read_one_by_one(lived_in):
    shown = mirrored(lived_in.bench.hub, lived_in.bench.gas, lived_in.bench.now)
    assert [lived_in.read(register).value for register in rates(PROFILE, GAS)] == ITEMS["tou_l"].read(shown)


def test_every_attribute_of_the_object_list_is_read(lived_in):
    listed = {bytes(entry.value[2].value) for entry in lived_in.read(OBJECT_LIST).value}
    rows = objects(PROFILE, GAS)
    assert len(listed) == len(rows)
    for row in rows:
        for number in row.attributes:
            assert lived_in.result(at(row.kind.id, row.logical_name, number)) == 0, (row.name, number)


def test_the_half_hours_are_read_by_entry_and_whole(lived_in):
    shown = mirrored(lived_in.bench.hub, lived_in.bench.gas, lived_in.bench.now)
    held = gas_logs.half_hours(shown.site, shown.records, shown.now)
    buffer = lived_in.read(at(7, "7.0.99.99.1.255")).value
    read = [
        (DATE_TIME.decode(stamp), used.value, status.value) for stamp, status, used in (row.value for row in buffer)
    ]
    assert read == [tuple(row) for row in held]
    assert lived_in.read(at(7, "7.0.99.99.1.255", 7)).value == len(held) > 18_000


def test_prices_and_rates_refer_to_the_gas_registers(lived_in):
    _, commodity, _ = lived_in.read(at(113, "0.0.19.20.0.255", 5)).value
    assert commodity.value[1].value == ENERGY
    assigned = lived_in.read(at(6, "0.0.14.0.0.255")).value
    assert [pair.value[1].value for pair in assigned] == [bytes((7, 0, 3, 0, rate, 255)) for rate in (1, 2, 3, 4)]


# Between wakes


def test_the_mirror_stands_between_two_wakes():
    bench = HomeBench()
    talker = client(bench, GAS)
    readings, wakes = [], []
    for minute in range(1, 91):
        bench.now = START + minute * MINUTE
        readings.append(talker.read(VOLUME).value)
        wakes.append(talker.read(at(1, "0.0.96.50.71.255")).value)
    assert len(set(wakes)) in {3, 4}
    assert len(set(zip(wakes, readings, strict=True))) == len(set(wakes))
    assert readings == sorted(readings)


def test_a_command_waits_for_the_wake_and_what_became_of_it_is_in_the_journal():
    bench = HomeBench()
    reader, management = client(bench, GAS), client(bench, GAS, "management")
    assert management.invoke(DISABLE, Data(Tag.INTEGER, 0)) == 0
    assert bench.told(CommandQueued)[-1] == CommandQueued(1, "DisableSupply", 1)
    assert reader.read(VALVE).value == 1
    assert bench.gas.records.supply.switch is Valve.ENABLED
    bench.now += HALF_HOUR + MINUTE
    assert reader.read(VALVE).value == 0
    assert bench.gas.records.supply.switch is Valve.DISABLED
    assert bench.told(QueuedCommandDone) == [QueuedCommandDone(1, "DisableSupply", 0)]
    assert bench.told(SupplyChanged)


def test_a_command_that_the_gas_meter_refuses_was_taken_by_the_hub():
    bench = HomeBench()
    management = client(bench, GAS, "management")
    assert send(management, WriteGasConversion(calorific_value=0)) == 0
    bench.now += HALF_HOUR + MINUTE
    management.read(VOLUME)
    (refused,) = bench.told(QueuedCommandRefused)
    assert (refused.name, refused.reason) == ("WriteGasConversion", commands.Reason.INVALID_VALUE)
    (told,) = client(bench, HUB).read(at(1, "0.0.96.50.112.255")).value  # what became of what waited
    number, name, reason, detail, _ = told.value
    assert (number.value, name.value, reason.value) == (1, b"WriteGasConversion", b"invalid_value")
    assert detail.value.decode() == refused.detail


def test_a_full_queue_refuses_and_holds_what_it_has():
    bench = HomeBench()
    management = client(bench, GAS, "management")
    most = PROFILE.han.queued_commands
    assert [management.invoke(ARM, Data(Tag.INTEGER, 0)) for _ in range(most)] == [0] * most
    assert management.invoke(ARM, Data(Tag.INTEGER, 0)) == DataAccessResult.OTHER_REASON
    assert len(bench.hub.records.queue.waiting) == most


def test_a_gas_meter_that_never_called_is_a_temporary_failure_but_says_who_it_is():
    bench = HomeBench()
    mirror = msgspec.structs.replace(bench.hub.records.mirror, up=False, heard_at=None, stopped_at=None)
    bench.hub.records = msgspec.structs.replace(bench.hub.records, mirror=mirror)
    talker = client(bench, GAS)
    assert talker.result(VOLUME) == DataAccessResult.TEMPORARY_FAILURE
    assert talker.result(at(7, "7.0.99.99.1.255")) == DataAccessResult.TEMPORARY_FAILURE
    assert talker.result(at(8, "0.0.1.0.0.255")) == DataAccessResult.TEMPORARY_FAILURE
    assert talker.read(at(1, "0.0.96.1.0.255")).value == b"G4K0000000114"
    assert talker.read(at(1, "0.0.42.0.0.255")).value == b"ELRG4K0000000114"
    # a relative write is made from what is held, which nobody knows
    management = client(bench, GAS, "management")
    set_to = management.invoke(at(112, "0.0.19.10.0.255", 2), Data(Tag.DOUBLE_LONG, 5))
    assert set_to == DataAccessResult.TEMPORARY_FAILURE
    assert management.invoke(DISABLE, Data(Tag.INTEGER, 0)) == 0


def test_the_mirror_freezes_when_the_battery_is_out():
    bench = HomeBench()
    talker = client(bench, GAS)
    before = talker.read(VOLUME).value
    bench.home.note(GSME, BatteryRemoved())
    bench.now += 5 * HOUR
    assert talker.read(VOLUME).value == before


TABLE = SwitchingTable(name="later", days=(DayProfile(1, (Switch(0, 1), Switch(420, 2))),))
PRICES = Prices(tou_mp=(3_001, 4_000), standing_mp=30_000)
SENT = [
    DisableSupply(),
    ArmSupply(),
    WriteGasConversion(395, 1, 102_264, 5),
    WriteGasConversion(conversion_factor=1),
    commands.WriteGasFlow(uncontrolled_flow=700),
    commands.WriteGasFlow(depletion_locks=True),
    commands.WriteGasFlow(1, 2, 3, True, False),
    commands.RecordNetworkData(),
    commands.SetSupplyNumber("1234567800"),
    commands.AdjustBalance(100_000),
    commands.AdjustDebt(time_1_mp=50),
    commands.SetPrices(Prices(tou_mp=(30_001,), standing_mp=7)),
    commands.WritePrepaymentConfiguration(low_credit_mp=9),
    commands.AddCredit("12345678901234567890"),
    commands.SetClock(START + HOUR),
    WritePassiveTariff(TABLE, PRICES),
    WritePassiveTariff(TABLE, None),
    commands.ActivatePassiveTariff(CANCEL_AT),
    commands.ClearEventLog(),
    commands.RestrictData(START),
]


@pytest.mark.parametrize("command", SENT, ids=repr)
def test_a_command_comes_out_as_it_went_in(command: commands.Command):
    bench = HomeBench()
    ((carrier, value),) = steps(bench, command)
    assert carrier.takes.make(bench.gas, again(value)) == command


@pytest.mark.parametrize("command", SENT, ids=repr)
def test_the_hub_holds_the_command_that_was_sent(command: commands.Command):
    bench = HomeBench()
    assert send(client(bench, GAS, "management"), command) == 0
    (held,) = bench.hub.records.queue.waiting
    assert held.name == type(command).__name__
    assert msgspec.msgpack.decode(held.fields, type=type(command)) == command


def test_what_is_reckoned_from_what_the_meter_holds_is_not_taken_while_it_sleeps():
    """A passive tariff written part by part would lose what waits already: it is written whole."""
    talker = client(HomeBench(), GAS, "management")
    denied = DataAccessResult.READ_WRITE_DENIED
    for class_id, logical_name, number in (
        (20, "0.0.13.0.0.255", 6),
        (11, "0.1.11.0.0.255", 2),
        (113, "0.0.19.20.0.255", 6),
        (113, "0.0.19.20.4.255", 7),
        (111, "0.1.19.0.0.255", 11),
        (21, "0.0.16.1.11.255", 2),
    ):
        assert talker.set(at(class_id, logical_name, number), NULL) == denied, logical_name
    assert talker.invoke(at(11, "0.0.11.0.0.255", 1), NULL) == denied
    assert talker.invoke(at(113, "0.0.19.20.0.255", 2), NULL) == denied


# Who may what


def test_levels_are_those_of_the_meter():
    bench = HomeBench()
    assert client(bench, GAS, "public").result(VOLUME) == DataAccessResult.READ_WRITE_DENIED
    assert client(bench, GAS).invoke(DISABLE, NULL) == DataAccessResult.READ_WRITE_DENIED
    assert bench.refusals()[-1] == "call 70/0.0.96.3.10.255/1"
    assert client(bench, GAS).set(at(1, "0.0.96.50.69.255"), structure()) == DataAccessResult.READ_WRITE_DENIED


def test_the_sap_is_listed_where_there_is_gas_and_answers_nowhere_else():
    with_gas, without = HomeBench(), HomeBench(gas=False)
    names = [
        [(sap.value, name.value) for sap, name in (pair.value for pair in client(bench, METER).read(SAPS).value)]
        for bench in (with_gas, without)
    ]
    assert names[0] == [(1, b"ELR14K0000001"), (2, b"ELRH14K0000001"), (3, b"ELRG4K0000000114")]
    assert names[1] == names[0][:2]
    assert without.device.servers == (1, 2)


SAPS = at(17, "0.0.41.0.0.255")

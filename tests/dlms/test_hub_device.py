"""The hub's own logical device: who it is for anybody, how it stands for readers, its commands for management."""

import msgspec
import pytest
from dlms_bench import PROFILE, START, Bench
from dlms_talk import OBJECT_LIST, Talker
from home_bench import CHF, GSME, HUB, METER, HomeBench, at, client
from wire_sites import again

from emulator.device.commands import AddDevice, RemoveDevice, RotateNetworkKey, Sender
from emulator.device.happenings import (
    CommandQueued,
    DeviceLeft,
    DeviceListed,
    NetworkKeyRotated,
)
from emulator.device.hub.command_queue import queued
from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.device.readings import ITEMS_OF
from emulator.dlms.codec.data import NULL, Data, Tag
from emulator.dlms.objects.object_list import objects
from emulator.dlms.objects.rows import Level
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.headend import carriers, places

ITEMS = {item.key: item for item in ITEMS_OF[CHF]}
CODE = "83FED3407A939723A5C639B26916D505"
"""The install code of ZigBee Base Device Behavior 1.0, 10.1.1."""
IHD = AddDevice("00-24-7E-00-00-00-00-07", "ihd", CODE.lower(), 120)
REMOVED = RemoveDevice("00-23-7E-00-00-00-00-02")
WHO = {
    *("logical_device_name", "sap_assignment", "association", "serial", "eui64", "maker", "model", "firmware"),
    *("iccid", "imsi", "security_setup", "invocation_counter", "tcp_udp_setup", "ipv4_setup"),
}


def send(talker: Talker, command) -> int:
    (carrier,) = carriers(talker.bench.meter.site.profile, HUB)[type(command)]
    value = carrier.takes.data(command)
    return talker.set(carrier.target, value) if carrier.writes else talker.invoke(carrier.target, value)


@pytest.fixture(scope="module")
def busy():
    """Give a home whose hub has added, lost and queued something, and is a little roaming."""
    bench = HomeBench()
    for command in (IHD, RotateNetworkKey()):
        assert bench.home.send(CHF, command, Sender.SUPPLIER).reason is None
    bench.now = START + DAY
    bench.home.advance(bench.now)
    assert bench.home.send(CHF, RemoveDevice(IHD.eui64), Sender.SUPPLIER).reason is None
    assert bench.home.note(CHF, queued(RotateNetworkKey(), Sender.SUPPLIER)).reason is None
    return client(bench, HUB)


@pytest.mark.parametrize("key", sorted(places(PROFILE, HUB)))
def test_every_item_is_the_hubs_own(busy, key: str):
    place = places(PROFILE, HUB)[key]
    assert place.decode(busy.read(place.target)) == ITEMS[key].read(busy.bench.device.hub)


def test_every_attribute_of_the_object_list_is_read(busy):
    listed = {bytes(entry.value[2].value) for entry in busy.read(OBJECT_LIST).value}
    rows = objects(PROFILE, HUB)
    assert len(listed) == len(rows)
    for row in rows:
        for number in row.attributes:
            assert busy.result(at(row.kind.id, row.logical_name, number)) == 0, (row.name, number)


def test_anybody_may_read_who_it_is_and_nothing_else():
    rows = objects(PROFILE, HUB)
    public = {row.name for row in rows if any(attribute.level is Level.PUBLIC for attribute in row.attributes.values())}
    assert public == WHO
    talker = client(HomeBench(), HUB, "public")
    assert talker.read(at(1, "0.0.96.1.0.255")).value == b"H14K0000001"
    assert talker.result(at(1, "0.0.96.50.80.255")) == DataAccessResult.READ_WRITE_DENIED
    assert talker.result(at(1, "0.0.96.50.91.255")) == DataAccessResult.READ_WRITE_DENIED


def test_no_install_code_is_ever_shown(busy):
    octets = busy.read(at(1, "0.0.96.50.91.255"))
    assert CODE.lower() not in repr(octets).lower()
    assert bytes.fromhex(CODE) not in str(octets).encode("latin-1", "replace")


# What is asked of it


def test_a_device_is_added_and_removed_over_the_wire():
    bench = HomeBench()
    talker, before = client(bench, HUB, "management"), [row.device for row in bench.hub.records.area.log]
    assert "gsme" in before
    assert send(talker, IHD) == 0
    assert [row.device for row in bench.hub.records.area.log] == [*before, "ihd"]
    assert send(talker, REMOVED) == 0
    assert [row.device for row in bench.hub.records.area.log] == [*(set(before) - {"gsme"}), "ihd"]
    assert len(bench.told(DeviceListed)) == len(bench.told(DeviceLeft)) == 1


def test_the_network_key_is_rotated_by_a_script_and_no_other_runs():
    bench = HomeBench()
    talker, before = client(bench, HUB, "management"), bench.hub.records.area.key_version
    execute = at(9, "0.0.10.0.111.255", 1)
    assert talker.invoke(execute, Data(Tag.LONG_UNSIGNED, 2)) == DataAccessResult.OTHER_REASON
    assert talker.invoke(execute, Data(Tag.LONG_UNSIGNED, 1)) == 0
    assert bench.hub.records.area.key_version == before + 1
    assert len(bench.told(NetworkKeyRotated)) == 1


@pytest.mark.parametrize("command", [IHD, REMOVED, RotateNetworkKey()], ids=repr)
def test_a_command_comes_out_as_it_went_in(command):
    bench = HomeBench()
    (carrier,) = carriers(PROFILE, HUB)[type(command)]
    assert carrier.takes.make(bench.hub, again(carrier.takes.data(command))) == command


def test_what_the_hub_refuses_is_refused_on_the_wire():
    bench = HomeBench()
    talker = client(bench, HUB, "management")
    unknown = RemoveDevice("00-24-7E-00-00-00-00-99")
    wanted = bench.home.send(CHF, unknown, Sender.SUPPLIER)
    assert wanted.reason is not None
    assert send(talker, unknown) != 0
    short = Data(Tag.OCTET_STRING, b"1234567")
    assert talker.set(at(1, "0.0.96.50.93.255"), short) == DataAccessResult.OTHER_REASON
    assert client(bench, HUB).set(at(1, "0.0.96.50.93.255"), NULL) == DataAccessResult.READ_WRITE_DENIED


def test_it_shows_the_present_though_only_the_meter_was_moved():
    bench = HomeBench()
    talker = client(bench, HUB)
    seen = set()
    for minute in range(0, 600, 7):
        bench.now = START + minute * MINUTE
        seen.add(talker.read(at(3, "0.0.96.50.83.255")).value)
        assert bench.hub.signal_dbm in seen
        assert bench.hub.now == bench.now
    assert len(seen) > 1


def test_what_waits_for_the_gas_meter_is_listed_until_it_wakes():
    bench = HomeBench()
    gas, hub = client(bench, 3, "management"), client(bench, HUB)
    assert gas.invoke(at(70, "0.0.96.3.10.255", 1), Data(Tag.INTEGER, 0)) == 0
    (waiting,) = hub.read(at(1, "0.0.96.50.94.255")).value
    assert waiting.value[1].value == b"DisableSupply"
    assert bench.told(CommandQueued)
    bench.now += HALF_HOUR + MINUTE
    assert not hub.read(at(1, "0.0.96.50.94.255")).value


# One security for all of them


def test_a_counter_used_at_one_logical_device_is_used_at_all():
    bench = HomeBench()
    first = client(bench, METER, "management")
    first.read(at(1, "0.0.96.1.0.255"))
    told = client(bench, HUB, "public").read(at(1, "0.0.43.1.0.255")).value
    assert told == bench.device.counter >= first.counter - 1
    stale = Talker(bench, "management", HUB)
    stale.counter = told
    with pytest.raises(AssertionError):
        stale.associate()


def test_the_policy_and_the_title_are_the_meters():
    bench = HomeBench()
    setup = [client(bench, server).read(at(64, "0.0.43.0.0.255", 2)).value for server in (1, 2, 3)]
    assert setup == [3, 3, 3]
    titles = {client(bench, server, "public").read(at(64, "0.0.43.0.0.255", 5)).value for server in (1, 2, 3)}
    assert titles == {bench.device.title}
    for server in (2, 3):
        talker = Talker(bench, "management", server)
        talker.counter = bench.device.counter + 1
        talker.associate()
        assert talker.invoke(at(64, "0.0.43.0.0.255", 1), Data(Tag.ENUM, 3)) == DataAccessResult.READ_WRITE_DENIED


def test_a_refusal_stands_in_the_meters_security_log():
    bench = HomeBench()
    before = len(bench.meter.records.logs.security)
    assert client(bench, HUB).invoke(at(9, "0.0.10.0.111.255", 1)) == DataAccessResult.READ_WRITE_DENIED
    assert bench.refusals()[-1] == "call 9/0.0.10.0.111.255/1"
    assert len(bench.meter.records.logs.security) > before
    assert GSME in bench.home.devices


def test_a_meter_alone_stands_behind_a_hub_as_fitted():
    bench = Bench()
    talker = Talker(bench, "reader", HUB).associate()
    assert talker.read(at(1, "0.0.96.50.80.255")).value == b"attached"
    listed = talker.read(at(1, "0.0.96.50.91.255")).value
    assert b"gsme" not in [entry.value[1].value for entry in listed]
    bench.now += DAY
    assert talker.read(at(8, "0.0.1.0.0.255")).value[:4] == bytes((7, 234, 1, 2))
    assert msgspec.structs.asdict(bench.device.hub.records.alerts)["raised"] == 0

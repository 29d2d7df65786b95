"""Logical names that a profile changes: an object is called so in its own name and wherever another refers to it."""

import pytest
from dlms_bench import PROFILE, changed
from home_bench import METER, HomeBench, at, client
from wire_sites import again

from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import WritePassiveTariff
from emulator.device.money.pricing import Prices
from emulator.device.profile import Profile
from emulator.dlms.codec.data import Data, Tag
from emulator.dlms.objects.object_list import DEVICES, objects
from emulator.dlms.objects.rows import logical_name_octets
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.headend import carriers

# Device dossier 6.1 to 6.3, rows marked G.
GB = {
    "import_profile": "0.0.99.1.0.255",
    "other_profile": "0.0.99.1.1.255",
    "daily_reads": "0.0.98.1.9.255",
    "mpan": "1.0.0.0.2.255",
    "firmware": "0.0.0.2.1.255",
    "load_limit_counter": "0.0.94.44.42.255",
}
SERVERS = tuple(DEVICES)


def renamed(names: dict[str, str]) -> Profile:
    return changed(PROFILE, dlms={"logical_names": names})


def moved() -> dict[str, str]:
    """Call every object of every logical device otherwise, but the association: by another B."""
    found = {}
    for rows in DEVICES.values():
        for row in rows:
            a, b, rest = row.logical_name.split(".", 2)
            found[row.name] = f"{a}.{int(b) + 60}.{rest}"
    del found["association"]
    return found


def table(profile: Profile, server: int) -> dict[bytes, bytes]:
    """Pair the generic names of a logical device with those of a profile."""
    pairs = zip(objects(PROFILE, server), objects(profile, server), strict=True)
    return {logical_name_octets(old.logical_name): logical_name_octets(new.logical_name) for old, new in pairs}


def swapped(names: dict[bytes, bytes], value: Data) -> Data:
    if value.tag in {Tag.ARRAY, Tag.STRUCTURE}:
        return Data(value.tag, tuple(swapped(names, item) for item in value.value))
    return Data(value.tag, names.get(value.value, value.value)) if value.tag is Tag.OCTET_STRING else value


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("names", [GB, moved()], ids=["gb", "all"])
def test_every_attribute_is_the_generic_one_under_other_names(server, names):
    profile = renamed(names)
    generic, other = (client(HomeBench(profile=each), server) for each in (PROFILE, profile))
    pairs, seen = table(profile, server), 0
    for old, new in zip(objects(PROFILE, server), objects(profile, server), strict=True):
        for number in (1, *old.attributes):
            read = other.read(at(new.kind.id, new.logical_name, number))
            assert read == swapped(pairs, generic.read(at(old.kind.id, old.logical_name, number))), (old.name, number)
            seen += 1
    assert seen > 100


def test_what_refers_does_refer():
    """The Green and the Blue Book's own examples of references: none of them is left behind."""
    talker = client(HomeBench(profile=renamed(moved())), METER)
    assert talker.read(at(21, "0.60.16.0.0.255", 3)).value[1].value == bytes((1, 60, 1, 7, 0, 255))
    assert talker.read(at(71, "0.60.17.0.1.255", 2)).value[1].value == bytes((1, 60, 32, 7, 0, 255))
    (pair, *_) = talker.read(at(6, "0.60.14.0.0.255")).value
    assert pair.value[1].value == bytes((1, 60, 1, 8, 1, 255))
    assert talker.read(at(113, "0.60.19.20.0.255", 5)).value[1].value[1].value == bytes((1, 60, 1, 8, 0, 255))
    first, *_ = talker.read(at(111, "0.60.19.0.0.255", 9)).value
    assert first.value == bytes((0, 60, 19, 10, 0, 255))
    columns = talker.read(at(7, "1.60.99.1.0.255", 3)).value
    assert [column.value[1].value[1] for column in columns] == [60, 60, 60]


@pytest.mark.parametrize("names", [{}, GB, moved()], ids=["generic", "gb", "all"])
def test_a_tariff_goes_in_and_comes_out(names):
    profile = renamed(names) if names else PROFILE
    bench = HomeBench(profile=profile)
    talker = client(bench, METER, "management")
    days = (DayProfile(1, (Switch(0, 1), Switch(450, 2))),)
    command = WritePassiveTariff(SwitchingTable(name="named", days=days), Prices(tou_mp=(1_000, 2_000)))
    for carrier in carriers(profile, METER)[WritePassiveTariff]:
        value = carrier.takes.data(command)
        if value is not None:
            assert talker.set(carrier.target, again(value)) == 0
    held = bench.meter.records.tariff
    assert (held.passive.name, held.passive.days) == ("named", days)
    assert held.passive_prices.tou_mp == (1_000, 2_000)


def test_a_name_that_was_given_up_is_no_name():
    profile = renamed({"tariff_scripts": "0.0.10.0.200.255"})
    generic, own = (
        next(c for c in carriers(each, METER)[WritePassiveTariff] if c.target.number == 9)
        for each in (PROFILE, profile)
    )
    command = WritePassiveTariff(SwitchingTable(days=(DayProfile(1, (Switch(0, 1),)),)))
    bench = HomeBench(profile=profile)
    talker = client(bench, METER, "management")
    assert talker.set(own.target, generic.takes.data(command)) == DataAccessResult.OTHER_REASON
    assert talker.set(own.target, own.takes.data(command)) == 0

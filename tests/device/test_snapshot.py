"""Snapshots: a home as plain data and back, compared leaf by leaf, and refused when they are of something else."""

import msgspec
import pytest
from device_sites import NOW, SUPPLIER
from display_sites import CHF, ESME, GSME, IHD, PPMID, home, prepaid

from emulator.device import snapshot
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import DisableSupply, SetTariff, UpdateSecurityCredentials
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR
from emulator.device.snapshot import Snapshot, SnapshotError

ALL = (GSME, CHF, PPMID, IHD)
LATER = SwitchingTable(name="later", days=SwitchingTable().days)
KEY = bytes(range(200, 216))


def lived():
    """A home with something in every corner: credit, a planned tariff, other keys, a disabled supply."""
    at = prepaid(home(*ALL))
    prepaid(at, GSME)
    assert at.send(GSME, SetTariff(LATER, NOW + 2 * DAY), SUPPLIER).accepted
    assert at.send(ESME, SetTariff(LATER, NOW + 40 * DAY), SUPPLIER).accepted
    assert at.send(ESME, UpdateSecurityCredentials(KEY), SUPPLIER).accepted
    at.advance(NOW + 30 * DAY)
    assert at.send(ESME, DisableSupply(), SUPPLIER).accepted
    return at


def through_json(taken):
    return msgspec.json.decode(msgspec.json.encode(taken), type=Snapshot)


def test_a_snapshot_through_json_stands_up_as_the_same_home():
    at = lived()
    taken = through_json(snapshot.take(at))
    back = Installation(at.premises, at.now, snapshot.state(taken, at.premises))
    assert back.state() == at.state()
    assert snapshot.take(back) == taken
    for one in (at, back):
        one.advance(NOW + 100 * DAY)
    assert back.state() == at.state()


def test_a_snapshot_is_plain_data():
    plain = msgspec.json.decode(msgspec.json.encode(snapshot.take(lived())))
    assert set(plain) == {"version", "at", "seq", "devices"}
    assert set(plain["devices"]) == {"esme", "gsme", "chf", "ppmid", "ihd"}
    assert set(plain["devices"]["esme"]) == {"version", "at", "records"}
    assert plain["devices"]["esme"]["records"]["supply"]["switch"] == "disabled"


def test_taking_one_changes_nothing():
    at = lived()
    before = at.state()
    snapshot.take(at)
    assert at.state() == before


def test_only_what_differs_is_told_by_its_path():
    at = lived()
    other = at.fork()
    assert snapshot.differences(snapshot.take(at), snapshot.take(other)) == []
    assert other.send(GSME, SetTariff(LATER), SUPPLIER).accepted
    other.advance(other.now + HOUR)
    found = snapshot.differences(snapshot.take(at), snapshot.take(other))
    paths = [one.path for one in found]
    assert paths == sorted(set(paths))
    assert {one.path: (one.left, one.right) for one in found}["at"] == (at.now, at.now + HOUR)
    assert {path.split(".")[0] for path in paths} <= {"at", "gsme", "chf", "esme", "ppmid", "ihd"}
    assert not any(path.startswith("esme.supply") for path in paths)
    back = snapshot.differences(snapshot.take(other), snapshot.take(at))
    shown = [one for one in found if one.left != "***"]
    assert [(one.path, one.right, one.left) for one in back if one.left != "***"] == [tuple(one) for one in shown]
    assert [one.path for one in back] == paths


def test_secrets_are_named_and_never_shown():
    at = lived()
    other = at.fork()
    assert other.send(ESME, UpdateSecurityCredentials(bytes(16), bytes(16), bytes(16)), SUPPLIER).accepted
    found = snapshot.differences(snapshot.take(at), snapshot.take(other))
    hidden = [one for one in found if one.path.startswith("esme.credentials.")]
    assert len(hidden) == 3
    assert all((one.left, one.right) == ("***", "*** (another)") for one in hidden)
    # The hub's copies of the gas meter are octets, and hold its keys too.
    copies = [one for one in found if one.path.startswith("chf.mirror.") and "pending" in one.path]
    assert all(one.left == "***" for one in copies)


def change(taken, **of_home):
    return msgspec.structs.replace(taken, **of_home)


def test_what_is_of_something_else_is_refused():
    at = lived()
    taken = snapshot.take(at)
    of_chf = msgspec.structs.replace(taken.devices[CHF], version=99)
    early = msgspec.structs.replace(taken.devices[CHF], at=NOW)
    bare = msgspec.structs.replace(taken.devices[CHF], records={"no": "hub"})
    for wrong, told in (
        (change(taken, version=2), "a snapshot of version 2; this is version 1"),
        (change(taken, devices={ESME: taken.devices[ESME]}), "a snapshot of esme; the home has chf, esme, gsme, ihd"),
        (change(taken, devices={**taken.devices, CHF: of_chf}), "chf: records of version 99"),
        (change(taken, devices={**taken.devices, CHF: early}), "chf stands at another instant than its home"),
        (change(taken, devices={**taken.devices, CHF: bare}), "chf: Object missing required field"),
        (change(taken, devices={**taken.devices, CHF: taken.devices[GSME]}), "chf: "),
    ):
        with pytest.raises(SnapshotError, match=told):
            snapshot.state(wrong, at.premises)

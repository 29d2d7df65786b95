"""Snapshots of homes in files: kept for their owner only, loaded all or none, compared, and refused with a reason."""

import stat

import msgspec
import pytest
from farm_callers import calling, head_end, run
from farm_homes import NOW, PREPAID, a_farm, disable, names, plan_tariff

from emulator.device.commands import EnableSupply, Sender, UpdateSecurityCredentials
from emulator.device.instant import DAY, HOUR
from emulator.device.snapshot import SnapshotError
from emulator.farm import futures


def state(farm, index):
    return farm.home(index).installation.state()


async def eventful(farm):
    await disable(farm, 0)
    await plan_tariff(farm, 1, NOW + HOUR)
    await farm.advance(2 * DAY)


def found(differences):
    return {name: {one.path: (one.left, one.right) for one in rows} for name, rows in differences.items()}


def changed(file, change):
    """Change the plain data of a snapshot file."""
    plain = msgspec.json.decode(file.read_bytes())
    change(plain)
    file.write_bytes(msgspec.json.encode(plain))


def test_a_file_is_for_its_owner_only_and_replaces_an_older_one(tmp_path):
    async def scenario():
        async with a_farm(None) as farm:
            file = tmp_path / "now.json"
            (tmp_path / "now.json.new").write_text("left over by a kill", "utf-8")
            (tmp_path / "now.json.new").chmod(0o666)
            await disable(farm, 0)
            for indexes in ([0], [0, 1]):
                taken = await farm.futures.save(indexes, file)
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
                assert futures.read(file) == taken
                assert list(taken.homes) == [f"home-{index + 1}" for index in indexes]
            assert [one.name for one in tmp_path.iterdir()] == ["now.json"]
            assert farm.futures.touched() == [0, 1]
            with pytest.raises(FileNotFoundError):
                await farm.futures.save([0], tmp_path / "gone" / "now.json")

    run(scenario())


def test_what_is_loaded_stands_as_it_stood_and_lives_on_until_now(tmp_path):
    async def scenario():
        file = tmp_path / "then.json"
        async with a_farm(tmp_path / "one") as farm:
            await eventful(farm)
            await farm.futures.save([0, 1], file)
            told = {index: state(farm, index) for index in (0, 1)}
            assert await farm.futures.load(file) == ["home-1", "home-2"]
            assert {index: state(farm, index) for index in (0, 1)} == told  # at the same instant nothing differs
            await farm.advance(5 * DAY)
            lived = await farm.futures.take([0, 1])
            assert (await farm.send(0, EnableSupply(), Sender.SUPPLIER)).accepted
            seq = farm.home(0).installation.seq
            await farm.futures.load(file)
            loaded = await farm.futures.take([0, 1])
            # The numbers of the journal went on meanwhile, and the hub's copies of the gas meter hold one.
            numbered = {"chf.mirror.shown", "chf.mirror.pending"}
            for rows in futures.differences(lived, loaded).values():
                assert {one.path for one in rows} <= numbered
            assert loaded.homes["home-1"].at == farm.clock.now()
            assert not farm.home(0).meter.supplied
            assert (await farm.send(0, EnableSupply(), Sender.SUPPLIER)).accepted
            journal = await farm.journal(0)
            assert [entry.seq for entry in journal] == sorted({entry.seq for entry in journal})
            assert journal[-1].seq > seq  # numbers are never given twice
        async with a_farm(tmp_path / "one", clock="@2026-03-09T10:17:00Z") as farm:
            assert farm.home(0).meter.supplied

    run(scenario())


def test_another_farm_of_the_same_estate_takes_a_file_of_its_future(tmp_path):
    """The home then has a clock of its own, ahead of that farm."""

    async def scenario():
        file = tmp_path / "then.json"
        async with a_farm(tmp_path / "one") as farm:
            await eventful(farm)
            await farm.futures.save([1], file)
            told = state(farm, 1)
        async with a_farm(tmp_path / "two") as farm:
            await farm.futures.load(file)
            assert (farm.now(1), farm.now(0)) == (NOW + 2 * DAY, NOW)
            assert state(farm, 1) == told
            async with head_end(farm, "home-2", "reader") as reading:
                assert await reading.read("tariff") == "later"
        async with a_farm(tmp_path / "two") as farm:
            assert farm.now(1) == NOW + 2 * DAY

    run(scenario())


def test_open_connections_end_when_their_home_becomes_another(tmp_path):
    async def scenario():
        async with a_farm(None) as farm:
            await farm.futures.save([0], tmp_path / "f")
            async with calling(farm.addresses.of(0)) as caller, calling(farm.addresses.of(1)) as other:
                await caller.associate()
                await other.associate()
                await farm.futures.load(tmp_path / "f")
                assert await caller.ended() == b""
                assert len(farm.links.open) == 1

    run(scenario())


def test_a_fork_is_kept_and_loaded_by_its_name(tmp_path):
    async def scenario():
        async with a_farm(None) as farm:
            fork = await farm.futures.fork(0)
            await farm.apart.advance(fork, DAY)
            await disable(farm, fork)
            await farm.futures.save([0, fork], tmp_path / "f")
            assert (await farm.send(fork, EnableSupply(), Sender.SUPPLIER)).accepted
            assert await farm.futures.load(tmp_path / "f") == ["home-1", "home-1~1"]
            assert (farm.home(0).meter.supplied, farm.home(fork).meter.supplied) == (True, False)
        async with a_farm(None) as farm:
            before = state(farm, 0)
            with pytest.raises(SnapshotError, match="there is no home-1~1 here"):
                await farm.futures.load(tmp_path / "f")
            assert state(farm, 0) == before

    run(scenario())


# Compared


def test_two_files_and_a_file_and_now(tmp_path):
    async def scenario():
        async with a_farm(None) as farm:
            one, two = tmp_path / "one", tmp_path / "two"
            await farm.futures.save([0, 1], one)
            key = bytes(range(16))
            assert (await farm.send(0, UpdateSecurityCredentials(key), Sender.SUPPLIER)).accepted
            await disable(farm, 1)
            await farm.futures.save([0, 1, 2], two)
            between = found(futures.differences(futures.read(one), futures.read(two)))
            assert set(between) == {"home-1", "home-2"}
            assert between["home-2"]["esme.supply.switch"] == ("enabled", "disabled")
            assert between["home-1"]["esme.credentials.encryption_key"] == ("***", "*** (another)")
            text = repr(between)
            for secret in (key, farm.home(0).meter.site.secret("x")):
                assert secret.hex() not in text
            now = await farm.futures.take([0, 1])
            assert found(futures.differences(futures.read(two), now)) == {"home-1": {}, "home-2": {}}

    run(scenario())


# Refused


def set_at(plain, at):
    home = plain["homes"]["home-2"]
    for part in (home, *home["devices"].values()):
        part["at"] = at


DAMAGE = {
    "version of the file": (lambda p: p.update(meterfarm_snapshot=2), "version 2; this is version 1"),
    "another estate": (lambda p: p.update(estate="0" * 16), "a snapshot of another estate"),
    "unknown home": (lambda p: p["homes"].update({"home-99": p["homes"]["home-1"]}), "there is no home-99 here"),
    "no home's name": (lambda p: p["homes"].update({"x": p["homes"]["home-1"]}), "there is no x here"),
    "version of a home": (lambda p: p["homes"]["home-2"].update(version=9), "home-2: a snapshot of version 9"),
    "device gone": (lambda p: p["homes"]["home-2"]["devices"].pop("gsme"), "the home has chf, esme, gsme"),
    "records of another version": (
        lambda p: p["homes"]["home-2"]["devices"]["chf"].update(version=1),
        "home-2: chf: records of version 1",
    ),
    "a record of another kind": (
        lambda p: p["homes"]["home-2"]["devices"]["esme"]["records"]["supply"].update(switch="ajar"),
        "home-2: esme: Invalid enum value 'ajar'",
    ),
    "a number too large": (
        lambda p: p["homes"]["home-2"]["devices"]["esme"]["records"]["clock"].update(offset_ms=2**63),
        "home-2: ",
    ),
    "no records": (lambda p: p["homes"]["home-2"]["devices"]["ihd"].update(records=5), "home-2: ihd: Expected"),
    "two instants": (lambda p: p["homes"]["home-2"].update(at=NOW + 1), "stands at another instant than its home"),
    "end of time": (lambda p: set_at(p, 2**61), "home-2: the instant 2305843009213693952; allowed: 2021-01-01"),
    "before time": (lambda p: set_at(p, -5), "home-2: the instant -5; allowed: 2021-01-01"),
    "unknown key": (lambda p: p.update(more=1), "no snapshot file: Object contains unknown field `more`"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_damaged_is_refused_and_nothing_is_done(name, tmp_path):
    change, told = DAMAGE[name]

    async def scenario():
        file = tmp_path / "f.json"
        async with a_farm(None) as farm:
            await farm.futures.save([0, 1], file)
            await disable(farm, 0)
            before = {index: state(farm, index) for index in range(4)}
            changed(file, change)
            with pytest.raises(SnapshotError) as caught:
                await farm.futures.load(file)
            assert told in str(caught.value)
            assert str(caught.value).startswith(str(file))
            assert {index: state(farm, index) for index in range(4)} == before
            assert "SupplyChanged" in names(await farm.journal(0))

    run(scenario())


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"meterfarm_snapshot": 1}', b"{}" * 9999])
def test_what_is_no_snapshot_file_is_said(octets, tmp_path):
    file = tmp_path / "f.json"
    file.write_bytes(octets)
    with pytest.raises(SnapshotError, match=r"f\.json: no snapshot file: "):
        futures.read(file)


def test_a_snapshot_of_other_homes_is_refused(tmp_path):
    async def scenario():
        file = tmp_path / "f.json"
        async with a_farm(None) as farm:
            await farm.futures.save([0], file)
        for other in ({"seed": 4}, {"homes": 5}, {"cohort": PREPAID.replace("gas = 1", "gas = 0")}):
            async with a_farm(None, **other) as farm:
                with pytest.raises(SnapshotError, match="a snapshot of another estate"):
                    await farm.futures.load(file)

    run(scenario())


def test_a_whole_state_may_be_cut_short_anywhere(tmp_path):
    async def scenario():
        file = tmp_path / "f.json"
        async with a_farm(None) as farm:
            await farm.futures.save([0], file)
            whole = file.read_bytes()
            for end in range(0, len(whole) - 1, 997):
                file.write_bytes(whole[:end])
                with pytest.raises(SnapshotError):
                    await farm.futures.load(file)

    run(scenario())

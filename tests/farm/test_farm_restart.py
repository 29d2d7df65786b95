"""What a farm is after it was stopped and started again, and what its clock and its schedule do meanwhile."""

import dataclasses

import msgspec
import pytest
from farm_callers import PROFILE, STANDING, calling, head_end, is_served, listening_in, run, until

from emulator import Farm, HeadEnd
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import (
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Sender,
    SetClock,
    SetTariff,
    ShiftClock,
    UpdateSecurityCredentials,
    WritePowerThresholds,
)
from emulator.device.instant import DAY, HOUR, MINUTE, instant
from emulator.device.items import ITEMS
from emulator.farm.clock import LATEST, ClockError, wall
from emulator.farm.opening import STORE_FILE, StateMismatchError
from emulator.farm.store import Delta, Store
from emulator.headend import NotAssociatedError

NOW = instant(2026, 3, 2, 10, 17)
LATER = SwitchingTable(name="later", days=SwitchingTable().days)


def a_farm(state, clock=STANDING, homes=4, seed=3, **more):
    return Farm.start(PROFILE, homes, seed=seed, clock=clock, state=state, **more)


def held(farm, index):
    meter = farm.home(index).meter
    return {item.key: item.read(meter) for item in ITEMS}


def names(entries):
    return [type(entry.what).__name__ for entry in entries]


def test_registers_logs_keys_and_journal_are_kept(tmp_path):
    async def scenario():
        key = bytes(range(100, 116))
        async with a_farm(tmp_path) as farm:
            for command in (WritePowerThresholds(11, 22), ShiftClock(77), DisableSupply(), ArmSupply()):
                async with head_end(farm, "home-2") as sending:
                    assert (await sending.send(command)).accepted
                await farm.advance(5 * HOUR)
            async with head_end(farm, "home-2") as sending:
                assert (await sending.send(UpdateSecurityCredentials(encryption_key=key))).accepted
            before, at, journal = held(farm, 1), farm.clock.now(), await farm.journal(1)
            untouched = held(farm, 2)
        assert len(journal) > 8
        async with a_farm(tmp_path, clock=f"@{'2026-03-03T06:17:00Z'}") as farm:
            assert farm.clock.now() == at == NOW + 20 * HOUR
            assert held(farm, 1) == before
            assert held(farm, 2) == untouched
            assert await farm.journal(1) == journal
            assert farm.access("home-2", "management").encryption_key == key
            async with head_end(farm, "home-2") as reading:
                assert await reading.read("low_medium_w") == 11
            assert await farm.journal(1, after=len(journal) - 1, limit=1) == journal[-1:]

    run(scenario())


def test_state_of_other_homes_is_refused_and_left_alone(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            await farm.send(0, DisableSupply(), Sender.SUPPLIER)
        for other in ({"seed": 4}, {"homes": 5}):
            with pytest.raises(StateMismatchError, match="holds other homes than the ones asked for; name another"):
                async with a_farm(tmp_path, **other):
                    pass
        with pytest.raises(StateMismatchError, match=r"stopped at, 2026-03-02T10:17:00Z, and time does not run back"):
            async with a_farm(tmp_path, clock="@2026-03-02T10:16:59Z"):
                pass
        async with a_farm(tmp_path) as farm:
            assert not farm.home(0).meter.supplied

    run(scenario())


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_captured_conversation_does_nothing_after_a_restart(framing, tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            async with listening_in(farm.addresses.of(0)) as ((host, port), said, _):
                access = dataclasses.replace(farm.access("home-1", "management"), host=host, port=port)
                async with HeadEnd.open(access, framing) as sending:
                    assert (await sending.send(DisableSupply())).accepted
            async with head_end(farm, "home-1") as sending:
                assert (await sending.send(EnableSupply())).accepted
        assert len(said) > 200
        async with a_farm(tmp_path) as farm:
            for _ in range(2):
                seq = farm.home(0).meter.seq
                async with calling(farm.addresses.of(0)) as caller:
                    caller.send(bytes(said))
                    await until(lambda: "AuthenticationFailed" in names(farm.home(0).meter.journal))
                assert farm.home(0).meter.supplied
                # The supplier is told of it, or the flood of it is held back; and it is held against the client.
                told = {"AlertSent", "AlertSuppressed", "ClientMisbehaved"}
                assert set(names(await farm.journal(0, seq))) - told == {"AuthenticationFailed"}
            async with head_end(farm, "home-1", framing=framing) as reading:  # and the one with the key goes on
                assert await reading.read("supply_state") == "enabled"

    run(scenario())


def test_old_keys_open_nothing_after_a_restart(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            old = farm.access("home-1", "management")
            async with head_end(farm, "home-1") as sending:
                assert (await sending.send(UpdateSecurityCredentials(bytes(16), bytes(16), bytes(16)))).accepted
        async with a_farm(tmp_path) as farm:
            host, port = farm.addresses.of(0)
            with pytest.raises(NotAssociatedError, match="diagnostic 13"):
                async with HeadEnd.open(dataclasses.replace(old, host=host, port=port)):
                    pass

    run(scenario())


# Time


def test_time_does_not_run_back_over_a_restart(tmp_path):
    async def scenario():
        async with a_farm(tmp_path, clock="real") as farm:
            assert abs(farm.clock.now() - wall()) < 5_000
            await farm.advance(90 * DAY)
            stopped = farm.clock.now()
        for clock in ("real", "x60", "max"):
            async with a_farm(tmp_path, clock=clock) as farm:
                assert farm.clock.now() >= stopped
                stopped = farm.clock.now()

    run(scenario())


def test_where_time_may_not_go():
    async def scenario():
        async with a_farm(None) as farm:
            for by in (-1, LATEST - NOW, 10**20):
                with pytest.raises(ClockError):
                    await farm.advance(by)
                assert farm.clock.now() == NOW
            await farm.advance(LATEST - NOW - 1)
            await is_served(farm, 0)
            farm.set_rate(1_000_000)
            await is_served(farm, 1)
            assert farm.clock.now() == LATEST - 1

    run(scenario())


def test_paces_and_pauses():
    async def scenario():
        async with a_farm(None, clock="x1000000") as farm:
            await until(lambda: farm.clock.now() > wall() + DAY)
            async with head_end(farm, "home-1", "reader") as reading:
                first, second = await reading.read("clock"), await reading.read("clock")
                assert second > first
                farm.set_rate(0)
                stood = await reading.read("clock")
                assert await reading.read("clock") == stood
                assert stood == farm.clock.now() // 10 * 10
                with pytest.raises(ClockError):
                    farm.set_rate(-1)

    run(scenario())


def test_a_running_clock_may_be_moved_too():
    """It runs on while it is moved: a moment that it has passed by itself is no step back."""

    async def scenario():
        async with a_farm(None, clock="x1000000") as farm:
            for index in range(4):
                at = farm.clock.now() + 10 * DAY
                assert (await farm.send(index, SetTariff(LATER, at), Sender.SUPPLIER)).accepted
            before = farm.clock.now()
            for _ in range(200):
                await farm.advance(HOUR)
            assert farm.clock.now() > before + 200 * HOUR

    run(scenario())


def test_a_jumping_clock_goes_from_event_to_event_until_it_is_told_to_stand():
    async def scenario():
        async with a_farm(None, clock="max") as farm:
            due = farm.clock.now() + 400 * DAY + 17
            assert (await farm.send(1, SetTariff(LATER, due), Sender.SUPPLIER)).accepted
            await until(lambda: farm.clock.now() > due)
            changed = [entry for entry in await farm.journal(1) if type(entry.what).__name__ == "TariffChanged"]
            assert [entry.at for entry in changed] == [due]
            await is_served(farm, 1)
            farm.set_rate(0)
            stood = farm.clock.now()
            await is_served(farm, 2)
            assert farm.clock.now() == stood

    run(scenario())


# What was planned


def test_a_dated_tariff_fires_at_its_instant_and_nobody_need_call():
    async def scenario():
        async with a_farm(None) as farm:
            for index, at in ((0, NOW + HOUR), (2, NOW + 2 * HOUR), (3, NOW + 3 * DAY)):
                async with head_end(farm, f"home-{index + 1}") as sending:
                    assert (await sending.send(SetTariff(LATER, at))).accepted
            await farm.advance(DAY)
            for index, fired in ((0, [NOW + HOUR]), (2, [NOW + 2 * HOUR]), (3, [])):
                told = [entry.at for entry in await farm.journal(index) if type(entry.what).__name__ == "TariffChanged"]
                assert told == fired
            async with head_end(farm, "home-1", "reader") as reading:
                assert await reading.read("tariff") == "later"

    run(scenario())


@pytest.mark.parametrize("clock", ["@2026-03-02T10:17:00Z", "@2026-03-02T11:17:00Z", "@2026-05-01T00:00:00Z"])
def test_a_dated_tariff_fires_after_a_restart_before_at_and_after_its_time(clock, tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            async with head_end(farm, "home-3") as sending:
                assert (await sending.send(SetTariff(LATER, NOW + HOUR))).accepted
            before = len(await farm.journal(2))
        async with a_farm(tmp_path, clock=clock) as farm:
            await until(lambda: 2 in farm.held)  # the farm remembers by itself who is due
            await farm.advance(2 * HOUR)
            fired = await farm.journal(2, before)
            assert names(fired) == ["BillingSnapshotTaken", "TariffChanged", "FutureActioned"]
            assert [entry.at for entry in fired] == [NOW + HOUR] * 3

    run(scenario())


def test_a_running_clock_wakes_a_home_after_a_restart(tmp_path):
    async def scenario():
        async with a_farm(tmp_path, clock="x1") as farm:
            due = farm.clock.now() + HOUR
            assert (await farm.send(3, SetTariff(LATER, due), Sender.SUPPLIER)).accepted
        async with a_farm(tmp_path, clock="x1000000") as farm:
            await until(lambda: 3 in farm.held and "TariffChanged" in names(farm.held[3].meter.journal))
            assert [entry.at for entry in (await farm.journal(3))[-2:]] == [due] * 2

    run(scenario())


def test_a_clock_set_beyond_a_planned_moment_makes_it_due_at_this_very_instant():
    """The farm's time stands, so the meter must act at an instant that is not later than its own."""

    async def scenario():
        async with a_farm(None) as farm:
            async with head_end(farm, "home-1") as sending:
                assert (await sending.send(SetTariff(LATER, NOW + HOUR))).accepted
                assert (await sending.send(SetClock(NOW + 2 * HOUR))).accepted
            await farm.advance(0)
            async with head_end(farm, "home-1", "reader") as reading:
                assert await reading.read("tariff") == "later"
            await farm.advance(MINUTE)
            fired = [entry.at for entry in await farm.journal(0) if type(entry.what).__name__ == "TariffChanged"]
            assert fired == [NOW]

    run(scenario())


def test_a_home_whose_state_cannot_be_read_harms_no_other(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            assert (await farm.send(3, SetTariff(LATER, NOW + HOUR), Sender.SUPPLIER)).accepted
        store = Store(tmp_path / STORE_FILE)
        store.append(Delta(0, NOW, (), b"no state at all"), lambda _: None)
        store.append(Delta(1, NOW, (), msgspec.msgpack.encode([99, NOW, 0, {}])), lambda _: None)
        store.close()
        async with a_farm(tmp_path) as farm:
            for index in (0, 1):
                async with calling(farm.addresses.of(index)) as caller:
                    assert await caller.ended() == b""
            assert farm.links.refused == {"unreadable_state": 2}
            await is_served(farm, 2)
            await until(lambda: 3 in farm.held)
            await farm.advance(DAY)
            assert names(await farm.journal(3))[-2:] == ["TariffChanged", "FutureActioned"]

    run(scenario())


# Homes in memory


def test_homes_that_are_forgotten_lose_nothing():
    async def scenario():
        async with a_farm(None, homes=60, homes_in_memory=5) as farm:
            for index in range(60):
                async with head_end(farm, f"home-{index + 1}") as sending:
                    assert (await sending.send(WritePowerThresholds(100 + index, 10_000))).accepted
            assert len(farm.held) <= 7
            for index in range(60):
                async with head_end(farm, f"home-{index + 1}", "reader") as reading:
                    assert await reading.read("low_medium_w") == 100 + index
                assert names(await farm.journal(index))[:2] == ["AssociationOpened", "ConfigurationChanged"]
            assert len(farm.held) <= 7

    run(scenario())


def test_a_home_that_is_called_is_not_forgotten():
    async def scenario():
        async with a_farm(None, homes=40, homes_in_memory=3) as farm:
            async with head_end(farm, "home-1") as first:
                assert (await first.send(DisableSupply())).accepted
                home = farm.held[0]
                for index in range(1, 40):
                    await is_served(farm, index)
                assert farm.held[0] is home
                assert await first.read("supply_state") == "disabled"

    run(scenario())


def test_a_home_that_is_forgotten_is_still_woken_when_it_is_due():
    async def scenario():
        async with a_farm(None, homes=40, homes_in_memory=3) as farm:
            await farm.send(0, SetTariff(LATER, NOW + HOUR), Sender.SUPPLIER)
            for index in range(1, 40):
                await is_served(farm, index)
            assert 0 not in farm.held
            await farm.advance(DAY)
            assert names(await farm.journal(0))[-2:] == ["TariffChanged", "FutureActioned"]

    run(scenario())


def test_an_untouched_home_is_no_object_and_no_row():
    async def scenario():
        async with a_farm(None, homes=1_000_000) as farm:
            await is_served(farm, 999_999)
            await farm.advance(DAY)
            assert set(farm.held) == {999_999}
            assert list(farm._store.devices()) == []
            assert farm._time.schedule.first() is None

    run(scenario())

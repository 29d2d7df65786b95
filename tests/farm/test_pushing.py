"""Alerts over real sockets: from each hub's own address, in order, retried, throttled, and again after a restart."""

import asyncio
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from farm_callers import PROFILE, STANDING, an_estate, calling, run, until

import emulator
from emulator import Farm
from emulator.device.commands import Sender, SetPushDestination
from emulator.device.declaration import DeclarationError
from emulator.device.happenings import AlertNotSent, AlertSending, AlertSent, PushDestinationSet
from emulator.device.hub import wan
from emulator.device.hub.alert_queue import AlertArrived, balanced
from emulator.device.instant import HOUR, MINUTE
from emulator.device.journal import DeviceName
from emulator.farm.cohort import EstateError
from emulator.farm.estate import Estate
from emulator.farm.estate_file import read
from emulator.farm.pushing import MOST_OPEN
from emulator.headend_push import AlertListener

CHF = DeviceName.CHF
CHILD = Path(__file__).with_name("push_child.py")
ROOT = str(Path(emulator.__file__).parents[1])


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def queue_of(farm: Farm, index: int = 0):
    return farm.home(index).installation.devices[CHF].records.alerts


async def raise_alerts(farm: Farm, *codes: int, index: int = 0, weight: bool = False) -> None:
    at = farm.now(index)
    for code in codes:
        event = AlertArrived("esme", code, "some alert", at, priority=weight)
        await farm.act(index, lambda home, event=event: home.note(CHF, event))


async def told(farm: Farm, *kinds, index: int = 0):
    return [entry.what for entry in await farm.journal(index) if isinstance(entry.what, kinds)]


def with_push(estate: Estate, **push) -> Estate:
    """Give an estate whose profile pushes in another way."""
    profile = estate.profiles[PROFILE]
    pushed = msgspec.structs.replace(profile.push, **push)
    steady = msgspec.structs.replace(profile.clock, drift_ppm=0)  # a clock that strays from the first day wakes slowly
    changed = msgspec.structs.replace(profile, push=pushed, clock=steady, versions=(), variations=None)
    return replace(estate, profiles={PROFILE: changed})


@asynccontextmanager
async def pushing(destination: str, homes: int = 1, **more):
    more.setdefault("estate", an_estate(homes))
    async with Farm.start(clock=STANDING, push=destination, **more) as farm:
        yield farm


def test_an_alert_arrives_from_its_hubs_own_address():
    async def scenario():
        async with AlertListener.open() as ear, pushing(ear.address, 3) as farm:
            for index in (0, 2):
                await raise_alerts(farm, 0x8F3F + index, index=index)
            async with asyncio.timeout(10):
                found = [await ear.next() for _ in range(2)]
            assert {one.hub: one.alert.code for one in found} == {
                farm.addresses.of(0)[0]: 0x8F3F,
                farm.addresses.of(2)[0]: 0x8F41,
            }
            one = found[0]
            assert (one.server, one.client, one.alert.source, one.alert.number) == (2, 1, "esme", 1)
            assert (one.alert.raised_at, one.alert.sent_at) == (farm.now(0), farm.now(0))
            await until(lambda: farm.push.idle)
            assert farm.push.counts[:2] == (2, 0)
            assert (queue_of(farm).sent, queue_of(farm, 2).sent) == (1, 1)
            assert farm.awake == (0, 2)  # home 2 was never touched

    run(scenario())


def test_it_is_sent_when_it_is_durable_and_counted_when_it_arrived():
    async def scenario():
        async with AlertListener.open() as ear, pushing(ear.address) as farm:
            await raise_alerts(farm, 1)
            await until(lambda: queue_of(farm).sent)
            assert [type(one) for one in await told(farm, AlertSending, AlertSent)] == [AlertSending, AlertSent]
            assert await told(farm, PushDestinationSet) == [PushDestinationSet(ear.address)]
            assert ear.waiting == 1

    run(scenario())


@pytest.mark.parametrize("one_connection", [False, True])
def test_order_holds_and_what_waits_shares_a_connection_where_the_family_does_so(one_connection):
    async def scenario():
        calls = []
        async with AlertListener.open() as ear:
            estate = with_push(an_estate(1), one_connection=one_connection)
            async with pushing(ear.address, estate=estate) as farm:
                await farm.act(0, lambda home: home.note(CHF, wan.CoverageLost()))
                await raise_alerts(farm, 1, 2, 3)
                await raise_alerts(farm, 4, weight=True)
                await farm.act(0, lambda home: home.note(CHF, wan.CoverageFound()))
                await farm.advance(HOUR)
                await until(lambda: queue_of(farm).sent == 4)
                received = ear.take()
                calls += [one.alert.code for one in received]
                ports = {one.port for one in received}
        assert calls == [4, 1, 2, 3]
        assert len(ports) == (1 if one_connection else 4)

    run(scenario())


def test_a_head_end_that_is_down_gets_it_all_in_order_when_it_is_up_again():
    async def scenario():
        port = a_free_port()
        async with pushing(f"127.0.0.1:{port}") as farm:
            await raise_alerts(farm, 1, 2)
            await until(lambda: len(queue_of(farm).waiting) == 2 and farm.push.idle)
            assert farm.push.counts.failed == 2
            reasons = {one.reason for one in await told(farm, AlertNotSent)}
            assert reasons == {"connection refused"}
            async with AlertListener.open(port=port) as ear:
                await farm.advance(2 * MINUTE)
                await until(lambda: queue_of(farm).sent == 2)
                assert [one.alert.code for one in ear.take()] == [1, 2]
            assert [one.attempt for one in await told(farm, AlertSent)] == [2, 2]
            assert balanced(queue_of(farm))

    run(scenario())


def test_a_head_end_that_hangs_up_at_once_took_nothing():
    async def scenario():
        def hang_up(_, writer):
            writer.transport.abort()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as deaf:
            port = deaf.sockets[0].getsockname()[1]
            async with pushing(f"127.0.0.1:{port}") as farm:
                await raise_alerts(farm, 1)
                await until(lambda: farm.push.counts.failed)
                assert queue_of(farm).sent == 0
                assert len(queue_of(farm).waiting) == 1

    run(scenario())


def test_a_hub_without_wan_dials_nobody():
    async def scenario():
        async with AlertListener.open() as ear, pushing(ear.address) as farm:
            home = farm.home(0)
            home.installation.note(CHF, AlertArrived("esme", 1, "some alert", farm.now(0)))
            home.installation.note(CHF, wan.CoverageLost())
            farm.keep(home)
            await until(lambda: farm.push.counts.failed)
            assert [one.reason for one in await told(farm, AlertNotSent)] == ["no_coverage"]
            assert not ear.waiting

    run(scenario())


def test_events_instead_of_data_where_the_family_sends_those_and_nothing_where_it_only_answers():
    async def scenario():
        async with AlertListener.open() as ear:
            estate = with_push(an_estate(1), service="event-notification")
            async with pushing(ear.address, estate=estate) as farm:
                await raise_alerts(farm, 7)
                async with asyncio.timeout(10):
                    assert (await ear.next()).alert[:1] == ("event-notification",)
            async with pushing(ear.address, estate=with_push(an_estate(1), service="none")) as farm:
                await raise_alerts(farm, 7)
                assert queue_of(farm).sent == 1
                assert farm.push.counts == (0, 0, 0, 0)
                assert not ear.waiting

    run(scenario())


def test_a_supplier_names_another_head_end():
    async def scenario():
        async with AlertListener.open() as ear, AlertListener.open() as other, pushing(ear.address) as farm:
            await raise_alerts(farm, 1)
            await until(lambda: queue_of(farm).sent == 1)
            await farm.send(0, SetPushDestination(other.address), Sender.SUPPLIER, CHF)
            await raise_alerts(farm, 2)
            await until(lambda: queue_of(farm).sent == 2)
            assert [one.alert.code for one in ear.take()] == [1]
            assert [one.alert.code for one in other.take()] == [2]

    run(scenario())


def test_an_estate_file_names_the_head_end_and_a_wrong_one_is_refused():
    def file(push: str) -> Estate:
        text = f'[estate]\npush = "{push}"\n[[cohort]]\nprofile = "{PROFILE}"\nhomes = 1\n'
        return read(text, "e.toml", None)

    async def scenario():
        async with AlertListener.open() as ear, Farm.start(estate=file(ear.address), clock=STANDING) as farm:
            await raise_alerts(farm, 9)
            async with asyncio.timeout(10):
                assert (await ear.next()).alert.code == 9
        with pytest.raises(EstateError, match="allowed: host:port"):
            async with Farm.start(PROFILE, push="nowhere"):
                pass

    run(scenario())
    for wrong in ("nowhere", "127.0.0.1:70000"):
        with pytest.raises(DeclarationError, match="push"):
            file(wrong)


def test_a_storm_is_throttled_and_arrives_whole():
    homes = 3 * MOST_OPEN

    async def scenario():
        async with AlertListener.open() as ear, pushing(ear.address, estate=with_push(an_estate(homes))) as farm:
            for index in range(homes):
                home = farm.home(index)
                for code in (1, 2):
                    home.installation.note(CHF, AlertArrived("esme", code, "some alert", farm.now(index)))
                farm.keep(home)
            most = 0

            def done() -> bool:
                nonlocal most
                most = max(most, farm.push.counts.open)
                return farm.push.idle and farm.push.counts.sent == 2 * homes

            await until(done)
            assert 1 < most <= MOST_OPEN
            by_hub: dict[str, list[int]] = {}
            for one in ear.take():
                by_hub.setdefault(one.hub, []).append(one.alert.code)
            assert by_hub == {farm.addresses.of(index)[0]: [1, 2] for index in range(homes)}
            assert all(balanced(queue_of(farm, index)) for index in range(homes))

    run(scenario())


def test_a_farm_that_stops_leaves_what_is_on_the_way_in_its_journal(tmp_path):
    async def scenario():
        held = asyncio.Event()

        async def hold(reader, writer):
            await held.wait()
            writer.close()

        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        patient = with_push(an_estate(1), linger_s=8)
        async with pushing(f"127.0.0.1:{port}", estate=patient, state=tmp_path) as farm:
            await raise_alerts(farm, 1)
            await until(lambda: farm.push.counts.open)
        held.set()
        server.close()
        await server.wait_closed()
        async with AlertListener.open(port=port) as ear, pushing("", estate=patient, state=tmp_path) as farm:
            async with asyncio.timeout(10):
                again = await ear.next()
            assert (again.alert.number, again.alert.code) == (1, 1)
            await until(lambda: queue_of(farm).sent == 1)
            assert len(await told(farm, AlertSending)) == 1

    run(scenario())


def test_a_farm_that_is_killed_sends_again_what_nobody_answered(tmp_path):
    command = [sys.executable, str(CHILD), str(tmp_path)]
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    with subprocess.Popen([*command, str(port)], stdout=subprocess.PIPE, env={"PYTHONPATH": ROOT}) as child:
        dialled, address = silent.accept()  # the hub has dialled: the alert is on its way, and never answered
        with dialled:
            assert dialled.recv(8)[:2] == b"\x00\x01"
            child.send_signal(signal.SIGKILL)
    silent.close()
    assert address[0] == "127.1.0.1"

    async def scenario():
        async with AlertListener.open(port=port) as ear, pushing("", state=tmp_path) as farm:
            async with asyncio.timeout(10):
                again = await ear.next()
            assert (again.hub, again.alert.number, again.alert.code) == ("127.1.0.1", 1, 0x8F3F)
            await until(lambda: queue_of(farm).sent == 1)
            assert balanced(queue_of(farm))

    run(scenario())


def test_broken_callers_are_counted_and_the_others_heard():
    async def scenario():
        async with AlertListener.open() as ear:
            host, port = ear.address.split(":")
            for octets in (b"\x00\x02" + bytes(6), b"\x00\x01\x00\x02\x00\x01\x00\x02\x0f\x00", b"\x00\x01\x00"):
                async with calling((host, int(port))) as caller:
                    caller.send(octets)
                    caller.writer.write_eof()
                    await caller.ended()
            await until(lambda: ear.refused == 3)
            async with pushing(ear.address) as farm:
                await raise_alerts(farm, 5)
                async with asyncio.timeout(10):
                    assert (await ear.next()).alert.code == 5

    run(scenario())

"""Commit before reply: what is answered while the disk has not answered yet, and when it answers with an error.

The disk is made to wait by a second connection that holds the database's write lock.
"""

import asyncio
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from farm_callers import (
    GET_CLOCK,
    PROFILE,
    STANDING,
    calling,
    get,
    head_end,
    is_served,
    reader_aarq,
    run,
    until,
    wrapped,
)

import emulator
from emulator import Farm, HeadEnd
from emulator.device.commands import DisableSupply, EnableSupply, RestoreSupply, Sender, WritePowerThresholds
from emulator.device.installation import Installation
from emulator.device.instant import MINUTE, instant
from emulator.device.journal import DeviceName, encode
from emulator.dlms.access import Access
from emulator.farm.link import MAX_BACKLOG
from emulator.farm.opening import STORE_FILE
from emulator.farm.store import MAX_QUEUED_BYTES, Delta, Store, StoreError

READER = 32
NOW = instant(2026, 3, 2, 10, 17)
MOVES = 3000
CHILD = Path(__file__).with_name("farm_child.py")
ROOT = str(Path(emulator.__file__).parents[1])


@contextlib.contextmanager
def waiting_disk(folder):
    """Hold the write lock of a farm's database: nothing becomes durable meanwhile (for at most 5 s)."""
    connection = sqlite3.connect(folder / STORE_FILE, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def a_farm(folder, **more):
    return Farm.start(PROFILE, 8, seed=3, clock=STANDING, state=folder, **more)


async def turn(farm):
    """Let everything happen that can: other homes are served from end to end, again and again."""
    for _ in range(5):
        await is_served(farm, 7)


def password(farm, index=0):
    return farm.access(f"home-{index + 1}", "reader").password


# Order


def answers(requests):
    """What a meter answers, as (kind of APDU, invoke id): an AARE, or a GET response with the request's id."""
    return [(0x61, None) if apdu[0] == 0x60 else (0xC4, apdu[2] & 0xF) for apdu in requests]


async def heard(caller, count):
    found = []
    for _ in range(count):
        apdu = await caller.apdu()
        found.append((apdu[0], None if apdu[0] == 0x61 else apdu[2] & 0xF))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_answers_come_in_the_order_of_requests_however_they_are_cut(seed, tmp_path):
    async def scenario():
        drawn = random.Random(seed)
        async with a_farm(tmp_path) as farm:
            aarq = reader_aarq(password(farm))
            requests = [aarq]
            requests += [aarq if drawn.random() < 0.3 else get(drawn.randrange(16)) for _ in range(300)]
            octets = b"".join(wrapped(apdu, READER) for apdu in requests)
            async with calling(farm.addresses.of(0)) as caller:
                listening = asyncio.ensure_future(heard(caller, len(requests)))
                while octets:
                    size = drawn.choice([1, 7, 60, 500, 5000])
                    caller.send(octets[:size])
                    octets = octets[size:]
                    await asyncio.sleep(0)
                assert await listening == answers(requests)
            opened = [entry for entry in await farm.journal(0) if type(entry.what).__name__ == "AssociationOpened"]
            assert len(opened) == requests.count(aarq)

    run(scenario())


@pytest.mark.parametrize("whole", [True, False], ids=["one segment", "many segments"])
def test_nothing_is_answered_before_the_commit_and_all_of_it_after(whole, tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            requests = [get(1, kind=1, name="00002a0000ff"), reader_aarq(password(farm)), *[get(n) for n in range(16)]]
            async with calling(farm.addresses.of(0)) as caller:
                with waiting_disk(tmp_path):
                    if whole:
                        caller.send(b"".join(wrapped(apdu, READER) for apdu in requests))
                    else:
                        for apdu in requests:
                            caller.send(wrapped(apdu, READER))
                            await asyncio.sleep(0)
                            await asyncio.sleep(0)
                    listening = asyncio.ensure_future(caller.apdu())
                    await until(lambda: 0 in farm.held and farm.held[0].unsettled)
                    await turn(farm)
                    if whole:
                        assert not listening.done()
                first = await listening
                assert first[0] == 0xD8  # the request before the association: refused, in its place
                assert await heard(caller, 17) == answers(requests[1:])

    run(scenario())


def test_more_than_the_backlog_waits_without_loss(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            count = 4 * MAX_BACKLOG // len(wrapped(get(0)))
            requests = [reader_aarq(password(farm)), *[get(n % 16) for n in range(count)]]
            async with calling(farm.addresses.of(0)) as caller:
                with waiting_disk(tmp_path):
                    caller.send(b"".join(wrapped(apdu, READER) for apdu in requests))
                    await until(lambda: 0 in farm.held and farm.held[0].unsettled)
                    await turn(farm)
                    (link,) = (one for one in farm.links.open if one.home.index == 0)
                    assert len(link._backlog) <= MAX_BACKLOG + 256 * 1024  # the rest stays with the sender
                assert await heard(caller, len(requests)) == answers(requests)

    run(scenario())


# Others


def stored(farm, index):
    """What the disk holds of a home, read as a meter of its own."""
    state = farm._store.state(index)
    return Installation(farm.estate.premises(index), farm.clock.now(), state).esme.records


def test_another_connection_waits_for_the_commit_too(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm, head_end(farm, "home-1") as writing:
            async with head_end(farm, "home-1", "reader") as reading:
                assert await reading.read("supply_state") == "enabled"
                with waiting_disk(tmp_path):
                    command = asyncio.ensure_future(writing.send(DisableSupply()))
                    await until(lambda: not farm.held[0].meter.supplied)
                    read = asyncio.ensure_future(reading.read("supply_state"))
                    consumer = asyncio.ensure_future(farm.send(0, RestoreSupply(), Sender.CONSUMER))
                    journal = asyncio.ensure_future(farm.journal(0))
                    await turn(farm)
                    assert not any(task.done() for task in (command, read, consumer, journal))
                    assert stored(farm, 0).supply.switch.value == "enabled"
                assert (await command).accepted
                assert await read == "disabled"
                assert not (await consumer).accepted
                assert type((await journal)[-1].what).__name__ == "SupplyChanged"
                assert stored(farm, 0).supply.switch.value == "disabled"

    run(scenario())


def test_whoever_reads_a_value_finds_it_on_the_disk(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            done = False

            async def write():
                nonlocal done
                async with head_end(farm, "home-1") as writing:
                    for value in range(3001, 3120):  # above what is delivered, so that values only rise
                        assert (await writing.send(WritePowerThresholds(value, 50_000))).accepted
                        assert stored(farm, 0).thresholds.low_medium_w >= value
                done = True

            async def read():
                seen = 0
                async with head_end(farm, "home-1", "reader") as reading:
                    while not done:
                        value = await reading.read("low_medium_w")
                        assert stored(farm, 0).thresholds.low_medium_w >= value
                        assert value >= seen
                        seen = value
                return seen

            _, *seen = await asyncio.gather(write(), read(), read(), read())
            assert max(seen) > 3020

    run(scenario())


@pytest.mark.parametrize("how", ["RST", "FIN", "half-close"])
def test_a_caller_who_does_not_wait_for_the_answer_harms_nobody(how, tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            async with calling(farm.addresses.of(0)) as gone, calling(farm.addresses.of(0)) as there:
                await there.associate()
                with waiting_disk(tmp_path):
                    gone.send(wrapped(reader_aarq(password(farm)), READER))
                    await until(lambda: farm.held[0].unsettled)
                    waits = asyncio.ensure_future(there.ask(GET_CLOCK))
                    other = asyncio.ensure_future(farm.send(1, DisableSupply(), Sender.SUPPLIER))
                    links = len(farm.links.open)
                    if how == "RST":
                        gone.reset()
                        await until(lambda: len(farm.links.open) < links)
                    elif how == "FIN":
                        gone.writer.close()
                    else:
                        gone.writer.write_eof()
                    await turn(farm)
                    assert not waits.done()
                assert (await waits)[0] == 0xC4
                assert (await other).accepted
                if how == "half-close":  # who only said that he has nothing more to say gets his answer
                    answer = await gone.ended()
                    assert answer[8] == 0x61
                await until(lambda: len(farm.links.open) == 1)
            assert type((await farm.journal(0))[0].what).__name__ == "AssociationOpened"

    run(scenario())


def test_a_farm_that_stops_first_answers_what_it_took(tmp_path):
    async def scenario():
        context = a_farm(tmp_path)
        farm = await context.__aenter__()
        async with calling(farm.addresses.of(0)) as caller:
            with waiting_disk(tmp_path):
                caller.send(wrapped(reader_aarq(password(farm)), READER))
                await until(lambda: 0 in farm.held and farm.held[0].unsettled)
                stopping = asyncio.ensure_future(context.__aexit__(None, None, None))
                listening = asyncio.ensure_future(caller.apdu())
                for _ in range(100):
                    await asyncio.sleep(0)
                assert not stopping.done()
                assert not listening.done()
            assert (await listening)[0] == 0x61
            await stopping
            assert await caller.ended() == b""

    run(scenario())


# Too much


def make_long(folder, farm):
    """Give the first home so eventful a past that its state is long; gives the number of its newest entry."""
    home = Installation(farm.estate.premises(0), NOW - MOVES * MINUTE)
    for number in range(MOVES):
        command = EnableSupply() if number % 2 else DisableSupply()
        assert home.send(DeviceName.ESME, command, Sender.SUPPLIER, home.now + MINUTE).accepted
    entries, state = home.take_changes()
    store = Store(folder / STORE_FILE)
    store.append(Delta(0, home.now, tuple((entry.seq, encode(entry)) for entry in entries), state), lambda _: None)
    store.close()
    return home.seq


def test_what_is_too_much_for_the_store_waits_and_is_kept(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            pass
        before = make_long(tmp_path, farm)
        async with a_farm(tmp_path) as farm:
            with waiting_disk(tmp_path):
                waits, size = [], len(farm.home(0).meter.state())
                count = MAX_QUEUED_BYTES * 6 // 5 // size
                for number in range(count):
                    command = EnableSupply() if number % 2 else DisableSupply()
                    waits.append(asyncio.ensure_future(farm.send(0, command, Sender.SUPPLIER)))
                    await asyncio.sleep(0)
                assert farm._commits._overflow
                assert not any(task.done() for task in waits)
            assert all(outcome.accepted for outcome in await asyncio.gather(*waits))
            assert not farm._commits._overflow
            entries = await farm.journal(0, limit=20_000)
            assert [entry.seq for entry in entries] == list(range(1, before + count + 1))
            assert stored(farm, 0) == farm.held[0].meter.records

    run(scenario())


# Failure


def test_a_store_that_fails_ends_links_and_what_was_not_kept_is_never_answered(tmp_path):
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(tmp_path), "600000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ROOT},
    )
    assert child.stdout
    accesses = [
        {level: msgspec.json.decode(one, type=Access) for level, one in home.items()}
        for home in msgspec.json.decode(child.stdout.readline(), type=list[dict[str, msgspec.Raw]])
    ]

    async def write(access, acknowledged, home):
        """Write rising values until the link is ended."""
        try:
            async with HeadEnd.open(access) as writing:
                for value in range(1, 100_000):
                    assert (await writing.send(WritePowerThresholds(value, 100_000))).accepted
                    acknowledged[home] = value
        except ConnectionError:
            return
        raise AssertionError("the disk was never full")

    async def scenario():
        acknowledged = {}
        await asyncio.gather(*(write(one["management"], acknowledged, home) for home, one in enumerate(accesses)))
        for one in accesses:
            # Nobody who would have to be written down is let in; who only reads is.
            with pytest.raises(ConnectionError):
                async with HeadEnd.open(one["management"]):
                    pass
            async with HeadEnd.open(one["public"]) as reading:
                assert await reading.read("clock") > 0
        return acknowledged

    try:
        acknowledged = run(scenario())
    finally:
        child.terminate()
        _, errors = child.communicate(timeout=30)
    text = errors.decode()
    assert "not_kept" in text
    assert "Traceback" not in text, text
    assert child.returncode == 4, text

    async def after():
        async with Farm.start(PROFILE, len(accesses), seed=3, clock=STANDING, state=tmp_path) as farm:
            for home, value in acknowledged.items():
                held = farm.home(home).meter.records.thresholds.low_medium_w
                assert held in {value, value + 1}  # the last one may be there or not: it was not acknowledged
            return sum(acknowledged.values())

    assert run(after()) > 20


def test_a_failed_store_refuses_commands_with_its_reason(tmp_path):
    """Another owner of the file fences this one out: nothing can be kept any more."""

    async def scenario():
        farm_context = a_farm(tmp_path)
        farm = await farm_context.__aenter__()
        raw = sqlite3.connect(tmp_path / STORE_FILE, isolation_level=None)
        raw.execute("UPDATE fence SET epoch = epoch + 1")  # another owner
        raw.close()
        async with calling(farm.addresses.of(0)) as idle, calling(farm.addresses.of(0)) as public:
            await idle.associate()
            await public.associate()
            for command in (DisableSupply(), WritePowerThresholds(1, 2)):
                with pytest.raises(StoreError, match="opened again with epoch"):
                    await farm.send(0, command, Sender.SUPPLIER)
                assert stored(farm, 0).supply.switch.value == "enabled"
                assert farm.home(0).meter.supplied  # what was not kept is forgotten
            # Whoever was connected to the meter that forgot is gone; who dials sees what is on the disk.
            assert await idle.ended() == await public.ended() == b""
        async with calling(farm.addresses.of(0)) as caller:
            caller.send(wrapped(reader_aarq(password(farm)), READER) + wrapped(get(1), READER))
            assert await caller.ended() == b""
        await is_served(farm, 0)
        with pytest.raises(StoreError):
            await farm.advance(1000)
        with pytest.raises(StoreError):
            await farm_context.__aexit__(None, None, None)
        assert not farm.links.open or all(link.transport.is_closing() for link in farm.links.open)

    run(scenario())

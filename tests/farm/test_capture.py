"""Capture: what passed the wires of homes, as their clients saw it; bounded, and off until it is started."""

import asyncio

import pytest

from emulator import Farm, HeadEnd
from emulator.device.display.deeds import DEEDS
from emulator.device.journal import DeviceName
from emulator.farm.capture import MOST_OCTETS, Row
from emulator.farm.selectors import SelectorError
from emulator.headend_push import AlertListener

CLOCK = "@2026-06-03T10:07:00Z"


def run(scene, homes=2, profile="elster-as300p"):
    async def play():
        async with Farm.start(profile=profile, homes=homes, seed=3, clock=CLOCK) as farm:
            await scene(farm)

    asyncio.run(play())


async def read(farm, home, level="reader"):
    async with HeadEnd.open(farm.access(home, level)) as line:
        return await line.read("import_wh")


def test_nothing_is_taken_until_it_is_started():
    async def scene(farm):
        await read(farm, "home-1")
        assert farm.capture.rows() == []
        assert farm.home(0).tap is None

    run(scene)


def test_what_passed_is_what_the_client_sent_and_got():
    async def scene(farm):
        farm.capture.start("home-1")
        value = await read(farm, "home-1")
        await read(farm, "home-2")
        rows = farm.capture.rows(0)
        assert [row.inward for row in rows] == [True, False] * 3  # AARQ, GET, RLRQ and their answers
        assert len({row.peer for row in rows}) == 1
        assert {(row.home, row.at) for row in rows} == {(0, farm.clock.now())}
        assert rows == farm.capture.rows()
        # The answer to a GET ends with its result and the value as double-long-unsigned (IEC 62056-5-3): 00 06 value.
        assert rows[3].octets[-6:] == b"\x00\x06" + value.to_bytes(4, "big")
        assert f"double-long-unsigned: {value}" in farm.capture.decoded(0)[3].text

    run(scene)


def test_it_begins_and_ends_within_a_connection():
    async def scene(farm):
        async with HeadEnd.open(farm.access("home-1")) as line:
            farm.capture.start()
            await line.read("import_wh")
            assert len(farm.capture.rows(0)) == 2
            farm.capture.stop()
            await line.read("import_wh")
        assert len(farm.capture.rows(0)) == 2
        farm.capture.clear()
        assert farm.capture.rows() == []

    run(scene)


def test_protected_apdus_are_opened_by_the_homes_keys():
    async def scene(farm):
        farm.capture.start()
        await read(farm, "home-1", "management")
        told = "\n".join(one.text for one in farm.capture.decoded(0))
        assert "protected\n" in told
        assert "needs the key" not in told
        assert "Register (3) 1.0.1.8.0.255 number 2" in told

    run(scene)


def test_the_ring_is_bounded_by_rows_and_by_octets():
    async def scene(farm):
        farm.capture.start(most=4)
        await read(farm, "home-1")
        await read(farm, "home-2")
        assert [row.home for row in farm.capture.rows()] == [1] * 4
        farm.capture.start(most=1_000)
        for _ in range(3):
            farm.capture.take(Row(0, 0, 1, inward=True, octets=bytes(MOST_OCTETS // 2)))
        assert sum(len(row.octets) for row in farm.capture.rows()) <= MOST_OCTETS

    run(scene)


def test_what_a_fault_does_on_the_way_is_seen_as_the_client_sees_it():
    async def scene(farm):
        farm.capture.start()
        await farm.faults.put_in("link_drip", "home-1", {"octets": 4, "every_ms": 1, "way": "out"})
        value = await read(farm, "home-1")
        outward = [row for row in farm.capture.rows(0) if not row.inward]
        assert len(outward) > 3
        assert all(len(row.octets) <= 4 for row in outward)
        told = [one.text for one in farm.capture.decoded(0)]
        assert "" in told  # the beginning of a frame says nothing yet
        assert any(f"double-long-unsigned: {value}" in text for text in told)

    run(scene)


def test_alert_that_is_pushed_is_taken():
    async def scene(farm):
        farm.capture.start()
        async with AlertListener.open() as listener:
            home = farm.home(0)
            home.set_push(listener.address)
            farm.keep(home)
            await farm.act(0, lambda devices: DEEDS["open_cover"](devices, DeviceName.ESME))
            await asyncio.wait_for(listener.next(), 10)
        assert [row.inward for row in farm.capture.rows(0)] == [False] * len(farm.capture.rows(0))
        assert "NOTIFICATION" in farm.capture.decoded(0)[0].text

    run(scene)


def test_nobody_is_refused():
    async def scene(farm):
        with pytest.raises(SelectorError):
            farm.capture.start("home-9")

    run(scene)

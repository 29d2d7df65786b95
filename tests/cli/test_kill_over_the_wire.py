"""A farm killed at any moment, `kill -9`, while clients write to it over the wire: what was acknowledged is there.

The farm is the command line's own process. Clients are our head end; that it and the meter agree on octets is proved
elsewhere: here only what was told and what is read back counts.
"""

import asyncio
import random
import signal
from collections import Counter

import msgspec
import pytest
from cli_farm import Process

from emulator.api.remote import Remote
from emulator.device.commands import DisableSupply, EnableSupply, SetClock, WritePowerThresholds
from emulator.device.instant import SECOND, instant
from emulator.dlms.access import Access
from emulator.headend import HeadEnd, NotAssociatedError, ServiceRefusedError

PROFILE = ("--profile", "elster-as300p")
HOMES = 10
KILLS = 16
MOST_ACKNOWLEDGED = 150
STANDING = "@2026-03-02T10:17:00Z"
NOW = instant(2026, 3, 2, 10, 17)
ENDED = (OSError, TimeoutError, NotAssociatedError, ServiceRefusedError)


class Home:
    """What one home told its client: the last value acknowledged of each item, and the one that was under way."""

    def __init__(self) -> None:
        self.held = {"low_medium_w": 2300, "clock": NOW, "supply_state": "enabled"}
        self.sent: dict[str, object] = {}
        self.counts: Counter[str] = Counter()
        self.number = 0

    def next(self):
        """The next command, and what it makes of which item."""
        self.number += 1
        switch = (EnableSupply(), "enabled") if self.number % 6 == 5 else (DisableSupply(), "disabled")
        return [
            (WritePowerThresholds(self.number, 100_000), "low_medium_w", self.number),
            (SetClock(NOW + self.number * SECOND), "clock", NOW + self.number * SECOND),
            (switch[0], "supply_state", switch[1]),
        ][self.number % 3]


def reach(state) -> list[Access]:
    with Remote(state) as remote:
        told = [remote.ask("access", selector=f"home-{number}", level="management") for number in range(1, HOMES + 1)]
    return [msgspec.convert(one["access"], Access) for one in told]


async def write(access: Access, home: Home, told: asyncio.Queue[None]) -> None:
    """Write until the farm is gone."""
    try:
        async with HeadEnd.open(access, "hdlc" if access.port % 2 else "wrapper") as writing:
            while True:
                command, item, value = home.next()
                home.sent = {item: value}
                answer = await writing.send(command)
                assert answer.accepted, (command, answer.reason)
                home.held[item], home.sent = value, {}
                home.counts[item] += 1
                told.put_nowait(None)
    except ENDED:
        return


async def kill_after(process: Process, accesses: list[Access], homes: list[Home], count: int) -> int:
    """Let all homes be written to until so many writes are acknowledged, and kill."""
    told: asyncio.Queue[None] = asyncio.Queue()
    writers = [asyncio.create_task(write(access, home, told)) for access, home in zip(accesses, homes, strict=True)]
    for _ in range(count):
        async with asyncio.timeout(20):
            await told.get()
    process.kill()
    await asyncio.gather(*writers)
    return count + told.qsize()


async def check(accesses: list[Access], homes: list[Home]) -> None:
    """Read back over the wire: each item is what was acknowledged, or what was under way when the farm was killed."""
    for access, home in zip(accesses, homes, strict=True):
        async with HeadEnd.open(access) as reading:
            for item, acknowledged in home.held.items():
                found = await reading.read(item)
                assert found in {acknowledged, home.sent.get(item, acknowledged)}, (item, found, home.held, home.sent)
                home.held[item] = found
        home.sent = {}


def test_no_acknowledged_write_is_lost_in_sixteen_kills(tmp_path):
    drawn, homes, acknowledged = random.Random(2026), [Home() for _ in range(HOMES)], 0
    for _ in range(KILLS):
        with Process("up", *PROFILE, f"--homes={HOMES}", "--port=0", f"--clock={STANDING}", state=tmp_path) as process:
            process.ready()
            accesses = reach(tmp_path)
            asyncio.run(check(accesses, homes))
            count = drawn.choice([0, drawn.randrange(10), drawn.randrange(MOST_ACKNOWLEDGED)])
            acknowledged += asyncio.run(kill_after(process, accesses, homes, count))
            assert process.wait() == -signal.SIGKILL
    with Process("up", *PROFILE, f"--homes={HOMES}", "--port=0", f"--clock={STANDING}", state=tmp_path) as process:
        process.ready()
        asyncio.run(check(reach(tmp_path), homes))
        with Remote(tmp_path) as remote:
            for number, home in enumerate(homes, 1):
                events = remote.ask("events", selector=f"home-{number}")["events"]
                assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
                happened = Counter(event["event"] for event in events)
                assert happened["ConfigurationChanged"] >= home.counts["low_medium_w"]
                assert happened["ClockAdjusted"] >= home.counts["clock"]
        assert process.stop() == 0
    print(f"{KILLS} kills, {acknowledged} writes acknowledged, none lost")
    assert acknowledged > 10 * KILLS


@pytest.mark.parametrize("clock", ["x100000", "max"])
def test_time_that_runs_ahead_does_not_run_back_over_a_kill(clock, tmp_path):
    async def read():
        with Remote(tmp_path) as remote:
            told = remote.ask("access", selector="home-1", level="public")["access"]
        async with HeadEnd.open(msgspec.convert(told, Access)) as reading:
            return [await reading.read("clock") for _ in range(3)]

    seen = [0]
    for _ in range(3):
        with Process("up", "--port=0", f"--clock={clock}", state=tmp_path) as process:
            process.ready()
            seen += asyncio.run(read())
            process.kill()
            process.wait()
    assert seen == sorted(seen)
    assert len(set(seen)) > 3

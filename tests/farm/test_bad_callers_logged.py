"""What a process of the farm's own shows of bad callers: lines in its log, and a bound on open files."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
from farm_callers import (
    AARQ,
    Caller,
    calling,
    run,
)
from test_bad_callers import CUT, DROPPED, ENDING

import emulator
from emulator import HeadEnd
from emulator.dlms.access import Access

CHILD = Path(__file__).with_name("farm_child.py")
ROOT = str(Path(emulator.__file__).parents[1])


@contextlib.contextmanager
def a_process(folder, *limits):
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), *map(str, limits)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ROOT},
    )
    told = []
    try:
        yield msgspec.json.decode(child.stdout.readline(), type=list[dict[str, Access]]), told
    finally:
        child.terminate()
        _, errors = child.communicate(timeout=30)
    told += [json.loads(line) for line in errors.decode().splitlines()]  # every line is a log line: no traceback
    assert child.returncode == 0


def test_each_kind_is_logged_in_one_line_without_what_was_sent(tmp_path):
    with a_process(tmp_path) as (homes, lines):
        host, port = homes[1]["public"].host, homes[1]["public"].port

        async def scenario():
            async def answered():
                async with HeadEnd.open(homes[1]["public"]) as reading:
                    assert await reading.read("clock") > 0

            for octets, _ in (*ENDING.values(), *DROPPED.values(), *((cut, "") for cut in CUT.values())):
                async with calling((host, port)) as caller:
                    caller.send(octets)
                    caller.writer.write_eof()
                    await caller.ended()
                await answered()
            async with calling(("127.0.0.1", port)) as caller:
                await caller.ended()
            await answered()

        run(scenario())
    kinds = {line["kind"]: line for line in lines}
    wanted = {kind for _, kind in (*ENDING.values(), *DROPPED.values())} | {"cut_short", "unknown_address"}
    assert wanted <= set(kinds)
    assert all(line["home"] == "home-2" for kind, line in kinds.items() if kind != "unknown_address")
    assert kinds["unknown_address"]["home"] is None
    assert all(set(line) == {"event", "level", "kind", "peer", "home", "count"} for line in lines)
    assert kinds["cut_short"]["event"] == "link_ended"
    assert kinds["frame_bad_fcs"]["event"] == "frames_dropped"


def test_a_flood_of_one_kind_is_not_a_flood_of_lines(tmp_path):
    with a_process(tmp_path) as (homes, lines):

        async def scenario():
            for _ in range(300):
                async with calling(("127.0.0.1", homes[0]["public"].port)) as caller:
                    await caller.ended()

        run(scenario())
    assert [line["count"] for line in lines] == [1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256]


def test_more_callers_than_open_files_wait_their_turn(tmp_path):
    with a_process(tmp_path, 0, 60) as (homes, lines):
        host, port = homes[0]["public"].host, homes[0]["public"].port

        async def scenario():
            async with contextlib.AsyncExitStack() as crowd:
                callers: list[Caller] = [await crowd.enter_async_context(calling((host, port))) for _ in range(120)]
                answers = [asyncio.ensure_future(caller.ask(AARQ)) for caller in callers]
                done, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
                assert done
                while waiting:  # those who were answered make room for the next
                    for caller, answer in zip(callers, answers, strict=True):
                        if answer.done():
                            caller.writer.close()
                    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=20)
                    assert done
                assert [answer.result()[0] for answer in answers] == [0x61] * 120
            async with HeadEnd.open(homes[0]["reader"]) as reading:
                assert await reading.read("import_wh") > 0

        run(scenario())
    assert not lines

"""The endpoint that tells farm time, asked by plain HTTP."""

import asyncio
import json

from emulator.conformance.time_endpoint import Reading, serve
from emulator.device.instant import parse

AT = parse("2026-06-03T10:07:00Z")


def ask(path, moves_to=AT):
    async def play():
        at = [AT]
        async with serve(lambda: Reading(at[0], 60)) as url:
            port = int(url.rpartition(":")[2].partition("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await writer.drain()
            at[0] = moves_to
            answer = await reader.read()
            writer.close()
            return answer

    head, _, body = asyncio.run(play()).partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode(), json.loads(body)


def test_time_is_told():
    told = {"Now": "2026-06-03T10:07:00Z", "Milliseconds": AT, "Rate": 60}
    assert ask("/time") == ("HTTP/1.1 200 OK", told)


def test_who_waits_for_an_instant_is_told_when_it_has_come():
    assert ask(f"/time?until={AT + 5}", AT + 10)[1]["Milliseconds"] == AT + 10
    assert ask(f"/time?until={AT + 5}&wait=0")[1]["Milliseconds"] == AT


def test_nothing_else_is():
    assert ask("/farm")[0].startswith("HTTP/1.1 404 ")
    assert ask("/time?until=noon")[0].startswith("HTTP/1.1 400 ")

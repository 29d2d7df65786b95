"""An adapter in another process: 7.1 to 7.4 of an electricity meter, by what the stage's port tells and nothing else.

Run with a way to misbehave, or `well`; it prints its URL.
"""

import asyncio
import json
import os
import sys
from http import HTTPStatus

import httpx

from emulator.conformance.json_port import NoAnswerError, serving
from emulator.device.commands import ArmSupply, DisableSupply, EnableSupply
from emulator.dlms.access import Access
from emulator.farm import library
from emulator.headend import HeadEnd

COMMANDS = {"7.1": EnableSupply(), "7.2": DisableSupply(), "7.3": ArmSupply()}
RESULTS, DEVICES = [], {}


def access(row, level):
    held, profile = row["access"][level], library.packaged(row["profile"])
    names = ("password", "encryption_key", "authentication_key", "master_key")
    return Access(
        host=row["host"],
        port=row["port"],
        profile=profile,
        server=held["server"],
        client=held["client"],
        public_client=row["access"]["public"]["client"],
        authentication=held["authentication"],
        policy=held["policy"],
        physical_address=profile.wire.hdlc.physical_address,
        **{name: bytes.fromhex(held[f"test_{name}"]) for name in names},
    )


async def stage(_, body):
    told = json.loads(body)
    async with httpx.AsyncClient() as client:
        rows = (await client.get(told["Devices"])).json()
        assert (await client.get(told["Time"])).json()["Rate"] == 0
        assert {row["device_type"] for row in (await client.get(told["Inventory"])).json()} >= {"ESME", "CHF"}
    DEVICES.clear()
    DEVICES.update({row["eui64"].upper().replace(":", "-"): row for row in rows})
    RESULTS.clear()
    return {}


async def requests(_, body):
    asked = json.loads(body)
    variant, (originator, target, _) = asked["ServiceReferenceVariant"], asked["RequestID"].split(":")
    code, reason = "I99", "accepted_future"
    if asked["UserRole"] not in {"IS", "GS"}:
        code, reason = "E2", "wrong_role"
    elif DEVICES.get(target, {"type": "GPF"})["type"] != "ESME":
        code, reason = "E11", "not_applicable"
    else:
        asyncio.get_running_loop().create_task(carry(asked, variant, originator, target))
    told = {"RequestID": asked["RequestID"], "ResponseCode": code, "Reason": reason}
    return told | {"ResponseDateTime": "2026-06-03T10:07:00Z"}


async def carry(asked, variant, originator, target):
    body = {}
    async with HeadEnd.open(access(DEVICES[target], "management")) as line:
        if variant == "7.4":
            body = {"SupplyState": (await line.read("supply_state")).capitalize()}
        else:
            await line.send(COMMANDS[variant])
    document = {
        "RequestID": asked["RequestID"],
        "ResponseCode": "I0",
        "ServiceReference": variant,
        "ServiceReferenceVariant": variant,
        "BusinessOriginatorID": target,
        "BusinessTargetID": originator,
        "Timestamp": "2026-06-03T10:07:00Z",
        "Success": True,
        "Body": {"Rsp": body},
    }
    RESULTS.append({"Number": len(RESULTS) + 1, "Kind": "response", "Document": document})


async def results(asked, _):
    for _ in range(int(float(asked["wait"]) * 100) + 1):
        if found := [one for one in RESULTS if one["Number"] > int(asked["after"])]:
            return found
        await asyncio.sleep(0.01)
    return []


async def fails(*_):
    raise NoAnswerError(HTTPStatus.INTERNAL_SERVER_ERROR, "out of order")


async def hangs(*_):
    await asyncio.Event().wait()


async def dies(*_):
    os._exit(3)


def gives(answer):
    async def given(*_):
        return answer

    return given


async def twice(asked, _):
    found = await results({**asked, "after": int(asked["after"]) // 2}, _)
    doubled = [one | {"Number": 2 * one["Number"] + more} for one in found for more in (-1, 0)]
    return [one for one in doubled if one["Number"] > int(asked["after"])]


async def endless(asked, body):
    return "x" * 5_000_000


WAYS = {
    "well": {},
    "no_stage": {("POST", "/stage"): fails},
    "fails": {("POST", "/requests"): fails},
    "hangs": {("POST", "/requests"): hangs},
    "dies": {("POST", "/requests"): dies},
    "number": {("POST", "/requests"): gives(42)},
    "null": {("POST", "/requests"): gives(None)},
    "text": {("GET", "/results"): gives("<html>")},
    "kindless": {("GET", "/results"): gives([{"Number": 1, "Kind": "letter", "Document": {}}])},
    "falling": {("GET", "/results"): gives([{"Number": 0, "Kind": "response", "Document": {}}])},
    "twice": {("GET", "/results"): twice},
    "endless": {("POST", "/requests"): endless},
}


async def main(way):
    routes = {("POST", "/stage"): stage, ("POST", "/requests"): requests, ("GET", "/results"): results}
    async with serving(routes | WAYS[way]) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

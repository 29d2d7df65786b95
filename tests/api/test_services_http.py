"""Service requests as JSON over HTTP: asked, answered, fetched, pushed, and refused."""

import asyncio
import json
import re

import httpx
import pytest
from callers import SUPPLIER, TOKEN, Caller, beside, client, run

from emulator.adapter.outbox import MOST
from emulator.api.callbacks import CallbackError, Callbacks
from emulator.api.services_http import MAX_BODY
from emulator.device.instant import instant
from emulator.services.document import Alert, dated

AT = dated(instant(2026, 3, 2))


def alert(number: int = 1, **more) -> Alert:
    return Alert(alert_code="8F3F", description="tamper", timestamp=AT, number=number, **more)


def test_a_request_is_accepted_and_its_result_fetched():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            request = at.request("7.4", "ReadSupplyStatus")
            taken = await asks.post("/requests", json=request)
            assert (taken.status_code, taken.json()["ResponseCode"]) == (202, "I99")
            result = await asks.get(f"/results/{request['RequestID']}", params={"wait": 10})
            assert result.status_code == 200
            assert result.json()["Body"] == {"ReadSupplyStatusRsp": {"SupplyState": "Enabled"}}
            listed = (await asks.get("/results")).json()
            assert [(one["Number"], one["Kind"]) for one in listed] == [(1, "response")]
            assert listed[0]["Document"] == result.json()
            assert (await asks.get("/results", params={"after": 1})).json() == []

    run(scenario())


def test_a_long_poll_ends_when_something_comes():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            waiting = asyncio.create_task(asks.get("/results", params={"wait": 30, "limit": 1}))
            await asks.get("/time")  # the poll is on its way
            at.adapter.alert(alert())
            at.adapter.alert(alert(2))
            told = (await waiting).json()
            assert [(one["Kind"], one["Document"]["AlertCode"]) for one in told] == [("alert", "8F3F")]

    run(scenario())


REFUSED = [
    ({"UserRole": "ED"}, 403, "E1", "wrong_user"),
    ({"RequestID": "00-00-00-00-00-00-00-01:00-00-00-00-00-00-00-02:1"}, 403, "E1", "wrong_user"),
    ({"RequestID": f"{SUPPLIER}:00-00-00-00-00-00-00-02:1"}, 404, "E19", "unknown_device"),
    ({"CommandVariant": 4}, 409, "E12", "wrong_command_variant"),
    ({"CommandVariant": 2}, 409, "E17", "not_for_local_delivery"),
    ({"Body": {"ReadSupplyStatus": {"Nonsense": 1}}}, 422, "E48", "malformed"),
    ({"ServiceReferenceVariant": "7.9"}, 422, "E48", "unknown_service"),
]


def test_a_refusal_is_an_acknowledgement_with_its_code():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            for change, status, code, reason in REFUSED:
                answer = await asks.post("/requests", json=at.request("7.4", "ReadSupplyStatus") | change)
                told = answer.json()
                assert (answer.status_code, told["ResponseCode"], told["Reason"]) == (status, code, reason)
                assert told["Detail"]
            assert (await asks.get("/results")).json() == []

    run(scenario())


def test_a_counter_that_does_not_rise_is_refused():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            request = at.request("7.4", "ReadSupplyStatus")
            assert (await asks.post("/requests", json=request)).status_code == 202
            again = await asks.post("/requests", json=request)
            assert (again.status_code, again.json()["Reason"]) == (409, "duplicate_request")

    run(scenario())


GARBAGE = [
    (b"", "truncated"),
    (b"{", "truncated"),
    (b"garbage", "malformed"),
    (b"[]", "Expected `object`, got `array`"),
    (b'{"RequestID": 7}', "$.RequestID"),
    (b'{"Body": {}}', "missing required field"),
    (b"\xff\xfe", "malformed"),
    (b'{"Body": {"a": ' + b"[" * 100_000, "deep"),
]


def test_garbage_gets_one_error_that_says_where():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            for content, said in GARBAGE:
                answer = await asks.post("/requests", content=content)
                assert answer.status_code == 400
                assert said in answer.json()["error"]["message"]

    run(scenario())


def test_what_is_too_large_is_refused_unread():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            answer = await asks.post("/requests", content=b"x" * (MAX_BODY + 1))
            assert (answer.status_code, answer.json()["error"]["kind"]) == (413, "too_large")

    run(scenario())


def test_without_the_token_nothing_is_told():
    async def scenario():
        async with beside() as at:
            for token in (None, "wrong", TOKEN + "x"):
                async with client(at.services, token) as asks:
                    for path in ("/results", "/time", "/catalogue", "/openapi/openapi.json", "/callback"):
                        assert (await asks.get(path)).status_code == 401
                    refused = await asks.post("/requests", json=at.request("7.2", "DisableSupply", cv=5))
                    assert refused.json()["error"]["kind"] == "not_authorised"
            assert at.farm.awake == ()

    run(scenario())


def test_who_asks_for_no_request_or_too_soon_is_told():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            unknown = await asks.get("/results/nobody")
            assert (unknown.status_code, unknown.json()["error"]["kind"]) == (404, "unknown")
            for wrong in ({"wait": -1}, {"wait": 61}, {"limit": 0}, {"after": -1}, {"after": "x"}):
                assert (await asks.get("/results", params=wrong)).status_code == 400
            later = at.request(
                "4.1.1", "ReadInstantaneousImportRegisters", {"ExecutionDateTime": "2027-01-01T00:00:00Z"}
            )
            assert (await asks.post("/requests", json=later)).status_code == 202
            assert (await asks.get(f"/results/{later['RequestID']}")).status_code == 202

    run(scenario())


def test_time_catalogue_and_schema_are_told():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            assert (await asks.get("/time")).json() == {"Now": "2026-03-02T10:17:00Z", "Rate": 0}
            rows = {row["Variant"]: row for row in (await asks.get("/catalogue")).json()}
            (utrn,) = rows["2.2"]["Parameters"]
            assert (utrn["Path"], utrn["Required"], rows["2.2"]["Roles"]) == ("UTRN", True, ["GS", "IS"])
            described = (await asks.get("/openapi/openapi.json")).json()
            schemas = described["components"]["schemas"]
            assert {"Request", "Acknowledgement", "Response", "Alert", "Numbered"} <= schemas.keys()
            refs = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)))
            assert refs <= schemas.keys()
            assert schemas["Request"]["properties"]["Body"]["properties"].keys() == {
                row["Element"] for row in rows.values()
            }

    run(scenario())


def test_results_and_alerts_are_pushed_in_order_and_to_whom_they_are_for():
    async def scenario():
        async with beside() as at, client(at.services) as asks, Caller() as mine, Caller() as everything:
            assert (await asks.put("/callback", json={"Url": mine.url, "User": SUPPLIER})).status_code == 200
            assert (await asks.put("/callback", json={"Url": everything.url})).status_code == 200
            await asks.post("/requests", json=at.request("7.4", "ReadSupplyStatus"))
            first = json.loads(await mine.next())
            at.adapter.alert(alert(2, business_target_id="90-B3-D5-1F-30-01-00-02"))
            at.adapter.alert(alert(3))
            second = json.loads(await mine.next())
            assert (first["Number"], first["Kind"], second["Number"], second["Document"]["Number"]) == (
                1,
                "response",
                3,
                3,
            )
            assert [json.loads(await everything.next())["Number"] for _ in range(3)] == [1, 2, 3]
            standing = {one["User"]: one for one in (await asks.get("/callback")).json()}
            assert (standing[SUPPLIER]["Pushed"], standing[""]["Pushed"], standing[""]["GivenUp"]) == (2, 3, 0)
            assert (await asks.delete("/callback", params={"user": SUPPLIER})).status_code == 204
            assert (await asks.delete("/callback", params={"user": SUPPLIER})).status_code == 404

    run(scenario())


def test_a_caller_that_fails_is_tried_again_and_the_order_holds():
    async def scenario():
        async with beside() as at, client(at.services) as asks, Caller(500, 302, 204) as caller:
            await asks.put("/callback", json={"Url": caller.url})
            for number in (1, 2):
                at.adapter.alert(alert(number))
            assert [json.loads(await caller.next())["Number"] for _ in range(2)] == [1, 2]
            (standing,) = (await asks.get("/callback")).json()
            assert (standing["Failed"], standing["GivenUp"]) == (2, 0)

    run(scenario())


def test_a_dead_caller_is_given_up_with_a_count_and_holds_nobody_up():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            async with Caller() as gone:
                url = gone.url
            await asks.put("/callback", json={"Url": url})
            at.adapter.alert(alert())
            request = at.request("7.4", "ReadSupplyStatus")
            await asks.post("/requests", json=request)
            assert (await asks.get(f"/results/{request['RequestID']}", params={"wait": 10})).status_code == 200
            while not (standing := (await asks.get("/callback")).json()[0])["GivenUp"]:
                await asyncio.wait([asyncio.create_task(asks.get("/time"))])
            assert standing["Failed"] >= 3
            assert "ConnectError" in standing["LastError"]
            async with Caller() as alive:
                await asks.put("/callback", json={"Url": alive.url})  # one that moves keeps its place
                at.adapter.alert(alert(9))
                while json.loads(await alive.next())["Document"].get("Number") != 9:
                    continue

    run(scenario())


def test_what_came_too_late_is_counted():
    async def scenario():
        async with beside() as at, Caller() as caller:
            callbacks = Callbacks(at.adapter.outbox, lambda given: str(given.number).encode(), "text/plain")
            callbacks.put(caller.url)
            for number in range(MOST + 3):
                at.adapter.alert(alert(number))
            assert await caller.next() == b"4"
            assert callbacks.standing()[0].missed == 3
            await callbacks.close()

    run(scenario())


ELSEWHERE = [
    *("ftp://127.0.0.1/x", "http:///x", "http://example.org/x", "http://10.0.0.1:80/", "http://[::2]/", "http://["),
    *("x", "http://127.0.0.1:99999/", "http://127.0.0.1.example.org/"),
]


def test_only_the_loopback_is_called():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            for url in ELSEWHERE:
                answer = await asks.put("/callback", json={"Url": url})
                assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "usage")
            assert (await asks.get("/callback")).json() == []

    run(scenario())


def test_any_host_is_called_where_that_is_allowed_and_not_without_end():
    async def scenario():
        async with beside(anywhere=True) as at, client(at.services) as asks:
            answer = await asks.put("/callback", json={"Url": "http://example.invalid/x"})
            assert answer.status_code == 200
            callbacks = at.services.callbacks
            for number in range(63):
                callbacks.put("http://127.0.0.1:9/", f"{number}")
            with pytest.raises(CallbackError, match="64"):
                callbacks.put("http://127.0.0.1:9/", "one more")

    run(scenario())


def test_a_client_that_hangs_up_disturbs_nobody():
    async def scenario():
        async with beside() as at, client(at.services) as asks:
            with pytest.raises(httpx.ReadTimeout):
                await asks.get("/results", params={"wait": 30}, timeout=0.2)
            assert (await asks.get("/time")).status_code == 200

    run(scenario())

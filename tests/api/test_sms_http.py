"""The SMS centre's HTTP endpoint, as a client of the standard library has it."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import uvloop
from sms_farms import an_estate, sms_estate

from emulator import Farm
from emulator.api.http import SmsEndpoint
from emulator.farm.estate import Estate

TOKEN = "TEST-token"
ASLEEP = {"mode": "wake_on_sms"}


class Client:
    """A plain HTTP client; each request is made in a thread of its own."""

    def __init__(self, url: str) -> None:
        self.port = int(url.split(":")[2].split("/", maxsplit=1)[0])

    async def ask(self, method, path, body=None, token=TOKEN, headers=None):
        return await asyncio.to_thread(self._ask, method, path, body, token, headers)

    def _ask(self, method, path, body, token, headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        sent = body
        if body is not None and not isinstance(body, bytes):
            sent, given["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            connection.request(method, path, sent, given)
            answer = connection.getresponse()
            read = answer.read()
            return answer.status, json.loads(read) if read else None
        finally:
            connection.close()

    async def post(self, to, text, **more):
        return await self.ask("POST", "/sms", {"to": to, "text": text}, **more)


@asynccontextmanager
async def serving(of: Estate):
    async with Farm.start(estate=of, clock="@2026-03-02T10:17:00Z") as farm:
        endpoint = SmsEndpoint(farm, TOKEN, 0)
        try:
            yield farm, Client(endpoint.url)
        finally:
            await endpoint.stop()


def run(scenario):
    failures = []

    async def watched():
        asyncio.get_running_loop().set_exception_handler(lambda _, failure: failures.append(failure))
        return await scenario

    uvloop.run(watched())
    assert not failures, failures


def test_an_sms_is_handed_in_by_iccid_imsi_and_selector_and_wakes_the_home():
    async def scenario():
        async with serving(an_estate(ASLEEP)) as (farm, client):
            site = farm.estate.site(1)
            for number, to in enumerate((site.iccid, site.imsi, "home-2", "home-2/chf"), 1):
                assert await client.post(to, "WAKE") == (202, {"id": number, "selector": "home-2"})
            assert farm.home(0).unreachable == "asleep"
            await farm.advance(140_000)
            assert farm.home(1).unreachable is None

    run(scenario())


def test_answers_of_homes_are_fetched_from_where_one_left_off():
    async def scenario():
        async with serving(sms_estate()) as (farm, client):
            assert await client.ask("GET", "/sms") == (200, [])
            assert (await client.post("home-1", "READ"))[0] == 202
            assert (await client.post("home-2", "HELLO"))[0] == 202
            status, told = await client.ask("GET", "/sms?after=0")
            assert status == 200
            assert [(one["id"], one["selector"], one["number"]) for one in told] == [(1, "home-1", 1), (2, "home-2", 1)]
            assert told[0]["text"].startswith("READ 260302101700 ")
            assert told[1] == {
                "id": 2,
                "selector": "home-2",
                "number": 1,
                "at": "2026-03-02T10:17:00Z",
                "iccid": farm.estate.site(1).iccid,
                "imsi": farm.estate.site(1).imsi,
                "text": "ERR unknown",
            }
            assert [one["id"] for one in (await client.ask("GET", "/sms?after=1"))[1]] == [2]
            assert [one["id"] for one in (await client.ask("GET", "/sms?limit=1"))[1]] == [1]
            assert await client.ask("GET", "/sms?after=2") == (200, [])

    run(scenario())


def test_whom_nobody_knows_is_404():
    async def scenario():
        async with serving(an_estate(ASLEEP)) as (_, client):
            for to in ("8944100000000000059", "234150000000009", "home-99", "x", "\u2603"):
                status, told = await client.post(to, "WAKE")
                assert (status, told["error"]["kind"]) == (404, "unknown_number")
                assert told["error"]["message"]

    run(scenario())


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "\u00e9"])
def test_without_the_token_nothing_is_told(token):
    async def scenario():
        async with serving(sms_estate()) as (farm, client):
            for method, body in (("GET", None), ("POST", {"to": "home-1", "text": "READ"})):
                status, told = await client.ask(method, "/sms", body, token=token)
                assert (status, told["error"]["kind"]) == (401, "not_authorised")
            assert farm.awake == ()

    run(scenario())


BAD = {
    "no JSON": b"{",
    "not UTF-8": b'{"to": "home-1", "text": "\xff"}',
    "a list": b"[]",
    "no body": b"",
    "no text": b'{"to": "home-1"}',
    "an empty text": b'{"to": "home-1", "text": ""}',
    "a long text": json.dumps({"to": "home-1", "text": "x" * 161}).encode(),
    "a number": b'{"to": 1, "text": "x"}',
    "a stray field": b'{"to": "home-1", "text": "x", "from": "me"}',
    "a deep value": b'{"to": ' + b"[" * 1500 + b"]" * 1500 + b', "text": "x"}',
    "a lone surrogate": b'{"to": "home-1", "text": "\\ud800"}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_bad_request_is_400_with_one_clear_error(body):
    async def scenario():
        async with serving(sms_estate()) as (farm, client):
            status, told = await client.ask("POST", "/sms", body, headers={"Content-Type": "application/json"})
            assert status == 400
            assert set(told) == {"error"}
            assert told["error"]["kind"] == "usage"
            assert 3 <= len(told["error"]["message"]) <= 300
            assert (await client.post("home-1", "READ"))[0] == 202
            assert len(farm.sms.outbox()) == 1

    run(scenario())


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999999999", "limit=0", "limit=1001"])
def test_a_bad_query_is_400(query):
    async def scenario():
        async with serving(sms_estate()) as (_, client):
            status, told = await client.ask("GET", f"/sms?{query}")
            assert (status, told["error"]["kind"]) == (400, "usage")
            assert query.split("=")[0] in told["error"]["message"]

    run(scenario())


def test_a_body_beyond_the_bound_is_413():
    async def scenario():
        async with serving(sms_estate()) as (_, client):
            status, told = await client.post("home-1", "x" * 100_000)
            assert (status, told["error"]["kind"]) == (413, "too_large")

    run(scenario())


def test_a_header_beyond_the_bound_is_refused_and_the_farm_goes_on():
    async def scenario():
        async with serving(sms_estate()) as (_, client):

            def flood():
                with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
                    try:
                        line.sendall(b"GET /sms HTTP/1.1\r\nx: " + b"a" * 1_000_000)
                        return line.recv(64)
                    except ConnectionError:
                        return b"HTTP/1.1 400"

            assert (await asyncio.to_thread(flood)).startswith(b"HTTP/1.1 400")
            assert await client.ask("GET", "/sms") == (200, [])

    run(scenario())


def test_octets_that_are_no_http_are_refused_and_the_farm_goes_on():
    async def scenario():
        async with serving(sms_estate()) as (_, client):

            def talk():
                with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
                    line.sendall(b"\x00\x01\x00\x10\x00\x01\x00\x1f\x60\x1d\r\n\r\n")
                    return line.recv(64)

            assert (await asyncio.to_thread(talk)).startswith(b"HTTP/1.1 400")
            assert await client.ask("GET", "/sms") == (200, [])

    run(scenario())


def test_over_the_quota_is_429_where_the_make_drops_it_and_taken_where_it_is_flagged():
    async def scenario():
        for policy, last in (("drop", 429), ("flag", 202)):
            async with serving(an_estate({"sms_quota_a_day": 2, "sms_over_quota": policy})) as (_, client):
                assert [(await client.post("home-1", "WAKE"))[0] for _ in range(3)] == [202, 202, last]

    run(scenario())


def test_too_many_on_their_way_are_429():
    async def scenario():
        async with serving(an_estate({"sms_late_s": 3_600})) as (_, client):
            answers = [await client.post("home-1", "WAKE") for _ in range(33)]
            assert [status for status, _ in answers] == [202] * 32 + [429]
            assert answers[-1][1]["error"]["kind"] == "limit_exceeded"

    run(scenario())


def test_other_paths_and_methods_are_refused_in_the_same_words():
    async def scenario():
        async with serving(an_estate({})) as (_, client):
            status, told = await client.ask("GET", "/")
            assert (status, told["error"]["kind"]) == (404, "unknown")
            status, told = await client.ask("DELETE", "/sms")
            assert (status, told["error"]["kind"]) == (405, "usage")

    run(scenario())


def test_the_schema_says_what_is_taken():
    async def scenario():
        async with serving(an_estate({})) as (_, client):
            status, told = await client.ask("GET", "/openapi/openapi.json", token=None)
            assert status == 200
            assert set(told["paths"]) == {"/sms"}
            assert set(told["paths"]["/sms"]) == {"get", "post"}
            assert "202" in told["paths"]["/sms"]["post"]["responses"]
            assert told["components"]["schemas"]["SmsIn"]["properties"]["text"]["maxLength"] == 160

    run(scenario())


def test_the_endpoint_listens_on_the_loopback_only_and_a_taken_port_is_an_error():
    async def scenario():
        async with serving(an_estate({})) as (farm, client):
            with pytest.raises(OSError, match="in use"):
                SmsEndpoint(farm, TOKEN, client.port)
            table = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
            listening = {
                row[1].split(":")[0] for row in table if row[3] == "0A" and int(row[1][-4:], 16) == client.port
            }
            assert listening == {"0100007F"}

    run(scenario())

"""An adapter in a process of its own: services 2.2, 4.1.1, 7.2 and 7.4 of electricity meters.

    python adapter.py 8099

It is no part of Meterfarm: all it knows it is told at POST /stage, and its DLMS client could be any (docs/wire.md says
what the wire does). What it has not got it answers with not_supported.
"""

import asyncio
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Condition, Thread
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from emulator.device.commands import AddCredit, DisableSupply
from emulator.dlms.access import Access
from emulator.farm.library import named
from emulator.headend import HeadEnd, NotAssociatedError, ServiceRefusedError

USERS = {f"90-B3-D5-1F-30-01-00-{number:02}": role for number, role in enumerate("IS GS ES ED GT RSA OU".split(), 1)}
OTHER_FUEL = {"IS": "GSME GPF", "ES": "GSME GPF", "ED": "GSME GPF", "GS": "ESME", "GT": "ESME"}
CODE_REASONS = {"check_digit": "not_authentic", "above_max_credit": "limit_exceeded", "credit_mode": "conflict_state"}


class RefusedError(Exception):
    """The device refuses; the text is the reason."""


async def read_registers(line, _):
    register = {"Value": await line.read("import_wh"), "ActiveEnergyUnit": "Wh"}
    return {"Electricity": {"ActiveImportRegister": register}}


async def top_up(line, body):
    if not (await line.send(AddCredit(body["UTRN"]))).accepted:
        told = await line.attribute("token_gateway", 4)  # what became of the last code
        word = bytes(told.value[0].value).decode()
        raise RefusedError(CODE_REASONS.get(word, word))


async def disable(line, _):
    if not (await line.send(DisableSupply())).accepted:
        raise RefusedError("refused")


async def read_supply(line, _):
    return {"SupplyState": (await line.read("supply_state")).capitalize()}


class Service(NamedTuple):
    """Who may ask what of which device, in which command variants, how its body is written, and what is done."""

    element: str
    roles: str
    devices: str
    variants: tuple[int, ...]
    act: object
    body: str = "{}"


READS, CRITICAL = (1, 2, 3), (4, 5, 6, 7)
SERVICES = {
    "2.2": Service("TopUpDevice", "IS GS", "ESME GSME", READS, top_up, r'{"UTRN": "[0-9]{20}"}'),
    "4.1.1": Service("ReadInstantaneousImportRegisters", "IS GS ED GT", "ESME GSME GPF", READS, read_registers),
    "7.2": Service("DisableSupply", "IS GS", "ESME GSME", CRITICAL, disable),
    "7.4": Service("ReadSupplyStatus", "IS GS ED GT ES RSA", "ESME GSME", READS, read_supply),
}


class Adapter:
    """One home at a time. Requests are carried out by one worker, so in their order."""

    def __init__(self):
        self.work, self.fresh, self.results = Queue(), Condition(), []
        Thread(target=self.carry_out, daemon=True).start()

    def stage(self, told):
        self.time_url, self.counters = told["Time"], {}
        self.devices = {row["eui64"]: row for row in fetched(told["Devices"])}
        self.inventory = {row["device_id"]: row for row in fetched(told["Inventory"])}
        return {}

    def request(self, asked):
        code, reason = self.refusal(asked) or ("I99", "accepted_future")
        if code == "I99":
            self.work.put(asked)
        return {"RequestID": asked["RequestID"], "ResponseCode": code, "Reason": reason, "ResponseDateTime": self.now()}

    def refusal(self, asked):
        """Why a request goes no further, in the order in which the national service looks."""
        user, target, counter = asked["RequestID"].split(":")
        role, device = USERS.get(user), self.inventory.get(target)
        if int(counter) <= self.counters.get(user, -1):
            return "E50", "duplicate_request"
        self.counters[user] = int(counter)
        if role is None or asked.get("UserRole", role) != role:
            return "E1", "wrong_user"
        service = SERVICES.get(asked["ServiceReferenceVariant"])
        if service is None:
            return None  # not written yet: carry_out says so
        if role not in service.roles.split():
            return "E2", "wrong_role"
        if asked["CommandVariant"] not in service.variants:
            return "E12", "wrong_command_variant"
        if asked["CommandVariant"] in {2, 6}:
            return "E17", "not_for_local_delivery"
        if device is None:
            return "E19", "unknown_device"
        if device["device_type"] not in service.devices.split():
            return "E11", "not_applicable"
        if device["device_type"] in OTHER_FUEL.get(role, "").split():
            return "E4", "not_the_supplier"
        body = asked["Body"].get(service.element)
        if len(asked["Body"]) != 1 or not re.fullmatch(service.body, json.dumps(body)):
            return "E48", "malformed"
        return None

    def carry_out(self):
        while asked := self.work.get():
            code, reason, body = asyncio.run(self.carried_out(asked))
            user, target, _ = asked["RequestID"].split(":")
            response = {name: asked[name] for name in ("RequestID", "ServiceReference", "ServiceReferenceVariant")}
            response |= {"BusinessOriginatorID": target, "BusinessTargetID": user, "Timestamp": self.now()}
            response |= {"ResponseCode": code, "Success": reason == "ok", "Reason": reason}
            if body:
                response["Body"] = {f"{next(iter(asked['Body']))}Rsp": body}
            with self.fresh:
                self.results.append({"Number": len(self.results) + 1, "Kind": "response", "Document": response})
                self.fresh.notify_all()

    async def carried_out(self, asked):
        service, row = SERVICES.get(asked["ServiceReferenceVariant"]), self.devices.get(asked["RequestID"].split(":")[1])
        if service is None or row is None or row["type"] != "ESME":
            return "I0", "not_supported", None
        try:
            async with HeadEnd.open(access(row, "management")) as line:
                return "I0", "ok", await service.act(line, asked["Body"][service.element])
        except (RefusedError, ServiceRefusedError, NotAssociatedError) as error:
            return "I0", str(error) if isinstance(error, RefusedError) else "refused", None
        except (OSError, TimeoutError):
            return "E20", "unreachable", None

    def now(self):
        return fetched(self.time_url)["Now"]

    def after(self, number, wait_s):
        with self.fresh:
            self.fresh.wait_for(lambda: len(self.results) > number, wait_s)
            return self.results[number:]


def fetched(url):
    with urlopen(url) as answer:
        return json.load(answer)


def access(row, level):
    """What the client of a level needs at a device: the TEST keys and passwords of GET /devices."""
    told, names = row["access"][level], ("password", "encryption_key", "authentication_key", "master_key")
    return Access(
        **{name: row[name] for name in ("host", "port")},
        **{name: told[name] for name in ("client", "server", "authentication", "policy")},
        **{name: bytes.fromhex(told[f"test_{name}"]) for name in names},
        profile=named(row["profile"]),
        public_client=row["access"]["public"]["client"],
        physical_address=row["address"]["hdlc_physical"],
    )


class Port(BaseHTTPRequestHandler):
    """HTTP: what the suite asks, and what the adapter says."""

    adapter = Adapter()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"/stage": self.adapter.stage, "/requests": self.adapter.request}[self.path](body))

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        self.answer(self.adapter.after(int(asked["after"][0]), float(asked["wait"][0])))

    def answer(self, told):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Port).serve_forever()

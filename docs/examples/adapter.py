"""An adapter in a process of its own: services 2.2, 4.1.1 and 7.1 to 7.4 of electricity meters.

    python adapter.py 8099

It is no part of Meterfarm: what it knows it is told at POST /stage, and its DLMS client could be any. What it has not
got it answers with not_supported.
"""
# ruff: noqa: D101, D102, D103, S310 (an example: its names say it)

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

from emulator.device.commands import AddCredit, ArmSupply, DisableSupply, EnableSupply
from emulator.farm.told_access import told_access
from emulator.headend import HeadEnd

ROLES = ("IS", "GS", "ES", "ED", "GT", "RSA", "OU")
USERS = {f"90-B3-D5-1F-30-01-00-{number:02}": role for number, role in enumerate(ROLES, 1)}  # TEST ones
USERS |= {f"90-B3-D5-1F-30-01-00-{number}": role for number, role in enumerate(ROLES[:3], 11)}
OTHER_FUEL = {"IS": "GSME GPF", "ES": "GSME GPF", "ED": "GSME GPF", "GS": "ESME", "GT": "ESME"}
REASONS = {"check_digit": "not_authentic", "above_max_credit": "limit_exceeded", "credit_mode": "conflict_state"}


async def read_registers(line, _):
    told = {"ActiveImportRegister": {"Value": await line.read("import_wh"), "ActiveEnergyUnit": "Wh"}}
    if "reactive_import_varh" in line.items:  # not every family has it
        reactive = {"Value": await line.read("reactive_import_varh"), "ReactiveEnergyUnit": "varh"}
        told["ReactiveImportRegister"] = reactive
    return "ok", {"Electricity": told}


async def top_up(line, body):
    if (await line.send(AddCredit(body["UTRN"]))).accepted:
        return "ok", {}
    told = await line.attribute("token_gateway", 4)  # what became of the last code
    word = bytes(told.value[0].value).decode()
    return REASONS.get(word, word), {}


def supply(command):
    async def act(line, _):
        done = (await line.send(command)).accepted
        if isinstance(command, ArmSupply) and await line.read("supply_state") == "disabled":
            return "conflict_state", {}  # something else keeps it off
        return "ok" if done else "refused", {}

    return act


async def read_supply(line, _):
    return "ok", {"SupplyState": (await line.read("supply_state")).capitalize()}


CRITICAL = (4, 5, 6, 7)
PATIENCE_S = 5


class Service(NamedTuple):
    """What is done; the element of the request, and how its body is written; who may ask it, of which devices, how."""

    act: object
    element: str
    roles: str
    devices: str = "ESME GSME"
    variants: tuple[int, ...] = (1, 2, 3)  # command variants
    body: str = "{}"


SERVICES = {
    "2.2": Service(top_up, "TopUpDevice", "IS GS", body=r'{"UTRN": "[0-9]{20}"}'),
    "4.1.1": Service(read_registers, "ReadInstantaneousImportRegisters", "IS GS ED GT", "ESME GSME GPF"),
    "7.1": Service(supply(EnableSupply()), "EnableSupply", "IS", "ESME", CRITICAL),
    "7.2": Service(supply(DisableSupply()), "DisableSupply", "IS GS", variants=CRITICAL),
    "7.3": Service(supply(ArmSupply()), "ArmSupply", "IS GS", variants=CRITICAL),
    "7.4": Service(read_supply, "ReadSupplyStatus", "IS GS ED GT ES RSA"),
}


class Home:
    """The home of one stage. A worker of its own carries the requests out, in their order."""

    def __init__(self, told):
        self.time_url, self.counters = told["Time"], {}
        self.devices = {row["eui64"]: row for row in fetched(told["Devices"])}
        self.types = {row["device_id"]: row["device_type"] for row in fetched(told["Inventory"])}
        self.work, self.fresh, self.results = Queue(), Condition(), []
        Thread(target=self.carry_out, daemon=True).start()

    def take(self, asked):
        """Answer at once: a refusal, or that the result follows."""
        code, reason = self.refusal(asked).split() or ("I99", "accepted_future")
        if code == "I99":
            self.work.put(asked)
        return {"RequestID": asked["RequestID"], "ResponseCode": code, "Reason": reason, "ResponseDateTime": self.now()}

    def refusal(self, asked):
        """Say why a request goes no further, in the order in which the national service looks."""
        user, target, counter = asked["RequestID"].split(":")
        role, kind, variant = USERS.get(user), self.types.get(target), asked["CommandVariant"]
        if int(counter) <= self.counters.get(user, -1):
            return "E50 duplicate_request"
        self.counters[user] = int(counter)
        if role is None or asked.get("UserRole", role) != role:
            return "E1 wrong_user"
        service = SERVICES.get(asked["ServiceReferenceVariant"])
        if service is None:
            return "" if kind else "E19 unknown_device"  # not written yet: see carried_out
        body = re.fullmatch(service.body, json.dumps(asked["Body"].get(service.element)))
        named = asked["ServiceReferenceVariant"].startswith(asked["ServiceReference"])
        checks = {
            "E2 wrong_role": role in service.roles.split(),
            "E12 wrong_command_variant": variant in service.variants,
            "E17 not_for_local_delivery": variant not in {2, 6},
            "E19 unknown_device": kind,
            "E11 not_applicable": kind in service.devices.split(),
            "E4 not_the_supplier": kind not in OTHER_FUEL.get(role, "").split(),
            "E48 malformed": named and body and len(asked["Body"]) == 1,
        }
        return next((refusal for refusal, well in checks.items() if not well), "")

    def carry_out(self):
        while asked := self.work.get():
            code, (reason, body) = asyncio.run(self.carried_out(asked))
            user, target, _ = asked["RequestID"].split(":")
            response = {name: asked[name] for name in ("RequestID", "ServiceReference", "ServiceReferenceVariant")}
            try:
                response |= {"BusinessOriginatorID": target, "BusinessTargetID": user, "Timestamp": self.now()}
            except OSError:
                return  # the stage is gone
            response |= {"ResponseCode": code, "Success": reason == "ok", "Reason": reason}
            if reason == "ok" and body:
                response["Body"] = {f"{next(iter(asked['Body']))}Rsp": body}
            with self.fresh:
                self.results.append({"Number": len(self.results) + 1, "Kind": "response", "Document": response})
                self.fresh.notify_all()

    async def carried_out(self, asked):
        service = SERVICES.get(asked["ServiceReferenceVariant"])
        row = self.devices.get(asked["RequestID"].split(":")[1])
        if service is None or row is None or row["type"] != "ESME":
            return "I0", ("not_supported", {})
        try:
            async with asyncio.timeout(PATIENCE_S), HeadEnd.open(told_access(row, "management")) as line:
                return "I0", await service.act(line, asked["Body"][service.element])
        except TimeoutError:
            return "E21", ("timeout", {})
        except Exception:  # noqa: BLE001 (whatever comes back on a bad line, the request is answered)
            return "E20", ("unreachable", {})

    def now(self):
        return fetched(self.time_url)["Now"]

    def after(self, number, wait_s):
        with self.fresh:
            self.fresh.wait_for(lambda: len(self.results) > number, wait_s)
            return self.results[number:]


def fetched(url):
    with urlopen(url) as answer:
        return json.load(answer)


class Port(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/requests":
            self.answer(Port.home.take(body))
        else:
            Port.home = Home(body)  # what was before is forgotten
            self.answer({})

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        self.answer(Port.home.after(int(asked["after"][0]), float(asked["wait"][0])))

    def answer(self, told):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Port).serve_forever()

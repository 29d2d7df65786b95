"""The port of a stage: where an adapter in another process learns of the home that a case is put to.

HTTP on the loopback, JSON, no state; it lives as long as the case.

    GET /time                     {"Now", "Milliseconds", "Rate"}: farm time; at rate 0 it stands until it is moved
    GET /time?until=MS&wait=S     the same, once farm time has come to an instant, or after S seconds
    GET /devices                  as `meterfarm ls --json`, with TEST keys and passwords of each level
    GET /inventory                what enrolment left behind; empty where a case begins with nothing
    GET /sms?hub=EUI64&after=N    what a hub texted; POST /sms {"Hub", "Text"} hands a text in, an empty one wakes it

Who asks for an instant is known to wait for it, and the suite moves the clock there instead of feeling its way.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Final, Self

import msgspec

from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.conformance.json_port import NoAnswerError, serving
from emulator.device.instant import isoformat
from emulator.dlms.access import LEVELS
from emulator.farm.farm import Farm
from emulator.farm.selectors import SelectorError, described, select

LONGEST_WAIT_S: Final = 60
LONGEST_NUMBER: Final = 18
_DEVICES: Final = 100


class _Sms(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    hub: str
    text: str


class BenchPort:
    """One stage's port; open it with `BenchPort.open`."""

    def __init__(self, farm: Farm, around: FarmSurroundings, *, enrolled: bool) -> None:
        self._farm, self._around, self._enrolled = farm, around, enrolled
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, farm: Farm, around: FarmSurroundings, *, enrolled: bool) -> AsyncIterator[Self]:
        """Open the port for as long as the context lasts."""
        port = cls(farm, around, enrolled=enrolled)
        routes = {
            ("GET", "/time"): port._time,
            ("GET", "/devices"): port._devices,
            ("GET", "/inventory"): port._inventory,
            ("GET", "/sms"): port._texts,
            ("POST", "/sms"): port._sms,
        }
        async with serving(routes) as port.url:
            yield port

    def announcement(self) -> dict[str, str]:
        """Say where everything is."""
        return {name: f"{self.url}/{name.lower()}" for name in ("Time", "Devices", "Inventory", "Sms")}

    # What it tells

    async def _time(self, asked: Mapping[str, str], _: bytes) -> Any:
        if "until" in asked:
            until, wait_s = _whole(asked, "until", 0), min(_whole(asked, "wait", 30), LONGEST_WAIT_S)
            with suppress(TimeoutError):  # it is told what time it is all the same
                async with asyncio.timeout(wait_s):
                    await self._around.until(until)
        now = self._farm.clock.now()
        return {"Now": isoformat(now), "Milliseconds": now, "Rate": self._farm.clock.rate}

    async def _devices(self, _: Mapping[str, str], __: bytes) -> Any:
        estate, addresses = self._farm.estate, self._farm.addresses
        every = select("*", estate, addresses, _DEVICES)
        return [{**described(one, estate, addresses), "access": self._access(one.text)} for one in every]

    def _access(self, selector: str) -> dict[str, Any]:
        """Give how each level is let in; nothing for a device that has no such wire."""
        try:
            given = {level: self._farm.access(selector, level) for level in LEVELS}
        except SelectorError:
            return {}
        return {
            level: {
                "client": one.client,
                "server": one.server,
                "authentication": one.authentication,
                "policy": one.policy,
                "test_password": one.password.hex(),
                "test_encryption_key": one.encryption_key.hex(),
                "test_authentication_key": one.authentication_key.hex(),
                "test_master_key": one.master_key.hex(),
            }
            for level, one in given.items()
        }

    async def _inventory(self, _: Mapping[str, str], __: bytes) -> Any:
        return msgspec.to_builtins(list(self._around.inventory()) if self._enrolled else [])

    async def _texts(self, asked: Mapping[str, str], _: bytes) -> Any:
        try:
            found = self._around.texts(asked.get("hub", ""), _whole(asked, "after", 0))
        except ValueError as error:
            raise NoAnswerError(HTTPStatus.BAD_REQUEST, str(error)) from error
        return [{"Number": one.number, "At": one.at, "Text": one.text} for one in found]

    async def _sms(self, _: Mapping[str, str], body: bytes) -> Any:
        try:
            given = msgspec.json.decode(body, type=_Sms)
            return {"Refused": await self._around.sms(given.hub, given.text)}
        except (msgspec.DecodeError, ValueError, LookupError) as error:
            raise NoAnswerError(HTTPStatus.BAD_REQUEST, str(error)) from error


def _whole(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, str(otherwise))
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise NoAnswerError(HTTPStatus.BAD_REQUEST, f"{name} is {text[:40]!r}, no whole number")
    return int(text)

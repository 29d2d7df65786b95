"""The control API: how the command line reaches a running farm. One JSON object a line, over TCP on the loopback.

A request is `{"token", "verb", ...}`, its answer `{"ok": ...}` or `{"error": {"kind", "message"}}`. The port and the
token stand in `control.json` in the state directory, readable by its owner only.
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from pathlib import Path
from typing import Any

import msgspec

from emulator.api import control_file
from emulator.api.adapter_beside import AdapterBeside
from emulator.api.alert_verbs import alert_verbs
from emulator.api.clock_verbs import clock_verbs
from emulator.api.conduct_verbs import conduct_verbs
from emulator.api.control_file import HOST, ControlFile
from emulator.api.fault_verbs import fault_verbs
from emulator.api.home_verbs import home_verbs
from emulator.api.optical_verbs import optical_verbs
from emulator.api.requests import MAX_EVENTS, MAX_ROWS, Request, UsageError, dated, told_outcome
from emulator.api.service_verbs import service_verbs
from emulator.api.sms_verbs import sms_verbs
from emulator.device.commands import COMMANDS, Command, Sender
from emulator.device.conditions import ConditionError
from emulator.device.device import EndlessError
from emulator.device.display import customer
from emulator.device.faults.fault import FaultError
from emulator.device.instant import isoformat
from emulator.device.items import UnknownItemError, present
from emulator.device.journal import DeviceName, describe
from emulator.device.meter import StateError
from emulator.device.profile import Profile, blocks
from emulator.device.readings import items_of
from emulator.device.snapshot import SnapshotError
from emulator.dlms.access import LEVELS
from emulator.farm.clock import ClockError
from emulator.farm.farm import Farm
from emulator.farm.futures import ForkError
from emulator.farm.selectors import Chosen, SelectorError, described, select
from emulator.farm.store import StoreError

MAX_LINE = 1024 * 1024
TOKEN_OCTETS = 24
MAX_OF_ONE = 6  # a home has five devices: six are of more than one home


class Control:
    """The control API of one farm."""

    def __init__(self, farm: Farm, stop: asyncio.Event) -> None:
        self._farm = farm
        self._stop = stop
        self._token = secrets.token_urlsafe(TOKEN_OCTETS)
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()
        self.adapter = AdapterBeside(farm)
        self._verbs: dict[str, Callable[[Request], Awaitable[Any]]] = {
            "ls": self._ls,
            "show": self._show,
            "access": self._access,
            "do": self._do,
            "events": self._events,
            "last": self._last,
            "stop": self._end,
            **alert_verbs(farm, self._chosen),
            **clock_verbs(farm, self._one),
            **sms_verbs(farm, self._one),
            **fault_verbs(farm),
            **conduct_verbs(farm),
            **home_verbs(farm, self._one, self._chosen),
            **optical_verbs(farm, self._one),
            **service_verbs(farm, self._one, self.adapter),
        }

    @property
    def token(self) -> str:
        """What a caller must know: it stands in the control file."""
        return self._token

    async def open(self, state: Path, ready: str) -> None:
        """Listen, and write the control file. `ready` is the line the farm's start-up ended with."""
        self._server = await asyncio.start_server(self._answer_caller, HOST, 0, limit=MAX_LINE)
        port = self._server.sockets[0].getsockname()[1]
        control_file.write(state, ControlFile(port, self._token, os.getpid(), ready))

    async def close(self, state: Path) -> None:
        """Stop listening, hang up, and take the control file away."""
        control_file.remove(state)
        if self._server is not None:
            self._server.close()
        for task in self._callers:
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        await self.adapter.stop()

    def _answer_caller(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._callers.add(task)
        task.add_done_callback(self._callers.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await _line(reader):
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        except OSError:
            return  # the caller is gone
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = msgspec.json.decode(line, type=Request)
        except msgspec.DecodeError as error:
            return _error("usage", str(error))
        if not compare_digest(asked.token.encode(), self._token.encode()):
            return _error("not_authorised", "the token is not this farm's")
        if asked.verb not in self._verbs:
            return _error("usage", f"no verb is called {asked.verb!r}")
        try:
            return {"ok": await self._verbs[asked.verb](asked)}
        except SelectorError as error:
            return _error("selector", str(error))
        except OSError as error:
            return _error("usage", f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except (*REFUSED, msgspec.ValidationError, OverflowError) as error:
            return _error("usage", str(error))
        except (StoreError, StateError) as error:
            return _error("store", str(error))
        except EndlessError as error:
            return _error("fault", str(error))

    def _chosen(self, asked: Request) -> list[Chosen]:
        limit = min(asked.limit, MAX_ROWS)
        return select(asked.selector or "*", self._farm.estate, self._farm.addresses, limit)

    def _one(self, asked: Request) -> Chosen:
        chosen = select(asked.selector, self._farm.estate, self._farm.addresses, MAX_OF_ONE)
        if chosen[-1].home != chosen[0].home:
            raise SelectorError(f"{asked.selector!r} names more than one home; here one is wanted, as in home-1/esme")
        return chosen[0]

    async def _ls(self, asked: Request) -> Any:
        return [described(chosen, self._farm.estate, self._farm.addresses) for chosen in self._chosen(asked)]

    async def _show(self, asked: Request) -> Any:
        chosen = self._one(asked)
        home = self._farm.home(chosen.home)
        await self._farm.settled(home)  # nothing is shown that could still be lost
        device = home.installation.devices[chosen.device]
        site = device.site
        told = described(chosen, self._farm.estate, self._farm.addresses)
        told |= {
            "at": isoformat(home.installation.now),
            "serial": site.hub_serial if chosen.device is DeviceName.CHF else site.serial,
            "installed": isoformat(site.installed_at),
            "provenance": {name: block.provenance for name, block in blocks(site.profile).items()},
        }
        read = {item.key: (present(item, item.read(device)), item.unit) for item in items_of(device)}
        if read:
            told["values"] = {key: {"value": value, "unit": unit} for key, (value, unit) in read.items()}
        if display := customer.shown(home.installation, chosen.device):
            told["display"] = list(display)
        if chosen.device is DeviceName.CHF:
            told |= {"iccid": site.iccid, "imsi": site.imsi, "model": site.profile.hub.model}
        elif chosen.device is DeviceName.ESME:
            told["household"] = msgspec.to_builtins(site.household)
        if asked.secrets:
            told["secrets"] = self._secrets(chosen)
        return told

    def _secrets(self, chosen: Chosen) -> dict[str, Any]:
        home = self._farm.home(chosen.home)
        held = home.meter.records.credentials
        return {
            "note": "TEST material, derived from a public seed",
            "system_title": home.devices.title.hex(),
            "test_encryption_key": held.encryption_key.hex(),
            "test_authentication_key": held.authentication_key.hex(),
            "test_master_key": held.master_key.hex(),
            "test_passwords": {name: home.meter.site.password(name).decode() for name in ("reader", "sms", "optical")},
            "levels": _levels(home.meter.site.profile),
        }

    async def _access(self, asked: Request) -> Any:
        chosen = self._one(asked)
        if asked.level not in LEVELS:
            raise UsageError(f"no level is called {asked.level!r}; allowed: {', '.join(LEVELS)}")
        given = self._farm.access(chosen.text, asked.level)
        return {"selector": chosen.text, "access": msgspec.to_builtins(given)}

    async def _do(self, asked: Request) -> Any:
        kind = _COMMANDS.get(asked.command)
        if kind is None:
            raise UsageError(f"no command is called {asked.command!r}; allowed: {', '.join(_COMMANDS)}")
        chosen = self._one(asked)
        sender = next(one for one in (Sender.SUPPLIER, Sender.CONSUMER, Sender.NETWORK) if one & kind.senders)
        outcome = await self._farm.send(chosen.home, msgspec.convert(asked.fields, kind), sender, chosen.device)
        return told_outcome(outcome)

    async def _events(self, asked: Request) -> Any:
        chosen = self._one(asked)
        named = select(asked.selector, self._farm.estate, self._farm.addresses, 2)
        entries = await self._farm.journal(chosen.home, asked.after, min(asked.limit, MAX_EVENTS))
        last = entries[-1].seq if entries else asked.after
        if len(named) == 1:  # a device, not its home
            entries = [entry for entry in entries if entry.device is chosen.device]
        return {"selector": chosen.text, "events": dated(describe(entries)), "last": last}

    async def _last(self, asked: Request) -> Any:
        """Give the number of the newest event, for a caller who wants only what comes after it."""
        chosen = self._one(asked)
        home = self._farm.home(chosen.home)
        await self._farm.settled(home)
        return {"selector": chosen.text, "seq": home.installation.seq}

    async def _end(self, _: Request) -> Any:
        self._stop.set()
        return {"stopping": True}


REFUSED = (ClockError, FaultError, UsageError, ConditionError, UnknownItemError, SnapshotError, ForkError)
_COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in COMMANDS}


def _levels(profile: Profile) -> dict[str, Any]:
    allowed = profile.associations
    return {} if allowed is None else {name: msgspec.to_builtins(getattr(allowed, name)) for name in LEVELS}


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Read a line; none at the end, and for one longer than the limit."""
    try:
        return await reader.readline()
    except ValueError:
        return b""


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"kind": kind, "message": message}}

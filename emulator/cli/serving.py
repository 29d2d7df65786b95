"""Running a farm in this process: start it, say where it is, serve until told to stop."""

import asyncio
import os
import shutil
import signal
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog
import uvloop

from emulator.adapter.keeping import KeptError
from emulator.api.adapter_beside import FOLDER
from emulator.api.control import Control
from emulator.api.xsd import XsdError
from emulator.cli import service_doors
from emulator.cli.output import NOT_ESTABLISHED, READY, USAGE, Common, fail, print_json, print_table
from emulator.cli.service_doors import Doors
from emulator.device.declaration import DeclarationError
from emulator.farm import library
from emulator.farm.addresses import AddressError
from emulator.farm.clock import ClockError, setting
from emulator.farm.cohort import EstateError
from emulator.farm.estate import Estate, from_flags
from emulator.farm.estate_file import load
from emulator.farm.farm import Farm
from emulator.farm.opening import STORE_FILE, StateMismatchError
from emulator.farm.selectors import described, every
from emulator.farm.store import StoreError
from emulator.farm.store_file import discard
from emulator.headend_push import AlertListener
from emulator.transports.tcp import ListenError

if TYPE_CHECKING:
    from emulator.api.endpoint import Endpoint
    from emulator.api.http import SmsEndpoint

SHOWN = 40
DOORS = {"sms": "SMS centre", "services": "service requests (JSON)", "duis": "service requests (DUIS XML)"}


class Shares(NamedTuple):
    """Of how many homes something is true."""

    gas: float
    prepayment: float


class Wanted(NamedTuple):
    """What `up` was asked for."""

    estate: Path | None
    profile: str | None
    homes: int
    seed: int
    shares: Shares
    clock: str
    port: int
    port_each: bool
    fresh: bool
    sms_port: int = 0
    push: str = ""
    paced: bool = False
    doors: Doors = Doors()


def run(wanted: Wanted, common: Common) -> int:
    """Run a farm until a signal or a `stop`; gives the exit code."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    if lacking := service_doors.lacking(wanted.sms_port, wanted.doors):
        return fail(lacking, USAGE)
    try:
        homes = _estate(wanted)
        homes = homes.pushing(wanted.push) if wanted.push else homes
        setting(wanted.clock)  # judged before anything is discarded
        if wanted.fresh and common.state.is_dir():
            discard(common.state / STORE_FILE)
            shutil.rmtree(common.state / FOLDER, ignore_errors=True)
        return uvloop.run(_serve(homes, wanted, common))
    except DeclarationError as error:
        return fail(str(error), USAGE)
    except (library.UnknownProfileError, EstateError, ClockError, AddressError, StateMismatchError) as error:
        return fail(str(error), USAGE)
    except (XsdError, KeptError) as error:
        return fail(str(error), USAGE)
    except (ListenError, StoreError) as error:
        return fail(str(error), NOT_ESTABLISHED)
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), USAGE)


def _estate(wanted: Wanted) -> Estate:
    if wanted.estate is not None:
        estate = load(wanted.estate)
        for warning in estate.warnings():
            fail(f"{wanted.estate}: {warning}", 0)
        return estate
    profiles = (wanted.profile,) if wanted.profile else library.names()
    return from_flags(profiles, wanted.homes, wanted.seed, gas=wanted.shares.gas, prepayment=wanted.shares.prepayment)


async def _serve(estate: Estate, wanted: Wanted, common: Common) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with service_doors.hearing(wanted.doors) as ear:
        if ear is not None and not estate.header.push:
            estate = estate.pushing(ear.address)
        return await _served(estate, wanted, common, stop, ear)


async def _served(
    estate: Estate, wanted: Wanted, common: Common, stop: asyncio.Event, ear: AlertListener | None
) -> int:
    started = Farm.start(
        estate=estate,
        clock=wanted.clock,
        state=common.state,
        port=wanted.port,
        port_each=wanted.port_each,
        paced=wanted.paced,
    )
    async with started as farm:
        control = Control(farm, stop)
        control.adapter.keep, control.adapter.ear = common.state / FOLDER, ear
        endpoints: dict[str, Endpoint] = {}
        try:
            if (centre := _sms_centre(farm, control.token, wanted.sms_port)) is not None:
                endpoints["sms"] = centre
            endpoints |= await service_doors.opened(farm, control, wanted.doors)
            urls = {name: endpoint.url for name, endpoint in endpoints.items()}
            _say_where(farm, common, urls)
            count = farm.estate.device_count()
            ready = f"{READY}{count} devices in {_since_process_start():.2f} s"
            await control.open(common.state, ready)
            # The last words: whoever waits for them may give commands at once.
            if not common.json:
                sys.stdout.write(ready + "\n")
            else:
                shown = [described(chosen, farm.estate, farm.addresses) for chosen in islice(every(farm.estate), SHOWN)]
                print_json({"ready": ready, "devices": count, "first": shown, **urls})
            sys.stdout.flush()
            await stop.wait()
        finally:
            await asyncio.gather(*(endpoint.stop() for endpoint in endpoints.values()))
            await control.close(common.state)
    return 0


def _sms_centre(farm: Farm, token: str, port: int) -> "SmsEndpoint | None":
    """Serve the SMS centre's endpoint, if a port is given. Raises ListenError."""
    if not port:
        return None
    from emulator.api.http import SmsEndpoint  # noqa: PLC0415 (an extra: imported only where it is asked for)

    try:
        return SmsEndpoint(farm, token, port)
    except OSError as error:
        raise ListenError(f"127.0.0.1:{port}: {os.strerror(error.errno or 0)}") from None


def _say_where(farm: Farm, common: Common, urls: dict[str, str]) -> None:
    if common.json:
        return
    rows = []
    for chosen in islice(every(farm.estate), SHOWN):
        row = described(chosen, farm.estate, farm.addresses)
        host = f"{row['host']}:{row['port']}" if row["host"] else "-"
        rows.append((chosen.text, str(row["type"]), str(row["profile"]), host, str(row["eui64"])))
    print_table(("device", "type", "profile", "address", "EUI-64"), rows)
    more = farm.estate.device_count() - len(rows)
    if more > 0:
        sys.stdout.write(f"... and {more} more: `meterfarm ls` lists them\n")
    for name, url in urls.items():
        sys.stdout.write(f"{DOORS[name]}: {url}\n")


def _since_process_start() -> float:
    """Seconds since this process began, by the kernel where it tells, else since this module was loaded."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return time.monotonic() - _LOADED


_LOADED = time.monotonic()

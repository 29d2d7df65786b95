"""The doors of the reference adapter in a farm's process: JSON over HTTP and the XML facade, on the ports given."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emulator.api.control import Control
from emulator.farm.farm import Farm
from emulator.headend_push import AlertListener
from emulator.transports.tcp import ListenError

if TYPE_CHECKING:
    from emulator.api.endpoint import Endpoint

ALERT_PORT = 4060
EXTRA = {"litestar", "uvicorn", "h11", "httpx"}


class Doors(NamedTuple):
    """What `up` was asked for: two ports (0 is none), a schema, and whether results may be pushed to any host."""

    service_port: int = 0
    duis_port: int = 0
    duis_xsd: Path | None = None
    anywhere: bool = False


def lacking(sms_port: int, doors: Doors) -> str:
    """Say what has to be installed for what is asked for; "" is nothing."""
    flags = {"--sms-port": sms_port, "--service-port": doors.service_port, "--duis-port": doors.duis_port}
    asked = [flag for flag, port in flags.items() if port]
    if not asked:
        return ""
    try:
        import emulator.api.http  # noqa: PLC0415 (an extra: imported only where it is asked for)

        if asked != ["--sms-port"]:
            import emulator.api.duis_http  # noqa: F401, PLC0415 (as above)
    except ModuleNotFoundError as error:
        if error.name in EXTRA:
            return f"{asked[0]} needs Litestar and uvicorn: pip install meterfarm[console]"
        raise
    return ""


@asynccontextmanager
async def hearing(doors: Doors) -> AsyncIterator[AlertListener | None]:
    """Listen for the alerts of a farm whose adapter has doors, before its homes are told where to push.

    A home that was stored keeps where it pushes to, so it is the same port whenever that is free.
    """
    if not doors.service_port and not doors.duis_port:
        yield None
        return
    async with AsyncExitStack() as stack:
        try:
            ear = await stack.enter_async_context(AlertListener.open(port=ALERT_PORT))
        except OSError:
            ear = await stack.enter_async_context(AlertListener.open())
        yield ear


async def opened(farm: Farm, control: Control, doors: Doors) -> dict[str, "Endpoint"]:
    """Open the doors that are asked for, by what they are called. Raises ListenError, XsdError or KeptError."""
    if not doors.service_port and not doors.duis_port:
        return {}
    from emulator.api.duis_http import DuisEndpoint  # noqa: PLC0415 (as above)
    from emulator.api.services_http import ServicesEndpoint  # noqa: PLC0415
    from emulator.api.xsd import Xsd  # noqa: PLC0415

    xsd = Xsd(doors.duis_xsd) if doors.duis_xsd is not None else None
    adapter = await control.adapter.get()
    found: dict[str, Endpoint] = {}
    port = 0
    try:
        if port := doors.service_port:
            rate = lambda: farm.clock.rate  # noqa: E731 (a question, asked anew each time)
            found["services"] = ServicesEndpoint(adapter, control.token, port, rate, anywhere=doors.anywhere)
        if port := doors.duis_port:
            found["duis"] = DuisEndpoint(adapter, control.token, port, xsd, anywhere=doors.anywhere)
    except OSError as error:
        for endpoint in found.values():
            await endpoint.stop()
        raise ListenError(f"127.0.0.1:{port}: {os.strerror(error.errno or 0)}") from None
    return found

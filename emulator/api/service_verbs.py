"""The verbs of service requests: hand one in to the farm's reference adapter, and wait for an answer."""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from emulator.adapter.adapter import Adapter
from emulator.adapter.farm_surroundings import PROXY_PLACE
from emulator.adapter.keeping import KeptError
from emulator.api.adapter_beside import AdapterBeside
from emulator.api.requests import One, Request, UsageError, Verb
from emulator.device.identity import format_eui64
from emulator.device.journal import DeviceName
from emulator.farm.farm import Farm
from emulator.services.body import Eui64
from emulator.services.catalogue import UnknownServiceError, find
from emulator.services.document import NATIONAL_SERVICE, Response
from emulator.services.document import Request as ServiceRequest
from emulator.services.row import Role, Target
from emulator.services.users import user

MAX_WAIT_MS: Final = 600_000
PROXY: Final = "/gpf"
SENT: Final = (1, 5, 8)
"""The command variants that have a request carried out: non-critical, critical, non-device (service requests, 2.2)."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks, and the body; of suppliers there are two."""

    role: Role
    body: dict[str, Any]
    which: Annotated[int, Meta(ge=1, le=2)] = 1


def service_verbs(farm: Farm, one: One, beside: AdapterBeside) -> dict[str, Verb]:
    """Make the verbs."""

    async def service(asked: Request) -> Any:
        given = msgspec.convert(asked.fields, Asked)
        try:
            row = find(asked.command)
            who = user(given.role, given.which)
        except UnknownServiceError as error:
            raise UsageError(str(error)) from None
        except IndexError:
            raise UsageError(f"there is no {given.role} number {given.which}") from None
        try:
            adapter = await beside.get()
        except KeptError as error:
            raise UsageError(str(error)) from None
        target = NATIONAL_SERVICE if row.targets is Target.D else _target(farm, one, asked)
        request = ServiceRequest(
            request_id=f"{who.eui64}:{target}:{adapter.next_counter(who.eui64)}",
            service_reference=row.reference,
            service_reference_variant=row.variant,
            command_variant=next(number for number in row.command_variants if number in SENT),
            body={row.element: given.body},
            user_role=given.role,
        )
        acknowledged = await adapter.submit(request)
        told: dict[str, Any] = {"Request": request, "Acknowledgement": acknowledged, "Response": None}
        if acknowledged.accepted and row.targets is not Target.D:
            told["Response"] = await _answer(adapter, request.request_id, asked.milliseconds)
        return told

    async def service_result(asked: Request) -> Any:
        try:
            adapter = await beside.get()
            return await _answer(adapter, asked.text, asked.milliseconds)
        except KeptError as error:
            raise UsageError(str(error)) from None
        except KeyError:
            raise UsageError(f"no request {asked.text!r} was accepted since the farm was started") from None

    return {"service": service, "service_result": service_result}


async def _answer(adapter: Adapter, request_id: str, milliseconds: int) -> Response | None:
    """Wait for the answer to a request; None if it does not come in time. Raises KeyError."""
    try:
        async with asyncio.timeout(min(milliseconds, MAX_WAIT_MS) / 1_000):
            return await adapter.result(request_id)
    except TimeoutError:
        return None


def _target(farm: Farm, one: One, asked: Request) -> str:
    """Give the EUI-64 of a device: by itself, by a selector, or home-1/gpf for the gas proxy on the hub."""
    text = asked.selector.strip().upper()
    if text == "DCC":
        raise UsageError(f"{asked.command} is asked of a device, as in home-1/esme; dcc is for non-device services")
    try:
        return msgspec.convert(text, Eui64)
    except msgspec.ValidationError:
        pass
    proxy = text.endswith(PROXY.upper())
    named = asked.selector.strip()[: -len(PROXY)] + "/chf" if proxy else asked.selector
    chosen = one(msgspec.structs.replace(asked, selector=named))
    site = farm.estate.premises(chosen.home).sites[chosen.device]
    if proxy:
        return format_eui64(site.hub_eui64 + PROXY_PLACE)
    return format_eui64(site.hub_eui64 if chosen.device is DeviceName.CHF else site.eui64)

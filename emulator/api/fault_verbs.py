"""Verbs of faults: what there is, putting in, taking out, what is in force."""

from typing import Any

from emulator.api.requests import Request, UsageError, Verb
from emulator.device.faults.catalogue import FAULTS, find
from emulator.device.faults.fault import Fault
from emulator.device.instant import isoformat, parse
from emulator.farm.farm import Farm
from emulator.farm.fault_book import FaultOrder

EVERY = "*"
PLACES = {
    "esme": "the electricity meter (esme)",
    "gsme": "the gas meter (gsme)",
    "chf": "the hub (chf)",
    "ppmid": "the prepayment display (ppmid)",
    "ihd": "the in-home display (ihd)",
    "home": "the whole home",
    "link": "the link to a home's devices",
}
NEEDS = {
    "dlms": "that speak DLMS/COSEM",
    "firmware_model": "whose firmware can be changed",
    "gas_device": "that have a gas meter",
    "family": "of a device model combination",
    "prepayment.offered": "that offer prepayment",
    "prepayment.full": "whose prepayment is full",
    "voltage.averages": "that log voltage averages",
}


def fault_verbs(farm: Farm) -> dict[str, Verb]:
    """Make the verbs."""

    async def put_in(asked: Request) -> Any:
        order, befallen = await farm.faults.put_in(
            asked.text,
            asked.selector,
            asked.fields,
            starts_at=_instant(asked.at),
            for_ms=asked.milliseconds or None,
            probability=asked.probability,
            seed=asked.seed,
        )
        return {**told_order(order), "homes": befallen}

    async def clear(asked: Request) -> Any:
        return {"cleared": await farm.faults.clear(asked.selector or EVERY, asked.number)}

    async def active(asked: Request) -> Any:
        homes = [farm.home(index) for index in farm.faults.touched(asked.selector or EVERY)]
        rows = []
        for home, order in farm.faults.active(homes):
            in_force = any(one.number == order.number for one in home.installation.faults.in_force)
            rows.append({"home": home.name, "in_force": in_force, **told_order(order)})
        return rows

    return {"fault_put_in": put_in, "fault_clear": clear, "fault_active": active, "fault_ls": _listed}


async def _listed(asked: Request) -> Any:
    return [told_fault(find(asked.text))] if asked.text else [told_fault(fault) for fault in FAULTS]


def told_fault(fault: Fault) -> dict[str, Any]:
    """Give a row of the catalogue as plain data."""
    parameters = [
        {
            "name": one.name,
            "default": one.default,
            "allowed": [*one.words] if one.words else [one.least, one.most],
            "meaning": one.meaning,
        }
        for one in fault.parameters
    ]
    return {
        "name": fault.name,
        "row": fault.row,
        "title": fault.title,
        "behaviour": fault.behaviour,
        "target": fault.target,
        "place": place(fault),
        "needed": needed(fault),
        "parameters": parameters,
        "needs": list(fault.needs),
        "not_reproduced": fault.absent,
        "reproduced": not fault.wholly_absent,
        "source": fault.source,
    }


def place(fault: Fault) -> str:
    """Say in words what a fault is put into where a selector names a home."""
    return PLACES[fault.target] + (", or the gas meter where it is named" if fault.meters else "")


def needed(fault: Fault) -> str:
    """Say in words which sets a fault can befall; "" for all."""
    words = [NEEDS.get(block, f"whose profile has `{block}`") for block in fault.needs]
    return f"only sets {' and '.join(words)}" if words else ""


def told_order(order: FaultOrder) -> dict[str, Any]:
    """Give an order as plain data."""
    return {
        "number": order.number,
        "name": order.name,
        "selector": order.selector,
        "given": order.given,
        "starts": isoformat(order.starts_at),
        "stops": None if order.stops_at is None else isoformat(order.stops_at),
        "probability": order.per_million / 1_000_000,
        "seed": order.seed,
    }


def _instant(text: str) -> int | None:
    try:
        return parse(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is no instant; allowed: 2026-01-01T00:00:00Z") from None

"""The header of the DLMS gateway (Green Book, gateway protocol): which device behind this address an APDU is for.

    request   E6  network (1)  length (1)  physical device address  APDU
    response  E7  network (1)  length (1)  physical device address  APDU

It stands before an APDU in either framing. Knows no device: what a physical device address is, is the hub's to say.
"""

from typing import NamedTuple

from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu

_HEAD_OCTETS = 3


class Route(NamedTuple):
    """Where an APDU goes: a network, and a device's physical address in it."""

    network: int
    address: bytes


def read(octets: bytes) -> tuple[Route, bytes]:
    """Split what begins with a gateway header into the route and the APDU. Raises PduError."""
    if len(octets) < _HEAD_OCTETS:
        raise PduError("a gateway header cut short")
    end = _HEAD_OCTETS + octets[2]
    if len(octets) <= end:
        raise PduError("a gateway header without an APDU")
    return Route(octets[1], octets[_HEAD_OCTETS:end]), octets[end:]


def request(route: Route, apdu: bytes) -> bytes:
    """Put the header of a request before an APDU."""
    return _headed(Apdu.GATEWAY_REQUEST, route, apdu)


def response(route: Route, apdu: bytes) -> bytes:
    """Put the header of a response before an APDU: the network and the address are those of the request."""
    return _headed(Apdu.GATEWAY_RESPONSE, route, apdu)


def _headed(tag: Apdu, route: Route, apdu: bytes) -> bytes:
    return bytes((tag, route.network, len(route.address))) + route.address + apdu

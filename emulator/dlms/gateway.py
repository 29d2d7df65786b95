"""The gateway of a hub: APDUs that are headed to another device of the home go to an association of their own there.

The header names the device; the addresses of the framing go on naming the client and the logical device that was
dialled, which may be the hub's or the meter's (*assumed*: the protocol leaves it to the gateway).
"""

from typing import Final

from emulator.dlms.association import Association
from emulator.dlms.errors import PduError
from emulator.dlms.framing import gateway
from emulator.dlms.framing.gateway import Route
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.objects.administration import HUB_SAP, METER_SAP
from emulator.dlms.pdu.general import BROKEN, NOT_ALLOWED

DIALLED: Final = frozenset({METER_SAP, HUB_SAP})
MAX_ROUTES: Final = 16


class Gateway:
    """The routed associations of one connection, each kept apart from the direct one of the same client."""

    __slots__ = ("_associations", "_device")

    def __init__(self, device: LogicalDevices) -> None:
        self._device = device
        self._associations: dict[tuple[int, int, Route], Association] = {}  # by client, SAP dialled, and route

    def relay(self, client: int, dialled: int, octets: bytes) -> bytes:
        """Hand an APDU to the device its header names, and head the answer alike; no octets is no answer."""
        try:
            route, apdu = gateway.read(octets)
        except PduError:
            return BROKEN
        association = self._associations.get((client, dialled, route)) or self._opened(client, dialled, route)
        if association is None:
            return gateway.response(route, NOT_ALLOWED)
        reply = association.receive(apdu, self._device.watch.line_at)
        return gateway.response(route, reply) if reply else b""

    def link_lost(self, client: int, dialled: int) -> None:
        """Forget what was routed over a link that is gone."""
        gone = [key for key in self._associations if key[:2] == (client, dialled)]
        for key in gone:
            self._associations.pop(key).link_lost()

    def _opened(self, client: int, dialled: int, route: Route) -> Association | None:
        server = self._device.routed(route)
        if server is None or dialled not in DIALLED or len(self._associations) >= MAX_ROUTES:
            return None
        association = self._associations[client, dialled, route] = Association(self._device, client, server)
        return association

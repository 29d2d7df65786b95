"""Which alerts may be switched, and whose they are (service requests, 6.2.10 and 6.22; sets as in DUIS 5.4).

In XML each code is an element, x810D and on; here a map of those names. Meanings: service requests, section 11.
"""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.services.body import Body

Switch = Literal["Disable", "Enable"]
_EACH = Meta(description="an element an alert code, x810D and on, each Disable or Enable")

# fmt: off
SupplierCode = Literal[
    "x810D", "x810E", "x8119", "x8145", "x8154", "x8155", "x8161", "x8162", "x8168", "x8183", "x81A0", "x81A1", "x81A2",
    "x81A3", "x81A4", "x81A5", "x81A6", "x81A7", "x81A8", "x81A9", "x81AA", "x81AB", "x81AC", "x81AD", "x81AE", "x81AF",
    "x81B0", "x81B1", "x81B2", "x81B3", "x81B8", "x81B9", "x81BA", "x81BB", "x81BC", "x81BD", "x81BE", "x81C0", "x81C1",
    "x81C4", "x81C5", "x81C6",
]
NetworkSinglePhaseCode = Literal[
    "x8002", "x8006", "x8020", "x8024", "x8028", "x802C", "x8085", "x8089", "x808D", "x8091", "x8095", "x8099", "x8010",
]
NetworkPolyPhaseCode = Literal[
    "x8003", "x8004", "x8005", "x8007", "x8008", "x8009", "x8021", "x8022", "x8023", "x8025", "x8026", "x8027", "x8029",
    "x802A", "x802B", "x802D", "x802E", "x802F", "x8086", "x8087", "x8088", "x808A", "x808B", "x808C", "x808E", "x808F",
    "x8090", "x8092", "x8093", "x8094", "x8096", "x8097", "x8098", "x809A", "x809B", "x809C", "x8011", "x8016", "x8013",
]
GasCode = Literal[
    "x810D", "x810E", "x8119", "x8145", "x8154", "x8155", "x8161", "x8162", "x8168", "x8183", "x8184", "x81A0", "x81A1",
    "x81A4", "x81A5", "x81A6", "x81A7", "x81A8", "x81A9", "x81AA", "x81AB", "x81AC", "x81AD", "x81AE", "x81AF", "x81B0",
    "x81B1", "x81B2", "x81B3", "x81B4", "x81B5", "x81B6", "x81B9", "x81BA", "x81BC", "x81BD", "x81BE", "x81BF", "x81C0",
    "x81C2", "x81C3", "x81C4", "x81C5", "x81C6",
]
# fmt: on


class SupplierAlerts(Body, frozen=True, kw_only=True):
    """The electricity supplier's alerts, switched."""

    supplier_esme_common: Annotated[dict[SupplierCode, Switch], _EACH] | None = None
    supplier_esme_poly_phase: Annotated[dict[Literal["x81B7"], Switch], _EACH] | None = None


class NetworkAlerts(Body, frozen=True, kw_only=True):
    """The electricity network operator's alerts, switched."""

    at_most_one = ("network_operator_esme_single_phase", "network_operator_esme_poly_phase")

    network_operator_esme_common: Annotated[dict[Literal["x8014", "x8015"], Switch], _EACH] | None = None
    network_operator_esme_single_phase: Annotated[dict[NetworkSinglePhaseCode, Switch], _EACH] | None = None
    network_operator_esme_poly_phase: Annotated[dict[NetworkPolyPhaseCode, Switch], _EACH] | None = None


class GasSwitches(Body, frozen=True, kw_only=True):
    """Where an alert of a gas meter goes."""

    wan_alert: Switch
    han_alert: Switch
    event_log: Switch
    alarm: Switch


GasAlerts = Annotated[dict[GasCode, Switch], _EACH]
GasAlertsAndEvents = Annotated[
    dict[GasCode, GasSwitches],
    Meta(description="an element an alert code, each with WANAlert, HANAlert, EventLog, Alarm: Disable or Enable"),
]

"""The communications hub (CHF): WAN, home network, gas mirror, alerts on their way (functional reference 1.1 and 8)."""

from emulator.device.device import Device, Kind
from emulator.device.happenings import Happening
from emulator.device.household import Site
from emulator.device.hub import wan
from emulator.device.hub.alert_queue import balanced
from emulator.device.hub.gas_mirror import mirror_delivered
from emulator.device.hub.han import area_delivered
from emulator.device.hub.hub_records import (
    AlertQueue,
    Firmware,
    HubRecords,
    Link,
    Network,
    Phase,
    Queue,
    Sms,
)
from emulator.device.hub.hub_rules import HUB_RULES, HUB_UNASKED
from emulator.device.hub.wan import Unreachable
from emulator.device.journal import DeviceName, Journal
from emulator.device.logs import logged
from emulator.device.records import Logs, Power
from emulator.device.step import Moment, replace


def hub_delivered(site: Site) -> HubRecords:
    """Give the records of a hub as fitted: attached or, where it sleeps, asleep; the home's devices have joined."""
    at, sleeps = site.installed_at, site.profile.wan.mode == "wake_on_sms"
    return HubRecords(
        power=Power(on=True, since=at),
        network=Network(),
        link=Link(Phase.ASLEEP if sleeps else Phase.ATTACHED, at, used_at=at),
        sms=Sms(),
        area=area_delivered(site),
        mirror=mirror_delivered(site),
        queue=Queue(),
        alerts=AlertQueue(),
        logs=Logs(),
        firmware=Firmware(site.profile.hub.firmware),
    )


def log_of_hub(records: HubRecords, happened: tuple[Happening, ...], moment: Moment) -> HubRecords:
    """Write what happened to the hub's logs; its clock is the network's."""
    logs = logged(records.logs, happened, moment.at, moment.site.profile)
    return records if logs is records.logs else replace(records, logs=logs)


def check_hub(_: HubRecords, after: HubRecords, __: tuple[Happening, ...]) -> None:
    """Hold the alerts to their account. Raises AssertionError."""
    assert balanced(after.alerts), after.alerts


CHF = Kind(
    name=DeviceName.CHF,
    records=HubRecords,
    delivered=hub_delivered,
    rules=HUB_RULES,
    unasked=HUB_UNASKED,
    log=log_of_hub,
    check=check_hub,
    awake=lambda records: records.power.on,
)


class Hub(Device[HubRecords]):
    """A communications hub."""

    __slots__ = ()

    def __init__(self, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> None:
        super().__init__(CHF, site, now, state, journal)

    @property
    def signal_dbm(self) -> int | None:
        """Read the received signal strength."""
        return wan.signal_dbm(self.site, self.records, self.now)


def reachable(hub: Device[HubRecords], now: int) -> Unreachable | None:
    """Say why nothing reaches the hub over the WAN at an instant; None if it is reached.

    Raises ValueError for an instant the hub has yet to move to: something of its own lies before.
    """
    due = hub.next_due()
    if now < hub.now or (due is not None and due <= now):
        raise ValueError(f"the hub stands at {hub.now}, not at {now}")
    return wan.unreachable(hub.records)

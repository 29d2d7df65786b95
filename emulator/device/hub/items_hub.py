"""Data items of the communications hub (functional reference 8.2 to 8.4; device dossier 4.1)."""

from emulator.device.event_table import LINES
from emulator.device.hub import han, wan
from emulator.device.hub.alert_queue import alert_log
from emulator.device.hub.hub import Hub
from emulator.device.hub.hub_records import Row
from emulator.device.identity import format_eui64
from emulator.device.instant import isoformat
from emulator.device.item import Item
from emulator.device.records import LogEntry

_MEANINGS = {line.code: line.meaning for line in LINES.values()}


def device_log(hub: Hub) -> list[dict[str, object]]:
    """Read the device log; install codes and keys are not in it."""
    return [_row(row) for row in hub.records.area.log]


def _row(row: Row) -> dict[str, object]:
    return {
        "eui64": format_eui64(row.eui64),
        "device": row.device,
        "joined_at": None if row.joined_at is None else isoformat(row.joined_at),
        "may_join_until": None if row.closes_at is None else isoformat(row.closes_at),
        "key_version": row.key_version,
        "linked": row.linked,
    }


def removed_devices(hub: Hub) -> list[dict[str, object]]:
    """Read the historic log of removed devices, newest last."""
    return [
        {"eui64": format_eui64(one.eui64), "device": one.device, "removed_at": isoformat(one.removed_at)}
        for one in hub.records.area.removed
    ]


def queued_commands(hub: Hub) -> list[dict[str, object]]:
    """Read what waits for the gas meter: names, never what the commands hold."""
    return [
        {"number": one.number, "name": one.name, "queued_at": isoformat(one.queued_at)}
        for one in hub.records.queue.waiting
    ]


def queue_results(hub: Hub) -> list[dict[str, object]]:
    """Read what became of the last commands that waited for the gas meter; no reason is that they were done."""
    return [
        {
            "number": one.number,
            "name": one.name,
            "reason": one.reason,
            "detail": one.detail,
            "ended_at": isoformat(one.ended_at),
        }
        for one in hub.records.queue.ended
    ]


def alerts_waiting(hub: Hub) -> list[dict[str, object]]:
    """Read the alerts that are not sent yet."""
    return [
        {"number": one.number, "device": one.device, "code": one.code, "raised_at": isoformat(one.raised_at)}
        for one in hub.records.alerts.waiting
    ]


def told_alerts(hub: Hub) -> list[dict[str, object]]:
    """Read the newest alerts as a head end may poll them, oldest first."""
    return [
        {"number": one.number, "device": one.device, "code": one.code, "raised_at": isoformat(one.raised_at)}
        for one in alert_log(hub.site, hub.records)
    ]


def _log(entries: tuple[LogEntry, ...]) -> list[dict[str, object]]:
    return [
        {"at": isoformat(entry.at), "code": entry.code, "meaning": _MEANINGS.get(entry.code, "")} for entry in entries
    ]


def _wan_state(hub: Hub) -> str:
    return wan.unreachable(hub.records) or "attached"


def _combination(hub: Hub) -> str:
    family = hub.site.profile.family
    return "" if family is None else family.combination


def _quality(hub: Hub) -> int:
    return wan.signal_quality(hub.signal_dbm)


HUB_ITEMS: tuple[Item, ...] = (
    Item("wan_state", "WAN State", "", _wan_state),
    Item("wan_cause", "Last Attach Failure", "", lambda h: h.records.link.cause),
    Item("registration", "Network Registration", "", lambda h: "roaming" if h.records.network.roaming else "home"),
    Item("signal_dbm", "Signal Strength", "dBm", lambda h: h.signal_dbm),
    Item("signal_quality", "Signal Quality", "", _quality),
    Item("sim_state", "SIM State", "", lambda h: h.records.network.sim.value),
    Item("iccid", "ICCID", "", lambda h: h.site.iccid),
    Item("imsi", "IMSI", "", lambda h: h.site.imsi),
    Item("sms_received", "SMS Received", "", lambda h: h.records.sms.total),
    Item("han_channel", "HAN Channel", "", lambda h: han.channel(h.site)),
    Item("han_pan_id", "HAN PAN ID", "", lambda h: han.pan_id(h.site)),
    Item("han_extended_pan_id", "HAN Extended PAN ID", "", lambda h: format_eui64(han.extended_pan_id(h.site))),
    Item("network_key_version", "Network Key Version", "", lambda h: h.records.area.key_version),
    Item("device_log", "Device Log", "", device_log),
    Item("device_log_capacity", "Device Log Capacity", "", lambda h: h.site.profile.han.capacity),
    Item("removed_devices", "Historic Device Log", "", removed_devices),
    Item("queued_commands", "Commands For The Gas Meter", "", queued_commands),
    Item("queue_results", "Outcomes Of Commands For The Gas Meter", "", queue_results),
    Item("alerts_waiting", "Alerts Waiting", "", alerts_waiting),
    Item("alerts_raised", "Alerts Raised", "", lambda h: h.records.alerts.raised),
    Item("alerts_sent", "Alerts Sent", "", lambda h: h.records.alerts.sent),
    Item("alerts_suppressed", "Alerts Suppressed", "", lambda h: h.records.alerts.suppressed),
    Item("alerts_expired", "Alerts Expired", "", lambda h: h.records.alerts.expired),
    Item("push_destination", "Alerts Go To", "", lambda h: h.records.push.destination),
    Item("alert_log", "Alert Log", "", told_alerts),
    Item("event_log", "Event Log", "", lambda h: _log(h.records.logs.event)),
    Item("security_log", "Security Log", "", lambda h: _log(h.records.logs.security)),
    Item("combination", "Device Model Combination", "", _combination),
    Item("enrolment_attempts", "Failed Enrolment Attempts", "", lambda h: h.records.enrolment.attempts),
    Item("serial", "Communications Hub Serial Number", "", lambda h: h.site.hub_serial),
    Item("eui64", "Communications Hub Identifier", "", lambda h: format_eui64(h.site.hub_eui64)),
    Item("firmware", "Firmware Version", "", lambda h: h.records.firmware.version),
    Item("firmware_slot", "Firmware Image Waiting", "", lambda h: h.records.firmware.slot),
)

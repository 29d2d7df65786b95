"""The home area network: how it forms, its device log (white list), joining, leaving, key rotation (reference 8.2).

The hub is coordinator and trust centre. Keys are TEST material derived from the site; the journal has none of them.
"""

import re

from emulator.device.commands import AddDevice, Reason, RemoveDevice, RotateNetworkKey
from emulator.device.happenings import (
    DeviceJoined,
    DeviceLeft,
    DeviceListed,
    DeviceLogChanged,
    HanLinkChanged,
    Happening,
    JoinRefused,
    JoinWindowClosed,
    NetworkKeyRotated,
)
from emulator.device.household import Site
from emulator.device.hub.hub_records import Area, HubRecords, Removed, Row
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import SECOND
from emulator.device.splitmix import stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

GAS = "gsme"
DEVICES = ("esme", GAS, "ppmid", "ihd")
CHANNELS = (11, 14, 15, 19, 20, 24, 25)
"""The preferred channels of Smart Energy, clear of Wi-Fi (ZigBee Smart Energy profile, 5.4.1; from memory)."""

CODE_OCTETS, CRC_OCTETS = 16, 2
KEY_VERSIONS = 256


class JoinAsked(Event, frozen=True):
    """A device asks to join, with its install code or with the link key it had before."""

    eui64: int
    install_code: bytes = b""
    old_key: bool = False


class DeviceGone(Event, frozen=True):
    """A device left the network by itself."""

    device: str


class HanLinkLost(Event, frozen=True):
    """The radio no longer reaches a device: out of range, unplugged (dossier 4.3, H3)."""

    device: str


class HanLinkFound(Event, frozen=True):
    """The radio reaches a device again."""

    device: str


class KeyMissed(Event, frozen=True):
    """A device did not take the network key that holds, and is lost (dossier 4.3, H5)."""

    device: str


class JoinWindowDue(Event, frozen=True):
    """The time to join of some device is over."""


# How the network forms: a closed form of the site.


def channel(site: Site) -> int:
    """Give the radio channel the hub chose when it formed the network."""
    return CHANNELS[stream(site.key, "HAN", "channel") % len(CHANNELS)]


def pan_id(site: Site) -> int:
    """Give the 16-bit PAN id; 0xFFFF is the broadcast and 0xFFFE stands for none (IEEE 802.15.4)."""
    return stream(site.key, "HAN", "pan") % 0xFFFE


def extended_pan_id(site: Site) -> int:
    """Give the 64-bit extended PAN id."""
    return stream(site.key, "HAN", "extended pan")


def network_key(site: Site, version: int) -> bytes:
    """Derive the TEST network key of a version."""
    return site.secret(f"network key {version}")


def link_key(site: Site, eui64: int) -> bytes:
    """Derive the TEST link key between the hub and a device, as key establishment leaves it."""
    return site.secret(f"link key {format_eui64(eui64)}")


def install_code(site: Site, eui64: int) -> bytes:
    """Derive the TEST install code that is printed on a device of the home; the site is the hub's."""
    return site.secret(f"install code {format_eui64(eui64)}")[:CODE_OCTETS]


def install_code_crc(code: bytes) -> bytes:
    """Give the check octets of an install code: CRC-16/X-25, low octet first (ZigBee Base Device Behavior, 10.1.1)."""
    crc = 0xFFFF
    for octet in code:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return (crc ^ 0xFFFF).to_bytes(CRC_OCTETS, "little")


def area_delivered(site: Site) -> Area:
    """Give the network as fitted: the home's own devices have joined."""
    at = site.installed_at
    homes = (("esme", site.eui64), *site.beside)
    return Area(log=tuple(Row(eui64, device, opened_at=at, joined_at=at) for device, eui64 in homes))


def row_of(area: Area, device: str) -> Row | None:
    """Find the joined device of a kind; None if none is."""
    return next((row for row in area.log if row.device == device and row.joined_at is not None), None)


def linked(records: HubRecords, device: str) -> bool:
    """Say whether a device and the hub hear each other now."""
    row = row_of(records.area, device)
    return records.power.on and row is not None and row.linked


# Commands.


def add_device(records: HubRecords, command: AddDevice, moment: Moment) -> Step:
    """List a device and open its time to join; a listed one gets a new time."""
    site, area, rules = moment.site, records.area, moment.site.profile.han
    try:
        eui64, code = parse_eui64(command.eui64), _install_code(command.install_code)
    except ValueError as error:
        return Refused(Reason.INVALID_VALUE, str(error))
    if command.device not in DEVICES or not 1 <= command.join_time_s <= rules.longest_join_s:
        return Refused(Reason.INVALID_VALUE, f"one of {', '.join(DEVICES)}; 1 to {rules.longest_join_s} s to join")
    held = next((row for row in area.log if row.eui64 == eui64), None)
    if eui64 == site.hub_eui64 or (held is not None and held.joined_at is not None):
        return Refused(Reason.DUPLICATE, "the device has joined")
    if held is None and len(area.log) >= rules.capacity:
        return Refused(Reason.LIMIT_EXCEEDED, f"the device log holds {rules.capacity} devices")
    until = moment.at + command.join_time_s * SECOND
    row = Row(eui64, command.device, code, moment.at, until, linked=False)
    return _logged(records, (*_but(area, eui64), row), moment, DeviceListed(format_eui64(eui64), command.device, until))


def _install_code(text: str) -> bytes:
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2}){16}(?:[0-9A-Fa-f]{4})?", text):
        raise ValueError("an install code is 16 octets in hex, with or without its two check octets")
    octets = bytes.fromhex(text)
    code, crc = octets[:CODE_OCTETS], octets[CODE_OCTETS:]
    if crc and crc != install_code_crc(code):
        raise ValueError("the check octets of the install code are wrong")
    return code


def remove_device(records: HubRecords, command: RemoveDevice, moment: Moment) -> Step:
    """Take a device off the log; the newest removed ones are remembered with their keys."""
    try:
        eui64 = parse_eui64(command.eui64)
    except ValueError as error:
        return Refused(Reason.INVALID_VALUE, str(error))
    row = next((row for row in records.area.log if row.eui64 == eui64), None)
    if row is None:
        return Refused(Reason.INVALID_VALUE, "the device is not on the device log")
    return _remove(records, row, moment, "removed")


def _remove(records: HubRecords, row: Row, moment: Moment, reason: str) -> Step:
    area, kept = records.area, moment.site.profile.han.removed_kept
    if row.joined_at is None:
        return _logged(records, _but(area, row.eui64), moment)
    others = tuple(one for one in area.removed if one.eui64 != row.eui64)
    gone = (*others, Removed(row.eui64, row.device, moment.at))
    with_history = replace(records, area=replace(area, removed=gone[max(0, len(gone) - kept) :]))
    left = DeviceLeft(format_eui64(row.eui64), row.device, reason)
    return _logged(with_history, _but(area, row.eui64), moment, left)


def rotate_key(records: HubRecords, _: RotateNetworkKey, __: Moment) -> Step:
    """Replace the network key. Devices in reach take it at once, a sleepy one at its next wake.

    A device keeps two versions: one that missed the last rotation and misses this one is lost (dossier 4.3, H5).
    """
    area = records.area
    version = (area.key_version + 1) % KEY_VERSIONS
    happened: tuple[Happening, ...] = (NetworkKeyRotated(version),)
    rows: list[Row] = []
    for row in area.log:
        if row.joined_at is None or (row.linked and row.device != GAS):
            rows.append(replace(row, key_version=version))
        elif row.key_version == area.key_version:
            rows.append(row)
        else:
            rows.append(replace(row, joined_at=None, closes_at=None, linked=False))
            happened = (*happened, DeviceLeft(format_eui64(row.eui64), row.device, "missed_key"))
    return replace(records, area=replace(area, log=tuple(rows), key_version=version)), happened


def miss_key(records: HubRecords, event: KeyMissed, _: Moment) -> Step:
    """Lose a device that keeps the old key."""
    area, row = records.area, row_of(records.area, event.device)
    if row is None:
        return records, ()
    old = (area.key_version - 1) % KEY_VERSIONS
    lost = replace(row, joined_at=None, closes_at=None, linked=False, key_version=old)
    rows = tuple(lost if one is row else one for one in area.log)
    left = DeviceLeft(format_eui64(row.eui64), row.device, "missed_key")
    return replace(records, area=replace(area, log=rows)), (left,)


def key_waits(area: Area) -> bool:
    """Say whether the gas meter has yet to take the network key."""
    row = row_of(area, GAS)
    return row is not None and row.linked and row.key_version != area.key_version


def hand_key(records: HubRecords, device: str) -> HubRecords:
    """Give a device the network key that holds."""
    area = records.area
    rows = (replace(row, key_version=area.key_version) if row.device == device else row for row in area.log)
    return replace(records, area=replace(area, log=tuple(rows)))


# What devices and the world do.


def ask_to_join(records: HubRecords, event: JoinAsked, moment: Moment) -> Step:
    """Let a listed device in within its time, or say why not (reference 8.2)."""
    area, name = records.area, format_eui64(event.eui64)
    row = next((row for row in area.log if row.eui64 == event.eui64), None)
    reason = "no_power" if not records.power.on else _join_refusal(area, row, event, moment.at)
    if not reason and _is_new_display(moment.site, row) and moment.site.profile.quirks.no_new_displays:
        reason = "not_replaceable"  # dossier 4.3, H7
    if row is None or reason:
        return records, (JoinRefused(name, reason),)
    by = "network_key" if row.joined_at is not None else "old_key" if event.old_key else "install_code"
    others = tuple(one for one in area.removed if one.eui64 != row.eui64)
    joined = replace(
        row, closes_at=None, joined_at=row.joined_at or moment.at, key_version=area.key_version, linked=True
    )
    inside = replace(records, area=replace(area, removed=others))
    return _logged(inside, (*_but(area, row.eui64), joined), moment, DeviceJoined(name, row.device, by))


def _is_new_display(site: Site, row: Row | None) -> bool:
    return row is not None and row.device in {"ppmid", "ihd"} and (row.device, row.eui64) not in site.beside


def _join_refusal(area: Area, row: Row | None, event: JoinAsked, at: int) -> str:
    if row is None:
        return "not_listed"
    if row.joined_at is not None:
        return ""
    if row.closes_at is None or at >= row.closes_at:
        return "window_closed"
    if not event.old_key:
        return "" if event.install_code == row.install_code else "wrong_install_code"
    if all(one.eui64 != row.eui64 for one in area.removed):
        return "no_old_key"
    return "" if at < (row.opened_at + row.closes_at) // 2 else "old_key_too_late"


def leave(records: HubRecords, event: DeviceGone, moment: Moment) -> Step:
    """Let a device go that leaves by itself."""
    row = row_of(records.area, event.device)
    return (records, ()) if row is None else _remove(records, row, moment, "left")


def lose_link(records: HubRecords, event: HanLinkLost, _: Moment) -> Step:
    """Note that a device is out of reach."""
    return relink(records, event.device, on=False)


def find_link(records: HubRecords, event: HanLinkFound, _: Moment) -> Step:
    """Note that a device is in reach; it takes the key it missed."""
    step = relink(records, event.device, on=True)
    return step if event.device == GAS else (hand_key(step[0], event.device), step[1])


def relink(records: HubRecords, device: str, *, on: bool) -> tuple[HubRecords, tuple[Happening, ...]]:
    """Let the radio reach a device, or no longer."""
    area, row = records.area, row_of(records.area, device)
    if row is None or row.linked is on:
        return records, ()
    rows = tuple(replace(one, linked=on) if one is row else one for one in area.log)
    return replace(records, area=replace(area, log=rows)), (HanLinkChanged(device, on),)


def close_windows(records: HubRecords, _: JoinWindowDue, moment: Moment) -> Step:
    """End the times to join that are over; the devices stay listed."""
    over = [row for row in records.area.log if row.closes_at is not None and row.closes_at <= moment.at]
    rows = tuple(replace(row, closes_at=None) if row in over else row for row in records.area.log)
    closed = tuple(JoinWindowClosed(format_eui64(row.eui64)) for row in over)
    return replace(records, area=replace(records.area, log=rows)), closed


def due(_: Site, records: HubRecords, now: int) -> Due | None:
    """Say when the next time to join ends."""
    closing = [row.closes_at for row in records.area.log if row.closes_at is not None]
    return Due(max(now, min(closing)), JoinWindowDue()) if closing else None


def _but(area: Area, eui64: int) -> tuple[Row, ...]:
    return tuple(row for row in area.log if row.eui64 != eui64)


def _logged(records: HubRecords, log: tuple[Row, ...], moment: Moment, *happened: Happening) -> Step:
    area = replace(records.area, log=log, log_changed_at=moment.at)
    return replace(records, area=area), (*happened, DeviceLogChanged(len(log)))

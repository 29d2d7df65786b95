"""The home area network: how it forms, the device log, joining and leaving, the network key."""

import pytest
from device_sites import NOW
from hub_sites import CHF, CODE, CRC, GSME, IHD_EUI64, home, hub, send, told, when

from emulator.device import happenings
from emulator.device.commands import AddDevice, Reason, RemoveDevice, RotateNetworkKey
from emulator.device.hub import han, wan
from emulator.device.hub.items_hub import HUB_ITEMS, device_log, removed_devices
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import DAY, HALF_HOUR, MINUTE, SECOND

IHD = parse_eui64(IHD_EUI64)
ADD = AddDevice(IHD_EUI64, "ihd", CODE, 90)


def ask(of, at=None, code=CODE, **how):
    of.note(CHF, han.JoinAsked(IHD, bytes.fromhex(code), **how), at)
    return told(of, happenings.DeviceJoined, happenings.JoinRefused)[-1]


def test_the_network_forms_from_the_site_alone():
    one, other = home().premises.electricity, home(seed=78).premises.electricity
    for site in (one, other):
        assert han.channel(site) in range(11, 27)
        assert 0 <= han.pan_id(site) < 0xFFFE
        assert 0 <= han.extended_pan_id(site) < 1 << 64
    assert han.pan_id(one) == han.pan_id(home().premises.electricity) != han.pan_id(other)
    assert han.network_key(one, 0) != han.network_key(one, 1)
    assert han.link_key(one, IHD) != han.link_key(other, IHD)


def test_the_check_octets_of_an_install_code():
    # Code and check octets from ZigBee Base Device Behavior 1.0, 10.1.1; and the check value of CRC-16/X-25
    # ("123456789" gives 0x906E) in the catalogue of parametrised CRC algorithms.
    assert han.install_code_crc(bytes.fromhex(CODE)).hex().upper() == CRC
    assert han.install_code_crc(b"123456789") == (0x906E).to_bytes(2, "little")


def test_the_devices_of_a_home_have_joined():
    of = home(gas=True)
    assert [row["device"] for row in device_log(hub(of))] == ["esme", "gsme"]
    assert all(row["linked"] for row in device_log(hub(of)))
    assert han.linked(hub(of).records, "gsme")
    assert not han.linked(hub(of).records, "ihd")


def test_a_device_that_is_not_listed_is_refused():
    assert ask(home()) == happenings.JoinRefused(IHD_EUI64, "not_listed")


def test_a_listed_device_joins_with_its_install_code():
    of = home()
    assert send(of, CHF, ADD).accepted
    assert ask(of, code="00" * 16) == happenings.JoinRefused(IHD_EUI64, "wrong_install_code")
    assert ask(of, NOW + 89 * SECOND) == happenings.DeviceJoined(IHD_EUI64, "ihd", "install_code")
    assert han.linked(hub(of).records, "ihd")
    of.advance(NOW + DAY)
    assert not told(of, happenings.JoinWindowClosed)
    assert ask(of, code="00" * 16).by == "network_key"  # one that has joined comes back without an install code


def test_the_time_to_join_ends_by_itself():
    of = home()
    send(of, CHF, ADD)
    of.advance(NOW + DAY)
    assert when(of, happenings.JoinWindowClosed) == [NOW + 90 * SECOND]
    assert ask(of) == happenings.JoinRefused(IHD_EUI64, "window_closed")
    assert send(of, CHF, ADD).accepted
    assert isinstance(ask(of), happenings.DeviceJoined)


def test_each_change_of_the_device_log_is_told_and_logged():
    of = home()
    send(of, CHF, ADD)
    ask(of)
    send(of, CHF, RemoveDevice(IHD_EUI64))
    assert [change.devices for change in told(of, happenings.DeviceLogChanged)] == [2, 2, 1]
    assert [entry.code for entry in hub(of).records.logs.security].count(0x8F12) == 3
    assert not told(of, happenings.AlertSent)  # no alerts of the hub were in scope


def test_the_device_log_alert_where_a_make_sends_it():
    of = home(forwarding={"own_alerts": True})
    send(of, CHF, ADD)
    (sent,) = told(of, happenings.AlertSent)
    assert (sent.source, sent.code) == ("chf", 0x8F12)


def test_a_full_device_log_refuses_another():
    of = home(gas=True, han={"capacity": 3})
    assert send(of, CHF, ADD).accepted
    outcome = send(of, CHF, AddDevice("00-24-7E-00-00-00-00-08", "ppmid", CODE))
    assert outcome.reason is Reason.LIMIT_EXCEEDED
    assert send(of, CHF, RemoveDevice(IHD_EUI64)).accepted
    assert send(of, CHF, AddDevice("00-24-7E-00-00-00-00-08", "ppmid", CODE)).accepted


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (AddDevice("nonsense", "ihd", CODE), Reason.INVALID_VALUE),
        (AddDevice(IHD_EUI64, "toaster", CODE), Reason.INVALID_VALUE),
        (AddDevice(IHD_EUI64, "ihd", CODE, 0), Reason.INVALID_VALUE),
        (AddDevice(IHD_EUI64, "ihd", CODE, 10**9), Reason.INVALID_VALUE),
        (AddDevice(IHD_EUI64, "ihd", CODE[:-2]), Reason.INVALID_VALUE),
        (AddDevice(IHD_EUI64, "ihd", CODE + "0000"), Reason.INVALID_VALUE),
        (AddDevice("00-23-7E-00-00-00-00-01", "esme", CODE), Reason.DUPLICATE),
        (RemoveDevice(IHD_EUI64), Reason.INVALID_VALUE),
        (RemoveDevice("?"), Reason.INVALID_VALUE),
    ],
)
def test_commands_that_are_refused(command, reason):
    of = home()
    assert send(of, CHF, command).reason is reason
    assert not of.journal


def test_check_octets_may_come_with_the_code():
    of = home()
    assert send(of, CHF, AddDevice(IHD_EUI64, "ihd", CODE + CRC)).accepted
    assert isinstance(ask(of), happenings.DeviceJoined)


def test_a_removed_device_comes_back_with_its_old_key_in_the_first_half_of_the_time():
    of = home()
    send(of, CHF, ADD)
    ask(of)
    send(of, CHF, RemoveDevice(IHD_EUI64))
    assert [row["device"] for row in removed_devices(hub(of))] == ["ihd"]
    assert told(of, happenings.DeviceLeft) == [happenings.DeviceLeft(IHD_EUI64, "ihd", "removed")]
    send(of, CHF, ADD)
    late = of.fork()
    assert ask(late, NOW + 45 * SECOND, old_key=True).reason == "old_key_too_late"
    assert ask(of, NOW + 44 * SECOND, old_key=True) == happenings.DeviceJoined(IHD_EUI64, "ihd", "old_key")
    assert not removed_devices(hub(of))


def test_a_device_never_seen_has_no_old_key():
    of = home()
    send(of, CHF, ADD)
    assert ask(of, old_key=True).reason == "no_old_key"


def test_the_last_fifteen_removed_devices_are_remembered():
    of = home()
    for number in range(20):
        eui64 = 0x00247E0000000100 + number
        name = format_eui64(eui64)
        assert send(of, CHF, AddDevice(name, "ihd", CODE)).accepted
        of.note(CHF, han.JoinAsked(eui64, bytes.fromhex(CODE)))
        assert send(of, CHF, RemoveDevice(name)).accepted
    kept = [row["eui64"] for row in removed_devices(hub(of))]
    assert kept == [format_eui64(0x00247E0000000100 + number) for number in range(5, 20)]


def test_the_network_key_reaches_the_sleepy_meter_at_its_next_wake():
    of = home(gas=True)
    send(of, CHF, RotateNetworkKey(), NOW)
    rows = {row["device"]: row["key_version"] for row in device_log(hub(of))}
    assert rows == {"esme": 1, "gsme": 0}
    of.advance(NOW + HALF_HOUR)
    rows = {row["device"]: row["key_version"] for row in device_log(hub(of))}
    assert rows == {"esme": 1, "gsme": 1}
    assert hub(of).next_due() is None


def test_who_misses_two_network_keys_must_join_anew():
    of = home(gas=True)
    send(of, CHF, RotateNetworkKey(), NOW)
    send(of, CHF, RotateNetworkKey(), NOW + SECOND)
    assert told(of, happenings.DeviceLeft)[0].reason == "missed_key"
    assert not han.linked(hub(of).records, "gsme")
    gas = format_eui64(of.devices[GSME].site.eui64)
    assert send(of, CHF, AddDevice(gas, "gsme", CODE)).accepted
    of.note(CHF, han.JoinAsked(of.devices[GSME].site.eui64, bytes.fromhex(CODE)))
    assert han.linked(hub(of).records, "gsme")


def test_an_unplugged_device_takes_the_key_it_missed():
    of = home()
    send(of, CHF, ADD)
    ask(of)
    of.note(CHF, han.HanLinkLost("ihd"))
    send(of, CHF, RotateNetworkKey())
    of.note(CHF, han.HanLinkFound("ihd"), NOW + MINUTE)
    assert device_log(hub(of))[-1]["key_version"] == 1
    assert [change.linked for change in told(of, happenings.HanLinkChanged)] == [False, True]


def test_a_hub_without_power_lets_nobody_in():
    of = home()
    send(of, CHF, ADD)
    of.note(CHF, wan.HubPowerLost())
    assert ask(of).reason == "no_power"
    assert send(of, CHF, RotateNetworkKey()).reason is Reason.UNREACHABLE


def test_no_key_and_no_install_code_is_in_the_journal():
    of = home(gas=True)
    send(of, CHF, ADD)
    ask(of)
    send(of, CHF, RotateNetworkKey())
    text = repr(of.journal).upper()
    assert CODE not in text
    assert repr(bytes.fromhex(CODE)).upper() not in text
    site = of.premises.electricity
    for key in (han.network_key(site, 0), han.network_key(site, 1), han.link_key(site, IHD)):
        assert repr(key).upper() not in text
        assert key.hex().upper() not in text


def test_every_item_of_the_hub_can_be_read():
    of = home(gas=True)
    send(of, CHF, ADD)
    values = {item.key: item.read(hub(of)) for item in HUB_ITEMS}
    assert len(values) == len(HUB_ITEMS)
    assert values["wan_state"] == "attached"
    assert (values["iccid"], values["imsi"]) == (hub(of).site.iccid, hub(of).site.imsi)
    assert values["firmware"] == hub(of).site.profile.hub.firmware
    assert CODE not in repr(values).upper()

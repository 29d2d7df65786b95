"""Change of tenancy (functional reference 2.13, service 3.2): what consumer interfaces may show."""

import pytest
from device_sites import CONSUMER, NOW, accept, meter, refuse

from emulator.device import items, metering
from emulator.device.commands import Reason, RestrictData
from emulator.device.happenings import TenancyChanged
from emulator.device.household import Channel
from emulator.device.instant import DAY, LAST
from emulator.device.records import LogEntry
from emulator.device.tenancy import visible_from


def test_all_is_shown_until_the_tenancy_changes():
    device = meter()
    assert visible_from(device.site, device.records, device.shown_time) == 0
    assert items.find("restricted_before").read(device) == ""


def test_older_history_is_hidden_from_receipt_on():
    device = meter()
    assert accept(device, RestrictData(NOW - 3 * DAY)) == [TenancyChanged(NOW - 3 * DAY)]
    assert visible_from(device.site, device.records, device.shown_time) == NOW - 3 * DAY
    assert items.find("restricted_before").read(device) == "2025-12-29T03:04:05Z"


def test_before_a_date_to_come_nothing_is_shown():
    device = meter()
    accept(device, RestrictData(NOW + DAY))
    assert visible_from(device.site, device.records, device.shown_time) == NOW
    device.advance(NOW + 2 * DAY)
    assert visible_from(device.site, device.records, device.shown_time) == NOW + DAY


def test_a_change_of_tenancy_is_logged():
    device = meter()
    accept(device, RestrictData(NOW))
    assert device.records.logs.event == (LogEntry(NOW, 0x9022),)


def test_the_head_end_is_not_restricted():
    device, plain = meter(), meter()
    accept(device, RestrictData(NOW))
    kept = [item for item in items.ITEMS if item.key not in {"restricted_before", "event_log"}]
    assert [item.read(device) for item in kept] == [item.read(plain) for item in kept]
    rows = metering.intervals(device.records, device.now, 500)
    assert metering.interval_energies(device.site, device.records, Channel.IMPORT, rows).all()


@pytest.mark.parametrize("before", [-1, LAST + 1, 10**30])
def test_a_date_that_is_none_is_refused(before):
    assert refuse(meter(), RestrictData(before)).reason is Reason.INVALID_VALUE


def test_a_consumer_cannot_restrict():
    assert refuse(meter(), RestrictData(0), sender=CONSUMER).reason is Reason.NOT_AUTHORISED

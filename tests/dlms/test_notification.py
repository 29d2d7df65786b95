"""DataNotification and EventNotification: octets as the Green Book's A-XDR has them, and alerts told by them."""

import contextlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.device.hub.hub_records import Told
from emulator.device.instant import SECOND
from emulator.device.profiles.profile_push import ASSUMED_PUSH
from emulator.dlms import alerts
from emulator.dlms.alerts import read_alert
from emulator.dlms.codec.data import Data, Tag, array, structure
from emulator.dlms.decoding import decode_octets
from emulator.dlms.errors import PduError
from emulator.dlms.framing import wrapper
from emulator.dlms.pdu.notification import DataNotification, EventNotification, read_notification
from emulator.farm.estate import from_flags

AT = 1_772_446_620_000  # 2026-03-02 10:17:00 UTC, a Monday
NOW = AT
# By hand from the Green Book (IEC 62056-5-3): tag, long-invoke-id-and-priority, date-time as an OCTET STRING, Data.
PUSHED = bytes.fromhex("0f 80000007 0c 07ea0302010a110000000000 0202 0600000007 128f3f")
BARE = bytes.fromhex("0f 00000007 00 1203e8")
# Tag, time present, OCTET STRING, class 1, logical name, attribute 2, Data.
EVENT = bytes.fromhex("c2 01 0c 07ea0302010a110000000000 0001 0000603266ff 02 0201 128f3f")
TIMELESS = bytes.fromhex("c2 00 0001 0000603266ff 02 1203e8")

NUMBER_AND_CODE = structure(Data(Tag.DOUBLE_LONG_UNSIGNED, 7), Data(Tag.LONG_UNSIGNED, 0x8F3F))
NAME = bytes.fromhex("0000603266ff")
THOUSAND = Data(Tag.LONG_UNSIGNED, 1000)
WRITTEN = [
    (DataNotification(7, NUMBER_AND_CODE, AT, high_priority=True), PUSHED),
    (DataNotification(7, THOUSAND), BARE),
    (EventNotification(1, NAME, 2, structure(Data(Tag.LONG_UNSIGNED, 0x8F3F)), AT), EVENT),
    (EventNotification(1, NAME, 2, THOUSAND), TIMELESS),
]
TOLD = Told(7, "gsme", 0x8F3F, "Physical Tamper", NOW - 5 * SECOND)


@pytest.mark.parametrize(("value", "octets"), WRITTEN)
def test_it_is_written_and_read(value, octets):
    assert value.to_bytes() == octets
    assert read_notification(octets) == value


@pytest.mark.parametrize("octets", [octets for _, octets in WRITTEN])
def test_what_is_cut_short_or_too_long_is_refused(octets):
    for end in range(len(octets)):
        with pytest.raises(PduError):
            read_notification(octets[:end])
    with pytest.raises(PduError):
        read_notification(octets + b"\x00")


@pytest.mark.parametrize("octets", ["c001", "c2020001", "0f000000010301", ""])
def test_another_apdu_or_a_time_that_is_none_is_refused(octets):
    with pytest.raises(PduError):
        read_notification(bytes.fromhex(octets))


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(octets):
    for head in (b"", b"\x0f", b"\xc2"):
        with contextlib.suppress(PduError):
            read_alert(head + octets)


def site_of(**push):
    site = from_flags(("elster-as300p",), 1, 1).site(0)
    pushed = msgspec.structs.replace(site.profile.push, **push)
    return replace(site, profile=msgspec.structs.replace(site.profile, push=pushed))


@pytest.mark.parametrize("service", ["data-notification", "event-notification"])
def test_an_alert_is_told_and_understood(service):
    site = site_of(service=service)
    found = read_alert(alerts.notification(site, TOLD, NOW, high_priority=True))
    assert (found.service, found.sent_at) == (service, NOW)
    assert (found.number, found.code, found.source, found.raised_at) == (7, 0x8F3F, "gsme", NOW - 5 * SECOND)
    assert found.logical_device == site.profile.model.flag + site.hub_serial
    assert found.system_title[:3] == site.profile.model.flag.encode()
    assert found.name == ""


@given(st.permutations(["system_title", "logical_device_name", "number", "code", "name", "source", "raised_at"]))
def test_every_family_has_its_own_order_and_a_reader_needs_no_copy_of_it(order):
    site = site_of(objects=tuple(order))
    found = read_alert(alerts.notification(site, TOLD, NOW))
    assert (found.number, found.code, found.name) == (7, 0x8F3F, "Physical Tamper")
    assert found == read_alert(alerts.notification(site_of(objects=tuple(sorted(order))), TOLD, NOW))


def test_an_alert_is_a_structure_and_what_it_adds_is_left_out():
    with pytest.raises(PduError, match="structure"):
        read_alert(DataNotification(1, array([])).to_bytes())
    more = structure(Data(Tag.LONG_UNSIGNED, 5), Data(Tag.BOOLEAN, True), Data(Tag.ENUM, 200))
    assert read_alert(DataNotification(1, more).to_bytes()).code == 5


def test_the_words_a_profile_may_use_are_all_known():
    push = msgspec.structs.replace(ASSUMED_PUSH, objects=tuple(alerts._WRITTEN))
    assert msgspec.convert(msgspec.to_builtins(push), type(push)) == push


def test_both_are_decoded_for_people():
    found = decode_octets(wrapper.encode(2, 1, PUSHED) + wrapper.encode(2, 1, EVENT))
    names = [part.name for part in found]
    assert "DATA_NOTIFICATION" in names
    assert "EVENT_NOTIFICATION" in names
    assert not any(part.fault for part in found)
    values = [part.value for part in found]
    assert values.count("2026-03-02T10:17:00Z") == 2
    assert any("0.0.96.50.102.255" in value for value in values)
    assert values.count(str(0x8F3F)) == 2

"""What SMS carry between the hub and the meter: a text that came, its answer, and readings taken by schedule."""

from collections.abc import Iterator

from emulator.device.happenings import Happening, ReadingScheduled, SmsTaken, TextAnswered
from emulator.device.hub.alert_queue import AlertArrived
from emulator.device.journal import DeviceName, Entry
from emulator.device.reached import Coupling, Devices, Reached
from emulator.device.sms import text
from emulator.device.sms.answer import SCHEDULED, TextReceived, told
from emulator.device.sms.flight import SmsComposed, SmsRead

_HUB, _METER = DeviceName.CHF, DeviceName.ESME
PUSHED = "ScheduledRead"
PUSH_CODE = 0
"""Of a scheduled reading that leaves as a notification: it is no alert, and has no code."""


def text_reaches_meter(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Give the meter what the hub received for it, oldest first."""
    if entry.device is _HUB and devices[_HUB].records.sms.inbox:
        yield Reached(_METER, TextReceived(devices[_HUB].records.sms.inbox[0], entry.seq))
        yield Reached(_HUB, SmsRead())


def answer_leaves(_: Devices, entry: Entry) -> Iterator[Reached]:
    """Have the hub send the meter's answer."""
    assert isinstance(entry.what, TextAnswered)
    yield Reached(_HUB, SmsComposed(entry.what.text))


def reading_leaves(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Send a scheduled reading by SMS, or push it as a notification."""
    meter, taken = devices[entry.device], entry.what
    rules = meter.site.profile.schedules
    assert isinstance(taken, ReadingScheduled)
    if rules is None or _HUB not in devices:
        return
    if rules.by == "push":
        yield Reached(_HUB, AlertArrived(entry.device.value, PUSH_CODE, PUSHED, entry.at))
        return
    one = told(meter.site, taken, meter.records, entry.seq)
    yield Reached(_HUB, SmsComposed(text.format_reading(SCHEDULED, one)))


COUPLINGS: dict[type[Happening], tuple[Coupling, ...]] = {
    SmsTaken: (text_reaches_meter,),
    TextAnswered: (answer_leaves,),
    ReadingScheduled: (reading_leaves,),
}

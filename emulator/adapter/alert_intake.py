"""What devices tell unasked: alerts that are pushed, polled or texted come in here, and leave as documents, once each.

A hub may tell an alert twice, and a make may send each event twice: what has the same hub, number and instant is one.
Of a storm the first few are passed on, the rest as one alert that says how many it stands for (service requests, 11).
"""

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emulator.adapter import alert_codes
from emulator.adapter.alert_codes import READ_BY_SCHEDULE, Meant
from emulator.adapter.alert_polling import Polling
from emulator.adapter.inventory import Entry
from emulator.adapter.late_answers import LateAnswers
from emulator.adapter.outcomes import FAILED, Followed
from emulator.adapter.storms import Storms
from emulator.adapter.surroundings import Pushed, Text, UnknownWayError
from emulator.device.sms.answer import SCHEDULED
from emulator.services.codes import Why
from emulator.services.document import Alert, Request, Response, dated

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

REMEMBERED: Final = 10_000
NOT_DELIVERED, NO_RESPONSE, OF_ADAPTER = "N12", "N13", "N55"
ON_THE_WAY: Final = {Why.UNREACHABLE.value: NOT_DELIVERED, Why.TIMEOUT.value: NO_RESPONSE}
UNDELIVERED_CODE: Final = "S1SP-CODE-UNDELIVERED"
_DESCRIPTION = 250


class AlertIntake:
    """The ear of one adapter."""

    def __init__(self, adapter: "Adapter") -> None:
        self._adapter = adapter
        self._storms = Storms()
        self.late = LateAnswers(adapter)
        self._polling = Polling(adapter, self.take, self._texted)
        self._seen: OrderedDict[tuple[Any, ...], None] = OrderedDict()

    async def listen(self) -> None:
        """Take alerts in for as long as the adapter is open."""
        self.watch()
        while True:
            await self._adapter.around.heard()
            for one in self._adapter.around.pushed():
                self.take(one)

    def watch(self) -> None:
        """Begin to ask hubs that are new in the inventory, where their family does not tell unasked."""
        self._polling.watch()

    def take(self, one: Pushed) -> None:
        """Take one alert in: give it out, unless it was given out before or is one of a storm."""
        key = (one.hub, one.number, one.eui64, one.code, one.raised_at)
        alike = (one.hub, None, one.eui64, one.code, one.raised_at)
        if key in self._seen or alike in self._seen:
            return
        for told in (key, alike):
            self._seen[told] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        entry = self._adapter.inventory.get(one.eui64)
        meant = self._meant(one)
        told_before = False
        request: Request | None = None
        if (ended := self._ended(one, meant)) is not None:
            told_before, ended.ended, request = ended.ended, True, ended.request
        if not told_before:
            self._give(one, meant, entry, request)

    def _meant(self, one: Pushed) -> Meant:
        try:
            profile = self._adapter.around.family(one.eui64)
        except UnknownWayError:
            return Meant(f"{one.code:04X}", one.name or "an alert of a device that nobody knows")
        return alert_codes.meant(profile, one.code, one.name)

    def _ended(self, one: Pushed, meant: Meant) -> Followed | None:
        try:
            return self._adapter.outcomes.ended(one.eui64, int(meant.code, 16), one.raised_at)
        except ValueError:
            return None  # a code that is none of a device

    def _give(self, one: Pushed, meant: Meant, entry: Entry | None, request: Request | None) -> None:
        adapter, now = self._adapter, self._adapter.around.now()
        alert = Alert(
            alert_code=meant.code,
            description=meant.description[:_DESCRIPTION],
            timestamp=dated(one.raised_at),
            business_originator_id=one.eui64,
            business_target_id=_supplier(entry),
            request_id=None if request is None else request.request_id,
            body=_outage(one, self._meter(entry)) if meant.code == alert_codes.OUTAGE else None,
        )
        if request is not None or not self._storms.folds(one.eui64, meant.code, now):
            adapter.alert(alert)
        elif self._storms.opens(one.eui64, meant.code):
            adapter.beside(self._fold(alert, self._storms.until(one.eui64, meant.code)))

    async def _fold(self, alert: Alert, until: int) -> None:
        """Give out one alert for those of a storm that were held back."""
        await self._adapter.until(until)
        assert alert.business_originator_id is not None
        number, count = self._storms.end(alert.business_originator_id, alert.alert_code)
        throttled = msgspec.structs.replace(alert, throttled_alert_sequence_id=number, throttled_alert_count=count)
        self._adapter.alert(throttled)

    def _meter(self, entry: Entry | None) -> Entry | None:
        """Give the electricity meter of a device's home, whose supply point it is; itself if there is none."""
        home = () if entry is None else self._adapter.inventory.home_of(entry)
        return next((one for one in home if one.device_type == "ESME"), entry)

    def _texted(self, hub: Entry, text: Text) -> None:
        """Take in a text: a reading by the meter's own schedule, or an answer, maybe a late one."""
        if not text.text.startswith(f"{SCHEDULED} "):
            self.late.take(hub.device_id, text)
            return
        meter = self._meter(hub) or hub
        self._adapter.alert(
            Alert(
                alert_code=READ_BY_SCHEDULE,
                description="a reading taken by the meter's own schedule",
                timestamp=dated(text.at),
                business_originator_id=meter.device_id,
                business_target_id=_supplier(meter),
                body={"ScheduledRead": {"Text": text.text}},
            )
        )

    # What the adapter has to say itself

    def outcome(self, one: Followed, code: int, at: int) -> None:
        """Tell what became of a dated command, as the meter's log has it."""
        word = "not actioned" if code == FAILED else "actioned"
        self._adapter.alert(
            Alert(
                alert_code=f"{code:04X}",
                description=f"future-dated command {word}",
                timestamp=dated(at),
                business_originator_id=one.entry.way_id,
                business_target_id=one.request.originator,
                request_id=one.request.request_id,
            )
        )

    def unknown_outcome(self, one: Followed) -> None:
        """Tell that nothing is known of a dated command a day after its date."""
        self._command_failure(one.request, NO_RESPONSE, "a dated command was accepted; what became of it is not known")

    def failed(self, request: Request, response: Response, body: Any, *, expected: bool) -> None:
        """Tell of a request that did not come through: one nobody waits for (N12, N13), or a code to key in (N55)."""
        way = response.reason
        if response.reason == Why.FUTURE_TIMEOUT.value:
            way = Why.TIMEOUT.value
        if way not in ON_THE_WAY:
            return
        if not expected:
            why = "not delivered" if way == Why.UNREACHABLE.value else "no response"
            self._command_failure(request, ON_THE_WAY[way], f"command {why}", response.dsp_schedule_id)
        utrn = getattr(body, "utrn", None)
        if utrn is not None:
            self._undelivered(request, response, utrn)

    def _command_failure(self, request: Request, code: str, why: str, schedule: int | None = None) -> None:
        failure = {"CommandRequestID": request.request_id}
        if schedule is not None:
            failure["DSPScheduleID"] = str(schedule)
        failure["DeviceID"] = request.target
        now = dated(self._adapter.around.now())
        self._adapter.alert(
            Alert(
                alert_code=code,
                description=why,
                timestamp=now,
                business_originator_id=request.target,
                business_target_id=request.originator,
                request_id=request.request_id,
                body={"CommandFailure": failure},
            )
        )

    def _undelivered(self, request: Request, response: Response, utrn: str) -> None:
        """Give the digits of a top-up that did not come through: they can be keyed in (service requests, 8.5)."""
        why = "the top-up may not have reached the meter: its code can be keyed in"
        told = {
            "RequestID": request.request_id,
            "DeviceID": request.target,
            "S1SPAlertCode": UNDELIVERED_CODE,
            "AdditionalInformation": why,
            "UTRN": utrn,
            "DateTime": response.timestamp.isoformat(),
        }
        self._adapter.alert(
            Alert(
                alert_code=OF_ADAPTER,
                description=why,
                timestamp=response.timestamp,
                business_originator_id=request.target,
                business_target_id=request.originator,
                request_id=request.request_id,
                utrn=utrn,
                body={"S1SPAlert": told},
            )
        )


def _supplier(entry: Entry | None) -> str | None:
    """Give who is told: the supplier of the supply point, if one is registered."""
    if entry is None:
        return None
    return entry.holder("GS" if entry.device_type in {"GSME", "GPF"} else "IS") or None


def _outage(one: Pushed, entry: Entry | None) -> dict[str, Any]:
    told = {"CommsHubDeviceID": one.hub, "StartDateTime": dated(one.raised_at).isoformat()}
    if entry is not None and entry.mpxn:
        told["MPxN"] = entry.mpxn
    return {"PowerOutageEvent": told}

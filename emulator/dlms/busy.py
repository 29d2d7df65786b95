"""A device that is busy with its last write, as its make or a fault has it: it says so, or says nothing."""

from emulator.device.meter import Meter
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.tags import Apdu, DataAccessResult

_FAILED = DataAccessResult.TEMPORARY_FAILURE
_ANSWERS = {
    bytes((Apdu.GET_REQUEST, wire.NORMAL)): (Apdu.GET_RESPONSE, (1, _FAILED)),
    bytes((Apdu.SET_REQUEST, wire.NORMAL)): (Apdu.SET_RESPONSE, (_FAILED,)),
    bytes((Apdu.ACTION_REQUEST, wire.NORMAL)): (Apdu.ACTION_RESPONSE, (_FAILED, 0)),
}


class Busy:
    """Until when the devices at one address are busy; 0 is not at all."""

    __slots__ = ("_meter", "until")

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.until = 0

    def wrote(self) -> None:
        """Begin to be busy, where the make is after a write."""
        pace = self._meter.site.profile.pace
        if pace.busy != "never" and pace.busy_after_write_ms:
            self.until = self._meter.now + pace.busy_after_write_ms

    def answer(self, apdu: bytes) -> bytes | None:
        """Answer a plain request while busy: a temporary failure, or no octets; None where it is served.

        The parts of a long transfer, and requests with a list, are served.
        """
        pace = self._meter.site.profile.pace
        if pace.busy == "never" or self._meter.now >= self.until:
            self.until = 0
            return None
        if pace.busy == "silent":
            return b""
        answer = _ANSWERS.get(apdu[:2])
        return None if answer is None else bytes((answer[0], wire.NORMAL, apdu[2], *answer[1]))

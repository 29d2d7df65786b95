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
    """The devices at one address are busy until an instant."""

    __slots__ = ("_meter", "_until")

    def __init__(self, meter: Meter, until: int) -> None:
        self._meter = meter
        self._until = until

    @property
    def over(self) -> bool:
        """Whether they are busy no more."""
        return self._meter.site.profile.pace.busy == "never" or self._meter.now >= self._until

    def answer(self, apdu: bytes) -> bytes | None:
        """Answer a plain request while busy: a temporary failure, or no octets; None where it is served.

        The parts of a long transfer, and requests with a list, are served.
        """
        if self._meter.site.profile.pace.busy == "silent":
            return b""
        answer = _ANSWERS.get(apdu[:2])
        return None if answer is None else bytes((answer[0], wire.NORMAL, apdu[2], *answer[1]))


def busy_after_write(meter: Meter) -> Busy | None:
    """Give how busy a write makes the devices: None where the make is not."""
    pace = meter.site.profile.pace
    if pace.busy == "never" or not pace.busy_after_write_ms:
        return None
    return Busy(meter, meter.now + pace.busy_after_write_ms)

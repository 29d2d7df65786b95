"""Programming at the optical port (IEC 62056-21, programming mode): a password, codes read and written, errors.

Takes commands whole and gives answers whole; when they may come, and how fast, is the port's business.
"""

from hmac import compare_digest
from typing import Any

from emulator.device.commands import Reason, Sender, SetClock
from emulator.device.configuration import AccessRejected, AuthenticationRejected
from emulator.device.meter import Metered
from emulator.device.tamper import MalformedReceived
from emulator.dlms import optical_codes
from emulator.dlms.framing import iec62056
from emulator.dlms.framing.iec62056 import Char, Command

MOST_PASSWORDS = 3  # wrong ones until the port breaks off (*assumed*)
OPTICAL_CLIENT = 0  # what the journal calls the reader at the port: no DLMS client has this number
PASSWORD, READ, WRITE = "P1", "R1", "W1"
WRITABLE = frozenset((optical_codes.TIME, optical_codes.DATE))
ACKNOWLEDGED = bytes((Char.ACK,))

UNREADABLE, UNKNOWN_CODE, NOT_PERMITTED, BAD_VALUE, NOT_NOW = (f"(ERR{number:02})" for number in range(1, 6))
ERRORS: dict[Reason, str] = {
    Reason.NOT_AUTHENTIC: NOT_PERMITTED,
    Reason.NOT_AUTHORISED: NOT_PERMITTED,
    Reason.MALFORMED: UNREADABLE,
    Reason.INVALID_VALUE: BAD_VALUE,
    Reason.NOT_APPLICABLE: UNKNOWN_CODE,
    Reason.NOT_SUPPORTED: UNKNOWN_CODE,
    Reason.CONFLICT_STATE: NOT_NOW,
    Reason.DUPLICATE: BAD_VALUE,
    Reason.WRONG_DEVICE: BAD_VALUE,
    Reason.LOCKED_OUT: NOT_NOW,
    Reason.LIMIT_EXCEEDED: BAD_VALUE,
    Reason.UNREACHABLE: NOT_NOW,
}
"""What a refused write is told; the standard leaves the words in the brackets to the maker (*assumed*)."""


class Programming:
    """One reader in programming mode. `broken_off` says that its answer was a break."""

    __slots__ = ("_meter", "_trusted", "_wrong", "broken_off")

    def __init__(self, meter: Metered[Any]) -> None:
        self._meter = meter
        self._trusted = False
        self._wrong = 0
        self.broken_off = False

    def perform(self, asked: Command) -> bytes:
        """Do a command and give the answer."""
        if asked.name == PASSWORD:
            return self._check(asked.data)
        found = iec62056.parse_data_set(asked.data)
        if asked.name not in {READ, WRITE} or found is None or not found[0]:
            if self._trusted:
                self._meter.note(MalformedReceived())
            return iec62056.answer(UNREADABLE)
        code, value = found
        if asked.name == READ:
            return iec62056.answer(optical_codes.read(self._meter, code) or UNKNOWN_CODE)
        error = self._write(code, value)
        return iec62056.answer(error) if error else ACKNOWLEDGED

    def _check(self, data: str) -> bytes:
        found = iec62056.parse_data_set(data)
        given = "" if found is None else found[1]
        if compare_digest(given.encode("ascii"), self._meter.site.password("optical")):
            self._trusted, self._wrong = True, 0
            return ACKNOWLEDGED
        self._trusted = False
        self._wrong += 1
        self._meter.note(AuthenticationRejected(OPTICAL_CLIENT, "optical port: wrong password"))
        self.broken_off = self._wrong >= MOST_PASSWORDS
        return iec62056.command(iec62056.BREAK) if self.broken_off else iec62056.answer(NOT_PERMITTED)

    def _write(self, code: str, value: str) -> str:
        """Write a code with the rights of management; gives the error, none if it was done."""
        if optical_codes.read(self._meter, code) is None:
            return UNKNOWN_CODE
        if not self._trusted or code not in WRITABLE:
            self._meter.note(AccessRejected(OPTICAL_CLIENT, f"optical port: write of {code}"))
            return NOT_PERMITTED
        to = optical_codes.written_clock(code, value, self._meter.shown_time)
        if to is None:
            return BAD_VALUE
        outcome = self._meter.send(SetClock(to), Sender.SUPPLIER)
        return "" if outcome.reason is None else ERRORS[outcome.reason]

"""Steps of the device itself: 3.2, 3.3, 6.11, 6.13, 6.15.x, 6.20.1, 6.23 and 11.2 (functional reference 10.7)."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from emulator.adapter.errand import Errand, Step, StepError
from emulator.device.commands import ClearEventLog, RestrictData, SetClock, SetSupplyNumber
from emulator.device.event_table import LINES
from emulator.services.bodies import device as bodies
from emulator.services.bodies.firmware import ReadFirmwareVersionRsp
from emulator.services.body import Body, Done
from emulator.services.codes import Why
from emulator.services.document import dated, instant_of

MEANINGS: Final = {line.code: line.meaning for line in LINES.values()}
LOGS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "Event": ("event_log", frozenset({"ESME", "GSME", "CHF"})),
    "Security": ("security_log", frozenset({"ESME", "GSME", "CHF"})),
    "GSMEEvent": ("event_log", frozenset({"GSME"})),
    "GSMESecurity": ("security_log", frozenset({"GSME"})),
}
"""Which log of the device is meant, and which devices have it. Power events have no log of their own in SMETS1, and
there are no auxiliary load switches (functional reference 2.9, 2.15 and annex H)."""
MOST_ENTRIES: Final = 100
ClockWord = Literal["reliable", "invalid", "unreliable"]
_CODES: Final[Mapping[ClockWord, int]] = {"reliable": 0, "invalid": 1, "unreliable": 2}


async def restrict(errand: Errand) -> Body:
    """3.2: what was before is no longer shown in the home; past and future dates are both valid."""
    body: bodies.RestrictAccessForChangeOfTenancy = errand.body
    await errand.send(RestrictData(instant_of(body.restriction_date_time)))
    return Done()


async def clear_log(errand: Errand) -> Body:
    """3.3: empty the event log; there is no log of auxiliary switches."""
    body: bodies.ClearEventLog = errand.body
    if body.esme_event_log_type == "ALCS":
        raise errand.refuse(Why.NOT_SUPPORTED, "this device has no log of auxiliary load switches")
    await errand.send(ClearEventLog())
    return Done()


async def set_clock(errand: Errand) -> Body:
    """6.11: within the tolerance; the reply has the clock as it is after, whether it was set or not."""
    body: bodies.SynchroniseClock = errand.body
    await errand.read("clock")  # the home may have to be woken first, and the time goes on
    await errand.send(SetClock(errand.later(instant_of(body.current_date_time)), body.tolerance_period))
    return bodies.SynchroniseClockRsp(**await clock_told(errand))


async def clock_told(errand: Errand) -> dict[str, Any]:
    """Read the clock, as 6.11 and 8.1.1 tell it."""
    if errand.gas:
        at = (await errand.read("clock"))["clock"]
        held = bodies.GasClock(asn1_status="reliable", response_code=_CODES["reliable"])
        return {"device_time": dated(at), "gas": bodies.GasTime(gas_clock_time_status=held)}
    read = await errand.read("clock", "clock_status")
    word: ClockWord = "reliable" if read["clock_status"] == "valid" else "invalid"
    status = bodies.ElectricityClock(time_status=word, time_status_code=_CODES[word])
    electricity = bodies.ElectricityTime(elec_clock_time_status=status)
    return {"device_time": dated(read["clock"]), "electricity": electricity}


async def read_log(errand: Errand) -> Body:
    """6.13: the entries of a log within a period, oldest first; a log that the device has not is not supported."""
    body: bodies.ReadEventOrSecurityLog = errand.body
    name, having = LOGS.get(body.log_to_read, ("", frozenset()))
    if errand.entry.device_type not in having:
        raise errand.refuse(Why.NOT_SUPPORTED, f"there is no {body.log_to_read} log on this device")
    period = body.read_log_period
    entries = await errand.log(name, instant_of(period.start_date_time), instant_of(period.end_date_time))
    return bodies.ReadEventOrSecurityLogRsp(
        log=tuple(
            bodies.LogEntry(
                timestamp=dated(at), log_code=f"{code:04X}", log_meaning=MEANINGS.get(code, "a maker's own")
            )
            for at, code, *_ in entries[-MOST_ENTRIES:]
        )
    )


async def credentials(errand: Errand) -> Body:
    """6.15 and 6.23: no user's key goes into a SMETS1 device; refused, or taken without touching it (8.3)."""
    declared = errand.profile.services
    if declared is None or declared.credentials == "refuse":
        raise StepError(Why.NOT_APPLICABLE, 1, "no credentials of users stand on a SMETS1 device")
    return Done()


async def supply_number(errand: Errand) -> Body:
    """6.20.1: the number must be of the device's own fuel."""
    body: bodies.SetDeviceConfigurationImportMPxN = errand.body
    number = body.import_mprn if errand.gas else body.import_mpans and body.import_mpans.import_mpan
    if not number:
        raise errand.refuse(Why.INVALID_VALUE, "the number is of the other fuel")
    if body.import_mpans is not None and body.import_mpans.secondary_import_mpan is not None:
        raise errand.refuse(Why.NOT_SUPPORTED, "the meter has one element, so no secondary MPAN")
    await errand.send(SetSupplyNumber(number))
    return Done()


async def firmware(errand: Errand) -> Body:
    """11.2: the version that runs."""
    return ReadFirmwareVersionRsp(firmware_version=(await errand.read("firmware"))["firmware"])


STEPS: Final[Mapping[str, Step]] = {
    "3.2": restrict,
    "3.3": clear_log,
    "6.11": set_clock,
    "6.13": read_log,
    "6.15.1": credentials,
    "6.15.2": credentials,
    "6.20.1": supply_number,
    "6.23": credentials,
    "11.2": firmware,
}

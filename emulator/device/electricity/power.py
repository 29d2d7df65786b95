"""Power rules of an electricity meter (functional reference 1.4): the mains go off and come back.

All state survives. Without mains the meter counts nothing and does nothing; what fell due meanwhile, and commands whose
time came, act when it has mains again, for the device acts unasked only while it is awake.
"""

from typing import Final

from emulator.device import tamper
from emulator.device.clock import without_time
from emulator.device.commands import Reason
from emulator.device.happenings import ClockInvalidated, Happening, PowerLost, PowerRestored
from emulator.device.instant import MINUTE, SECOND
from emulator.device.metering import begin_run
from emulator.device.records import Power, Records
from emulator.device.step import Event, Moment, Refused, Step, replace

OUTAGES_KEPT: Final = 128
LONG_MS: Final = 3 * MINUTE


class MainsOff(Event, frozen=True):
    """The mains went off."""


class MainsOn(Event, frozen=True):
    """The mains came back."""


def lose(records: Records, _: MainsOff, moment: Moment) -> Step:
    """Stop counting; the supply state stays as it is."""
    if not records.power.on:
        return Refused(Reason.CONFLICT_STATE, "the mains are off already")
    dark = replace(records, power=replace(records.power, on=False, since=moment.at))
    return begin_run(moment.site, dark, moment.at, supplied=False), (PowerLost(),)


def restore(records: Records, _: MainsOn, moment: Moment) -> Step:
    """Resume as before (2.8), and tell what sensors found meanwhile. The clock has its time if it ran on."""
    if records.power.on:
        return Refused(Reason.CONFLICT_STATE, "the mains are on")
    since, at = records.power.since, moment.at
    outages = (*records.power.outages, (since, at)) if at > since else records.power.outages
    lit = replace(
        records,
        power=Power(on=True, since=at, outages=outages[-OUTAGES_KEPT:]),
        tamper=replace(records.tamper, power_ups=records.tamper.power_ups + 1),
        voltage=replace(records.voltage, watching_since=at, told_at=at),
    )
    told: list[Happening] = [PowerRestored(at - since, "long" if at - since >= LONG_MS else "")]
    backup_s = moment.site.profile.clock.backup_s
    offset = lit.clock.offset_ms
    if backup_s and at - since > backup_s * SECOND:
        # The clock stood still from the moment its reserve was used up.
        offset -= at - since - backup_s * SECOND
        lit = replace(lit, clock=replace(lit.clock, offset_ms=offset, bent_at=at, valid=False))
        told.append(ClockInvalidated())
    running = begin_run(moment.site, lit, at, supplied=lit.flows, clock_offset_ms=offset)
    running = running if lit.clock.valid or lit.aside.table else without_time(running, moment)
    seen, more = tamper.tell_untold(tamper.rebooted(running, moment), moment)
    return seen, (*told, *more)

"""Mishaps of a meter's data and keys: what the world does to it, and what ends it again (device dossier 4.4 and 4.6).

Each is an event that a fault brings about at its start or its stop; a meter knows nothing of faults.
"""

from emulator.device.commands import UpdateSecurityCredentials
from emulator.device.configuration import update_credentials
from emulator.device.happenings import (
    CredentialsHandedOver,
    LoggingResumed,
    LoggingStopped,
    RegistersReset,
)
from emulator.device.household import Channel
from emulator.device.metering import begin_run, total_at
from emulator.device.records import MeterRecords, Records, Registers
from emulator.device.step import Event, Moment, Refused, Step, replace

HOLES_KEPT = 16


class RegistersLost(Event, frozen=True):
    """The meter's memory of its registers fails (D6)."""


class LoggingFails(Event, frozen=True):
    """Half hours no longer reach the profile log, at most until an instant (D7)."""

    until: int


class LoggingWorks(Event, frozen=True):
    """Half hours reach the profile log again."""


class KeysTaken(Event, frozen=True):
    """A party puts its own keys into the meter without handing over those there are (E5)."""

    party: str


class KeysReturned(Event, frozen=True):
    """The former keys are put back."""


def reset_registers(records: Records, _: RegistersLost, moment: Moment) -> Step:
    """Begin all registers at zero. Consumption goes on, and so does the account: money is not counted by registers."""
    held_wh = total_at(moment.site, records.runs, Channel.IMPORT, moment.at) // 1000
    zero = Registers(tou=(0,) * moment.site.metering.tou_registers)
    return begin_run(moment.site, records, moment.at, base=zero), (RegistersReset(held_wh),)


def stop_logging(records: MeterRecords, event: LoggingFails, moment: Moment) -> Step:
    """Note a hole of the profile log; a hole that is there already gets no second one."""
    if event.until <= moment.at or (records.holes and records.holes[-1][1] > moment.at):
        return records, ()
    holes = (*records.holes, (moment.at, event.until))[-HOLES_KEPT:]
    return replace(records, holes=holes), (LoggingStopped(event.until),)


def resume_logging(records: MeterRecords, _: LoggingWorks, moment: Moment) -> Step:
    """End the hole; what is in it stays lost."""
    if not records.holes:
        return records, ()
    since, until = records.holes[-1]
    return replace(records, holes=(*records.holes[:-1], (since, min(until, moment.at)))), (LoggingResumed(),)


def take_keys(records: MeterRecords, event: KeysTaken, moment: Moment) -> Step:
    """Set the keys aside and take up the party's: SMETS1 devices hold one set, none for each user."""
    if records.aside.credentials is not None:
        return records, ()
    keys = UpdateSecurityCredentials(
        encryption_key=moment.site.secret(f"{event.party} encryption key"),
        authentication_key=moment.site.secret(f"{event.party} authentication key"),
        master_key=moment.site.secret(f"{event.party} master key"),
    )
    step = update_credentials(records, keys, moment)  # type: ignore[arg-type]
    if isinstance(step, Refused):
        return step
    changed, told = step
    aside = replace(records.aside, credentials=records.credentials)
    return replace(changed, aside=aside), (*told, CredentialsHandedOver(event.party))


def return_keys(records: MeterRecords, _: KeysReturned, __: Moment) -> Step:
    """Put the former keys back, with their counters."""
    former = records.aside.credentials
    if former is None:
        return records, ()
    back = replace(records, credentials=former, aside=replace(records.aside, credentials=None))
    return back, (CredentialsHandedOver(""),)

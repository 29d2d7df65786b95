"""Enrolment as a hub sees it: an installation that nobody may reach, though it measures (device dossier 1.3 and 4.6).

A dormant set has coverage and keeps its session, but answers nobody: its supplier changed, or ended the contract with
the operator. One whose enrolment failed too often is excluded in the same way.
"""

from emulator.device.happenings import EnrolmentFailed, NetworkChanged
from emulator.device.hub.hub_records import Enrolment, HubRecords
from emulator.device.step import Event, Moment, Step, replace


class WanSilenced(Event, frozen=True):
    """The operator no longer serves the installation; the cause in a word."""

    cause: str


class WanServed(Event, frozen=True):
    """The installation is served again, and whatever attempts failed are forgotten."""


class AttemptFailed(Event, frozen=True):
    """Somebody who should be able to was not let in."""


def silence(records: HubRecords, event: WanSilenced, _: Moment) -> Step:
    """Answer nobody."""
    if records.enrolment.silent:
        return records, ()
    held = replace(records.enrolment, silent="dormant")
    return replace(records, enrolment=held), (NetworkChanged(f"dormant_{event.cause}"),)


def serve(records: HubRecords, _: WanServed, __: Moment) -> Step:
    """Answer again."""
    told = (NetworkChanged("served"),) if records.enrolment.silent else ()
    return replace(records, enrolment=Enrolment()), told


def count(records: HubRecords, _: AttemptFailed, moment: Moment) -> Step:
    """Count a failed attempt where they are counted; after so many the installation is excluded (E3)."""
    most = moment.site.profile.quirks.excluded_after
    if not most or records.enrolment.silent:
        return records, ()
    attempts = records.enrolment.attempts + 1
    held = Enrolment(attempts, "excluded") if attempts >= most else Enrolment(attempts)
    return replace(records, enrolment=held), (EnrolmentFailed(attempts, bool(held.silent)),)

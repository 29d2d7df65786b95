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
    """The operator serves the installation again."""


class AttemptsForgotten(Event, frozen=True):
    """Whatever attempts failed are forgotten, and with them the exclusion."""


class AttemptFailed(Event, frozen=True):
    """Somebody who should be able to was not let in."""


def silence(records: HubRecords, event: WanSilenced, _: Moment) -> Step:
    """Answer nobody; one that is excluded as well stays so after the operator serves it again."""
    if records.enrolment.silent == "dormant":
        return records, ()
    held = replace(records.enrolment, silent="dormant")
    return replace(records, enrolment=held), (NetworkChanged(f"dormant_{event.cause}"),)


def serve(records: HubRecords, _: WanServed, moment: Moment) -> Step:
    """Answer again, unless so many attempts failed that the installation is excluded."""
    attempts, most = records.enrolment.attempts, moment.site.profile.quirks.excluded_after
    return _spoken(records, Enrolment(attempts, "excluded" if 0 < most <= attempts else ""))


def forget(records: HubRecords, _: AttemptsForgotten, __: Moment) -> Step:
    """Forget the attempts; what was excluded answers again, what is dormant does not."""
    return _spoken(records, Enrolment(0, "dormant" if records.enrolment.silent == "dormant" else ""))


def _spoken(records: HubRecords, after: Enrolment) -> Step:
    served = bool(records.enrolment.silent) and not after.silent
    return replace(records, enrolment=after), (NetworkChanged("served"),) if served else ()


def count(records: HubRecords, _: AttemptFailed, moment: Moment) -> Step:
    """Count a failed attempt where they are counted; after so many the installation is excluded (E3)."""
    most = moment.site.profile.quirks.excluded_after
    if not most or records.enrolment.silent:
        return records, ()
    attempts = records.enrolment.attempts + 1
    held = Enrolment(attempts, "excluded") if attempts >= most else Enrolment(attempts)
    return replace(records, enrolment=held), (EnrolmentFailed(attempts, bool(held.silent)),)

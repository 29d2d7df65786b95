"""Change of tenancy (functional reference 2.13): a new consumer does not see what the one before used."""

from emulator.device.commands import Reason, RestrictData
from emulator.device.happenings import TenancyChanged
from emulator.device.household import Site
from emulator.device.instant import LAST
from emulator.device.records import MeterRecords, Tenancy
from emulator.device.step import Moment, Refused, Step, replace


def restrict(records: MeterRecords, command: RestrictData, _: Moment) -> Step:
    """Hide history before an instant, past or to come; it holds from receipt on."""
    if not 0 <= command.before <= LAST:
        return Refused(Reason.INVALID_VALUE, "a restriction is a date before the year 10000")
    return replace(records, tenancy=Tenancy(command.before)), (TenancyChanged(command.before),)


def visible_from(site: Site, records: MeterRecords, shown_at: int) -> int:
    """Say from which time of the device clock on a consumer interface may show history: profile, daily reads, bills.

    `shown_at` is the clock now: before a restriction that is to come, nothing there is may be shown. The head end is
    not restricted. Some sets show the earlier tenant's all the same (device dossier 4.6, E6).
    """
    before = None if site.profile.quirks.shows_earlier_tenancy else records.tenancy.restricted_before
    return 0 if before is None else min(before, shown_at)

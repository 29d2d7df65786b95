"""A display that starts anew every few minutes, as firmware of the home network made some do (dossier 4.2, F5)."""

from emulator.device.display.display_records import DisplayRecords, Held
from emulator.device.display.face_records import Face
from emulator.device.happenings import DisplayPowered
from emulator.device.household import Site
from emulator.device.instant import SECOND
from emulator.device.splitmix import stream
from emulator.device.step import Due, Event, Moment, Step, replace


class DisplayReboots(Event, frozen=True):
    """The display starts anew."""


def due(site: Site, records: DisplayRecords, now: int) -> Due | None:
    """Say when an in-home display next starts anew: at fixed times, each home's its own."""
    every = site.profile.quirks.ihd_reboots_every_s * SECOND
    if not every or records.kind != "ihd":
        return None
    offset = stream(site.key, "IHD REBOOTS") % every
    at = -(-(max(now, records.power.since + 1) - offset) // every) * every + offset
    return Due(at, DisplayReboots())


def reboot(records: DisplayRecords, _: DisplayReboots, moment: Moment) -> Step:
    """Forget what was seen, and hear nothing until the display is up again."""
    up_at = moment.at + moment.site.profile.quirks.ihd_reboot_s * SECOND
    anew = replace(
        records,
        power=replace(records.power, since=moment.at),
        link=replace(records.link, since=max(up_at, records.link.since)),
        held=Held(),
        face=Face(),
    )
    return anew, (DisplayPowered(on=False), DisplayPowered(on=True))

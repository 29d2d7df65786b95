"""An image in a meter: offered, verified, activated; and what comes of it (device dossier 4.2, functional reference 9).

How an image travels is not here: `FirmwareOffered` says that a complete one is there. In how many steps it comes to run
is the profile's firmware model. A meter that an image broke does nothing any more but show a version.
"""

from typing import Any, Literal

from emulator.device import tamper
from emulator.device.happenings import (
    FirmwareActivating,
    FirmwareChanged,
    FirmwareChecked,
    FirmwareUpgrade,
    Happening,
    MeterBroken,
    MeterRepaired,
    PowerRestored,
)
from emulator.device.household import Site
from emulator.device.instant import SECOND
from emulator.device.profiles.profile_family import FirmwareModel, FirmwarePart
from emulator.device.records import Install, MeterRecords
from emulator.device.step import Due, Event, Moment, Step, replace

Port = Literal["unknown", "wan", "optical"]
PORTS: dict[str, int] = {"unknown": 0x00, "wan": 0x80, "optical": 0x90}
"""The high nibble of an upgrade event's user octet (device dossier 3.3, EI3)."""
REASONS = {"started": 0, "completed": 1, "failed": 2, "rejected": 3}


class FirmwareOffered(Event, frozen=True):
    """A complete image is there, of a part ("" is the first one); by which port, and by which user of it."""

    version: str
    part: str = ""
    port: Port = "wan"
    user: int = 1


class FirmwareVerification(Event, frozen=True):
    """The image in the slot is to be verified (three-stage)."""


class FirmwareActivation(Event, frozen=True):
    """The verified image in the slot is to run."""


class FirmwareDue(Event, frozen=True):
    """The meter has started anew."""


class FirmwareBreaks(Event, frozen=True):
    """The meter's firmware breaks: it does nothing any more."""


class MeterMended(Event, frozen=True):
    """A broken meter is mended, or exchanged for one that has its registers."""


def broken(records: Any) -> str:
    """Give the version that a broken meter shows; "" of everything else."""
    return records.install.broken if isinstance(records, MeterRecords) else ""


def _dead(records: MeterRecords) -> bool:
    """Say whether nobody is there to take an image: no power, or broken."""
    return bool(records.install.broken) or not records.power.on


def current(site: Site, records: MeterRecords) -> str:
    """Give the version that runs."""
    model = site.profile.gas_model if site.fuel == "gas" else site.profile.model
    return records.firmware or ("" if model is None else model.firmware)


def offer(records: MeterRecords, event: FirmwareOffered, moment: Moment) -> Step:
    """Take an image in, or reject it; where one command does it all, it is activated at once."""
    if _dead(records):
        return records, ()
    site, model = moment.site, moment.site.profile.firmware_model
    user = PORTS[event.port] | event.user & 0x0F
    refusal = "not_supported" if model is None else _refusal(site, model, records, event)
    if model is None or refusal:
        return records, (_upgrade("rejected", Install(event.version, event.part, user), refusal),)
    held = Install(event.version, event.part, user, stage="received")
    told: tuple[Happening, ...] = (_upgrade("started", held),) if model.tells_delivery else ()
    ends = site.profile.quirks.upgrade_ends
    if ends:
        return records, (*told, _upgrade(ends, held))
    records = replace(records, install=held)
    if model.stages == "three-stage":
        return records, told
    records, more = _verify(records, model)
    if model.stages == "two-stage":
        return records, (*told, *more)
    records, last = _activate(records, moment)
    return records, (*told, *more, *last)


def _refusal(site: Site, model: FirmwareModel, records: MeterRecords, event: FirmwareOffered) -> str:
    part = _part(site, model, event.part)
    if site.profile.quirks.no_images:
        return "no_signed_image"
    if part is None or model.stages == "none":
        return "not_supported" if part is None or not event.part else "unknown_part"
    if not part.over_the_air and event.port == "wan":
        return "not_over_the_air"
    if records.install.until is not None:
        return "busy"
    if not _follows(site, records, event.version) and not site.profile.quirks.wrong_order_breaks:
        return "wrong_predecessor"
    return ""


def _part(site: Site, model: FirmwareModel, name: str) -> FirmwarePart | None:
    own = "gsme" if site.fuel == "gas" else "esme"
    return next((one for one in model.parts if one.device == own and name in {"", one.name}), None)


def _is_first(site: Site, name: str) -> bool:
    """Say whether a part is the one whose version the meter tells as its own."""
    model = site.profile.firmware_model
    first = None if model is None else _part(site, model, "")
    return not name or first is None or first.name == name


def _follows(site: Site, records: MeterRecords, version: str) -> bool:
    """Say whether a version may be reached from the one that runs (device dossier 4.2, F1)."""
    model = site.profile.firmware_model
    allowed = None if model is None else model.predecessors.get(version)
    return allowed is None or current(site, records) in allowed


def _verify(records: MeterRecords, model: FirmwareModel) -> tuple[MeterRecords, tuple[Happening, ...]]:
    verified = replace(records, install=replace(records.install, stage="verified"))
    return verified, (FirmwareChecked("ok"),) if model.tells_delivery else ()


def _activate(records: MeterRecords, moment: Moment) -> tuple[MeterRecords, tuple[Happening, ...]]:
    model, quirks = moment.site.profile.firmware_model, moment.site.profile.quirks
    assert model is not None
    lasts_s = max(model.reboot_s, quirks.activation_cuts_hub_s) + quirks.install_silence_s
    until = moment.at + lasts_s * SECOND
    cuts = quirks.activation_cuts_hub_s > 0
    going = replace(records.install, stage="activating", since=moment.at, until=until, cuts_hub=cuts)
    return replace(records, install=going), (FirmwareActivating(going.version, until, cuts),)


def verify(records: MeterRecords, _: FirmwareVerification, moment: Moment) -> Step:
    """Verify what was received; without an image nothing happens."""
    model = moment.site.profile.firmware_model
    ready = records.install.stage == "received" and not _dead(records)
    return _verify(records, model) if ready and model is not None else (records, ())


def activate(records: MeterRecords, _: FirmwareActivation, moment: Moment) -> Step:
    """Begin to run a verified image; without one nothing happens."""
    ready = records.install.stage == "verified" and moment.site.profile.firmware_model is not None
    ready = ready and not _dead(records)
    return _activate(records, moment) if ready else (records, ())


def due(_: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when the meter has started anew."""
    return None if records.install.until is None else Due(max(now, records.install.until), FirmwareDue())


def finish(records: MeterRecords, _: FirmwareDue, moment: Moment) -> Step:
    """Run the other version; one that may not follow the one before breaks the meter (device dossier 4.2, F1)."""
    site, held = moment.site, records.install
    if not _follows(site, records, held.version):
        return _break(replace(records, install=Install()), held.version)
    told: tuple[Happening, ...] = (_upgrade("completed", held),)
    done = replace(records, install=Install())
    if _is_first(site, held.part):
        done = replace(done, firmware=held.version)
        told = (FirmwareChanged(held.version), *told)
    if held.cuts_hub:  # the mains never went: the meter only believes so (device dossier 4.1, W7)
        told = (PowerRestored(moment.at - held.since, "long"), *told)
    seen, more = tamper.tell_untold(tamper.rebooted(done, moment), moment)
    return seen, (*told, *more)


def break_down(records: MeterRecords, _: FirmwareBreaks, moment: Moment) -> Step:
    """Do nothing any more."""
    return (records, ()) if broken(records) else _break(records, current(moment.site, records))


def _break(records: MeterRecords, version: str) -> Step:
    return replace(records, install=Install(broken=version)), (MeterBroken(version),)


def mend(records: MeterRecords, _: MeterMended, __: Moment) -> Step:
    """Work again, with the firmware that ran before; an activation under way is given up."""
    told = (MeterRepaired(),) if broken(records) else ()
    return replace(records, install=Install()), told


def _upgrade(kind: str, held: Install, detail: str = "") -> FirmwareUpgrade:
    return FirmwareUpgrade(kind, REASONS[kind], held.user, held.version, held.part, detail)

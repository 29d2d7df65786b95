"""A code that was keyed at a meter and left standing: some makes take it as submitted after a while (dossier 3.1)."""

from emulator.device.commands import AddCredit, Reason, Sender
from emulator.device.display.display_text import top_up_words
from emulator.device.display.face import said
from emulator.device.future import in_turn
from emulator.device.happenings import LocalCommandActioned, LocalCommandNotActioned
from emulator.device.household import Site
from emulator.device.instant import SECOND
from emulator.device.money.utrn import locked
from emulator.device.profiles.profile_display import Interface
from emulator.device.records import MeterRecords
from emulator.device.step import Due, Event, Moment, Refused, Rule, Step, replace

REASONS = {
    "incomplete": Reason.MALFORMED,
    "check_digit": Reason.INVALID_VALUE,
    "wrong_device": Reason.WRONG_DEVICE,
    "not_authentic": Reason.NOT_AUTHENTIC,
    "duplicate": Reason.DUPLICATE,
    "locked_out": Reason.LOCKED_OUT,
    "above_max_credit": Reason.LIMIT_EXCEEDED,
    "above_max_balance": Reason.LIMIT_EXCEEDED,
}
"""Why a meter refused what a display handed over, by the kind of its happening."""


class EntryLeft(Event, frozen=True):
    """Nobody has pressed a key for a while, and a code stands in the display."""


def block_of(site: Site) -> Interface:
    """Give the profile's block of a meter's own display."""
    profile = site.profile
    return profile.display if site.fuel == "electricity" else profile.gas_display or profile.display


def key_locked(site: Site, records: MeterRecords, key: str, now: int) -> bool:
    """Say whether the key that begins a code is locked together with the entry (device dossier 4.5, P3)."""
    if not site.profile.quirks.lock_takes_key:
        return False
    return "code" in block_of(site).keys.get("pages", {}).get(key, ()) and locked(records.receipts.tries, now)


def due(site: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when a code that was left standing is submitted."""
    if not records.face.entered or not block_of(site).submits_when_idle:
        return None
    return Due(max(now, records.face.pressed_at + block_of(site).idle_s * SECOND), EntryLeft())


def submitting(rules: dict[type, tuple[Rule, ...]]) -> Rule:
    """Make the rule that submits it by a meter's own table, and shows what came of it."""

    def submit(records: MeterRecords, _: EntryLeft, moment: Moment) -> Step:
        block, keyed = block_of(moment.site), records.face.entered or ""
        cleared = replace(records, face=replace(records.face, entered=None))
        command = AddCredit(keyed)
        step = in_turn(rules[AddCredit], cleared, command, Moment(moment.site, moment.at, Sender.CONSUMER))
        if isinstance(step, Refused):
            after, happened = cleared if step.records is None else step.records, step.happened
            happened = (*happened, LocalCommandNotActioned("interface", command.title))
        else:
            after, happened = step
            happened = (*happened, LocalCommandActioned("interface", command.title))
        text = top_up_words(happened, moment.site.profile, block)[2]
        shown = said(after.face, text, moment.at + block.said_s * SECOND)
        return replace(after, face=shown), happened

    return submit

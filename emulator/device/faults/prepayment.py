"""Faults of prepayment (device dossier 4.5): codes that are not made or not taken, credit and modes that go astray."""

from collections.abc import Iterable

from emulator.device.faults.fault import Fault, Moment, Parameter, Values
from emulator.device.money import mishaps
from emulator.device.overlay import Changes
from emulator.device.reached import Reached

_POUND_MP = 100_000
_MOST_MP = 2**31 - 1

# The words of two makes for a code that is not taken (device dossier 3.1 [S23] and 3.2 [S41]); of a third for too much
# credit (4.5 P8 [S59]).
_WORDS = {
    "keypad": {
        "duplicate": "Duplicate",
        "wrong_device": "Invalid",
        "not_authentic": "Incorrect",
        "check_digit": "Incorrect",
        "incomplete": "Incomplete",
        "above_max_credit": "Account High",
        "above_max_balance": "Account High",
    },
    "two-button": {
        "duplicate": "Credit Already Used",
        "wrong_device": "Invalid Code",
        "not_authentic": "Invalid Code",
        "check_digit": "Invalid Code",
        "incomplete": "Invalid Code",
        "above_max_credit": "Invalid Code",
        "above_max_balance": "Invalid Code",
    },
    "four-button": {"above_max_credit": "Exceeds maximum", "above_max_balance": "Exceeds maximum"},
}


def _words(given: Values) -> Changes:
    words = _WORDS.get(str(given["words"]))
    return {} if words is None else {"prepayment": {"words": words}}


def _wrong_codes(given: Values) -> Changes:
    return {"quirks": {"codes_issued": given["kind"]}, **_words(given)}


def _lock_out(given: Values) -> Changes:
    rules = {"utrn_tries": given["tries"], "utrn_window_s": given["window_s"], "utrn_lock_s": given["lock_s"]}
    return {"prepayment": rules, "quirks": {"lock_takes_key": given["locks"] == "key"}}


def _limits(given: Values) -> Changes:
    limits = {"most_credit_mp": given["credit_mp"], "most_balance_mp": given["balance_mp"]}
    return {"quirks": limits, **_words(given)}


def _lift_lock(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, mishaps.LockLifted())


def _build_debt(moment: Moment) -> Iterable[Reached]:
    hours = (moment.number("from_minute"), moment.number("until_minute"))
    yield Reached(moment.device.kind.name, mishaps.FriendlyDebtBuilds(*hours, moment.number("debt_mp")))


def _end_debt(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, mishaps.FriendlyDebtEnds())


def _revert(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, mishaps.ModeReverts())


def _right(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, mishaps.ModeRighted())


FAULTS = (
    Fault(
        name="no_codes_issued",
        title="Central outage of top-up codes",
        behaviour="The systems that make codes are down: a payment is taken and no code can be issued. Codes that were "
        "made before are taken by the meter as ever. At the stop codes are made again.",
        source="device dossier 4.5 P1 [S79]",
        target="home",
        row="P1",
        changes=lambda _: {"quirks": {"codes_issued": "none"}},
    ),
    Fault(
        name="wrong_codes_issued",
        title="Duplicate, wrong fuel, incomplete",
        behaviour="The outlet hands out codes that the meter cannot take: one that was used already (once one was), "
        "one for another fuel's meter, or one that lacks a digit. The meter refuses each in the words of its make, or "
        "in those of another make that are given. At the stop the codes are right again.",
        source="device dossier 4.5 P2, 3.1, 3.2 [S23][S41][S80]",
        target="esme",
        meters=True,
        row="P2",
        needs=("prepayment.offered",),
        parameters=(
            Parameter("kind", "duplicate", "what is wrong", words=("duplicate", "wrong_fuel", "incomplete")),
            Parameter("words", "own", "whose words are shown", words=("own", "keypad", "two-button")),
        ),
        changes=_wrong_codes,
    ),
    Fault(
        name="code_entry_lockout",
        title="Lockout of code entry",
        behaviour="So many wrong codes, one after another within a window, lock the entry for a while: the codes alone "
        "(a two-button make: five in ten minutes, for an hour), or with them the key that begins one (a keypad make: "
        "key A says Key Locked). Codes from the head end are taken. At the stop the lock is lifted and the make's own "
        "rule holds.",
        source="device dossier 4.5 P3, 3.1, 3.2 [S23][S41]",
        target="esme",
        meters=True,
        row="P3",
        needs=("prepayment.offered",),
        parameters=(
            Parameter("tries", 5, "wrong codes that lock", least=1, most=100),
            Parameter("window_s", 600, "within so many s", least=1, most=86_400),
            Parameter("lock_s", 3_600, "for so many s", least=1, most=604_800),
            Parameter("locks", "codes", "what is locked", words=("codes", "key")),
        ),
        changes=_lock_out,
        ends=_lift_lock,
    ),
    Fault(
        name="cut_off_after_friendly_hours",
        title="Cut-off at 11:00",
        behaviour="Supply is kept overnight although credit is used up; when the friendly hours end the supply goes "
        "off, and what was run up stands against the next top-up, so that a small one does not bring it back. Hours "
        "and debt are the parameters (by the meter's clock, in minutes of the day); a meter in credit mode is not "
        "touched. At the stop the former hours hold, and the debt that was laid on the balance is given back.",
        source="device dossier 4.5 P4 [S81]",
        target="esme",
        meters=True,
        row="P4",
        needs=("prepayment.full",),
        parameters=(
            Parameter("from_minute", 960, "minute of the day at which the hours begin", least=0, most=1_439),
            Parameter("until_minute", 660, "minute of the day at which they end", least=0, most=1_439),
            Parameter("debt_mp", 5 * _POUND_MP, "debt run up in them, in mp (0: only what runs up)", most=_MOST_MP),
        ),
        begins=_build_debt,
        ends=_end_debt,
    ),
    Fault(
        name="taken_for_prepayment",
        title="Supplier takes the meter for one on prepayment",
        behaviour="A meter in credit mode is put on prepayment; with an amount due there is no credit, so the supply "
        "opens while the account is empty. A meter that is on prepayment is not touched. At the stop the mode is "
        "credit again, and the supply waits for the customer to close it.",
        source="device dossier 4.5 P5 [S82]",
        target="esme",
        meters=True,
        row="P5",
        needs=("prepayment.offered",),
        begins=_revert,
        ends=_right,
    ),
    Fault(
        name="credit_left_at_mode_change",
        title="Credit stays after a change of mode",
        behaviour="At a change from prepayment to credit mode the prepaid credit leaves the balance: a refund code "
        "states it, for the supplier to honour, or it is lost; makes differ in this. After the stop a change of mode "
        "keeps the credit again; what has gone does not come back.",
        source="device dossier 4.5 P6, 3.1 [S23]",
        target="esme",
        meters=True,
        row="P6",
        needs=("prepayment.offered",),
        parameters=(Parameter("credit", "refunded", "what becomes of it", words=("refunded", "lost")),),
        changes=lambda given: {"quirks": {"credit_at_mode_change": given["credit"]}},
    ),
    Fault(
        name="prepayment_unsupported",
        title="Prepayment unsupported after a change of supplier",
        behaviour="The new supplier cannot run this set on prepayment: the change of mode is refused, and no code is "
        "taken, by key or from afar. At the stop prepayment is there again.",
        source="device dossier 4.5 P7 [S83]",
        target="home",
        row="P7",
        needs=("prepayment.offered",),
        changes=lambda _: {"prepayment": {"level": "none"}},
        absent="that a fitter exchanges the meter within days; the set stays as it is until the stop",
    ),
    Fault(
        name="over_limit_top_up",
        title="Over-limit top-up",
        behaviour="A code of more than one limit, or one that would lift the balance above the other, is refused with "
        "the make's word for it, whatever limits are configured. At the stop the configured limits hold.",
        source="device dossier 4.5 P8 [S23][S59]",
        target="esme",
        meters=True,
        row="P8",
        needs=("prepayment.offered",),
        parameters=(
            Parameter("credit_mp", 50 * _POUND_MP, "greatest top-up in mp (0: as configured)", most=_MOST_MP),
            Parameter("balance_mp", 250 * _POUND_MP, "greatest balance in mp (0: as configured)", most=_MOST_MP),
            Parameter("words", "own", "whose words are shown", words=("own", "keypad", "four-button")),
        ),
        changes=_limits,
    ),
    Fault(
        name="spurious_top_up_shown",
        title="Top-up message that nobody caused",
        behaviour="As the supply is restored, displays in the home say for a moment that a pound was added. Nothing "
        "was: the account does not change. From the stop on a restored supply is told without it.",
        source="device dossier 4.5 P9 [S28], seen on a second-generation set",
        target="home",
        row="P9",
        needs=("prepayment.offered",),
        parameters=(Parameter("amount_mp", _POUND_MP, "what they say was added, in mp", least=1_000, most=_MOST_MP),),
        changes=lambda given: {"quirks": {"says_added_mp": given["amount_mp"]}},
    ),
)

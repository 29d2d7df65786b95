"""A meter that is spoken to by SMS: codes, readings, schedules, change of tenancy and supplier, and refusals."""

import pytest
from device_sites import NOW
from hub_sites import ESME, hub, told
from hub_sites import home as dlms_home
from hypothesis import given, settings
from hypothesis import strategies as st
from money_sites import POUND, PRICES, TERMS
from sms_sites import hand_in, sent, sms_home

from emulator.device import happenings
from emulator.device.commands import ActivateEmergencyCredit, AdjustDebt, ChangeAccount, Reason, Sender
from emulator.device.electricity import power
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.sms import text

SUPPLIER = Sender.SUPPLIER


def prepaid(balance_mp=3 * POUND, **of_home):
    of = sms_home(**of_home)
    of.note(ESME, AccountStarts(Contract(Mode.PREPAYMENT, balance_mp, PRICES, TERMS)))
    return of


def password(of):
    return of.premises.electricity.password("sms").decode()


def ask(of, said, at=None):
    """Hand a text in, and give the answers that come at once."""
    before = len(sent(of))
    assert hand_in(of, said, at).accepted
    return sent(of)[before:]


def vended(of, pounds):
    return top_up.vend_for(of.esme.site, of.esme.records, pounds * POUND)


def test_a_code_that_came_by_sms_is_entered_as_if_it_were_keyed():
    of = prepaid()
    assert ask(of, vended(of, 10)) == ["OK"]
    (added,) = told(of, happenings.CreditAdded)
    assert (added.value_mp, added.local) == (10 * POUND, True)
    assert of.esme.account().balance_mp == 13 * POUND


def test_a_code_is_taken_once():
    of = prepaid()
    digits = vended(of, 10)
    assert ask(of, digits) == ["OK"]
    assert ask(of, digits, NOW + MINUTE) == ["ERR duplicate"]


def test_wrong_codes_lock_the_entry_as_wrong_keys_do():
    of = prepaid()
    used = vended(of, 1)
    assert ask(of, used) == ["OK"]
    assert [ask(of, used) for _ in range(5)] == [["ERR duplicate"]] * 5  # five tries (dossier 3.2)
    assert told(of, happenings.EntryLocked)
    assert ask(of, vended(of, 10)) == ["ERR locked_out"]


def test_a_code_stands_in_no_journal():
    of = prepaid()
    digits = vended(of, 10)
    ask(of, digits)
    assert digits not in repr(of.journal)
    assert password(of) not in repr(of.journal)


def test_a_late_code_is_entered_when_it_arrives():
    of = prepaid(wan={"sms_late_s": 3_600})
    assert ask(of, vended(of, 10)) == []
    of.advance(NOW + HOUR)
    assert sent(of) == ["OK"]


def test_a_reading_is_asked_for_in_one_word():
    of = prepaid(balance_mp=-POUND)
    (said,) = ask(of, "READ")
    word, reading = text.parse_reading(said)
    assert word == "READ"
    assert reading.total_wh == of.esme.total_mwh(Channel.IMPORT) // 1000
    assert (reading.prepays, reading.balance_mp, reading.arrears_mp) == (True, -POUND, 0)
    assert reading.shown_at == NOW // 1000 * 1000
    assert (reading.mpan, reading.serial) == (of.esme.site.mpan, of.esme.site.serial)


def test_a_reading_tells_of_arrears_low_credit_and_emergency_credit():
    of = prepaid(balance_mp=POUND // 2)
    assert of.send(ESME, AdjustDebt(time_1_mp=300, time_2_mp=20, payment_mp=1), SUPPLIER).accepted
    reading = text.parse_reading(ask(of, "READ")[0])[1]
    assert (reading.arrears_mp, reading.status, reading.emergency) == (321, 0x04, 0)  # low credit
    assert of.send(ESME, ActivateEmergencyCredit(), SUPPLIER).accepted
    assert text.parse_reading(ask(of, "READ")[0])[1].emergency == 1  # lent, not in use
    of.advance(NOW + 5 * DAY)
    assert text.parse_reading(ask(of, "READ")[0])[1].emergency == 3


def test_every_text_is_answered_and_the_hub_counts_what_it_understood():
    of = sms_home()
    assert ask(of, "HELLO") == ["ERR unknown"]
    assert ask(of, "READ NOW") == ["ERR malformed"]
    assert ask(of, "123") == ["ERR incomplete"]
    ask(of, "READ")
    assert [taken.understood for taken in told(of, happenings.SmsTaken)] == [False, False, False, True]
    assert hub(of).records.sms.inbox == ()


@pytest.mark.parametrize("said", ["COT", "COS BAL=0", "SCHED 1 DAILY"])
def test_what_a_supplier_may_do_needs_the_password(said):
    of = prepaid()
    before = of.esme.records
    assert ask(of, f"{said} PW=guess") == ["ERR not_authentic"]
    assert of.esme.records is before


def test_a_schedule_is_set_and_cleared_by_sms():
    of = sms_home()
    assert ask(of, f"SCHED 1 DAILY PW={password(of)}") == ["OK"]
    of.advance(NOW + 2 * DAY)
    assert [said.split()[0] for said in sent(of)[1:]] == ["SCHED_READ"] * 2
    assert ask(of, f"SCHED 1 OFF PW={password(of)}") == ["OK"]
    assert of.next_due() is None
    assert ask(of, f"SCHED 9 DAILY PW={password(of)}") == ["ERR invalid_value"]


def test_a_change_of_tenancy_clears_emergency_credit_and_writes_balance_and_debt():
    of = prepaid(balance_mp=POUND // 2)
    assert of.send(ESME, AdjustDebt(time_1_mp=300, time_2_mp=20, payment_mp=1), SUPPLIER).accepted
    assert of.send(ESME, ActivateEmergencyCredit(), SUPPLIER).accepted
    assert ask(of, f"COT BAL=200000 DEBT=0 PW={password(of)}", NOW + MINUTE) == ["OK"]
    account = of.esme.records.account
    assert account.balance_mp == 2 * POUND
    assert not account.emergency_on
    assert (account.debts[0].left_mp, account.debts[1].left_mp, account.payment_debt_mp) == (0, 0, 0)
    assert of.esme.records.tenancy.restricted_before == NOW + MINUTE
    assert told(of, happenings.AccountChanged) == [happenings.AccountChanged("tenancy")]


def test_a_change_of_supplier_leaves_the_tenant_his_history_and_what_is_not_named():
    of = prepaid()
    assert of.send(ESME, AdjustDebt(time_1_mp=300), SUPPLIER).accepted
    assert ask(of, f"COS DEBT=777 PW={password(of)}") == ["OK"]
    account = of.esme.records.account
    assert (account.balance_mp, account.debts[0].left_mp) == (3 * POUND, 777)
    assert of.esme.records.tenancy.restricted_before is None


def test_a_change_may_wait_for_its_date():
    of = prepaid()
    assert ask(of, f"COT 2026-01-03 BAL=0 PW={password(of)}") == ["HELD"]
    of.advance(NOW + DAY)
    assert not told(of, happenings.AccountChanged)
    of.advance(NOW + 3 * DAY)
    assert told(of, happenings.AccountChanged) == [happenings.AccountChanged("tenancy")]
    assert told(of, happenings.BalanceAdjusted)


@pytest.mark.parametrize("command", [ChangeAccount("tenancy", debt_mp=-1), ChangeAccount("supplier", balance_mp=2**31)])
def test_a_change_beyond_what_a_meter_holds_is_refused(command):
    outcome = prepaid().send(ESME, command, SUPPLIER)
    assert (outcome.accepted, outcome.reason) == (False, Reason.INVALID_VALUE)


def test_a_set_of_another_wire_takes_no_change_in_one_and_answers_no_text():
    of = dlms_home()
    assert of.send(ESME, ChangeAccount("tenancy"), SUPPLIER).reason is Reason.NOT_APPLICABLE
    assert ask(of, "READ") == []
    assert hub(of).records.sms.inbox == ()


def test_a_meter_without_power_answers_when_it_has_it_again():
    of = sms_home()
    of.note(ESME, power.MainsOff())
    assert ask(of, "READ") == []
    of.note(ESME, power.MainsOn(), NOW + HOUR)
    of.advance(NOW + 2 * HOUR)
    assert [said.split()[0] for said in sent(of)] == ["READ"]


def test_two_texts_of_one_moment_are_answered_in_order():
    of = sms_home(wan={"sms_late_s": 60})
    for said in ("READ", "HELLO", "123"):
        hand_in(of, said)
    of.advance(NOW + HOUR)
    first, *others = sent(of)
    assert first.startswith("READ 260101")
    assert others == ["ERR unknown", "ERR incomplete"]


DEEDS = ("code", "again", "READ", "SCHED 1 DAILY", "SCHED 2 BILLING", "COT", "COS BAL=0", "off", "on", "?")
# Never so long that an SMS expires.
STEPS = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(min_value=0, max_value=15 * HOUR)), max_size=10)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.integers(min_value=0, max_value=2**32))
def test_the_size_of_a_step_does_not_matter_and_every_text_is_answered_once(steps, seed):
    once, often = (prepaid(seed=seed, wan={"sms_late_spread_s": 900, "sms_validity_s": 604_800}) for _ in range(2))
    digits = vended(once, 1)
    for what, wait in steps:
        digits = vended(once, 1) if what == "code" else digits
        at = once.now + wait
        for of in (once, often):
            while of is often and of.now + 7 * HOUR < at:
                of.advance(of.now + 7 * HOUR)
            if what in {"on", "off"}:
                of.note(ESME, power.MainsOn() if what == "on" else power.MainsOff(), at)
            else:
                said = digits if what in {"code", "again"} else what
                hand_in(of, f"{said} PW={password(of)}" if said[:2] in {"SC", "CO"} else said, at)
    end = once.now + 3 * DAY
    for of in (once, often):
        of.note(ESME, power.MainsOn(), end - DAY)
        of.advance(end)
    assert once.journal == often.journal
    assert once.state() == often.state()
    taken = len(told(once, happenings.SmsTaken))
    assert taken == sum(what not in {"on", "off"} for what, _ in steps)
    assert taken == len(told(once, happenings.TextAnswered))
    assert len(sent(once)) == taken + len(told(once, happenings.ReadingScheduled))

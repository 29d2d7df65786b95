"""Whatever a case or an adapter does, the judge gives a verdict: never a trace, and always in time."""

import asyncio
import time

import pytest

from emulator.conformance import selection, targets
from emulator.conformance.case import Case, Chosen, Contradicted, Group, Home, Need, NonStrict
from emulator.conformance.judge import Terms, judge
from emulator.conformance.verdict import Flag, Verdict

FAMILY = "elster-as300p"
DISABLE = "7.2/opens-the-switch"


def pair(name=DISABLE, family=FAMILY):
    return selection.pairs(selection.cases([name]), selection.families([family]))[0]


def judged(factory, name=DISABLE, case_s=10.0):
    target = targets.parse(f"adapter:misbehaving:{factory}" if factory else "emulated")
    return judge(pair(name), Terms(target, case_s=case_s))


def made(act, **more):
    case = Case(
        name="7.2/made-here",
        says="what a test says",
        clause="none",
        group=Group.HAPPY,
        needs=(Need("7.2"),),
        act=act,
        **more,
    )
    return judge(selection.paired(case, pair().profile), Terms(targets.parse("emulated"), case_s=2.0))


def test_the_reference_passes_and_leaves_evidence():
    finding = judged("")
    assert (finding.verdict, finding.why, finding.trace) == (Verdict.PASS, "", "")
    assert [one.kind for one in finding.documents] == ["request", "acknowledgement", "response"]
    assert finding.wire
    assert finding.before["esme"]["supply_state"] == "enabled"
    assert finding.after["esme"]["supply_state"] == "disabled"
    assert any("SupplyChanged" in line for line in finding.journal)
    assert finding.rerun == f"meterfarm conformance run {DISABLE} --profiles {FAMILY} --seed 1"


def test_an_adapter_in_process_may_speak_in_plain_values():
    assert judged("plain_values").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("factory", "got"),
    [
        ("number", "submit gave a int, not Acknowledgement"),
        ("halfway", "submit gave what is no Acknowledgement"),
        ("rubbish", "outbox.wait gave what is no Alert"),
        ("numberless", "outbox.wait gave a str, not a number and a document"),
        ("raises", "submit raised ZeroDivisionError: a fault of its own"),
        ("silent", "and nothing followed"),
        ("twice", "2 to "),
        ("leaves", "it ends the process that it runs in (SystemExit)"),
        ("liar", "enabled"),
        ("shouts", "submit raised RuntimeError"),
        ("not_a_factory", "it has no misbehaving:not_a_factory()"),
        ("gives_nothing", "gives a NoneType, not an async context manager"),
        ("fails_at_once", "raised ImportError: no such licence"),
        ("nowhere", "cannot be imported: AttributeError"),
    ],
)
def test_what_an_adapter_does_wrong_is_its_verdict(factory, got):
    finding = judged(factory)
    assert finding.verdict is Verdict.FAIL
    assert got in finding.got
    assert (finding.trace, "Traceback" in finding.got) == ("", False)
    assert finding.rerun.endswith(f"--target adapter:misbehaving:{factory}")


def test_an_adapter_that_hangs_fails_in_time():
    began = time.monotonic()
    finding = judged("hangs", case_s=0.5)
    assert (finding.verdict, finding.got) == (Verdict.FAIL, "no end within 0.5 s")
    assert time.monotonic() - began < 5


def test_what_fails_once_is_flaky():
    finding = judged("moody")
    assert (finding.verdict, Flag.FLAKY in finding.flags) == (Verdict.FAIL, True)
    assert finding.why == "it failed, and passed when it was tried again"


def test_a_case_says_more_than_pass_and_fail():
    async def loosely(stage):
        raise NonStrict("the form", "another form")

    async def contradicting(stage):
        raise Contradicted("what it declares", "something else")

    async def undecided(stage):
        stage.undecided("nothing was heard")

    async def elsewhere(stage):
        stage.not_here("no power can be cut here")

    async def tolerated(stage):
        stage.tolerate("a name of 15 letters", "one of 10")

    verdicts = [made(act).verdict for act in (loosely, contradicting, undecided, elsewhere, tolerated)]
    assert verdicts == [
        Verdict.NON_STRICT,
        Verdict.CONTRADICTION,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_RUN,
        Verdict.TOLERATED,
    ]


def test_a_fault_of_ours_says_where_and_keeps_its_trace_for_us():
    async def broken(stage):
        return {}["nothing"]

    finding = made(broken)
    assert finding.verdict is Verdict.TOOL_ERROR
    assert finding.why.startswith("KeyError: 'nothing' at emulator/conformance/")
    assert "Traceback" not in finding.why
    assert "Traceback" in finding.trace


def test_a_case_without_an_end_fails_in_time():
    async def endless(stage):
        await asyncio.Event().wait()

    assert made(endless).got == "no end within 2 s"


def test_flags_say_what_a_verdict_leans_on():
    async def nothing(stage):
        return None

    flags = made(nothing, virtual_only=True, home=Home(gas=True)).flags
    assert Flag.VIRTUAL_ONLY in flags
    unsure = pair()._replace(chosen=Chosen("run", "", assumed=True))
    assert Flag.LEANS_ON_ASSUMPTION in judge(unsure, Terms(targets.parse("emulated"))).flags


def test_what_is_not_run_says_why():
    unsupported = pair()._replace(chosen=Chosen("unsupported", "its dossier"))
    unknown = pair()._replace(chosen=Chosen("not established", "nobody knows"))
    emulated = Terms(targets.parse("emulated"))
    assert [judge(one, emulated).verdict for one in (unsupported, unknown)] == [
        Verdict.UNSUPPORTED,
        Verdict.NOT_ESTABLISHED,
    ]
    at_bench = judge(pair(), Terms(targets.parse("bench:attic")))
    assert (at_bench.verdict, at_bench.why) == (
        Verdict.NOT_RUN,
        "no bench called attic is known: hil is not there yet",
    )

"""Made-up findings of every verdict, and garbage such as an adapter may answer."""

from typing import Any

from emulator.conformance.verdict import Finding, Flag, Octets, Passed, RunInfo, Verdict

FAMILIES = ("aclara-sgm1411", "edmi-es10a", "elster-as300p", "itron-lite")
AT = 1_780_481_220_000
GARBAGE = "<script>alert(1)</script> ]]> \x00 \x1b[31m \u202eevil &amp; \"'` {{ 7*7 }} | **bold** =1+1"
RUN = RunInfo(
    version="0.1.0",
    target="emulated",
    families=FAMILIES,
    seed=7,
    began="2026-11-22T18:00:00Z",
    took_ms=73_250,
    command="meterfarm conformance run --seed 7 --report out",
)


def finding(case: str = "2.2/top-up", family: str = "elster-as300p", **more: Any) -> Finding:
    """Give a finding; what it says is made up."""
    return Finding(
        **{
            "case": case,
            "services": (case.partition("/")[0],) if case[0].isdigit() else (),
            "family": family,
            "group": "happy path",
            "negative": False,
            "verdict": Verdict.PASS,
            "says": "A valid top-up code adds its value to the balance",
            "clause": "functional reference 10.7, 2.2",
            "rerun": f"meterfarm conformance run {case} --profiles {family} --seed 7",
            "took_ms": 41,
            **more,
        }
    )


def evidence() -> dict[str, Any]:
    """Give the evidence of a failure."""
    return {
        "expected": "2.2 is refused as duplicate_utrn",
        "got": "I0 done: the balance went from 2000000 to 2500000",
        "documents": (
            Passed(AT, "request", {"RequestId": "90-B3-D5-1F-30-01-00-01:00-DB:1001", "Body": {"TopUpDevice": {}}}),
            Passed(AT + 12, "acknowledgement", {"ResponseCode": "I99"}),
            Passed(AT + 930, "response", {"ResponseCode": "I0", "Body": {"TopUpDeviceRsp": {"Balance": 2_500_000}}}),
        ),
        "wire": (
            Octets(
                AT + 20, "to", "0001000100100020c301c1004600002b0600ff0101090a", "action-request 70: 0.0.43.6.0.255, 1"
            ),
            Octets(AT + 31, "from", "0001001000010006c701c1000000", "action-response: success"),
        ),
        "before": {
            "at": AT,
            "devices": {"esme": {"prepay": {"balance_mp": 2_000_000, "debts": [1, 2]}, "serial": "E1"}},
        },
        "after": {"at": AT, "devices": {"esme": {"prepay": {"balance_mp": 2_500_000, "debts": [1]}, "serial": "E1"}}},
        "journal": ("10:07:00 esme CreditAdded value_mp=500000", "10:07:00 esme BalanceChanged to_mp=2500000"),
    }


def every_verdict() -> list[Finding]:
    """Give a case with each verdict, alerts, a case of no service, and one full of garbage."""
    found = [
        finding(
            f"{variant}/{verdict.value.lower().replace(' ', '-')}",
            FAMILIES[place % len(FAMILIES)],
            verdict=verdict,
            negative=place % 2 == 0,
            why="" if verdict in {Verdict.PASS, Verdict.FAIL} else f"made up so that it is {verdict.value}",
            flags=(Flag.LEANS_ON_ASSUMPTION,) if verdict is Verdict.TOLERATED else (),
            **({} if verdict in {Verdict.PASS, Verdict.NOT_RUN, Verdict.UNSUPPORTED} else evidence()),
        )
        for place, (verdict, variant) in enumerate(
            zip(
                Verdict, ("2.2", "1.1.1", "4.10", "4.2", "6.5", "7.1", "7.2", "2.2", "8.11", "4.16", "2.2"), strict=True
            )
        )
    ]
    found += [finding("alert/low-battery", family, group="the 13 alerts") for family in FAMILIES]
    found.append(finding("alert/rms-voltage-sag-twice", verdict=Verdict.FAIL, group="the 13 alerts", **evidence()))
    found.append(garbage())
    return found


def garbage() -> Finding:
    """Give a finding every text of which is garbage."""
    return finding(
        f"2.2/{GARBAGE}",
        GARBAGE,
        services=("2.2", GARBAGE),
        group=GARBAGE,
        says=GARBAGE,
        clause=GARBAGE,
        why=GARBAGE,
        expected=GARBAGE,
        got=GARBAGE,
        rerun=GARBAGE,
        verdict=Verdict.FAIL,
        documents=(Passed(-1, GARBAGE, {GARBAGE: [GARBAGE, "\ud800", float("nan"), b"\xff", {1: object()}, 2**80]}),),
        wire=(Octets(10**18, GARBAGE, GARBAGE, GARBAGE),),
        before={GARBAGE: GARBAGE},
        after={GARBAGE: [GARBAGE]},
        journal=(GARBAGE,),
    )

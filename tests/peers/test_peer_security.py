"""Who is let in and to what, as other people's clients find it: passwords, keys, counters, policies, refusals."""

from typing import Any

import pytest
from peer_farm import LEVELS, Home, PeerFarm
from peer_talk import (
    CLIENTS,
    CLOCK,
    DAY,
    DISCONNECTOR,
    ENERGY,
    FRAMINGS,
    GET_CLOCK,
    LOAD_PROFILE,
    NOWHERE,
    TODAY,
    Run,
    days_of,
    every_client,
    every_framing,
    every_role,
    get,
    results,
)

HALF_HOURS_A_DAY = 48
COUNTER = get(1, "0.0.43.1.0.255", 2)
WRITE_CLOCK = {"do": "set", **CLOCK, "attribute": 2, "type": "octet-date-time", "value": "2026-01-01T00:00:00+00:00"}
DEDICATED_KEY = "000102030405060708090a0b0c0d0e0f"  # pydlms draws its own instead
DENIED = "3 (read-write-denied)"
WEAK = ("authenticated", "encrypted")


def operate(method: int) -> dict[str, Any]:
    return {"do": "action", **DISCONNECTOR, "method": method, "type": "integer", "value": 0}


def energy_of(home: Home) -> int:
    value = home.values()["import_wh"]
    assert isinstance(value, int)
    return value


# Refusals


@every_client
@every_framing
def test_it_is_refused_what_its_association_may_not_do(run: Run, home: Home, client: str, framing: str) -> None:
    hidden = [get(7, LOAD_PROFILE, 2), ENERGY | {"do": "get"}, NOWHERE | {"do": "get"}]
    public = run(client, "public", framing, [*hidden, WRITE_CLOCK, operate(1), GET_CLOCK])
    *denied, unknown, write, action, clock = public["steps"]
    assert [step["error"] for step in denied] == [f"data-access-result {DENIED}"] * 2
    assert unknown["error"] == "data-access-result 4 (object-undefined)"
    assert [write["error"], action["error"]] == [f"data-access-result {DENIED}", f"action-result {DENIED}"]
    assert clock["ok"], clock  # a refusal does not end the association
    reader = run(client, "reader", framing, [WRITE_CLOCK, operate(1), ENERGY | {"do": "get"}])
    no_set, no_action, energy = reader["steps"]
    assert [no_set["error"], no_action["error"]] == [f"data-access-result {DENIED}", f"action-result {DENIED}"]
    assert energy["ok"], energy
    held = home.values()
    assert (held["clock"], held["supply_state"]) == ("2026-03-02T10:17:00Z", "enabled")
    refused = [(event["client"], event["detail"].split()[0]) for event in home.events("AccessRefused")]
    assert refused == [(16, "write"), (16, "call"), (32, "write"), (32, "call")]


@every_client
@every_role
def test_all_that_the_object_list_does_not_grant_is_refused(run: Run, home: Home, client: str, who: str) -> None:
    granted = results(run(client, who, "wrapper", [{"do": "objects"}]))[0]
    whole = results(run(client, "management", "wrapper", [{"do": "objects"}]))[0]
    attributes = {(o["class"], o["logical_name"], n): access for o in granted for n, access in o["attributes"]}
    methods = {(o["class"], o["logical_name"], n): access for o in granted for n, access in o["methods"]}
    steps, wanted = [], []
    for o in whole:
        for number, _ in o["attributes"]:
            place = (o["class"], o["logical_name"], number)
            access = attributes.get(place, 0)
            if not access & 1:
                steps.append(get(*place))
                wanted.append(f"data-access-result {DENIED}")
            if not access & 2:
                steps.append(get(*place) | {"do": "set", "type": "unsigned", "value": 0})
                wanted.append(f"data-access-result {DENIED}")
        for number, _ in o["methods"]:
            place = (o["class"], o["logical_name"], number)
            if not methods.get(place, 0):
                call = {"do": "action", "class": place[0], "logical_name": place[1], "method": number}
                steps.append(call | {"type": "integer", "value": 0})
                wanted.append(f"action-result {DENIED}")
    assert len(steps) > 300
    before = home.values()
    document = run(client, who, "wrapper", steps)
    assert document["associated"], document["error"]
    errors = [step["error"] for step in document["steps"]]
    wrong = [(step, error) for step, error, right in zip(steps, errors, wanted, strict=True) if error != right]
    assert not wrong, wrong[:5]
    assert {**home.values(), "security_log": None} == {**before, "security_log": None}


# Authentication


@every_client
@every_framing
def test_a_wrong_password_is_a_permanent_rejection(run: Run, home: Home, client: str, framing: str) -> None:
    document = run(client, "reader", framing, [], security={"password": b"not this".hex()})
    assert not document["associated"]
    assert document["error"].startswith("association-result 1 diagnostic 13 "), document["error"]
    assert [event["client"] for event in home.events("AuthenticationFailed")] == [32]
    results(run(client, "reader", framing, [ENERGY | {"do": "get"}]))  # and the right one still opens


@every_client
@every_framing
def test_a_wrong_key_or_a_used_counter_gives_no_association(run: Run, home: Home, client: str, framing: str) -> None:
    read = [ENERGY | {"do": "get"}]
    results(run(client, "management", framing, read))
    for wrong in ({"encryption_key": "00" * 16}, {"authentication_key": "00" * 16}, {"invocation_counter": 1}):
        document = run(client, "management", framing, read, security=wrong)
        assert not document["associated"], wrong
        assert not document["error"].startswith("link lost"), document["error"]
    assert [event["client"] for event in home.events("AuthenticationFailed")] == [1] * 3
    results(run(client, "management", framing, read))


@every_client
@every_framing
def test_the_public_client_reads_the_counter_to_go_on_from(run: Run, client: str, framing: str) -> None:
    assert results(run(client, "public", framing, [COUNTER]))[0]["value"] == 0
    started = 5_000_000
    own = results(run(client, "management", framing, [COUNTER], security={"invocation_counter": started}))[0]["value"]
    told = results(run(client, "public", framing, [COUNTER]))[0]["value"]
    assert started < own <= told < started + 20
    stale = run(client, "management", framing, [], security={"invocation_counter": told})
    assert not stale["associated"]
    results(run(client, "management", framing, [COUNTER], security={"invocation_counter": told + 1}))


@pytest.mark.parametrize("client", ["gurux", "dlms-cosem"])  # pydlms never counts back
@every_framing
def test_a_message_with_a_used_counter_is_not_carried_out(run: Run, home: Home, client: str, framing: str) -> None:
    started, read = 6_000_000, ENERGY | {"do": "get"}
    rewind, go_on = ({"do": "count_from", "counter": started + more} for more in (0, 1_000))
    steps = [read, rewind, operate(1), go_on, read]
    document = run(client, "management", framing, steps, security={"invocation_counter": started})
    assert document["associated"], document["error"]
    first, _, replayed, _, after = document["steps"]
    assert first["ok"]
    assert not replayed["ok"]
    assert not replayed["error"].startswith(("link lost", "action-result")), replayed
    if client == "gurux":  # dlms-cosem itself cannot go on after an exception-response
        assert after["ok"], after
    failures = [(event["client"], event["detail"]) for event in home.events("AuthenticationFailed")]
    assert failures == [(1, "the invocation counter was used before")]
    assert home.values()["supply_state"] == "enabled"


# Levels of security: what each client can speak, over what the meter asks


def can_speak(client: str, authentication: str, policy: str) -> bool:
    """Say whether a library can speak a level: dlms-cosem encrypts and authenticates, or neither without HLS."""
    if client != "dlms-cosem":
        return True
    return policy == "authenticated-encrypted" or (policy == "none" and authentication != "hls-gmac")


SPOKEN = [
    pytest.param(cohort, who, client, framing, id=f"{authentication}-{policy}-{client}-{framing}")
    for cohort, policies in LEVELS.items()
    for (who, authentication), policy in zip((("reader", "lls"), ("management", "hls-gmac")), policies, strict=True)
    for client in CLIENTS
    for framing in FRAMINGS
    if can_speak(client, authentication, policy)
]


@pytest.mark.parametrize(("cohort", "who", "client", "framing"), SPOKEN)
def test_every_other_level_of_security_opens_and_serves(
    run_at: Run, farm: PeerFarm, cohort: str, who: str, client: str, framing: str
) -> None:
    home = farm.take_home(cohort)
    steps = [ENERGY | {"do": "get"}, {"do": "objects"}, days_of(LOAD_PROFILE, TODAY - DAY, 1), {"do": "release"}]
    energy, listed, profile, _ = results(run_at(home, client, who, framing, steps))
    assert energy["value"] == energy_of(home)
    assert len(listed) > 90
    assert len(profile["rows"]) == HALF_HOURS_A_DAY


@every_client
@pytest.mark.parametrize("who", ["public", "reader"])
@every_framing
def test_a_client_may_protect_more_than_it_must(run: Run, home: Home, client: str, who: str, framing: str) -> None:
    for policy in ("authenticated-encrypted",) if client == "dlms-cosem" else (*WEAK, "authenticated-encrypted"):
        document = run(client, who, framing, [GET_CLOCK], security={"policy": policy, **home.address["keys"]})
        results(document)


@pytest.mark.parametrize("client", ["gurux", "pydlms"])
@pytest.mark.parametrize("policy", ["none", *WEAK])
@every_framing
def test_less_protection_than_the_policy_asks_is_refused(run: Run, client: str, policy: str, framing: str) -> None:
    document = run(client, "management", framing, [], security={"policy": policy})
    assert not document["associated"]
    assert not document["error"].startswith("link lost"), document["error"]


# Envelopes


@pytest.mark.parametrize(
    ("client", "envelope", "dedicated"),
    [
        ("dlms-cosem", "general-glo", False),
        *[
            (client, envelope, dedicated)
            for client in ("gurux", "pydlms")
            for envelope in ("glo", "general-glo")
            for dedicated in (False, True)
        ],
    ],
)
@every_framing
def test_every_envelope_a_client_can_send_is_answered(
    run: Run, home: Home, client: str, envelope: str, dedicated: bool, framing: str
) -> None:
    steps = [
        ENERGY | {"do": "get"},
        {"do": "get_list", "items": [ENERGY, NOWHERE]},
        days_of(LOAD_PROFILE, TODAY - DAY, 1),
        operate(2),
        WRITE_CLOCK | {"value": TODAY.isoformat()},
        {"do": "release"},
    ]
    security = {"envelope": envelope, "dedicated_key": DEDICATED_KEY if dedicated else None}
    document = run(client, "management", framing, steps, security=security)
    energy, listed, profile, *_ = results(document)
    assert energy["value"] == energy_of(home)
    assert [item["error"] for item in listed] == [None, "data-access-result 4 (object-undefined)"]
    assert listed[0]["value"] == energy["value"]
    assert len(profile["rows"]) == HALF_HOURS_A_DAY
    assert home.values()["clock"] == "2026-03-02T00:00:00Z"

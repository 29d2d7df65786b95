"""Other people's clients act on the meter, and the meter itself tells, off the wire, that it was done."""

import datetime as dt
from typing import Any

import pytest
from peer_expectations import event_rows
from peer_farm import Home
from peer_talk import (
    CLOCK,
    DISCONNECTOR,
    EVENT_LOG,
    FRAMINGS,
    GET_CLOCK,
    NOW,
    SECURITY_LOG,
    SWITCH_SCRIPTS,
    Run,
    every_client,
    every_framing,
    get,
    moment,
    octets,
    results,
    text,
)

DISCONNECTED, CONNECTED = 0, 1  # control_state (Blue Book, Disconnect control)
OFF, ON = 1, 2  # its methods
HOURS = dt.timedelta(hours=1)
sends_arrays = pytest.mark.parametrize("client", ["gurux", "pydlms"])  # dlms-cosem cannot encode one
ALWAYS = bytes.fromhex("ffff0101ff00000000800000")  # a season that begins on any first of January


def set_clock(at: dt.datetime) -> dict[str, Any]:
    return {"do": "set", **CLOCK, "attribute": 2, "type": "octet-date-time", "value": at.isoformat()}


def put(class_id: int, logical_name: str, attribute: int, kind: str, value: Any) -> dict[str, Any]:
    return get(class_id, logical_name, attribute) | {"do": "set", "type": kind, "value": value}


def operate(method: int) -> dict[str, Any]:
    return {"do": "action", **DISCONNECTOR, "method": method, "type": "integer", "value": 0}


def typed(kind: str, *values: Any) -> dict[str, Any]:
    return {"type": kind, "value": list(values)}


def one(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value}


@every_client
@every_framing
def test_it_sets_the_clock(run: Run, home: Home, client: str, framing: str) -> None:
    ahead = NOW + 2 * HOURS
    there = results(run(client, "management", framing, [GET_CLOCK, set_clock(ahead), GET_CLOCK]))
    assert [moment(there[0]), moment(there[2])] == [NOW, ahead]
    assert dt.datetime.fromisoformat(home.values()["clock"]) == ahead
    back = results(run(client, "management", framing, [set_clock(NOW), GET_CLOCK]))
    assert moment(back[1]) == NOW
    assert dt.datetime.fromisoformat(home.values()["clock"]) == NOW
    assert [event["by_ms"] for event in home.events("ClockAdjusted")] == [7_200_000, -7_200_000]


def test_what_these_tests_ask_is_what_the_command_line_prints(run: Run, home: Home) -> None:
    results(run("pydlms", "management", "wrapper", [operate(OFF)]))
    told = home.farm.printed("events", f"{home.name}/esme")
    assert [event["event"] for event in told] == ["AssociationOpened", "SupplyChanged"]
    assert told == home.farm.ask("events", f"{home.name}/esme")["events"]
    for device in ("esme", "chf"):
        assert home.farm.printed("show", f"{home.name}/{device}", "--secrets") == home.show(device)


@every_client
def test_its_clock_methods_do_what_the_object_list_says(run: Run, home: Home, client: str) -> None:
    listed = results(run(client, "management", "wrapper", [{"do": "objects"}]))[0]
    granted = {
        method
        for o in listed
        if (o["class"], o["logical_name"]) == (CLOCK["class"], CLOCK["logical_name"])
        for method, access in o["methods"]
        if access
    }
    assert granted == {1, 2, 3, 4, 5, 6}
    now, half_past = NOW.replace(minute=0), NOW.replace(minute=30)
    preset = [NOW + dt.timedelta(minutes=1), NOW - HOURS, NOW + HOURS]
    calls = [
        (6, one("long", 60), NOW + dt.timedelta(seconds=60)),  # shift_time
        (5, typed("structure", *(one("octet-date-time", at.isoformat()) for at in preset)), None),
        (4, one("integer", 0), preset[0]),  # adjust_to_preset_time
        (1, one("integer", 0), NOW.replace(minute=15)),  # adjust_to_quarter
        (2, one("integer", 0), half_past),  # adjust_to_measuring_period; a quarter past is nearer to neither
        (3, one("integer", 0), half_past),  # adjust_to_minute
    ]
    steps = [
        step for number, data, _ in calls for step in ({"do": "action", **CLOCK, "method": number, **data}, GET_CLOCK)
    ]
    found = results(run(client, "management", "wrapper", steps))
    shown = [moment(clock) for clock in found[1::2]]
    wanted = [at if at is not None else shown[place - 1] for place, (_, _, at) in enumerate(calls)]
    assert shown[:4] == wanted[:4]
    assert shown[4] in {now, half_past}
    assert shown[5] == shown[4]
    assert dt.datetime.fromisoformat(home.values()["clock"]) == shown[5]


@every_client
@every_framing
def test_it_operates_the_disconnector(run: Run, home: Home, client: str, framing: str) -> None:
    output, state = get(70, "0.0.96.3.10.255", 2), get(70, "0.0.96.3.10.255", 3)
    power = get(3, "1.0.1.7.0.255", 2)
    table = get(9, SWITCH_SCRIPTS["logical_name"], 2)
    scripts, *off = results(run(client, "management", framing, [table, operate(OFF), output, state, power]))
    assert [value["value"] for value in off[1:]] == [False, DISCONNECTED, 0]
    assert home.values()["supply_state"] == "disabled"
    on = results(run(client, "management", framing, [operate(ON), output, state]))
    assert [value["value"] for value in on[1:]] == [True, CONNECTED]
    assert home.values()["supply_state"] == "enabled"
    # the scripts of the table that open the switch and close it, by what each says it does
    switch = octets(bytes((0, 0, 96, 3, 10, 255)))
    by_action = {tuple(actions[0][3:4]): number for number, actions in reversed(scripts["value"])}
    assert all(actions[0][:3] == [2, 70, switch] for _, actions in scripts["value"])
    run_script = {"do": "action", **SWITCH_SCRIPTS, "method": 1, "type": "long-unsigned"}
    steps = [step for method in (OFF, ON) for step in (run_script | {"value": by_action[method,]}, output, state)]
    found = results(run(client, "management", framing, steps))
    assert [value["value"] for value in (found[1], found[2])] == [False, DISCONNECTED]
    assert [value["value"] for value in (found[4], found[5])] == [True, CONNECTED]
    moves = [event["switch"] for event in home.events("SupplyChanged")]
    assert moves == ["disabled", "enabled", "disabled", "enabled"]


@every_client
@every_framing
def test_the_logs_on_the_wire_are_the_logs_of_the_device(run: Run, home: Home, client: str, framing: str) -> None:
    refused = put(3, "1.0.1.8.0.255", 2, "double-long-unsigned", 0)
    document = run(client, "management", framing, [operate(OFF), set_clock(NOW + HOURS), operate(ON), refused])
    assert [step["ok"] for step in document["steps"]] == [True, True, True, False]
    held = home.values()
    assert [line["meaning"] for line in held["event_log"]] == [
        "load switch moved",
        "clock adjusted",
        "load switch moved",
    ]
    assert len(held["security_log"]) == 1
    logs = [get(7, EVENT_LOG, 2), get(7, SECURITY_LOG, 2), get(1, "0.0.96.11.0.255", 2), get(1, "0.0.96.11.1.255", 2)]
    event, security, *last = (value["value"] for value in results(run(client, "reader", framing, logs)))
    assert [event, security] == [event_rows(held["event_log"]), event_rows(held["security_log"])]
    assert last == [held["event_log"][-1]["code"], held["security_log"][-1]["code"]]
    clear = {"do": "action", "class": 7, "logical_name": EVENT_LOG, "method": 1, "type": "integer", "value": 0}
    _, emptied = results(run(client, "management", framing, [clear, get(7, EVENT_LOG, 2)]))
    assert emptied["value"] == home.values()["event_log"] == []


@every_client
@every_framing
def test_it_writes_settings(run: Run, home: Home, client: str, framing: str) -> None:
    limiter = (71, "0.0.17.0.0.255")
    steps = [
        put(*limiter, 4, "double-long-unsigned", 8000),
        put(*limiter, 6, "double-long-unsigned", 45),
        put(*limiter, 7, "double-long-unsigned", 600),
        put(1, "0.0.94.44.0.3", 2, "boolean", True),
        put(*limiter, 4, "long-unsigned", 7000),
        get(*limiter, 4),
    ]
    document = run(client, "management", framing, steps)
    assert document["associated"], document["error"]
    done = [step["error"] for step in document["steps"]]
    assert done == [None] * 4 + ["data-access-result 12 (type-unmatched)", None]
    assert document["steps"][-1]["result"]["value"] == 8000
    held = home.values()
    assert [held[f"load_limit_{part}"] for part in ("w", "period_s", "restoration_s")] == [8000, 45, 600]
    assert held["load_limit_supply_state"] == "disable"


@sends_arrays
@every_framing
def test_it_writes_a_list_whole_or_not_at_all(run: Run, home: Home, client: str, framing: str) -> None:
    thresholds = (21, "0.0.16.0.0.255", 2)
    borders = [one("double-long-unsigned", watts) for watts in (1500, 3000)]
    steps = [put(*thresholds, "array", value) for value in (borders, borders[::-1], borders[:1])]
    document = run(client, "management", framing, [*steps, get(*thresholds)])
    done = [step["error"] for step in document["steps"]]
    refusals = ["data-access-result 250 (other-reason)", "data-access-result 12 (type-unmatched)"]
    assert done == [None, *refusals, None]
    assert document["steps"][-1]["result"]["value"] == [1500, 3000]
    held = home.values()
    assert [held["low_medium_w"], held["medium_high_w"]] == [1500, 3000]


@sends_arrays
@every_framing  # over HDLC these requests go in several frames
def test_it_writes_a_tariff_and_makes_it_active(run: Run, home: Home, client: str, framing: str) -> None:
    calendar, scripts = (20, "0.0.13.0.0.255"), one("octet-string", "00000a0064ff")
    seven = [one("octet-string", bytes((hour, 0, 0, 0)).hex()) for hour in (0, 7)]
    switches = [typed("structure", at, scripts, one("long-unsigned", rate)) for rate, at in enumerate(seven, 1)]
    week = [one("octet-string", b"week".hex()), *([one("unsigned", 5)] * 7)]
    season = [one("octet-string", b"year".hex()), one("octet-string", ALWAYS.hex()), week[0]]
    steps = [
        put(*calendar, 6, "octet-string", b"two-rates".hex()),
        put(*calendar, 9, "array", [typed("structure", one("unsigned", 5), typed("array", *switches))]),
        put(*calendar, 8, "array", [typed("structure", *week)]),
        put(*calendar, 7, "array", [typed("structure", *season)]),
        *(get(*calendar, attribute) for attribute in (6, 7, 8, 9)),
        {"do": "action", "class": 20, "logical_name": calendar[1], "method": 1, "type": "integer", "value": 0},
        *(get(*calendar, attribute) for attribute in (2, 3, 4, 5)),
        get(6, "0.0.14.0.0.255", 4),
    ]
    assert home.values()["active_tou_register"] == 1
    found = results(run(client, "management", framing, steps))
    passive, active = ([value["value"] for value in found[first : first + 4]] for first in (4, 9))
    assert passive == active
    assert active[0] == text("two-rates")
    assert active[3] == [
        [5, [[octets(bytes((hour, 0, 0, 0))), octets(b"\x00\x00\n\x00d\xff"), rate] for rate, hour in ((1, 0), (2, 7))]]
    ]
    assert found[-1]["value"] == text("TOU02")  # it is a quarter past ten
    held = home.values()
    assert (held["tariff"], held["active_tou_register"]) == ("two-rates", 2)


ENVELOPES = ("glo", "general-glo")
LONG_TABLE = [(day, [(hour, 1 + (day + hour) % 48) for hour in range(24)]) for day in range(1, 17)]


@pytest.mark.parametrize(
    ("client", "framing", "options"),
    [
        # with general-glo gurux leaves no room for its title: 1,032 octets where the meter takes 1,024
        *(("gurux", framing, {"security": {"envelope": "glo"}}) for framing in FRAMINGS),
        *(("pydlms", framing, {"security": {"envelope": envelope}}) for framing in FRAMINGS for envelope in ENVELOPES),
        # over HDLC pydlms streams blocks on and on with P set and does not wait for its turn
        *(("pydlms", "wrapper", {"gbt": True, "gbt_window": window}) for window in (1, 3, 8)),
    ],
)
def test_a_value_longer_than_a_pdu_is_written_in_blocks(
    run: Run, client: str, framing: str, options: dict[str, Any]
) -> None:
    scripts = one("octet-string", "00000a0064ff")
    days = [
        typed(
            "structure",
            one("unsigned", day),
            typed(
                "array",
                *(
                    typed("structure", one("octet-string", f"{hour:02x}000000"), scripts, one("long-unsigned", rate))
                    for hour, rate in switches
                ),
            ),
        )
        for day, switches in LONG_TABLE
    ]
    steps = [put(20, "0.0.13.0.0.255", 9, "array", days), get(20, "0.0.13.0.0.255", 9)]
    _, held = results(run(client, "management", framing, steps, **options))
    assert len(held["raw"]) // 2 > 7_000  # several times the 1,024 octets of the meter's largest PDU
    assert held["value"] == [
        [day, [[octets(bytes((hour, 0, 0, 0))), octets(b"\x00\x00\n\x00d\xff"), rate] for hour, rate in switches]]
        for day, switches in LONG_TABLE
    ]

"""Our meters through public clients nobody here wrote: what these read is not our own opinion of the wire."""

from typing import Any

import pytest
from peer_expectations import ELSEWHERE, MISNAMED, UNDECODED, VERSIONS, expected, shown_on_wire, visible_to_public
from peer_farm import Home, PeerFarm
from peer_talk import (
    ASSOCIATION,
    CLIENTS,
    CLOCK,
    ENERGY,
    HALF_HOUR_LOGS,
    LOAD_PROFILE,
    NO_DECODER,
    NOWHERE,
    Run,
    every_client,
    every_framing,
    every_role,
    get,
    octets,
    place_of,
    results,
    text,
)

READ_ALL = {"do": "read_all", "except": HALF_HOUR_LOGS}
HUB = 2


@pytest.fixture(scope="module")
def home(farm: PeerFarm) -> Home:
    """Give one home for all of these tests: they only read."""
    return farm.take_home()


@pytest.fixture(scope="module")
def meter(home: Home) -> dict[str, Any]:
    """Give what the meter itself holds. The clock stands, so that no reading may differ from it, ever."""
    return home.show()


@pytest.fixture(scope="module")
def hub(home: Home) -> dict[str, Any]:
    return home.show("chf")


@every_client
@every_role
@every_framing
def test_it_walks_the_object_list_and_every_attribute_holds_what_the_device_says(
    run: Run, meter: dict[str, Any], hub: dict[str, Any], client: str, who: str, framing: str
) -> None:
    document = run(client, who, framing, [{"do": "objects"}, READ_ALL, {"do": "release"}])
    listed, read, _ = results(document)
    wanted = expected(meter, hub, who, client, document["negotiated"])
    refused = [(place_of(a), a["error"]) for a in read["attributes"] if not a["ok"]]
    assert not refused
    misnamed = MISNAMED if client == "pydlms" else set()
    problems = [
        (place_of(a), a["result"]["problem"])
        for a in read["attributes"]
        if a["result"]["problem"] and place_of(a) not in misnamed
    ]
    assert all(NO_DECODER in problem for _, problem in problems), problems
    undecoded = {place for place, _ in problems}
    found = {place_of(a): a["result"]["value"] for a in read["attributes"]}
    unread = {(7, name, 2) for _, name, _ in HALF_HOUR_LOGS}
    elsewhere = {place for place in ELSEWHERE - unread if who != "public" or visible_to_public(place)}
    assert set(found) == set(wanted) | elsewhere
    different = {place: (found[place], value) for place, value in wanted.items() if found[place] != value}
    assert set(different) == undecoded, different
    assert undecoded <= UNDECODED
    places = {(class_id, VERSIONS.get(class_id, 0), name) for class_id, name, _ in found}
    assert {(o["class"], o["version"], o["logical_name"]) for o in listed} == places
    assert len(listed) == len(places)


def test_every_item_that_show_lists_is_compared_on_the_wire(meter: dict[str, Any]) -> None:
    assert set(meter["values"]) - shown_on_wire() == {"power_threshold_status", "power"}  # no object holds them
    assert shown_on_wire() <= set(meter["values"])


@every_role
def test_all_clients_read_the_same_octets(run: Run, who: str) -> None:
    seen = []
    for client in CLIENTS:
        listed, read = results(run(client, who, "wrapper", [{"do": "objects"}, READ_ALL]))
        # left out: what an association tells of itself, and the counter that its messages move
        own = {(15, "0.0.40.0.0.255", 5), (64, "0.0.43.0.0.255", 4), (1, "0.0.43.1.0.255", 2)}
        raw = {place_of(a): a["result"]["raw"] for a in read["attributes"] if place_of(a) not in own}
        seen.append((listed, raw))
    assert seen[0] == seen[1] == seen[2]


@every_client
@every_framing
def test_the_hub_is_a_logical_device_of_its_own(
    run: Run, meter: dict[str, Any], hub: dict[str, Any], client: str, framing: str
) -> None:
    listed, read = results(run(client, "public", framing, [{"do": "objects"}, READ_ALL], server=HUB))
    assert all(a["ok"] for a in read["attributes"])
    found = {place_of(a): a["result"]["value"] for a in read["attributes"]}
    assert {place[:2] for place in found} == {(o["class"], o["logical_name"]) for o in listed}
    flag = meter["values"]["maker"]["value"]
    assert found[1, "0.0.42.0.0.255", 2] == text(flag + hub["serial"])
    assert found[17, "0.0.41.0.0.255", 2][1] == [HUB, text(flag + hub["serial"])]
    assert found[15, "0.0.40.0.0.255", 3] == [hub["address"]["clients"]["public"], HUB]
    for name, key in (("0.0.96.1.0.255", "serial"), ("0.0.96.1.4.255", "model")):
        assert found[1, name, 2] == text(hub[key])
    for name, key in (("0.0.96.1.5.255", "iccid"), ("0.0.96.1.6.255", "imsi")):
        assert found[1, name, 2] == text(str(hub[key]))
    assert found[41, "0.0.25.0.0.255", 2] == hub["port"]


@every_client
@every_role
@every_framing
def test_a_list_is_answered_item_by_item(run: Run, client: str, who: str, framing: str) -> None:
    capture = {"class": 7, "logical_name": LOAD_PROFILE, "attribute": 3}
    name, device = {**CLOCK, "attribute": 1}, get(1, "0.0.96.1.0.255", 1)
    asked: list[dict[str, Any]] = [name, device, NOWHERE, {**ASSOCIATION, "attribute": 1}, name]
    if who != "public":
        asked = [*asked[:4], capture, {**ENERGY, "attribute": 3}, name]
    found = results(run(client, who, framing, [{"do": "get_list", "items": asked}]))[0]
    assert len(found) == len(asked)
    assert found[0] == found[-1] == {"value": octets(bytes.fromhex("0000010000ff")), "error": None}
    assert found[2] == {"value": None, "error": "data-access-result 4 (object-undefined)"}
    assert [item["error"] for item in found].count(None) == len(asked) - 1
    assert who == "public" or found[5]["value"] == [0, 30]


@every_client
@every_role
@every_framing
def test_a_small_pdu_makes_blocks_and_the_same_answers(run: Run, client: str, who: str, framing: str) -> None:
    steps = [{"do": "objects"}, {"do": "get_list", "items": [{**CLOCK, "attribute": 1}] * 9}]
    assert results(run(client, who, framing, steps, max_pdu=128)) == results(run(client, who, framing, steps))


@pytest.mark.parametrize(("framing", "window"), [("wrapper", 1), ("wrapper", 3), ("hdlc", 1), ("hdlc", 3)])
@every_role
def test_general_block_transfer_gives_the_same_answers(run: Run, framing: str, window: int, who: str) -> None:
    steps = [{"do": "objects"}, {"do": "get_list", "items": [{**CLOCK, "attribute": 1}] * 9}, {"do": "release"}]
    blocks = run("pydlms", who, framing, steps, max_pdu=128, gbt=True, gbt_window=window)
    agreed = int(blocks["negotiated"]["conformance"], 16)
    assert agreed & 0x200000  # general-block-transfer, and no other blocks
    assert not agreed & 0x001C00
    assert results(blocks) == results(run("pydlms", who, framing, steps))

"""HDLC links other than the default one, as other people's clients set them up: windows, long frames, addresses."""

import pytest
from peer_farm import WIDE, PeerFarm
from peer_talk import BILLING_LOG, DAILY_READS, DAY, LOAD_PROFILE, TODAY, Run, days_of, every_role, get, results

STEPS = [
    {"do": "objects"},
    get(7, DAILY_READS, 2),
    get(7, BILLING_LOG, 2),
    days_of(LOAD_PROFILE, TODAY - 3 * DAY, 3),
    get(6, "0.0.14.0.0.255", 3),
    {"do": "release"},
]


@pytest.mark.parametrize(
    ("client", "information", "window"),
    [
        # gurux 1.0.203 loses count of the second frame of a window (GXDLMSSettings.checkFrame sets a local name);
        # dlms-cosem proposes nothing
        *(("gurux", information, 1) for information in (128, 512, 2030)),
        *(("pydlms", information, window) for information in (128, 512, 2030) for window in (1, 3, 7)),
    ],
)
def test_any_negotiated_link_carries_the_same_answers(
    run_at: Run, farm: PeerFarm, client: str, information: int, window: int
) -> None:
    home = farm.take_home(WIDE)
    for who in ("reader", "management"):
        link = {"information": information, "window": window}
        assert results(run_at(home, client, who, "hdlc", STEPS, hdlc=link)) == results(
            run_at(home, client, who, "wrapper", STEPS)
        )


@pytest.mark.parametrize("address_octets", [1, 2, 4])
@every_role
def test_a_server_is_reached_by_every_length_of_address(run: Run, who: str, address_octets: int) -> None:
    more = {"address_octets": address_octets} | ({"physical": None} if address_octets == 1 else {})
    assert results(run("pydlms", who, "hdlc", STEPS[:1], **more)) == results(run("pydlms", who, "hdlc", STEPS[:1]))

"""`service`, `--service-port` and `--duis-port`, as their user has them."""

import json
import socket
from http.client import HTTPConnection

import pytest
from cli_farm import Ended, run

STANDING = "2026-03-02T10:17:00Z"
PROFILE = "elster-as300p"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return line.getsockname()[1]


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """A directory in which a farm of two homes with gas runs, and the ports of its two doors."""
    folder, ports = tmp_path_factory.mktemp("services"), (free_port(), free_port())
    words = ("--service-port", ports[0], "--duis-port", ports[1])
    homes = ("--profile", PROFILE, "--homes", 2, "--gas", 1)
    up = run("up", *homes, "--port", 0, "--clock", f"@{STANDING}", *words, "--detach", folder=folder)
    assert up.code == 0, up
    assert f"service requests (JSON): http://127.0.0.1:{ports[0]}\n" in up.out
    assert f"service requests (DUIS XML): http://127.0.0.1:{ports[1]}\n" in up.out
    assert "not validated: no XSD path given" in up.err
    yield folder, ports
    assert run("down", folder=folder).code == 0
    assert "Traceback" not in (folder / ".meterfarm" / "farm.log").read_text("utf-8")


def service(farm, *words) -> Ended:
    return run("service", *words, folder=farm[0])


def test_a_request_is_answered_for_people_and_as_json(farm):
    ended = service(farm, "7.4", "home-1/esme", "--as", "IS")
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    assert lines[1:] == [
        ["acknowledged", "I99", "accepted_future"],
        ["response", "I0", "ok"],
        ["SupplyState", "Enabled"],
    ]
    told = service(farm, "ReadInstantaneousImportRegisters", "home-1", "--json").json
    assert told["Acknowledgement"]["ResponseCode"] == "I99"
    register = told["Response"]["Body"]["ReadInstantaneousImportRegistersRsp"]["Electricity"]["ActiveImportRegister"]
    assert register["ActiveEnergyUnit"] == "Wh"
    assert told["Request"]["RequestID"].split(":")[1] == told["Response"]["BusinessOriginatorID"]


def test_a_second_supplier_and_an_eui64_are_taken(farm):
    told = service(farm, "7.4", "home-2/esme", "--as", "is2", "--json").json
    eui64 = told["Response"]["BusinessOriginatorID"]
    assert told["Request"]["RequestID"].startswith("90-B3-D5-1F-30-01-00-11:")
    again = service(farm, "7.4", eui64.lower(), "--json").json
    assert again["Response"]["BusinessOriginatorID"] == eui64


def test_items_are_given_by_their_names(farm):
    period = ("ReadLogPeriod.StartDateTime=2026-03-01T00:00:00Z", "ReadLogPeriod.EndDateTime=2026-03-01T02:00:00Z")
    ended = service(farm, "4.8.1", "home-1", *period, "--json")
    assert ended.json["Request"]["Body"] == {
        "ReadActiveImportProfileData": {
            "ReadLogPeriod": {"StartDateTime": "2026-03-01T00:00:00Z", "EndDateTime": "2026-03-01T02:00:00Z"}
        }
    }
    balance = service(farm, "1.5", "home-1", "CreditMode.ResetMeterBalance", "--json").json
    assert balance["Request"]["Body"] == {"UpdateMeterBalance": {"CreditMode": {"ResetMeterBalance": {}}}}
    device = ended.json["Response"]["BusinessOriginatorID"]
    found = service(farm, "8.2", "dcc", f"DeviceID={device}", "--json").json["Acknowledgement"]
    assert device in {one["DeviceID"] for one in found["Body"]["DSPInventory"]["Device"]}
    address = 'PropertyFilter={"PostCode": "AB1 2CD", "AddressIdentifier": "1"}'
    assert "E19  unknown_device" in service(farm, "8.2", "dcc", address).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("7.2", "home-1", "--as", "ED"), 1, "wrong_role"),
        (("7.4", "00-00-00-00-00-00-00-01"), 2, "unknown_device"),
        (("7.1", "home-1/gsme"), 1, "not_applicable"),
    ],
)
def test_a_refusal_has_its_exit_code(farm, words, code, said):
    ended = service(farm, *words)
    assert (ended.code, ended.out.splitlines()[1].split()[-1]) == (code, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("9.9", "home-1"), "no service is called '9.9'"),
        (("4.1", "home-1"), "4.1 has 4 variants: 4.1.1 "),
        (("2.2", "home-1"), "missing required field `UTRN`"),
        (("2.2", "home-1", "UTRN=1"), "Body.TopUpDevice.UTRN"),
        (("2.2", "home-1", "utrn=1"), "allowed: UTRN"),
        (("2.2", "home-1", "=1"), "allowed: Name=value"),
        (("2.2", "home-1", "UTRN=1", "UTRN=2"), "given twice"),
        (("2.2", "home-1", "UTRN=1", "UTRN.A=2"), "has a value already"),
        (("7.4", "home-1", "--as", "KING"), "allowed: IS, GS"),
        (("7.4", "home-1", "--as", "OU2"), "there is no OU number 2"),
        (("7.4", "home-9"), "home-9"),
        (("7.4", "dcc"), "dcc is for non-device services"),
        (("7.4", "home-*"), "more than one home"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(farm, words, said):
    ended = service(farm, *words)
    assert ended.code == 2
    assert said in ended.error


def test_an_answer_that_is_not_there_in_time_is_said(farm):
    later = service(farm, "4.1.1", "home-1", "ExecutionDateTime=2027-01-01T00:00:00Z", "--wait", 0.2)
    assert later.code == 124
    assert "accepted, but no answer came in time" in later.err
    assert later.out.splitlines()[1].split() == ["acknowledged", "I99", "accepted_future"]


def test_who_waits_is_told_for_what_and_fetches_the_answer_later(farm):
    given_up = service(farm, "7.2", "home-2/gsme", "--as", "GS", "--wait", 2.1)
    assert given_up.code == 124
    assert "a gas meter answers when it wakes" in given_up.err
    identity = given_up.err.split("service result ")[1].split("`")[0]
    assert service(farm, "result", identity, "--wait", 0).code == 124
    assert run("clock", "advance", "1h", folder=farm[0]).code == 0
    assert service(farm, "result", identity).out.split() == ["response", "I0", "ok"]
    assert service(farm, "result", identity, "--json").json["RequestID"] == identity
    assert "no request 'nobody' was accepted" in service(farm, "result", "nobody").error


def test_the_catalogue_is_listed_and_shown():
    rows = {line.split()[0]: line for line in run("service", "ls").out.splitlines()}
    assert {"2.2", "4.8.1", "12.2"} <= rows.keys()
    assert "Top Up Device" in rows["2.2"]
    shown = run("service", "show", "6.4.1").out
    assert "LoadLimitPeriod" in shown
    assert "0 to 4294967295" in shown
    assert "IS (import supplier)" in shown
    assert run("service", "show", "TopUpDevice", "--json").json["Variant"] == "2.2"
    assert run("service", "show", "99").code == 2


def test_both_doors_take_the_control_token(farm):
    folder, ports = farm
    token = json.loads((folder / ".meterfarm" / "control.json").read_text("utf-8"))["token"]
    found = []
    for port, path in ((ports[0], "/time"), (ports[1], "/callback")):
        for given in (token, "wrong"):
            line = HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", path, headers={"Authorization": f"Bearer {given}"})
            found.append(line.getresponse().status)
            line.close()
    assert found == [200, 401, 200, 401]


def test_doors_that_cannot_open_end_the_start(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
        taken = run("up", "--profile", PROFILE, "--port", 0, "--duis-port", port, folder=tmp_path)
    assert taken.code == 4
    assert f"127.0.0.1:{port}: Address already in use" in taken.err
    for words, said in (
        (("--service-port", 65536), "--service-port 65536: allowed: 1 to 65535, or 0 for none"),
        (("--duis-xsd", "x.xsd"), "--duis-xsd: allowed with --duis-port only"),
        (("--duis-xsd", "x.xsd", "--duis-port", free_port()), "x.xsd"),
    ):
        wrong = run("up", "--profile", PROFILE, "--port", 0, *words, folder=tmp_path)
        assert wrong.code == 2
        assert said in wrong.err
        assert "Traceback" not in wrong.err

"""The optical port as its reader has it: sign-on, readout, when it is closed, and any octets at all.

Where expected octets are from: see optical_bench.
"""

import dataclasses

import msgspec
import pytest
from dlms_bench import PROFILE, START, site
from hypothesis import given, settings
from hypothesis import strategies as st
from optical_bench import (
    ACK,
    BLOCK,
    BREAK,
    IDENTIFIED,
    LINE,
    NAK,
    PORT,
    PROGRAM,
    READ_OUT,
    SIGN_ON,
    TO_HDLC,
    Reader,
    answer,
    command,
)

from emulator.device.commands import LockOpticalPort, Reason, Sender
from emulator.device.display.face import FaceChanged
from emulator.device.display.face_records import Face
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.instant import MINUTE, SECOND
from emulator.device.items import BY_KEY
from emulator.device.profiles.profile_optical import Optical
from emulator.dlms import optical_codes
from emulator.dlms.framing import iec62056
from emulator.dlms.framing.hdlc_client import HdlcClient
from emulator.dlms.framing.hdlc_frame import encode_address
from emulator.dlms.optical import OpticalPort, State

# Sign-on


def test_a_port_at_300_baud_says_who_it_is():
    reader = Reader()
    assert reader.port.baud == 300
    assert reader.say(SIGN_ON) == IDENTIFIED
    assert reader.bauds == [300]
    assert reader.port.state is State.IDENTIFIED


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"baud_digit": 6, "identification": "TESTMETER"}, b"/ELR6\\2TESTMETER\r\n"),
        ({"fast_reaction": True}, b"/ELr5\\2AS300P\r\n"),
        ({"modes": ("C",)}, b"/ELR5AS300P\r\n"),
        ({"identification": "A/B!C\\2D"}, b"/ELR5\\2ABC2D\r\n"),
    ],
)
def test_the_identification_is_the_profiles(keys, said):
    assert Reader(**keys).say(SIGN_ON) == said


def test_a_reaction_takes_200_ms_and_20_where_the_third_letter_is_small():
    for keys, after_ms in (
        ({"reaction_ms": 20}, 200),
        ({"reaction_ms": 20, "fast_reaction": True}, 20),
        ({"reaction_ms": 700}, 700),
    ):
        (sent,) = Reader(**keys).port.receive(SIGN_ON, START, LINE)
        assert sent.after_ms == after_ms


@pytest.mark.parametrize("address", ["14K0000001", "0014K0000001", "000", ""])
def test_a_request_may_name_the_meter(address):
    assert Reader().say(f"/?{address}!\r\n".encode()) == IDENTIFIED


@pytest.mark.parametrize("said", [b"/?14K0000002!\r\n", b"/?!", b"/!\r\n", b"?!\r\n", b"/?(!\r\n", BREAK, bytes(60)])
def test_what_is_no_request_to_this_meter_gets_silence_and_the_next_one_is_served(said):
    reader = Reader()
    assert reader.say(said) == b""
    assert reader.port.state is State.IDLE
    assert reader.wait(2 * SECOND) == b""
    assert reader.say(SIGN_ON) == IDENTIFIED


def test_an_answer_has_the_parity_that_the_question_had():
    reader = Reader()
    parity = iec62056.with_parity
    assert reader.say(parity(SIGN_ON)) == parity(IDENTIFIED)
    assert reader.say(parity(TO_HDLC)) == bytes.fromhex("06 B2 35 B2 8D 0A")  # Green Book 5, figure 17
    assert Reader().say(SIGN_ON) == IDENTIFIED


def test_octets_at_another_speed_are_noise():
    reader = Reader()
    assert reader.say(SIGN_ON, 9_600) == b""
    assert reader.say(SIGN_ON, 300) == IDENTIFIED
    assert reader.say(PROGRAM, 300) == command("P0", "(14K0000001)")
    assert (reader.bauds, reader.port.baud) == ([9_600], 9_600)
    assert reader.say(command("R1", "1.8.0()"), 300) == b""
    assert reader.say(command("R1", "1.8.0()"), 9_600) == answer("1.8.0(001234.120*kWh)")


def test_characters_of_a_message_follow_each_other_within_1500_ms():
    reader = Reader()
    assert reader.say(b"/?") == b""
    reader.line_now += 1_501
    assert reader.say(b"!\r\n") == b""
    assert reader.say(b"/?") == b""
    reader.line_now += 1_500
    assert reader.say(b"!\r\n") == IDENTIFIED


# Mode C, readout


def test_a_readout_leaves_at_the_speed_agreed_and_the_port_goes_back():
    reader = Reader()
    reader.say(SIGN_ON)
    assert reader.say(READ_OUT) == BLOCK
    assert reader.bauds == [9_600]
    assert reader.say(NAK, 9_600) == BLOCK  # once more
    assert reader.say(ACK, 9_600) == b""
    assert reader.wait(10 * SECOND) == b""
    assert (reader.port.state, reader.port.baud) == (State.IDLE, 300)


def test_a_new_reader_may_sign_on_at_once_after_a_readout():
    reader = Reader()
    reader.say(SIGN_ON)
    reader.say(READ_OUT)
    assert reader.say(SIGN_ON, 300) == IDENTIFIED


@pytest.mark.parametrize("digit", range(6))
def test_a_reader_may_choose_any_speed_up_to_the_one_offered(digit):
    reader = Reader()
    reader.say(SIGN_ON)
    assert reader.say(b"\x060%d0\r\n" % digit) == BLOCK
    assert reader.bauds == [(300, 600, 1_200, 2_400, 4_800, 9_600)[digit]]


@pytest.mark.parametrize("option", [b"\x06060\r\n", b"\x06059\r\n", b"\x06151\r\n", b"\x06252x\n", b"\x060A0\r\n"])
def test_an_option_that_is_not_offered_or_not_read_gets_a_readout_at_300_baud(option):
    reader = Reader()
    reader.say(SIGN_ON)
    assert reader.say(option) == BLOCK
    assert reader.bauds == [300]
    assert reader.is_served()


def test_a_reader_that_only_listens_gets_a_readout_at_300_baud():
    reader = Reader()
    reader.say(SIGN_ON)
    assert reader.wait(1_500) == b""  # the identification itself takes half a second
    assert reader.wait(2_000) == BLOCK
    assert reader.port.baud == 300
    assert reader.wait(60 * SECOND) == b""
    assert reader.port.state is State.IDLE


def test_every_code_is_written_as_the_item_says():
    reader = Reader(readout=("clock", "tou_wh", "voltage_dv", "supply_state", "frequency_chz", "volume_l"))
    meter = reader.bench.meter
    reader.say(SIGN_ON)
    lines = reader.say(READ_OUT)[1:-2].decode().split("\r\n")
    volts, hertz = BY_KEY["voltage_dv"].read(meter), BY_KEY["frequency_chz"].read(meter)
    assert lines[:2] == ["0.9.1(03:04:05)", "0.9.2(26-01-01)"]
    rates = [f"1.8.{rate}({wh // 1000:06}.{wh % 1000:03}*kWh)" for rate, wh in enumerate(meter_tou(meter), 1)]
    assert lines[2 : 2 + len(rates)] == rates
    assert lines[2 + len(rates) :] == [
        f"32.7.0({volts // 10:03}.{volts % 10}*V)",
        "96.3.10(1)",
        f"14.7.0({hertz // 100}.{hertz % 100:02}*Hz)",
        "!",
        "",
    ]


def meter_tou(meter):
    return [mwh // 1000 for mwh in meter.tou()]


def test_every_item_of_the_profile_has_a_code_and_every_code_an_item():
    keys = msgspec.structs.fields(Optical)
    allowed = next(field.type for field in keys if field.name == "readout").__args__[0].__args__
    assert {row.key for row in optical_codes.ROWS} == set(allowed)
    assert len({row.code for row in optical_codes.ROWS}) == len(optical_codes.ROWS)


# When the port is closed


def test_a_meter_without_a_port_is_silent():
    reader = Reader(block=None)
    assert reader.port.closed == "none"
    assert reader.say(SIGN_ON) == b""


def test_a_window_opens_with_a_key_and_closes_after_a_minute():
    """Device dossier 3.3: any key opens the optical port for one minute (EI3)."""
    reader = Reader(window_s=60)
    assert reader.say(SIGN_ON) == b""
    reader.bench.meter.note(FaceChanged(Face(pressed_at=START)))
    assert reader.say(SIGN_ON) == IDENTIFIED
    reader.bench.now = START + MINUTE - 1
    assert reader.say(SIGN_ON) == IDENTIFIED
    reader.bench.now = START + MINUTE
    assert reader.say(SIGN_ON) == b""


def test_a_meter_without_mains_is_silent_and_begins_anew():
    reader = Reader().programming()
    reader.bench.meter.note(MainsOff())
    assert reader.say(command("R1", "1.8.0()")) == b""
    assert reader.say(SIGN_ON) == b""
    reader.bench.meter.note(MainsOn())
    assert reader.say(SIGN_ON, 300) == IDENTIFIED


def test_a_port_is_locked_and_opened_by_a_command():
    """Device dossier 3.10: the port can be disabled by a service code."""
    reader = Reader()
    meter = reader.bench.meter
    assert meter.send(LockOpticalPort(locked=True), Sender.SUPPLIER).accepted
    assert (reader.port.closed, reader.say(SIGN_ON)) == ("locked", b"")
    assert meter.send(LockOpticalPort(locked=False), Sender.SUPPLIER).accepted
    assert reader.say(SIGN_ON) == IDENTIFIED
    assert [entry.what.name for entry in meter.journal] == ["optical_port_locked", "optical_port_unlocked"]


@pytest.mark.parametrize("reader", [Reader(lockable=False), Reader(block=None)], ids=["no lock", "no port"])
def test_a_port_without_a_lock_cannot_be_locked(reader):
    outcome = reader.bench.meter.send(LockOpticalPort(locked=True), Sender.SUPPLIER)
    assert outcome.reason is Reason.NOT_SUPPORTED


# Gas


def test_a_gas_meter_is_read_out_too():
    profile = msgspec.structs.replace(
        PROFILE, gas_optical=msgspec.structs.replace(PORT, readout=("serial", "volume_l"))
    )
    meter = GasMeter(dataclasses.replace(site(profile=profile), fuel="gas"), START)
    litres = meter.volume_ml // 1000
    port = OpticalPort(meter)
    (said,) = port.receive(SIGN_ON, meter.now, LINE)
    assert said.octets == f"/{profile.gas_model.flag}5{profile.gas_model.model[:16]}\r\n".encode()
    (said,) = port.receive(READ_OUT, meter.now, LINE)
    volume = f"{litres // 1000:06}.{litres % 1000:03}*m3"
    assert said.octets == answer(f"0.0.0({meter.site.serial})\r\n3.0.0({volume})\r\n!\r\n")


# Any octets

PIECES = st.sampled_from(
    [
        *(SIGN_ON, READ_OUT, PROGRAM, TO_HDLC, BREAK, ACK, NAK, b"/?", b"!\r\n", b"\x00"),
        command("R1", "1.8.0()"),
        command("W1", "0.9.1(030409)"),
        command("P1", "(00000000)"),
        bytes.fromhex("7ea00702 2121 93".replace(" ", "")),
        *(HdlcClient(16, encode_address(1, 16, octets=2)).connect(), b"\x7e"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=12))
def test_one_octet_at_a_time_or_all_at_once_the_answers_are_the_same(pieces):
    octets = b"".join(pieces)
    whole, single = Reader(), Reader()
    once = whole.port.receive(octets, START, LINE)
    often = [sent for octet in octets for sent in single.port.receive(bytes((octet,)), START, LINE)]
    assert joined(once) == joined(often)
    assert (whole.port.state, whole.port.baud) == (single.port.state, single.port.baud)
    assert whole.bench.meter.records == single.bench.meter.records
    assert whole.is_served()


def joined(sent):
    """Join octets that leave one after another at one speed."""
    found: list[tuple[int, bytes]] = []
    for one in sent:
        if found and found[-1][0] == one.baud:
            found[-1] = (one.baud, found[-1][1] + one.octets)
        else:
            found.append((one.baud, one.octets))
    return found

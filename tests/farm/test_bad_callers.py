"""Callers who send nonsense, half a frame or nothing: each is ended or ignored, counted and logged; the next is served.

Frames are written by hand: the wrapper of IEC 62056-47, HDLC of IEC 62056-46 with CRCs by another implementation
(binascii's CRC-CCITT over reversed bits is what the framing uses; here it is worked out bit by bit).
"""

import asyncio
import contextlib
import dataclasses
import random
import resource
import socket
import time
from pathlib import Path

import pytest
from farm_callers import (
    AARQ,
    GET_CLOCK,
    PROFILE,
    STANDING,
    calling,
    descriptors,
    get,
    head_end,
    is_served,
    listening_in,
    run,
    until,
    wrapped,
)

from emulator import Farm, HeadEnd
from emulator.device.commands import Sender, WritePowerThresholds

CYCLES = 10_000
AT_ONCE = 250


def a_farm(homes=3, **more):
    return Farm.start(PROFILE, homes, clock=STANDING, **more)


def crc(octets: bytes) -> bytes:
    """The frame check sequence of ISO/IEC 13239, bit by bit, low octet first."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return (value ^ 0xFFFF).to_bytes(2, "little")


def hdlc(control: int, information: bytes = b"", destination: bytes = b"\x02\x21", source: bytes = b"\x21") -> bytes:
    """A frame from client 16 to logical device 1, physical device 16."""
    length = 2 + len(destination) + len(source) + 1 + 2 + (len(information) + 2 if information else 0)
    head = (0xA000 | length).to_bytes(2, "big") + destination + source + bytes((control,))
    if information:
        head += crc(head) + information
    return b"\x7e" + head + crc(head) + b"\x7e"


SNRM = hdlc(0x93)
GOOD = wrapped(GET_CLOCK)

# What is sent, and as what it is counted: what ends the link, then what is only dropped.
ENDING = {
    "garbage": (b"\x55" * 200, "bad_version"),
    "http": (b"GET / HTTP/1.1\r\n\r\n", "bad_version"),
    "tls": (bytes.fromhex("160301020001 0001fc0303".replace(" ", "")), "bad_version"),
    "version 2": (b"\x00\x02" + GOOD[2:], "bad_version"),
    "too long": (bytes.fromhex("000100100001ffff"), "oversize"),
    "good and then bad": (wrapped(AARQ) + GOOD + b"\xff" * 8, "bad_version"),
}
DROPPED = {
    "nobody's logical device": (wrapped(AARQ, server=99), "frame_unknown_server"),
    "HDLC garbage": (b"\x7e" + b"\x55" * 200, "frame_bad_format"),
    "HDLC bad FCS": (SNRM[:-2] + b"\x00\x7e", "frame_bad_fcs"),
    "HDLC bad HCS": (hdlc(0x93, b"\x81\x80\x00")[:8] + b"\x00\x00" + hdlc(0x93, b"\x81\x80\x00")[10:], "frame_bad_hcs"),
    "HDLC no closing flag": (SNRM[:-1] + b"\x00", "frame_no_closing_flag"),
    "HDLC another station": (hdlc(0x93, destination=b"\x02\x23"), "frame_unknown_address"),
    "HDLC short length": (b"\x7e\xa0\x03\x03\x03\x7e\x7e", "frame_bad_length"),
}
CUT = {
    "half a header": GOOD[:5],
    "half an APDU": GOOD[:-3],
    "good and half": wrapped(AARQ) + GOOD[:9],
    "half an HDLC frame": SNRM[:-4],
}


async def hung_up(farm: Farm) -> None:
    await until(lambda: not farm.links.open)


@pytest.mark.parametrize("name", ENDING)
def test_what_no_framing_can_read_ends_the_link(name):
    octets, kind = ENDING[name]

    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as caller:
                caller.send(octets)
                heard = await caller.ended()
                assert heard[8:9] == (b"\x61" if name.startswith("good") else b"")
            await hung_up(farm)
            assert farm.links.refused == {kind: 1}
            await is_served(farm, 1)

    run(scenario())


@pytest.mark.parametrize("name", DROPPED)
def test_what_is_for_nobody_is_dropped_and_the_link_goes_on(name):
    octets, kind = DROPPED[name]

    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as caller:
                caller.send(octets)
                if octets[0] == 0x7E:
                    caller.send(SNRM)
                    assert (await caller.hear(9))[4:7] == b"\x02\x21\x73"  # UA, from where we called
                else:
                    await caller.associate()
            await hung_up(farm)
            assert farm.links.refused[kind] >= 1
            assert set(farm.links.refused) <= {kind, "cut_short", "frame_bad_format"}
            await is_served(farm, 1)

    run(scenario())


@pytest.mark.parametrize("how", ["FIN", "RST"])
@pytest.mark.parametrize("name", CUT)
def test_who_hangs_up_in_the_middle_of_a_frame_is_counted(name, how):
    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as caller:
                caller.send(CUT[name])
                await until(lambda: any(link.pending for link in farm.links.open))
                if how == "RST":
                    caller.reset()
                else:
                    caller.writer.close()
                await hung_up(farm)
            assert farm.links.refused == {"cut_short": 1}
            await is_served(farm, 1)

    run(scenario())


def test_who_hangs_up_between_frames_is_not_counted():
    async def scenario():
        async with a_farm() as farm:
            for octets in (b"", GOOD, SNRM):
                async with calling(farm.addresses.of(0)) as caller:
                    caller.send(octets)
                    if octets:
                        await caller.hear(8)
            await hung_up(farm)
            assert not farm.links.refused

    run(scenario())


# Time


def test_a_frame_that_drips_in_ends_the_link_after_thirty_seconds():
    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as caller, calling(farm.addresses.of(1)) as honest:
                await honest.associate()
                now = time.monotonic()
                for step, octet in enumerate(GOOD[:6]):
                    caller.send(bytes((octet,)))
                    await until(lambda: any(link.pending for link in farm.links.open))
                    assert (await honest.ask(GET_CLOCK))[0] == 0xC4
                    farm.links.sweep(now + step * 5.9)
                    assert not farm.links.refused
                farm.links.sweep(now + 30)
                assert await caller.ended() == b""
                assert farm.links.refused == {"incomplete_frame": 1}
                assert (await honest.ask(GET_CLOCK))[0] == 0xC4

    run(scenario())


def test_who_is_answered_may_always_be_in_the_middle_of_the_next_frame():
    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as caller:
                now = time.monotonic()
                caller.send(wrapped(AARQ) + GOOD[:9])
                assert (await caller.apdu())[0] == 0x61
                farm.links.sweep(now - 100)
                for _ in range(3):
                    caller.send(GOOD[9:] + GOOD[:9])
                    assert (await caller.apdu())[0] == 0xC4
                farm.links.sweep(now + 1)
                assert not farm.links.refused
                farm.links.sweep(time.monotonic() + 30)
                assert farm.links.refused == {"incomplete_frame": 1}

    run(scenario())


def test_silence_ends_the_link_after_the_profiles_time():
    async def scenario():
        async with a_farm() as farm:
            async with calling(farm.addresses.of(1)) as silent, calling(farm.addresses.of(1)) as spoke:
                await spoke.associate()
                await until(lambda: len(farm.links.open) == 2)
                inactivity_s = farm.home(1).meter.site.profile.hdlc.inactivity_s
                farm.links.sweep(time.monotonic() + inactivity_s - 5)
                assert len(farm.links.open) == 2
                farm.links.sweep(time.monotonic() + inactivity_s)
                assert await silent.ended() == await spoke.ended() == b""
                assert farm.links.refused == {"inactivity": 2}
            await is_served(farm, 1)

    run(scenario())


# Addresses


def test_an_address_outside_the_farm_is_closed_at_once_and_counted():
    async def scenario():
        async with a_farm(homes=3) as farm:
            port = farm.addresses.port
            for host in ("127.0.0.1", "127.1.0.4", "127.255.255.254", "127.1.0.0"):
                async with calling((host, port)) as caller:
                    assert await caller.ended() == b""
            assert farm.links.refused == {"unknown_address": 4}
            assert not farm.links.open
            await is_served(farm, 2)

    run(scenario())


# Many


@contextlib.contextmanager
def dialled(address):
    """A socket that does not block, with its connection under way."""
    one = socket.socket()
    one.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        one.connect(address)
    try:
        yield one
    finally:
        one.close()


def resident() -> int:
    """Octets of memory of this process."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def test_thousands_who_come_and_go_leave_nothing_behind():
    """A tenth of them send nonsense, a tenth half a frame; three tenths end with RST, the others with FIN."""

    async def scenario():
        drawn = random.Random(5)
        loop = asyncio.get_running_loop()
        async with a_farm(homes=50) as farm:

            async def cycle(number: int) -> None:
                with dialled(farm.addresses.of(number % 50)) as one:
                    await loop.sock_connect(one, farm.addresses.of(number % 50))
                    kind = drawn.randrange(10)
                    if kind < 2:
                        await loop.sock_sendall(one, (ENDING["garbage"][0], CUT["half an APDU"])[kind])
                    if kind in (2, 3, 4):
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

            async def cycles(first: int, last: int) -> None:
                for start in range(first, last, AT_ONCE):
                    await asyncio.gather(*(cycle(number) for number in range(start, start + AT_ONCE)))
                await until(lambda: not farm.links.open and not farm._listener._starting)

            await cycles(0, 1000)
            await is_served(farm, 0)
            files, memory, began = descriptors(), resident(), time.perf_counter()
            await cycles(1000, CYCLES)
            took = time.perf_counter() - began
            await is_served(farm, 49)
            await until(lambda: not farm.links.open)
            assert descriptors() <= files
            assert resident() - memory < 8 << 20
            assert len(farm.held) == 50
            assert not farm.links._partial
            assert all(home.connections == 0 for home in farm.held.values())
            assert farm.links.refused["bad_version"] > CYCLES // 20
            assert farm.links.refused["cut_short"] > CYCLES // 20
            print(f"{CYCLES - 1000} connections in {took:.1f} s, {(resident() - memory) >> 10} KiB more")

    run(scenario())


def test_two_clients_at_one_meter_do_not_disturb_each_other():
    async def scenario():
        async with a_farm() as farm:

            async def read(framing, level, item):
                async with head_end(farm, "home-2", level, framing) as reading:
                    return [await reading.read(item) for _ in range(40)]

            found = await asyncio.gather(
                read("wrapper", "reader", "import_wh"),
                read("hdlc", "reader", "import_wh"),
                read("hdlc", "management", "import_wh"),
                read("wrapper", "public", "clock"),
            )
            assert found[0] == found[1] == found[2] == found[0][:1] * 40
            assert found[3] == [farm.clock.now()] * 40

    run(scenario())


def test_flags_within_a_frame_are_data():
    """0x7E stands in the value that is read, and now and then in the check sequence behind it."""

    async def scenario():
        async with a_farm() as farm:
            async with listening_in(farm.addresses.of(0)) as ((host, port), _, heard):
                access = dataclasses.replace(farm.access("home-1", "reader"), host=host, port=port)
                async with HeadEnd.open(access, "hdlc") as reading:
                    for low in range(0x7E00, 0x7F00):
                        assert (await farm.send(0, WritePowerThresholds(low, 100_000), Sender.SUPPLIER)).accepted
                        assert await reading.read("low_medium_w") == low
            ends = [end for end in range(2, len(heard) - 1) if heard[end : end + 2] == b"\x7e\x7e"]
            assert sum(0x7E in heard[end - 2 : end] for end in ends) >= 1
            assert heard.count(b"\x00\x00\x7e\x7e") > 0
            assert not farm.links.refused

    run(scenario())


def test_the_farm_and_this_file_agree_on_check_sequences():
    """ISO/IEC 13239's check value: the FCS of "123456789" is 0x906E."""
    assert crc(b"123456789") == bytes.fromhex("6e90")


@pytest.mark.parametrize("seed", range(5))
def test_any_octets_leave_the_farm_as_it_was(seed):
    async def scenario():
        drawn = random.Random(seed)
        good = [
            wrapped(AARQ),
            GOOD,
            SNRM,
            hdlc(0x10, b"\xe6\xe6\x00" + AARQ),
            wrapped(get(3, 7), 32),
            wrapped(b"\x62\x00"),
        ]
        async with a_farm() as farm:
            for _ in range(60):
                octets = bytearray(b"".join(drawn.choices(good, k=drawn.randrange(1, 6))))
                for _ in range(drawn.randrange(8)):
                    place = drawn.randrange(len(octets))
                    if drawn.random() < 0.3:
                        del octets[place:]
                        break
                    octets[place] = drawn.randrange(256)
                async with calling(farm.addresses.of(drawn.randrange(3))) as caller:
                    caller.send(bytes(octets))
                    caller.writer.write_eof()
                    await caller.ended()
            await hung_up(farm)
            for index in range(3):
                await is_served(farm, index)

    run(scenario())


# A process of its own: its log, and its open files

"""A meter's optical port at a pseudo-terminal: what a program at the other end of it sees, its speed included.

The program is a bare file descriptor; octets are those of tests/dlms/test_optical.py. Nothing here waits for time:
pace is off, but where pace itself is the subject.
"""

import asyncio
import os
import sqlite3
import termios
import tty
from contextlib import closing, contextmanager, suppress

import pytest
from farm_callers import STANDING, an_estate, is_served, run, until

from emulator import Farm
from emulator.device.commands import DisableSupply, Sender
from emulator.device.display import customer
from emulator.device.journal import DeviceName
from emulator.farm.opening import STORE_FILE
from emulator.farm.selectors import SelectorError, select
from emulator.transports.pty import MAX_WAITING, PtyLine

SIGN_ON = b"/?!\r\n"
IDENTIFIED = b"/ELR5\\2AS300P\r\n"
GAS_IDENTIFIED = b"/ELR5BK-G4E\r\n"
PROGRAM, TO_HDLC, READ_OUT = b"\x06051\r\n", b"\x06252\r\n", b"\x06050\r\n"
BREAK = bytes.fromhex("01 42 30 03 71")
SPEED = {300: termios.B300, 9_600: termios.B9600, 19_200: termios.B19200}


class Program:
    """Somebody's reader, as it sees the line."""

    def __init__(self, path: str, baud: int = 300) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.set_speed(baud)
        termios.tcflush(self.fd, termios.TCIFLUSH)
        self.heard = b""

    def set_speed(self, baud: int) -> None:
        settings = termios.tcgetattr(self.fd)
        settings[4] = settings[5] = SPEED[baud]
        termios.tcsetattr(self.fd, termios.TCSANOW, settings)

    def read(self) -> bytes:
        with suppress(BlockingIOError):
            self.heard += os.read(self.fd, 4_096)
        return self.heard

    async def ask(self, octets: bytes, ends: bytes) -> bytes:
        """Say something and give the answer, which ends so."""
        os.write(self.fd, octets)
        return await self.answer(ends)

    async def answer(self, ends: bytes) -> bytes:
        await until(lambda: self.read().endswith(ends), f"{ends!r} at the end")
        heard, self.heard = self.heard, b""
        return heard

    async def unheeded(self, farm: Farm, octets: bytes) -> bytes:
        """Say something to the one open port, and give what is heard in the many turns after it has come."""
        (port,) = farm.optical.listed()
        os.write(self.fd, octets)
        await until(lambda: farm.optical.listed()[0].heard == port.heard + len(octets))
        return await self.silence()

    async def silence(self) -> bytes:
        """Give what is heard while the farm has many turns to say something."""
        for _ in range(200):
            await asyncio.sleep(0)
        return self.read()


@contextmanager
def program(path, baud=300):
    opened = Program(path, baud)
    try:
        yield opened
    finally:
        os.close(opened.fd)


def a_farm(**of_farm):
    return Farm.start(estate=an_estate(cohort="gas = 1"), clock=STANDING, **of_farm)


def chosen(farm, selector):
    return select(selector, farm.estate, farm.addresses, 1)[0]


def test_a_program_reads_a_meter_out():
    async def scenario():
        async with a_farm() as farm:
            with program(farm.optical("home-1")) as reader:
                assert await reader.ask(SIGN_ON, b"\r\n") == IDENTIFIED
                reader.set_speed(9_600)
                os.write(reader.fd, READ_OUT)
                await until(lambda: b"\x03" in reader.read())
                heard = await reader.answer(b"")
                wh = farm.home(0).meter.total_mwh(0) // 1000
                assert f"1.8.0({wh // 1000:06}.{wh % 1000:03}*kWh)\r\n".encode() in heard
                assert [(port.selector, port.state) for port in farm.optical.listed()] == [("home-1/esme", "read out")]
            await is_served(farm, 0)  # the same meter, over its hub

    run(scenario())


def test_a_program_at_another_speed_is_not_heard():
    async def scenario():
        async with a_farm() as farm:
            with program(farm.optical("home-1"), 9_600) as reader:
                assert await reader.unheeded(farm, SIGN_ON) == b""
                assert await reader.unheeded(farm, SIGN_ON) == b""
                reader.set_speed(300)
                assert await reader.ask(SIGN_ON, b"\r\n") == IDENTIFIED
                await reader.ask(PROGRAM, asked_for_password(farm))
                # and it stays at 300, where it should have gone to 9,600
                assert await reader.unheeded(farm, BREAK) == b""
                assert await reader.unheeded(farm, SIGN_ON) == b""
                reader.set_speed(9_600)
                os.write(reader.fd, BREAK)
                await until(lambda: farm.optical.listed()[0].state == "idle")
                reader.set_speed(300)
                assert await reader.ask(SIGN_ON, b"\r\n") == IDENTIFIED

    run(scenario())


def test_a_write_is_durable_before_it_is_acknowledged(tmp_path):
    """The disk waits behind a lock of somebody else's, and so does the answer."""

    async def scenario():
        async with a_farm(state=tmp_path) as farm:
            meter = farm.home(0).meter
            await farm.settled()
            password = meter.site.password("optical")
            with program(farm.optical("home-1")) as reader, closing(sqlite3.connect(tmp_path / STORE_FILE)) as other:
                await reader.ask(SIGN_ON, b"\r\n")
                await reader.ask(PROGRAM, asked_for_password(farm))
                reader.set_speed(9_600)
                assert await reader.ask(message("P1", password.decode()), b"\x06") == b"\x06"
                other.execute("BEGIN IMMEDIATE")
                os.write(reader.fd, message("W1", "10:17:09", "0.9.1"))
                await until(lambda: meter.records.clock.offset_ms == 9_000)
                for waits in (message("W1", "10:17:11", "0.9.1"), message("R1", "", "0.9.1")):
                    assert await reader.unheeded(farm, waits) == b""
                assert meter.records.clock.offset_ms == 9_000
                other.rollback()
                said = "0.9.1(10:17:11)\x03"
                end = said.encode() + bytes((check(said),))
                assert await reader.answer(end) == b"\x06\x06\x02" + end
            entries = await farm.journal(0)
            assert [type(entry.what).__name__ for entry in entries] == ["ClockAdjusted", "ClockAdjusted"]

    run(scenario())


def asked_for_password(farm):
    return message("P0", farm.home(0).meter.site.serial)


def message(name, value, code=""):
    content = f"{name}\x02{code}({value})\x03"
    return b"\x01" + content.encode() + bytes((check(content),))


def check(content):
    total = 0
    for each in content.encode():
        total ^= each
    return total


def test_a_gas_meters_port_opens_with_a_key_press():
    """Device dossier 3.3: any key opens the optical port for one minute (EI3)."""

    async def scenario():
        async with a_farm() as farm:
            with program(farm.optical("home-2/gsme")) as reader:
                assert await reader.unheeded(farm, SIGN_ON) == b""
                await farm.act(1, lambda home: customer.press(home, DeviceName.GSME, ("A",)))
                assert await reader.ask(SIGN_ON, b"\r\n") == GAS_IDENTIFIED
                await farm.advance(60_000)
                assert await reader.unheeded(farm, SIGN_ON) == b""

    run(scenario())


def test_a_home_that_was_put_into_another_state_is_read_as_it_is_then():
    async def scenario():
        async with a_farm() as farm:
            with program(farm.optical("home-1")) as reader:
                state = farm.home(0).installation.state()
                await farm.send(0, DisableSupply(), Sender.SUPPLIER)
                assert await reader.ask(SIGN_ON, b"\r\n") == IDENTIFIED
                await farm.put(0, state)
                assert await reader.ask(SIGN_ON, b"\r\n") == IDENTIFIED
                assert farm.home(0).connections == 1
                assert farm.optical.close(chosen(farm, "home-1"))
                assert farm.home(0).connections == 0
                assert not farm.optical.close(chosen(farm, "home-1"))

    run(scenario())


def test_a_port_keeps_its_path_and_goes_with_the_farm():
    async def scenario():
        async with a_farm() as farm:
            path = farm.optical("home-1")
            assert farm.optical("home-1/esme") == path
            other = farm.optical("home-1/gsme")
            assert other != path
            assert [port.path for port in farm.optical.listed()] == [path, other]
            farm.optical.close(chosen(farm, "home-1"))
            assert not os.path.exists(path)  # noqa: PTH110
            assert os.path.exists(other)  # noqa: PTH110
        assert not os.path.exists(other)  # noqa: PTH110

    run(scenario())


@pytest.mark.parametrize("selector", ["home-1/chf", "home-1/ihd"])
def test_a_device_without_a_port_is_refused(selector):
    async def scenario():
        async with a_farm() as farm:
            with pytest.raises(SelectorError, match="has no optical port"):
                farm.optical(selector)

    run(scenario())


def test_every_packaged_profiles_ports_open_and_an_electricity_meters_says_who_it_is():
    async def scenario():
        async with Farm.start(clock=STANDING, gas=1.0) as farm:
            found = 0
            for index in range(farm.estate.homes):
                for device in farm.estate.devices(index):
                    site = farm.estate.premises(index).sites[device]
                    block = {DeviceName.ESME: site.profile.optical, DeviceName.GSME: site.profile.gas_optical}
                    if block.get(device) is not None:
                        path = farm.optical(f"{farm.estate.name(index)}/{device}")
                        found += 1
                        if device is DeviceName.ESME:
                            with program(path) as reader:
                                flag = site.profile.model.flag.encode()
                                assert (await reader.ask(SIGN_ON, b"\r\n")).startswith(b"/" + flag + b"5")
            assert found == len(farm.optical.listed()) > 0

    run(scenario())


# The line by itself


def test_a_line_that_keeps_pace_loses_what_the_program_is_not_set_to_hear():
    async def scenario():
        line = PtyLine(lambda _data, _speeds: None, pace=True)
        with program(line.path, 19_200) as reader:
            began = asyncio.get_running_loop().time()
            line.send(b"x" * 192, 19_200)
            await until(lambda: len(reader.read()) == 192)
            assert asyncio.get_running_loop().time() - began > 0.09  # 192 octets of 10 bits at 19,200
            line.send(b"lost", 9_600)
            line.send(b"heard", 19_200)
            await until(lambda: reader.read().endswith(b"heard"))
            assert b"lost" not in reader.heard
        line.close()
        line.close()
        assert line.closed

    run(scenario())


def test_a_line_tells_at_which_speeds_octets_may_have_been_sent():
    async def scenario():
        heard = []
        line = PtyLine(lambda data, speeds: heard.append((data, set(speeds))))
        with program(line.path, 300) as reader:
            for octets, baud in ((b"a", 300), (b"b", 300), (b"c", 9_600), (b"d", 9_600)):
                reader.set_speed(baud)
                os.write(reader.fd, octets)
                await until(lambda octets=octets: heard and heard[-1][0] == octets)
        line.close()
        assert heard[1:] == [(b"b", {300}), (b"c", {300, 9_600}), (b"d", {9_600})]

    run(scenario())


def test_a_line_that_nobody_reads_holds_no_more_than_it_may():
    async def scenario():
        line = PtyLine(lambda _data, _speeds: None)
        for _ in range(100):
            line.send(b"x" * 1_024, 9_600)
        with program(line.path) as reader:
            line.send(b"", 9_600)
            for _ in range(2_000):
                await asyncio.sleep(0)
                reader.read()
            assert 0 < len(reader.heard) <= MAX_WAITING + 8_192
        line.close()

    run(scenario())

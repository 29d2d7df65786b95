"""Devices that come back: joining by hand, the code on the label, and a home as it leaves the works again."""

import pytest
from farm_callers import run

from emulator.device.commands import AddDevice, RemoveDevice, Sender
from emulator.device.display.deeds import DEEDS
from emulator.device.hub.han import install_code_crc
from emulator.device.identity import format_eui64
from emulator.device.instant import DAY
from emulator.device.journal import DeviceName
from emulator.device.readings import find, value
from emulator.farm.estate import from_flags
from emulator.farm.farm import Farm
from emulator.farm.returned import factory_reset, install_code, joins
from emulator.farm.selectors import SelectorError
from emulator.virtual_home import VirtualHome

AS300P, CLOCK = "elster-as300p", "@2026-06-03T10:00:00Z"
CHF, ESME, IHD = DeviceName.CHF, DeviceName.ESME, DeviceName.IHD


def read(home, device, item):
    return value(home.installation.devices[device], find(device, item))


def test_a_device_joins_by_the_code_on_its_label():
    async def scenario():
        async with Farm.start(AS300P, clock=CLOCK) as farm:
            eui64 = format_eui64(farm.estate.premises(0).sites[IHD].eui64)
            await farm.send(0, RemoveDevice(eui64), Sender.SUPPLIER, CHF)
            assert not await joins(farm, "home-1/ihd")  # nobody let it in
            code = install_code(farm, "home-1/ihd")
            assert len(code) == 32
            crc = install_code_crc(bytes.fromhex(code)).hex()
            await farm.send(0, AddDevice(eui64, "ihd", code + crc), Sender.SUPPLIER, CHF)
            assert await joins(farm, "home-1/ihd")
            with pytest.raises(SelectorError):
                install_code(farm, "home-9/ihd")

    run(scenario())


def test_a_device_without_power_joins_nothing():
    home = VirtualHome(AS300P)
    home.act("unplug", "ihd")
    home.advance("30d")
    done = home.act("join", "ihd")
    assert (done.accepted, done.outcome.detail) == (False, "the device has no power")


def test_a_hub_joins_nothing():
    done = VirtualHome(AS300P).act("join", "chf")
    assert (done.accepted, str(done.reason)) == (False, "not_applicable")


def test_who_has_joined_comes_back_by_its_network_key():
    home = VirtualHome(AS300P)
    assert "join" in DEEDS
    done = home.act("join", "ihd")
    assert [entry.what.by for entry in done.entries if type(entry.what).__name__ == "DeviceJoined"] == ["network_key"]


def test_a_reset_home_is_as_it_left_the_works():
    async def scenario():
        estate = from_flags((AS300P,), 1, 3, gas=1.0, prepayment=1.0)
        async with Farm.start(estate=estate, clock=CLOCK, push="127.0.0.1:9") as farm:
            before = farm.home(0)
            energy, seq = read(before, ESME, "import_wh"), before.installation.seq
            assert read(before, ESME, "payment_mode") == "prepayment"
            await factory_reset(farm, "home-1")
            after = farm.home(0)
            assert read(after, ESME, "payment_mode") == "credit"
            assert read(after, ESME, "import_wh") == energy
            assert read(after, CHF, "device_log") == read(after, CHF, "removed_devices") == []
            assert read(after, CHF, "sim_state") == "inactive"
            assert read(after, CHF, "push_destination") == ""
            assert after.unreachable == "sim_inactive"
            assert after.installation.seq >= seq  # the journal's numbers go on
            await farm.advance(DAY)
            assert farm.home(0).unreachable == "sim_inactive"

    run(scenario())


def test_a_reset_home_is_still_reset_after_a_restart(tmp_path):
    async def scenario():
        estate = from_flags((AS300P,), 1, 3)
        async with Farm.start(estate=estate, clock=CLOCK, state=tmp_path) as farm:
            await factory_reset(farm, "home-1")
        async with Farm.start(estate=estate, clock=CLOCK, state=tmp_path) as farm:
            assert read(farm.home(0), CHF, "sim_state") == "inactive"
            assert read(farm.home(0), CHF, "device_log") == []

    run(scenario())

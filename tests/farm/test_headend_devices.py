"""The head end behind the meter: it reads the hub and the gas meter over TCP, and commands them."""

import asyncio

import pytest
from farm_callers import run
from farm_homes import a_farm

from emulator import HeadEnd
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import AddDevice, DisableSupply, RemoveDevice, SetTariff, WriteGasConversion
from emulator.device.future import CANCEL_AT
from emulator.device.hub.gas_mirror import mirrored
from emulator.device.instant import HOUR
from emulator.device.items import UnknownItemError
from emulator.device.journal import DeviceName
from emulator.device.money.pricing import Prices
from emulator.device.readings import ITEMS_OF
from emulator.device.records import Switch
from emulator.farm.selectors import described, select
from emulator.headend import NotOnWireError

CHF, GSME = DeviceName.CHF, DeviceName.GSME
INSTANTS = {"clock", "last_wake", "next_wake"}  # the wire has hundredths of a second


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_every_item_of_the_gas_meter_is_read_as_its_mirror_has_it(framing):
    async def scenario():
        async with a_farm(None, homes=1) as farm:
            async with HeadEnd.open(farm.access("home-1/gsme"), framing) as head_end:
                read = {name: await head_end.read(name) for name in head_end.items}
            devices = farm.home(0).installation.devices
            shown = mirrored(devices[CHF], devices[GSME], farm.clock.now())
            assert set(read) == {item.key for item in ITEMS_OF[GSME]}
            for item in ITEMS_OF[GSME]:
                if item.key not in INSTANTS:
                    assert read[item.key] == item.read(shown), item.key

    run(scenario())


def test_every_item_of_the_hub_is_read():
    async def scenario():
        async with a_farm(None, homes=1) as farm:
            async with HeadEnd.open(farm.access("home-1/chf")) as head_end:
                read = {name: await head_end.read(name) for name in head_end.items}
                with pytest.raises(UnknownItemError):
                    await head_end.read("volume_l")
            hub = farm.home(0).installation.devices[CHF]
            assert read == {item.key: item.read(hub) for item in ITEMS_OF[CHF]}

    run(scenario())


def test_a_gas_command_is_accepted_as_queued_and_done_at_the_wake():
    async def scenario():
        async with a_farm(None, homes=1) as farm:
            gas = farm.home(0).installation.devices[GSME]
            async with HeadEnd.open(farm.access("home-1/gsme", "management")) as head_end:
                for command in (
                    WriteGasConversion(380, 1, 100_000, 5),
                    SetTariff(SwitchingTable(name="gas"), prices=Prices(tou_mp=(3_000,))),
                    DisableSupply(),
                ):
                    answer = await head_end.send(command)
                    assert answer.accepted, answer.reason
                assert await head_end.read("supply_state") == "enabled"
                assert gas.records.supply.switch is Switch.ENABLED
                await farm.advance(HOUR)
            async with HeadEnd.open(farm.access("home-1/gsme")) as head_end:
                assert await head_end.read("supply_state") == "disabled"
                assert await head_end.read("calorific_value") == 380
                assert await head_end.read("tariff") == "gas"
            names = [type(entry.what).__name__ for entry in await farm.journal(0)]
            assert names.count("CommandQueued") == names.count("QueuedCommandDone") >= 3

    run(scenario())


def test_the_hub_is_commanded_and_keeps_it_over_a_restart(tmp_path):
    added = AddDevice("00-24-7E-00-00-00-00-07", "ihd", "83FED3407A939723A5C639B26916D505")

    async def scenario():
        async with a_farm(tmp_path, homes=1) as farm:
            async with HeadEnd.open(farm.access("home-1/chf", "management")) as head_end:
                assert (await head_end.send(added)).accepted
                assert not (await head_end.send(RemoveDevice("00-24-7E-00-00-00-00-99"))).accepted
                with pytest.raises(NotOnWireError):
                    await head_end.send(DisableSupply())
        async with a_farm(tmp_path, homes=1) as farm:
            async with HeadEnd.open(farm.access("home-1/chf")) as head_end:
                assert added.eui64 in {row["eui64"] for row in await head_end.read("device_log")}

    run(scenario())


def test_a_row_of_ls_says_where_each_device_answers():
    async def scenario():
        async with a_farm(None, homes=1) as farm:
            rows = {
                chosen.device.value: described(chosen, farm.estate, farm.addresses)
                for chosen in select("home-1/*", farm.estate, farm.addresses, 10)
            }
        assert {device: row["protocol"] for device, row in rows.items() if row["protocol"] == "dlms"} == {
            "esme": "dlms",
            "chf": "dlms",
            "gsme": "dlms",
        }
        assert [rows[device]["address"]["server"] for device in ("esme", "chf", "gsme")] == [1, 2, 3]
        assert rows["gsme"]["address"]["clients"] == rows["esme"]["address"]["clients"]
        assert rows["ihd"]["address"] == {}

    run(scenario())


def test_a_cancelled_tariff_reaches_the_queue_too():
    async def scenario():
        async with a_farm(None, homes=1) as farm:
            async with HeadEnd.open(farm.access("home-1/gsme", "management")) as head_end:
                assert (await head_end.send(SetTariff(SwitchingTable(), CANCEL_AT))).accepted
            waiting = farm.home(0).installation.devices[CHF].records.queue.waiting
            assert [one.name for one in waiting] == ["ActivatePassiveTariff"]

    asyncio.run(scenario())

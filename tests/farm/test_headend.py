"""The head end composes what one request cannot carry: a whole tariff, in blocks where it must be."""

import asyncio

import pytest

from emulator import Farm, HeadEnd
from emulator.device.calendar import DayProfile, SpecialDay, Switch, SwitchingTable
from emulator.device.commands import RestoreSupply, SetTariff
from emulator.headend import NotOnWireError

LARGEST = SwitchingTable(
    name="largest",
    days=tuple(
        DayProfile(number, tuple(Switch(half_hour * 30, 1 + (half_hour + number) % 48) for half_hour in range(48)))
        for number in range(1, 17)
    ),
    special_days=tuple(SpecialDay(number, 1 + number % 12, 1 + number % 28, 1) for number in range(1, 51)),
)


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_the_largest_tariff_arrives_whole(framing):
    async def scenario():
        async with Farm.start(profile="elster-as300p", seed=7, clock="@2026-02-01T00:00:00Z") as farm:
            async with HeadEnd.open(farm.access("home-1/esme", "management"), framing) as head_end:
                answer = await head_end.send(SetTariff(LARGEST))
                assert answer.accepted, answer.reason
                assert await head_end.read("tariff") == "largest"
            table = farm.home(0).meter.records.tariff.tables[-1]
            assert table.days == LARGEST.days
            assert table.special_days == LARGEST.special_days

    asyncio.run(scenario())


def test_a_consumers_command_has_no_place_on_the_wire():
    async def scenario():
        async with (
            Farm.start(profile="elster-as300p", seed=7) as farm,
            HeadEnd.open(farm.access("home-1/esme", "management")) as head_end,
        ):
            with pytest.raises(NotOnWireError, match="Restore Supply"):
                await head_end.send(RestoreSupply())

    asyncio.run(scenario())

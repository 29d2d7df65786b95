"""The conduct log of a farm: found over TCP, durable, asked for by selector, and empty for a good client."""

import pytest
from farm_callers import GET_CLOCK, calling, head_end, reader_aarq, run
from farm_homes import a_farm

from emulator import Farm
from emulator.device.commands import DisableSupply
from emulator.device.happenings import ClientMisbehaved
from emulator.dlms.conduct import WRONG_PASSWORDS, Kind, Misconduct
from emulator.dlms.watch import REPEATS
from emulator.farm.selectors import SelectorError

WRONG = b"TEST nonsense"


async def storm(farm: Farm, selector: str = "home-1") -> None:
    async with head_end(farm, selector, "reader") as reading:
        for _ in range(REPEATS + 1):
            await reading.read("import_wh")


async def misbehave(farm: Farm) -> None:
    """Storm, ask without an association, and go on with a wrong password at the first home; storm at the third."""
    await storm(farm)
    async with calling(farm.addresses.of(0)) as caller:
        assert await caller.ask(GET_CLOCK) == bytes.fromhex("d80101")
        for _ in range(WRONG_PASSWORDS + 1):
            await caller.ask(reader_aarq(WRONG), client=32)
    async with head_end(farm, "home-1", "reader") as reading:
        assert not (await reading.send(DisableSupply())).accepted
    await storm(farm, "home-3")


def kinds(found: list[Misconduct]) -> list[tuple[str, Kind, int | None]]:
    return [(one.home, one.kind, one.client) for one in found]


FOUND = [
    ("home-1", Kind.RETRY_STORM, 32),
    ("home-1", Kind.NOT_ASSOCIATED, 16),
    ("home-1", Kind.PASSWORD_STORM, 32),
    ("home-1", Kind.BEYOND_RIGHTS, 32),
    ("home-3", Kind.RETRY_STORM, 32),
]


def test_it_is_found_over_tcp_and_outlives_the_farm(tmp_path):
    async def first():
        async with a_farm(tmp_path) as farm:
            assert await farm.conduct("*") == []
            await misbehave(farm)
            found = await farm.conduct()
            assert kinds(found) == FOUND
            assert all(one.evidence and one.detail and one.count == 1 for one in found)
            assert WRONG.hex() not in str(found)
            return found

    async def second(before):
        async with a_farm(tmp_path) as farm:
            assert await farm.conduct() == before
            assert kinds(await farm.conduct("home-1")) == FOUND[:4]
            await storm(farm, "home-3")  # what was counted in memory begins anew
            assert [one.count for one in await farm.conduct("home-3")] == [1, 1]

    run(second(run(first())))


def test_a_selector_says_whose():
    async def scenario():
        async with a_farm(None) as farm:
            await misbehave(farm)
            assert kinds(await farm.conduct("home-1/esme")) == FOUND[:4]
            assert await farm.conduct("home-1/gsme") == []
            assert await farm.conduct("home-2") == []
            assert kinds(await farm.conduct("home-[23]")) == FOUND[4:]
            with pytest.raises(SelectorError):
                await farm.conduct("home-9")

    run(scenario())


def test_a_gas_meter_polled_while_it_sleeps():
    async def scenario():
        async with a_farm(None) as farm, head_end(farm, "home-1/gsme", "reader") as reading:
            for _ in range(4):
                await reading.read("valve")
            assert kinds(await farm.conduct("home-1/gsme")) == [("home-1", Kind.ASLEEP_POLLED, 32)]
            assert await farm.conduct("home-1/esme") == []

    run(scenario())


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_client_that_reads_all_there_is_does_nothing_wrong(framing):
    async def scenario():
        async with a_farm(None) as farm:
            for device in ("esme", "chf", "gsme"):
                async with head_end(farm, f"home-1/{device}", "reader", framing) as reading:
                    assert reading.items
                    for name in reading.items:
                        await reading.read(name)
            assert await farm.conduct("home-1") == []
            assert not [one for one in await farm.journal(0) if isinstance(one.what, ClientMisbehaved)]

    run(scenario())


def test_a_storm_does_not_flood_the_journal():
    async def scenario():
        async with a_farm(None) as farm:
            async with head_end(farm, "home-1", "reader") as reading:
                for _ in range(40 * REPEATS + 1):
                    await reading.read("import_wh")
            told = [one.what for one in await farm.journal(0) if isinstance(one.what, ClientMisbehaved)]
            assert [one.count for one in told] == [1, 10]

    run(scenario())

"""The farm's SMS centre: it wakes homes over TCP, finds them by number, and has what homes sent."""

import asyncio
from itertools import pairwise

import pytest
from farm_callers import GET_CLOCK, calling, is_served, run, until
from sms_homes import SLEEPER, a_farm, estate, sms_estate

from emulator.device import identity
from emulator.device.commands import Reason, Sender, SetReadSchedule
from emulator.device.happenings import SmsLost, SmsTaken, WanSlept, WanWoken
from emulator.device.hub.wan import CoverageFound, CoverageLost
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.journal import DeviceName
from emulator.farm.sms_centre import UnknownNumberError

CHF = DeviceName.CHF


async def is_refused(farm, index):
    """Show that a home hangs up without a word."""
    async with calling(farm.addresses.of(index)) as caller:
        assert await caller.ended() == b""


async def happened(farm, index, *kinds):
    return [entry.what for entry in await farm.journal(index) if isinstance(entry.what, kinds)]


def test_a_sleeping_home_is_woken_by_an_sms_and_answers_over_tcp():
    async def scenario():
        async with a_farm(estate()) as farm:
            await is_refused(farm, 0)
            handed = await farm.sms("home-1")
            assert (handed.selector, handed.number, handed.outcome.accepted) == ("home-1", 1, True)
            await is_refused(farm, 0)  # it wakes, but is not there yet
            await farm.advance(140 * SECOND)  # 10 to 120 s to wake (W1), 8 to 20 s to attach
            await is_served(farm, 0)
            await is_refused(farm, 1)
            assert await happened(farm, 0, WanWoken) == [WanWoken("sms")]
            assert farm.links.refused["asleep"] == 2
            assert farm.links.refused["attaching"] == 1

    run(scenario())


def test_a_home_stays_awake_while_it_is_used_and_then_sleeps_and_hangs_up():
    async def scenario():
        async with a_farm(estate()) as farm:
            await farm.sms("home-1")
            await farm.advance(140 * SECOND)
            async with calling(farm.addresses.of(0)) as caller:
                await caller.associate()
                for _ in range(10):
                    await farm.advance(290 * SECOND)
                    assert (await caller.ask(GET_CLOCK))[:4] == b"\xc4\x01\xc1\x00"
                assert not await happened(farm, 0, WanSlept)
                await farm.advance(299 * SECOND)
                assert farm.home(0).unreachable is None
                await farm.advance(2 * SECOND)
                assert await caller.ended() == b""
            assert await happened(farm, 0, WanSlept) == [WanSlept()]
            await is_refused(farm, 0)
            await farm.sms("home-1")
            await farm.advance(140 * SECOND)
            await is_served(farm, 0)

    run(scenario())


def test_a_call_alone_keeps_a_home_awake():
    async def scenario():
        async with a_farm(estate()) as farm:
            await farm.sms("home-1")
            await farm.advance(140 * SECOND)
            for _ in range(3):
                await farm.advance(250 * SECOND)
                async with calling(farm.addresses.of(0)):
                    await until(lambda: farm.home(0).connections == 1)
                await until(lambda: farm.home(0).connections == 0)
            assert farm.home(0).unreachable is None

    run(scenario())


def test_use_of_a_home_that_is_always_on_is_not_noted():
    async def scenario():
        async with a_farm(estate(wan={})) as farm:
            await is_served(farm, 0)
            await farm.advance(DAY)
            await is_served(farm, 0)
            assert await farm.journal(0) == []
            assert not farm.home(0).installation.changed

    run(scenario())


def test_a_lost_sms_wakes_nobody_and_a_late_one_later():
    async def scenario():
        async with a_farm(estate(wan=SLEEPER | {"sms_loss": 1000})) as farm:
            await farm.sms("home-1")
            await farm.advance(HOUR)
            await is_refused(farm, 0)
            assert await happened(farm, 0, SmsLost) == [SmsLost("network")]
        async with a_farm(estate(wan=SLEEPER | {"sms_late_s": 600})) as farm:
            await farm.sms("home-1")
            await farm.advance(600 * SECOND - 1)
            assert not await happened(farm, 0, SmsTaken)
            await farm.advance(1 + 140 * SECOND)
            await is_served(farm, 0)

    run(scenario())


def test_an_outage_of_the_operator_keeps_all_homes_away_and_what_was_queued_arrives_on_return():
    # Device dossier 4.1, W5: the SIM operator is out for two days; what was handed in meanwhile is delivered then.
    async def scenario():
        of = sms_estate(homes=3, prepayment=1.0, wan={"sms_validity_s": 3 * 86_400})
        async with a_farm(of) as farm:
            for index in range(3):
                await farm.act(index, lambda home: home.note(CHF, CoverageLost()))
            codes = [farm.home(index).vend(500_000) for index in range(3)]
            before = [farm.home(index).meter.account().balance_mp for index in range(3)]
            for index, code in enumerate(codes):
                await farm.sms(f"home-{index + 1}", code)
            await farm.advance(2 * DAY)
            assert farm.sms.outbox() == []
            local = farm.home(0).vend(100_000)
            assert local != codes[0]
            for index in range(3):
                await farm.act(index, lambda home: home.note(CHF, CoverageFound()))
                await farm.settled()
                accepted = farm.home(index).meter.records.receipts.accepted
                assert (accepted, before[index] is not None) == (1, True)
            await farm.settled()
            await asyncio.sleep(0)
            assert [(one.selector, one.text) for one in farm.sms.outbox()] == [
                (f"home-{number}", "OK") for number in (1, 2, 3)
            ]

    run(scenario())


def test_a_home_is_found_by_its_numbers_both_ways():
    async def scenario():
        async with a_farm(estate(homes=300)) as farm:
            for index in (0, 1, 41, 299):
                site = farm.estate.site(index)
                assert farm.sms.find(site.iccid) == farm.sms.find(site.imsi) == index
                assert farm.sms.find(f"home-{index + 1}") == farm.sms.find(f"home-{index + 1}/chf") == index
            issuer, _ = identity.parse_iccid(farm.estate.site(0).iccid)
            network, _ = identity.parse_imsi(farm.estate.site(0).imsi)
            strangers = (
                identity.iccid(issuer, 301),  # no such home
                identity.iccid(issuer, 0),
                identity.iccid(issuer + 1, 1),  # another issuer's
                identity.imsi(network, 10**10 - 1),
                identity.imsi(network + 1, 1),
                "8944110000000000000",  # a wrong check digit
                "home-301",
                "",
                "nobody",
            )
            for stranger in strangers:
                with pytest.raises(UnknownNumberError):
                    farm.sms.find(stranger)

    run(scenario())


def test_what_homes_send_is_in_the_outbox_once_it_is_durable_and_in_their_own_lists():
    async def scenario():
        async with a_farm(sms_estate()) as farm:
            for index, said in ((1, "READ"), (0, "HELLO"), (1, "123")):
                await farm.sms.hand_in(index, said)
            await farm.settled()
            await asyncio.sleep(0)
            out = farm.sms.outbox()
            assert [(one.id, one.selector, one.number) for one in out] == [
                (1, "home-2", 1),
                (2, "home-1", 1),
                (3, "home-2", 2),
            ]
            assert out[0].text.startswith("READ ")
            assert [one.text for one in out[1:]] == ["ERR unknown", "ERR incomplete"]
            assert out[0].iccid == farm.estate.site(1).iccid
            assert [one.id for one in farm.sms.outbox(after=2)] == [3]
            assert [one.id for one in farm.sms.outbox(after=0, limit=1)] == [1]
            assert [one.text for one in await farm.sms.sent(1)] == [out[0].text, "ERR incomplete"]
            assert [one.text for one in await farm.sms.sent(1, limit=1)] == ["ERR incomplete"]

    run(scenario())


def test_schedules_send_by_themselves_and_after_a_restart_too(tmp_path):
    async def scenario():
        of = sms_estate()
        async with a_farm(of, tmp_path) as farm:
            assert (await farm.send(0, SetReadSchedule(1, "daily"), Sender.SUPPLIER)).accepted
            await farm.advance(2 * DAY)
            await farm.settled()
            await asyncio.sleep(0)
            assert [one.number for one in farm.sms.outbox()] == [1, 2]
            at = farm.clock.now()
        async with a_farm(of, tmp_path, "@2026-03-04T10:17:00Z") as farm:
            assert farm.clock.now() == at
            await until(lambda: 0 in farm.awake)
            await farm.advance(3 * DAY)
            await farm.settled()
            await asyncio.sleep(0)
            assert [one.number for one in farm.sms.outbox()] == [3, 4, 5]
            said = await farm.sms.sent(0)
            assert [one.number for one in said] == [1, 2, 3, 4, 5]
            assert all(one.text.startswith("SCHED_READ ") for one in said)
            assert {later.at - before.at > 20 * HOUR for before, later in pairwise(said)} == {True}

    run(scenario())


def test_an_sms_in_flight_survives_a_restart(tmp_path):
    async def scenario():
        of = estate(wan=SLEEPER | {"sms_late_s": 600})
        async with a_farm(of, tmp_path) as farm:
            await farm.sms("home-1")
        async with a_farm(of, tmp_path) as farm:
            await until(lambda: 0 in farm.awake)
            await farm.advance(12 * MINUTE + 20 * SECOND)
            await is_served(farm, 0)

    run(scenario())


def test_too_many_sms_for_one_home_are_refused():
    async def scenario():
        async with a_farm(estate(wan=SLEEPER | {"sms_late_s": 3600})) as farm:
            handed = [await farm.sms("home-1") for _ in range(33)]
            assert [one.outcome.accepted for one in handed] == [True] * 32 + [False]
            assert (handed[-1].number, handed[-1].outcome.reason) == (None, Reason.LIMIT_EXCEEDED)

    run(scenario())


def test_a_home_of_an_sms_set_hangs_up_on_callers():
    async def scenario():
        async with a_farm(sms_estate()) as farm:
            await is_refused(farm, 0)
            assert farm.links.refused["no_dlms_wire"] == 1

    run(scenario())

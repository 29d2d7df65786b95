"""A farm over real TCP: what it answers is what its meters hold, and what it is told they do."""

import asyncio

import pytest
from farm_callers import AARQ, PROFILE, STANDING, an_estate, head_end, is_served, reader_aarq, run

from emulator import Farm, HeadEnd
from emulator.device.calendar import BillingCalendar, SpecialDay, SwitchingTable
from emulator.device.commands import (
    ActivatePassiveTariff,
    ActivateSecurityPolicy,
    AlignClock,
    ApplyPresetClock,
    ArmSupply,
    ClearEventLog,
    DisableSupply,
    EnableSupply,
    PresetClock,
    ResetLoadLimitCounter,
    ResetMaximumDemand,
    RestoreSupply,
    Sender,
    SetClock,
    SetTariff,
    ShiftClock,
    UpdateSecurityCredentials,
    WriteBillingCalendar,
    WriteLoadLimit,
    WritePassiveTariff,
    WritePowerThresholds,
    WriteSpecialDays,
)
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.items import BY_KEY, ITEMS, UnknownItemError
from emulator.device.meter import Meter
from emulator.farm import library
from emulator.farm.library import UnknownProfileError
from emulator.headend import NotOnWireError, ServiceRefusedError
from emulator.transports.tcp import ListenError

FRAMINGS = ["wrapper", "hdlc"]
OF_PUBLIC = {"clock", "serial"}
NOT_ON_WIRE = {"power_threshold_status", "power"}  # clients compare power and thresholds; who answers has power


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("level", ["reader", "management", "public"])
def test_every_item_read_is_the_meters_own(level, framing):
    """The meter is asked directly at the same instant: the clock stands."""

    async def scenario():
        async with Farm.start(PROFILE, 3, seed=5, clock=STANDING) as farm:
            await farm.send(1, DisableSupply(), Sender.SUPPLIER)
            await farm.advance(3 * DAY + 7 * HOUR + 123_450)
            async with head_end(farm, "home-2/esme", level, framing) as reading:
                assert set(BY_KEY) - set(reading.items) == NOT_ON_WIRE
                for item in ITEMS:
                    if item.key not in reading.items:
                        with pytest.raises(NotOnWireError):
                            await reading.read(item.key)
                        continue
                    if level == "public" and item.key not in OF_PUBLIC:
                        with pytest.raises(ServiceRefusedError, match="read_write_denied"):
                            await reading.read(item.key)
                        continue
                    found, meter = await reading.read(item.key), farm.home(1).meter
                    assert found == item.read(meter), item.key
                    assert await reading.read(item.title) == found

    run(scenario())


@pytest.mark.parametrize("framing", FRAMINGS)
def test_values_move_with_the_farms_time(framing):
    async def scenario():
        async with Farm.start(PROFILE, 1, seed=5, clock=STANDING) as farm:
            async with head_end(farm, "home-1", "reader", framing) as reading:
                before, at = await reading.read("import_wh"), await reading.read("clock")
                await farm.advance(DAY)
                assert await reading.read("clock") == at + DAY == farm.clock.now()
                assert await reading.read("import_wh") > before + 1000

    run(scenario())


TABLE = SwitchingTable(name="two-rate", days=SwitchingTable().days)
KEY = bytes(range(16))


def steps(now: int, meter: Meter):
    """Commands that the wire carries, with what each must have changed, in an order that works."""
    return [
        (WritePowerThresholds(1000, 2000), {"low_medium_w": 1000, "medium_high_w": 2000}),
        (WriteLoadLimit(9000, 60, 600, disable=True), {"load_limit_w": 9000, "load_limit_supply_state": "disable"}),
        (ResetLoadLimitCounter(), {"load_limit_counter": 0}),
        (ResetMaximumDemand(), {}),
        (WriteBillingCalendar(BillingCalendar(period="daily")), {}),
        (SetTariff(TABLE), {"tariff": "two-rate"}),
        (WriteSpecialDays((SpecialDay(1, 12, 25, 1),)), {}),
        (WritePassiveTariff(SwitchingTable(name="later", days=TABLE.days)), {"tariff": "two-rate"}),
        (ActivatePassiveTariff(now + HOUR), {"tariff": "two-rate"}),
        (ActivatePassiveTariff(), {"tariff": "later"}),
        (ShiftClock(60), {"clock": now + MINUTE}),
        (AlignClock(900), {"clock": (now + MINUTE) // (15 * MINUTE) * 15 * MINUTE}),
        (PresetClock(now + HOUR, now - DAY, now + DAY), {}),
        (ApplyPresetClock(), {"clock": now + HOUR}),
        (SetClock(now), {"clock": now}),
        (DisableSupply(), {"supply_state": "disabled"}),
        (ArmSupply(), {"supply_state": "armed"}),
        (EnableSupply(), {"supply_state": "enabled"}),
        (ClearEventLog(), {"event_log": []}),
        (ActivateSecurityPolicy(3), {}),
        (UpdateSecurityCredentials(KEY, KEY[::-1]), {}),
    ]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_commands_take_effect_and_stand_in_the_journal(framing):
    async def scenario():
        async with Farm.start(PROFILE, 1, clock=STANDING) as farm:
            now, meter = farm.clock.now(), farm.home(0).meter
            sent = set()
            for command, expected in steps(now, meter):
                seq = meter.seq
                async with head_end(farm, "home-1", framing=framing) as sending:
                    assert (await sending.send(command)).accepted, command
                sent.add(type(command))
                for key, value in expected.items():
                    assert BY_KEY[key].read(meter) == value, command
                stored = await farm.journal(0, seq)
                assert [entry.seq for entry in stored] == list(range(seq + 1, meter.seq + 1))
                happened = [type(entry.what).__name__ for entry in stored]
                assert happened[0] == "AssociationOpened"
                assert all(entry.at == now for entry in stored)
                quiet = isinstance(command, SetTariff | WriteSpecialDays) or happened[1:]
                assert quiet, (command, happened)
            # With the new keys, and only with them, the management client is let in.
            async with head_end(farm, "home-1", framing=framing) as reading:
                assert await reading.read("supply_state") == "enabled"
            assert len(sent) == 20

    run(scenario())


def test_what_no_wire_carries_and_what_is_refused():
    async def scenario():
        async with Farm.start(PROFILE, 1, clock=STANDING) as farm:
            async with head_end(farm, "home-1") as sending:
                with pytest.raises(NotOnWireError, match="Restore Supply has no place on this device's wire"):
                    await sending.send(RestoreSupply())
                with pytest.raises(NotOnWireError, match="cannot be written on this device's wire: 99999 is no LONG"):
                    await sending.send(ShiftClock(99_999))
                with pytest.raises(NotOnWireError, match="Update Security Credentials cannot be written"):
                    await sending.send(UpdateSecurityCredentials(b"short"))
                refused = await sending.send(WritePowerThresholds(5000, 4000))
                assert (refused.accepted, refused.reason) == (False, "other_reason")
                assert (await sending.send(EnableSupply())).accepted
            async with head_end(farm, "home-1", "reader") as reading:
                denied = await reading.send(DisableSupply())
                assert (denied.accepted, denied.reason) == (False, "read_write_denied")
            async with head_end(farm, "home-1/chf", "public") as reading:
                assert await reading.read("serial") == farm.home(0).meter.site.hub_serial
                with pytest.raises(UnknownItemError, match="no data item of chf is called 'import_wh'"):
                    await reading.read("import_wh")
                with pytest.raises(NotOnWireError):
                    await reading.send(DisableSupply())
            assert farm.home(0).meter.supplied

    run(scenario())


def test_the_consumers_own_command_is_done_at_the_meter():
    async def scenario():
        async with Farm.start(PROFILE, 1, clock=STANDING) as farm:
            assert not (await farm.send(0, RestoreSupply(), Sender.CONSUMER)).accepted
            assert not (await farm.send(0, DisableSupply(), Sender.CONSUMER)).accepted
            for command in (DisableSupply(), ArmSupply()):
                async with head_end(farm, "home-1") as sending:
                    assert (await sending.send(command)).accepted
            assert (await farm.send(0, RestoreSupply(), Sender.CONSUMER)).accepted
            async with head_end(farm, "home-1", "reader") as reading:
                assert await reading.read("supply_state") == "enabled"

    run(scenario())


def test_many_homes_at_once_answer_each_for_itself():
    async def scenario():
        async with Farm.start(PROFILE, 200, seed=11, clock=STANDING) as farm:

            async def serial(index, framing):
                async with head_end(farm, f"home-{index + 1}", "reader", framing) as reading:
                    return await reading.read("serial"), await reading.read("import_wh")

            found = await asyncio.gather(*(serial(index, FRAMINGS[index % 2]) for index in range(200)))
            for index, (read, import_wh) in enumerate(found):
                assert read == farm.estate.site(index).serial
                assert import_wh == BY_KEY["import_wh"].read(farm.home(index).meter)

    run(scenario())


def test_two_farms_in_one_process_do_not_see_each_other():
    async def scenario():
        async with (
            Farm.start(PROFILE, 5, seed=1, clock=STANDING) as one,
            Farm.start(PROFILE, 2, seed=2, clock="@2027-01-01T00:00:00Z") as other,
        ):
            assert one.addresses.port != other.addresses.port
            async with head_end(one, "home-2") as sending:
                assert (await sending.send(DisableSupply())).accepted
            async with head_end(one, "home-2") as a, head_end(other, "home-2") as b:
                assert [await a.read("supply_state"), await b.read("supply_state")] == ["disabled", "enabled"]
                assert await a.read("import_wh") != await b.read("import_wh")
                assert await a.read("mpan") == await b.read("mpan")  # names are arithmetic, lives are not
                await one.advance(DAY)
                assert await b.read("clock") == other.clock.now()
            assert [len(await farm.journal(1)) for farm in (one, other)] == [3, 1]
            # A password of one does not open the other.
            assert one.access("home-2", "reader").password != other.access("home-2", "reader").password
            await is_served(one, 4)

    run(scenario())


def test_a_port_for_each_hub():
    async def scenario():
        async with Farm.start(PROFILE, 3, clock=STANDING, port_each=True) as farm:
            assert [farm.addresses.of(index)[0] for index in range(3)] == ["127.0.0.1"] * 3
            for index in range(3):
                async with head_end(farm, f"home-{index + 1}", "reader") as reading:
                    assert await reading.read("serial") == farm.estate.site(index).serial

    run(scenario())


def test_a_port_that_is_taken_is_said():
    async def scenario():
        async with Farm.start(PROFILE, 1) as farm:
            with pytest.raises(ListenError, match=f"port {farm.addresses.port} is taken"):
                async with Farm.start(PROFILE, 1, port=farm.addresses.port):
                    pass
            await is_served(farm, 0)

    run(scenario())


def test_what_cannot_be_started_is_refused_before_anything_stands(tmp_path):
    async def scenario():
        for wrong, error in (
            ({"profile": "x"}, UnknownProfileError),
            ({"homes": 0}, ValueError),
            ({"clock": "slow"}, ValueError),
        ):
            with pytest.raises(error):
                async with Farm.start(**{"profile": PROFILE, "state": tmp_path / "s", **wrong}):
                    pass
        assert not (tmp_path / "s").exists()

    run(scenario())


def test_every_packaged_profile_without_a_name():
    async def scenario():
        async with Farm.start(clock=STANDING) as farm:
            assert [farm.estate.site(index).profile.name for index in range(farm.estate.homes)] == list(library.names())
            async with HeadEnd.open(farm.access("home-1")) as reading:
                assert await reading.read("import_wh") > 0

    run(scenario())


def test_a_fixed_household_has_exactly_what_was_written():
    async def scenario():
        estate = an_estate(2, cohort='household = { shape = "none", opening_import_wh = 12345 }')
        async with Farm.start(estate=estate, clock=STANDING) as farm:
            async with head_end(farm, "home-2", "reader") as reading:
                assert await reading.read("import_wh") == 12_345
                assert await reading.read("import_w") == 0
                assert (await reading.read("tou_wh"))[0] == 12_345

    run(scenario())


def test_public_association_is_by_hand():
    """AARQ is written by hand in farm_callers: its length octets must be right."""
    assert AARQ[1] == len(AARQ) - 2
    assert reader_aarq(b"x" * 12)[1] == len(reader_aarq(b"x" * 12)) - 2

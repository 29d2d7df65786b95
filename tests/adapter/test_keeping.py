"""What an adapter keeps, and goes on with after a restart."""

import asyncio

import msgspec
import pytest
from adapter_stages import play
from hypothesis import given, settings
from hypothesis import strategies as st
from installing import adapter, entry, let_in, power_up, told

from emulator.adapter import operators
from emulator.adapter.adapter import Adapter
from emulator.adapter.inventory import Entry, Inventory, Registered, Sim
from emulator.adapter.keeping import INVENTORY, REST, Keeping, KeptError
from emulator.conformance.case import Home
from emulator.conformance.subject import Reference
from emulator.device.instant import DAY, HOUR, to_datetime
from emulator.services.bodies.joining import UpdateHANDeviceLog
from emulator.services.catalogue import find
from emulator.services.row import Role
from emulator.services.users import user

AS300P = "elster-as300p"
BOTH = Home(gas=True)
DEVICE = Entry(device_id="00-00-00-00-00-00-00-01", device_type="CHF", status="Pending", manufacturer="A", model="B")


class Kept:
    """An adapter that keeps things in the place of the stage's own, and is stopped and started."""

    def __init__(self, stage, folder):
        self.stage, self.folder = stage, folder
        self.around, self.loaded = adapter(stage).around, adapter(stage).inventory

    async def start(self):
        self.adapter = Adapter(self.around, self.loaded, patience_s=1.0, keep=self.folder)
        await self.adapter.__aenter__()
        self.stage.subject = Reference(self.adapter, self.around)
        self.stage.given.clear()

    async def stop(self):
        await self.adapter.__aexit__(None, None, None)


def keeping(act, folder):
    async def scenario(stage):
        kept = Kept(stage, folder)
        await kept.start()
        try:
            await act(stage, kept)
        finally:
            await kept.stop()

    play(scenario, AS300P, BOTH)


def dated(stage, ms):
    return find("4.1.1").request(execution_date_time=to_datetime(stage.now + ms))


def test_inventory_and_registrations_are_there_after_a_restart(tmp_path):
    async def act(stage, kept):
        two = user(Role.IS, 2).eui64
        before = set(adapter(stage).inventory)
        assert await operators.change_supplier(adapter(stage), stage.eui("esme"), Role.IS, two) is None
        await kept.stop()
        kept.loaded = Inventory()
        await kept.start()
        after = set(adapter(stage).inventory)
        assert len(after) == len(before)
        assert entry(stage, "esme").holder("IS") == two
        stage.refused(await stage.ask("4.1.1", which=1), "not_the_supplier", code="E4")
        stage.done(await stage.ask("4.1.1", which=2))

    keeping(act, tmp_path)


def test_counters_go_on_after_a_restart(tmp_path):
    async def act(stage, kept):
        first = stage.request("4.1.1")
        assert (await stage.submit(first)).response_code == "I99"
        await stage.outcome(first)
        await kept.stop()
        await kept.start()
        assert (await stage.submit(first)).reason == "duplicate_request"
        stage.done(await stage.ask("4.1.1"))

    keeping(act, tmp_path)


def test_what_waits_waits_on_after_a_restart(tmp_path):
    async def act(stage, kept):
        waiting = stage.request("4.1.1", dated(stage, DAY))
        follower = stage.request("4.1.1", preceding_service_request_id=waiting.request_id)
        for one in (waiting, follower):
            assert (await stage.submit(one)).response_code == "I99"
        for _ in range(2):
            await stage.advance("1h")
            await kept.stop()
            await kept.start()
        assert {one.request_id for one in adapter(stage).held.requests} == {waiting.request_id, follower.request_id}
        answered = await stage.outcome(waiting, "26h")
        assert answered.ok
        assert answered.timestamp >= waiting_until(waiting)
        assert (await stage.outcome(follower, "1h")).ok
        await kept.stop()
        await kept.start()
        assert adapter(stage).held.requests == ()  # done once

    keeping(act, tmp_path)


def waiting_until(request):
    return msgspec.convert(request.body["ReadInstantaneousImportRegisters"]["ExecutionDateTime"], type=type(NOW))


NOW = to_datetime(0)


def test_a_follower_goes_on_without_the_one_that_was_done_before_the_restart(tmp_path):
    async def act(stage, kept):
        first = stage.request("4.1.1")
        await stage.submit(first)
        assert (await stage.outcome(first)).ok
        follower = stage.request("4.1.1", dated(stage, HOUR), preceding_service_request_id=first.request_id)
        assert (await stage.submit(follower)).response_code == "I99"
        await stage.advance("1m")
        await kept.stop()
        await kept.start()
        assert (await stage.outcome(follower, "2h")).ok

    keeping(act, tmp_path)


def test_what_was_under_way_at_the_stop_may_have_been_done(tmp_path):
    async def act(stage, kept):
        await stage.act("cut_power")
        request = stage.request("4.1.1")
        await stage.submit(request)
        for _ in range(20):
            await asyncio.sleep(0)
        await kept.stop()
        await stage.act("restore_power")
        await kept.start()
        answered = await stage.outcome(request, "1m")
        assert (answered.response_code, answered.reason) == ("E21", "timeout")
        assert await kept.adapter.result(request.request_id) == answered  # who asks for it by its id has it too

    keeping(act, tmp_path)


def test_what_follows_a_request_that_the_stop_cut_off_is_not_done(tmp_path):
    async def act(stage, kept):
        await stage.act("cut_power")
        first = stage.request("2.2", {"UTRN": stage.vend(1_000_000)}, first_in_sequence=True)
        second = stage.request("7.4", preceding_service_request_id=first.request_id)
        third = stage.request("7.4", preceding_service_request_id=second.request_id)
        for one in (first, second, third):
            assert (await stage.submit(one)).response_code == "I99"
        await kept.stop()
        await stage.act("restore_power")
        await kept.start()
        codes = [(await stage.outcome(one, "1m")).response_code for one in (first, second, third)]
        assert codes == ["E21", "E43", "E43"]
        assert [one.body["S1SPAlert"]["UTRN"] for one in stage.alerts if one.alert_code == "N55"] == [
            first.body["TopUpDevice"]["UTRN"]  # it may not have reached the meter, and can be keyed in
        ]

    keeping(act, tmp_path)


@pytest.mark.parametrize("name", [INVENTORY, REST])
@pytest.mark.parametrize("octets", [b"", b"[]", b'{"version": 2}', b'{"version": 1, "other": 1}', b"\xff"])
def test_what_is_unreadable_is_said_to_be(tmp_path, name, octets):
    (tmp_path / name).write_bytes(octets)
    kept = Keeping(tmp_path)
    with pytest.raises(KeptError, match=name):
        kept.devices() if name == INVENTORY else kept.rest()


def test_a_half_written_file_is_not_taken(tmp_path):
    inventory = Inventory((DEVICE,))
    Keeping(tmp_path).save(inventory, {})
    (tmp_path / f"{INVENTORY}.new").write_text("{")  # killed while it was written
    assert Keeping(tmp_path).devices() == (DEVICE,)


def test_nothing_is_written_where_nothing_changed(tmp_path):
    kept, inventory = Keeping(tmp_path), Inventory((DEVICE,))
    kept.save(inventory, {"A": 1})
    for name in (INVENTORY, REST):
        (tmp_path / name).unlink()
    kept.save(inventory, {"A": 1})
    assert list(tmp_path.iterdir()) == []
    kept.save(inventory, {"A": 2})
    assert [path.name for path in tmp_path.iterdir()] == [REST]


EUIS = st.from_regex(r"\A[0-9A-F]{2}(-[0-9A-F]{2}){7}\Z")
TEXTS = st.text(max_size=20)
ENTRIES = st.builds(
    Entry,
    device_id=EUIS,
    device_type=st.sampled_from(["ESME", "GSME", "GPF", "CHF", "PPMID", "IHD"]),
    status=st.sampled_from(["Pending", "Commissioned", "Decommissioned"]),
    manufacturer=TEXTS,
    model=TEXTS,
    uprn=st.integers(0, 10**12),
    registered=st.lists(st.builds(Registered, TEXTS, EUIS, st.integers(0, 2**60)), max_size=3).map(tuple),
    sim=st.none() | st.builds(Sim, TEXTS, TEXTS, st.booleans()),
    joined=st.lists(EUIS, max_size=3).map(tuple),
)


@settings(max_examples=50, deadline=None)
@given(entries=st.lists(ENTRIES, unique_by=lambda one: one.device_id, max_size=5))
def test_an_inventory_comes_back_as_it_was(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("kept")
    Keeping(folder).save(Inventory(tuple(entries)), {})
    assert Keeping(folder).devices() == tuple(entries)


def test_a_schedule_runs_on_after_a_restart(tmp_path):
    async def act(stage, kept):
        body = {
            "ScheduleFrequency": "Daily",
            "ScheduleStartDate": to_datetime(stage.now + DAY).date().isoformat(),
            "DSPScheduledServiceReference": "4.16",
            "DSPScheduledServiceReferenceVariant": "4.16",
            "DSPReadActivePowerImport": {},
            "DeviceID": stage.eui("esme"),
        }
        number = stage.done(await stage.ask("5.1", body, role="IS")).body["DSPScheduleID"]
        await kept.stop()
        await kept.start()
        await stage.advance("25h")
        await stage.alert("N999", within="1m")
        runs = [one.document for one in stage.given if getattr(one.document, "dsp_schedule_id", None) == number]
        assert [run.ok for run in runs] == [True]

    keeping(act, tmp_path)


def test_who_may_join_is_awaited_after_a_restart(tmp_path):
    async def act(stage, kept):
        body = UpdateHANDeviceLog(device_id=stage.eui("ihd"), request_type="Remove")
        stage.done(await stage.ask("8.11", body, device="chf", role="IS"))
        added = stage.done(await let_in(stage, "ihd"))
        await kept.stop()
        await kept.start()
        assert await power_up(stage, "ihd")
        assert await told(stage, added) == "N24"
        assert entry(stage, "ihd").status == "InstalledNotCommissioned"
        assert adapter(stage).joining == {}

    keeping(act, tmp_path)

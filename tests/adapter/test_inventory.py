"""The inventory: read by anybody, corrected by rules, and what may be enrolled at all (service requests 4, 5 and 8)."""

import msgspec
import pytest
from adapter_stages import families, play
from installing import announce, entries, entry

from emulator.adapter import combinations
from emulator.adapter.inventory import Entry, Inventory, Registered
from emulator.conformance.case import Home
from emulator.device.declaration import DeclarationError
from emulator.farm import library
from emulator.services.bodies.national import (
    DecommissionDevice,
    DeviceDetails,
    Numbers,
    PropertyFilter,
    ReadInventory,
    ReadInventoryRsp,
    UpdateInventory,
)
from emulator.services.body import Empty
from emulator.services.row import Role
from emulator.services.users import user

AS300P = "elster-as300p"
BOTH = Home(gas=True)
NOTHING = Home(commissioned=False, gas=True)


def read(stage, role="IS", **by):
    return stage.ask("8.2", ReadInventory(**by), role=role)


@pytest.mark.parametrize("family", families())
def test_a_gaining_supplier_reads_what_a_home_offers(family):
    async def act(stage):
        asked = stage.done(await read(stage, "IS", mpxn=entries(stage)["esme"].mpxn))
        told = msgspec.convert(asked.body, ReadInventoryRsp).device
        assert [one.device_type for one in told] == ["CHF", "ESME", "GPF", "GSME", "IHD"]
        meter = told[1]
        profile = stage.profile
        assert (meter.device_status, meter.device_model) == ("Commissioned", profile.model.model)
        assert meter.smetschts_version == "SMETS1"
        assert meter.csp_region == "SMETS1"
        assert meter.s1sp == profile.family.service_provider
        assert meter.device_firmware_version == stage.truth("firmware")[:8]
        assert meter.capability == combinations.packaged().find(profile.family.combination).release
        assert "4.1.1" in meter.service_offered
        assert "4.10" not in told[0].service_offered
        assert asked.acknowledged.response_code == "I0"

    play(act, family, BOTH)


def test_a_home_is_found_by_each_of_its_numbers():
    async def act(stage):
        meter, gas = entry(stage, "esme"), entry(stage, "gsme")
        where = PropertyFilter(post_code=meter.post_code, address_identifier=meter.address)
        by = (
            {"device_id": meter.device_id},
            {"device_id": stage.eui("ihd")},
            {"mpxn": gas.mpxn},
            {"uprn": meter.uprn},
            {"property_filter": where},
        )
        for one in by:
            asked = stage.done(await read(stage, "OU", **one))
            assert len(asked.body["Device"]) == 5, one
        for one in ({"device_id": "00-00-00-00-00-00-00-01"}, {"mpxn": "12"}, {"uprn": 1}):
            stage.refused(await read(stage, **one), "unknown_device", code="E19")

    play(act, AS300P, BOTH)


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_anybody_may_read_it(role):
    async def act(stage):
        stage.done(await read(stage, role, device_id=stage.eui("esme")))

    play(act, AS300P)


def test_a_status_is_called_by_its_own_item():
    async def act(stage):
        async def ask(device, **what):
            return await stage.ask("8.4", UpdateInventory(device_id=stage.eui(device), **what), role="IS")

        await announce(stage, "chf")
        await announce(stage, "esme")
        stage.refused(await ask("chf", update_device_status_except_ch="Pending"), "not_applicable", code="E11")
        stage.refused(await ask("esme", update_device_status_ch="Commissioned"), "not_applicable", code="E11")
        stage.done(await ask("esme", update_device_status_except_ch="InstalledNotCommissioned"))
        stage.refused(await ask("esme", delete_device=Empty()), "wrong_status", code="E5")
        stage.done(await ask("esme", update_device_status_except_ch="Pending"))
        stage.done(await ask("esme", delete_device=Empty()))
        assert entry(stage, "esme") is None
        stage.refused(await ask("esme", delete_device=Empty()), "unknown_device", code="E19")
        stage.done(await ask("chf", update_device_status_ch="InstalledNotCommissioned"))
        assert entry(stage, "gpf").status == "InstalledNotCommissioned"
        stage.done(await ask("chf", update_device_status_ch="Commissioned"))
        stage.done(await ask("chf", update_device_status_ch="Withdrawn"))
        stage.refused(await ask("chf", update_device_status_ch="Commissioned"), "wrong_status", code="E5")

    play(act, AS300P, NOTHING)


def test_a_hub_goes_with_its_proxy():
    async def act(stage):
        await announce(stage, "chf")
        deleted = UpdateInventory(device_id=stage.eui("chf"), delete_device=Empty())
        stage.done(await stage.ask("8.4", deleted, role="IS"))
        assert entry(stage, "chf") is None
        assert entry(stage, "gpf") is None

    play(act, AS300P, NOTHING)


def test_what_was_announced_is_corrected_until_the_device_is_at_work():
    async def act(stage):
        await announce(stage, "esme")
        details = DeviceDetails(firmware_version="9.9", smetschts_version="SMETS1 1")
        body = UpdateInventory(device_id=stage.eui("esme"), update_device_details=details)
        stage.done(await stage.ask("8.4", body, role="IS"))
        assert (entry(stage, "esme").firmware, entry(stage, "esme").smets_version) == ("9.9", "SMETS1 1")
        other = UpdateInventory(
            device_id=stage.eui("esme"), update_device_details=DeviceDetails(device_model="Another")
        )
        stage.refused(await stage.ask("8.4", other, role="IS"), "combination_not_eligible", code="E5")

    async def too_late(stage):
        details = DeviceDetails(firmware_version="9.9")
        body = UpdateInventory(device_id=stage.eui("esme"), update_device_details=details)
        stage.refused(await stage.ask("8.4", body, role="IS"), "wrong_status", code="E5")

    play(act, AS300P, NOTHING)
    play(too_late, AS300P)


def test_a_supply_number_brings_its_address():
    async def act(stage):
        await announce(stage, "esme")
        numbers = Numbers(import_mpxn=entries(stage)["esme"].mpxn)
        body = UpdateInventory(device_id=stage.eui("esme"), update_mpxn=numbers)
        stage.done(await stage.ask("8.4", body, role="IS"))
        assert entry(stage, "esme").uprn == entries(stage)["esme"].uprn
        export = UpdateInventory(device_id=stage.eui("esme"), update_mpxn=Numbers(export_mpan="1" * 13))
        stage.done(await stage.ask("8.4", export, role="IS"))
        assert entry(stage, "esme").export_mpan == "1" * 13
        await announce(stage, "gsme")
        wrong = UpdateInventory(device_id=stage.eui("gsme"), update_mpxn=Numbers(export_mpan="1" * 13))
        stage.refused(await stage.ask("8.4", wrong, role="GS"), "not_applicable", code="E11")

    play(act, AS300P, NOTHING)


def test_a_decommissioned_device_answers_no_more():
    async def act(stage):
        body = DecommissionDevice(device_id=stage.eui("gsme"))
        stage.refused(await stage.ask("8.3", body, role="IS"), "not_the_supplier", code="E4")
        stage.done(await stage.ask("8.3", body, role="GS"))
        await stage.advance("1m")
        assert entry(stage, "gsme").status == "Decommissioned"
        assert entry(stage, "gpf").proxy_for == ""
        assert "gsme" not in {row["device"] for row in stage.truth("device_log", "chf")}
        stage.refused(await stage.ask("4.1.1", device="gsme"), "wrong_status", code="E5")
        stage.refused(await stage.ask("8.3", body, role="GS"), "wrong_status", code="E5")
        hub = DecommissionDevice(device_id=stage.eui("chf"))
        stage.refused(await stage.ask("8.3", hub, role="IS"), "not_applicable", code="E11")

    play(act, AS300P, BOTH)


def test_a_supplier_of_the_other_fuel_has_no_say():
    async def act(stage):
        stage.refused(await stage.ask("4.1.1", device="esme", role="GS"), "not_the_supplier", code="E4")
        stage.refused(await stage.ask("4.1.1", device="gsme", role="IS"), "not_the_supplier", code="E4")

    play(act, AS300P, BOTH)


# The list of combinations


def test_every_packaged_set_is_listed_with_its_devices():
    eligible = combinations.packaged()
    for name in library.names():
        profile = library.packaged(name)
        listed = eligible.find(profile.family.combination)
        assert listed is not None, name
        assert eligible.refuses(listed.name) is None
        for kind, block in (("ESME", profile.model), ("CHF", profile.hub), ("GSME", profile.gas_model)):
            if block is not None:
                assert eligible.refuses_device(kind, block.maker, block.model) is None, (name, kind)
        assert listed.release == profile.family.cohort.removesuffix("-MDS").removesuffix("-Secure")


def test_what_is_not_listed_is_refused_with_what_is():
    eligible = combinations.packaged()
    assert "AM110R" in eligible.refuses("NOT-LISTED")
    assert "AS300P" in eligible.refuses_device("ESME", "Nobody", "Nothing")
    assert eligible.refuses_device("IHD", "Nobody", "Nothing") is None


def test_a_list_of_ones_own_is_read(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'provenance = "assumed"\nsource = "a test"\n[[combination]]\nname = "One"\nrelease = "FOC"\n'
        'esme = { maker = "A", model = "B" }\nchf = { maker = "C", model = "D" }\n'
    )
    own = combinations.load(path)
    assert own.refuses("One") is None
    path.write_text('provenance = "assumed"\nsource = "a test"\n[[combination]]\nname = "One"\nrelease = "MAY"\n')
    with pytest.raises(DeclarationError, match="IOC"):
        combinations.load(path)


# The inventory itself


def test_who_came_last_holds_a_role():
    first, second = user(Role.IS).eui64, user(Role.IS, 2).eui64
    at = Entry(
        device_id="00-00-00-00-00-00-00-01", device_type="ESME", status="Commissioned", manufacturer="A", model="B"
    )
    assert at.holder("IS") == ""
    held = msgspec.structs.replace(at, registered=(Registered("IS", first, 5), Registered("IS", second, 5)))
    assert held.holder("IS") == second
    assert held.holder("GS") == ""


def test_every_change_of_the_inventory_counts():
    inventory = Inventory()
    one = Entry(device_id="00-00-00-00-00-00-00-01", device_type="ESME", status="Pending", manufacturer="A", model="B")
    inventory.put(one)
    assert inventory.change(one.device_id, status="Commissioned").status == "Commissioned"
    assert inventory.change("nobody", status="Pending") is None
    inventory.remove(one.device_id)
    assert inventory.changes == 3
    assert inventory.home_of(one) == (one,)  # alone while it has no hub

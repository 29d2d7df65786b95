"""A ninth family is one TOML file: a make that does not exist, made up here, lives on the wire by its file alone."""

import importlib.util
from pathlib import Path

import pytest
from farm_callers import run

from emulator import Farm, HeadEnd
from emulator.device.alerts import alert_of
from emulator.device.display import customer
from emulator.device.fidelity import counts, ledger
from emulator.device.journal import DeviceName
from emulator.device.overlay import versions
from emulator.dlms.objects.object_list import objects
from emulator.dlms.pdu.services import reference
from emulator.farm import library
from emulator.farm.estate_file import load

ROOT = Path(__file__).parents[2]
ESTATE = '[estate]\nname = "ninth"\nseed = 9\n[[cohort]]\nprofile = "ninth.toml"\nhomes = 4\nprepayment = 1\ngas = 1\n'
LOGICAL_DEVICE_NAME = reference(1, "0.0.42.0.0.255", 2)
NINTH = """
name = "ninth"
title = "Zephyr Z9 of nobody's make"
protocol = "dlms"
base = ["smets1", "dlms", "gas"]

[family]
cohort = "none"
weight = 0
combination = "Z9 + Z9G + Breeze"
system_operator = "nobody"
service_provider = "nobody"
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[model]
maker = "Zephyr"
model = "Z9"
flag = "ZPH"
zigbee_code = 0x7EE9
oui = "02-09-09"
serial = "Z{year}Q{number:6}"
firmware = "Z9 1.0"
hardware = "0"
device_type = "single-phase"
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[hub]
maker = "Zephyr"
model = "Breeze"
oui = "02-09-0A"
firmware = "BRZ 1.0"
serial = "B{year}{number:6}"
iccid_issuer = 9
imsi_network = 9
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[installation]
first_year = 2015
last_year = 2016
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[metering]
tou_registers = 3
export = false
reactive = false
import_profile_days = 30
other_profile_days = 0
daily_reads = 5
billing_entries = 4
provenance = "capture"
source = "made up in a test: a bench that never was, 2016-02-30"

[gas_model]
maker = "Zephyr"
model = "Z9G"
flag = "ZPH"
zigbee_code = 0x7EE9
oui = "02-09-0B"
serial = "G4Z{number:7}{year}09"
firmware = "Z9G 1.0"
hardware = "0"
device_type = "gas"
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[dlms]
max_apdu = 333
logical_names = { import_total = "1.0.1.8.9.255", clock = "0.0.1.0.9.255" }
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[prepayment]
level = "LEVEL"
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[prepayment.words]
incomplete = "Too short, friend"
check_digit = "Gone with the wind"
duplicate = "Blown twice"

[alerts]
codes = { PhysicalTamper = 0x7A7A, "PhysicalTamper.magnet" = 0x7A7A }
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[display]
idle_s = 7
words = { on = "BLOWING", off = "CALM", accepted = "A gust of {amount}" }
provenance = "assumed"
basis = "by us"
source = "made up in a test"

[display.menus]
main = [{ shows = "total", label = "Breath" }, { shows = "supply", label = "Wind" }]

[[versions]]
firmware = "Z9 1.1"
share = 0
provenance = "assumed"
basis = "by us"
source = "made up in a test"
changes.logs = { event_entries = 33 }
"""
ESME = DeviceName.ESME


@pytest.fixture
def file(tmp_path):
    def write(level="full"):
        path = tmp_path / "ninth.toml"
        path.write_text(NINTH.replace("LEVEL", level), "utf-8")
        (tmp_path / "estate.toml").write_text(ESTATE, "utf-8")
        return path

    return write


def farm_of(path):
    return Farm.start(estate=load(path.with_name("estate.toml")), clock="@2026-03-02T10:17:00Z")


def test_it_answers_on_the_wire_under_its_own_names(file):
    path = file()

    async def scenario():
        async with farm_of(path) as farm:
            home = farm.home(0)
            async with HeadEnd.open(farm.access("home-1", "management")) as head_end:
                assert bytes((await head_end.get(LOGICAL_DEVICE_NAME)).value)[:3] == b"ZPH"
                assert await head_end.read("model") == "Z9"
                assert await head_end.read("serial") == home.meter.site.serial
                assert (await head_end.get(reference(3, "1.0.1.8.9.255", 2))).value == await head_end.read("import_wh")
                assert len(await head_end.read("tou_wh")) == 3
                assert "export_wh" not in head_end.items
                assert "meter_balance_mp" in head_end.items
            assert set(farm.estate.devices(0)) == {ESME, DeviceName.CHF, DeviceName.GSME}

    run(scenario())


def test_its_words_its_alerts_and_its_display_are_its_own(file):
    path = file()

    async def scenario():
        async with farm_of(path) as farm:
            home = farm.home(0).installation
            code = farm.home(0).vend(10_000_000)
            assert customer.code(home, ESME, code).display[0] == "A gust of £100.00"
            assert customer.code(home, ESME, code).display[0] == "Blown twice"
            assert customer.code(home, ESME, code[:5]).display[0] == "Too short, friend"
            home.advance(home.now + 60_000)
            assert customer.shown(home, ESME)[0] == "Breath"
            customer.magnet(home, ESME)
            profile = home.esme.site.profile
            told = [alert_of(profile, ESME, entry.what) for entry in home.journal if entry.device is ESME]
            assert 0x7A7A in [alert.code for alert in told if alert is not None]

    run(scenario())


def test_without_prepayment_it_takes_no_codes_and_has_no_place_for_them(file):
    path = file("none")

    async def scenario():
        async with farm_of(path) as farm:
            assert not customer.code(farm.home(0).installation, ESME, "1" * 20).accepted
            async with HeadEnd.open(farm.access("home-1")) as head_end:
                assert "token_gateway" not in {row.name for row in objects(farm.home(0).meter.site.profile, 1)}
                assert "emergency_mp" not in head_end.items
                assert await head_end.read("import_wh") > 0
            assert any("credit only" in warning for warning in farm.estate.warnings())

    run(scenario())


def test_it_is_found_by_its_names(file):
    estate = load(file().with_name("estate.toml"))
    for index in range(4):
        for device, site in estate.premises(index).sites.items():
            number = site.hub_eui64 if device is DeviceName.CHF else site.eui64
            assert f"{number:016X}".startswith("0209")
            assert estate.find_eui64(number) == (index, device)


def test_the_ledger_and_the_page_know_it(file):
    profile = library.load(file())
    lines = ledger(profile)
    assert counts(lines)["capture"] == 7
    assert counts(lines)["clause"] == 6  # the HDLC defaults and how many blocks, from the bases
    assert {line.kind for line in lines if line.place == "prepayment.utrn_tries"} == {"by us"}  # as the base says
    assert versions(profile) == ("Z9 1.0", "Z9 1.1")
    spec = importlib.util.spec_from_file_location("generate_profiles", ROOT / "docs" / "generate_profiles.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    text = "\n".join(pages.family(profile))
    assert "## Zephyr Z9 of nobody's make" in text
    assert all(word in text for word in ("ZPH", "Breath", "0x7A7A", "Blown twice", "1.0.1.8.9.255", "Z9 1.1"))
    assert "ninth" in "\n".join(pages.fidelity([profile]))

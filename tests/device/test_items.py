"""Data items: every one of every kind of home is read, and found by any of its names."""

import json

import pytest
from device_sites import FOUR_SEASONS, HOMES, INSTALLED, NOW, accept, meter, profile_with
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import items
from emulator.device.calendar import BillingCalendar
from emulator.device.commands import ArmSupply, DisableSupply, SetTariff, WriteBillingCalendar, WritePowerThresholds
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.items import BY_KEY, ITEMS, UnknownItemError, find, present

UNITS = {"Wh", "varh", "W", "var", "dV", "mA", "1/1000", "1/10000", "cHz", "UTC", "s", "mp", ""}
SUFFIXES = {"Wh": "_wh", "varh": "_varh", "W": "_w", "var": "_var", "dV": "_dv", "mA": "_ma", "cHz": "_chz", "s": "_s"}
SUFFIXES["mp"] = "_mp"


def numbers(value):
    """Give the numbers of a value, of a row or of a matrix."""
    return [number for inner in value for number in numbers(inner)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("now", [INSTALLED, INSTALLED + MINUTE, NOW, NOW + 14 * HOUR, NOW + 180 * DAY])
@pytest.mark.parametrize("before", [(), (DisableSupply(),), (DisableSupply(), ArmSupply())])
def test_every_item_is_read(home, now, before):
    device = meter(now, household=HOMES[home])
    for command in before:
        accept(device, command)
    device.advance(now + 1)
    for item in ITEMS:
        value = item.read(device)
        assert value is not None or item.unit == "UTC"
        json.dumps(present(item, value))
        if item.unit and item.unit != "UTC":
            assert all(type(number) is int and (number >= 0 or item.unit == "mp") for number in numbers(value))


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("lacking", [{"export": False}, {"reactive": False}, {"tou_registers": 1}])
def test_a_profile_that_lacks_something_reads_it_as_nothing(home, lacking):
    device = meter(NOW + 9 * HOUR, household=HOMES[home], profile=profile_with(metering=lacking))
    values = {item.key: item.read(device) for item in ITEMS}
    if lacking == {"export": False}:
        assert values["export_wh"] == device.site.household.opening_export_wh
        assert values["export_w"] == values["interval_export_wh"] == 0
    if lacking == {"reactive": False}:
        assert values["reactive_import_varh"] == values["reactive_export_var"] == 0
        assert values["power_factor_thousandths"] == 1_000
    assert len(values["tou_wh"]) == lacking.get("tou_registers", 48)


def test_the_vacant_home_stands_still():
    device = meter(household=HOMES["vacant"])
    values = {item.key: item.read(device) for item in ITEMS}
    assert values["import_wh"] == 5_000
    assert values["tou_wh"] == [5_000] + [0] * 47
    assert values["import_w"] == values["current_ma"] == values["maximum_demand_w"] == 0
    assert values["power_factor_thousandths"] == 1_000
    assert values["power_threshold_status"] == "low"


def test_values_agree_with_each_other():
    device = meter(NOW + 200 * DAY + 12 * HOUR, household=HOMES["solar"])
    values = {item.key: item.read(device) for item in ITEMS}
    assert values["import_wh"] == device.total_mwh(Channel.IMPORT) // 1000
    assert values["export_w"] > 0
    assert 2_162 <= values["voltage_dv"] <= 2_530
    apparent_mva = values["current_ma"] * values["voltage_dv"] // 10
    assert abs(apparent_mva * values["power_factor_thousandths"] // 1000 - values["import_w"] * 1000) < 5_000
    assert values["maximum_demand_w"] >= values["last_demand_w"] == 2 * values["interval_import_wh"]
    assert values["clock"] == device.now
    assert values["eui64"] == "00-23-7E-00-00-00-00-01"
    assert values["maker"] == "ELR"


def test_settings_are_read_back():
    device = meter()
    accept(device, SetTariff(FOUR_SEASONS))
    accept(device, WriteBillingCalendar(BillingCalendar("weekly", 5, 4, 5)))
    accept(device, DisableSupply())
    values = {
        key: find(key).read(device) for key in ("tariff", "billing_calendar", "supply_state", "active_tou_register")
    }
    assert values == {
        "tariff": "seasons",
        "billing_calendar": "weekly on weekday 5 at 04:05",
        "supply_state": "disabled",
        "active_tou_register": 1,
    }


@pytest.mark.parametrize("status", ["low", "medium", "high"])
def test_power_is_low_medium_or_high(status):
    device = meter()
    power = items.BY_KEY["import_w"].read(device)
    bounds = {"low": (power + 1, power + 2), "medium": (power, power + 1), "high": (power - 1, power)}[status]
    accept(device, WritePowerThresholds(*bounds))
    assert find("power_threshold_status").read(device) == status


def test_the_table_names_each_item_once():
    keys = [item.key for item in ITEMS]
    titles = [item.title for item in ITEMS]
    assert len(set(keys)) == len(keys) == len(BY_KEY)
    assert len(set(titles)) == len(titles)
    assert {item.unit for item in ITEMS} <= UNITS
    for item in ITEMS:
        assert item.unit not in SUFFIXES or item.key.endswith(SUFFIXES[item.unit])


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_an_item_is_found_by_key_and_title(item):
    for name in (item.key, item.title):
        for spelt in (name, name.upper(), name.replace(" ", "").replace("_", "-"), f" {name} "):
            assert find(spelt) is item


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("voltage", "voltage_dv"),
        ("Total Import Register", "import_wh"),
        ("clok", "clock"),
        ("loadlimit", "load_limit_w"),
    ],
)
def test_a_wrong_name_is_told_the_nearest(name, near):
    with pytest.raises(UnknownItemError, match=name) as raised:
        find(name)
    hints = str(raised.value).split("near: ")[1].split(", ")
    assert near in hints
    assert len(set(hints)) == len(hints) <= 3
    assert set(hints) <= set(BY_KEY)


def test_a_name_like_none_is_told_where_to_look():
    with pytest.raises(UnknownItemError, match="`meterfarm show SEL` lists them"):
        find("xyz")


def plain(name):
    return "".join(filter(str.isalnum, name.lower()))


@given(st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_no_name_breaks_the_search(name):
    found = [item for item in ITEMS if plain(name) in {plain(item.key), plain(item.title)}]
    if found:
        assert [find(name)] == found
    else:
        with pytest.raises(UnknownItemError, match="no data item is called"):
            find(name)

"""Conditions: what people write and what it means, and what is said of text that is none."""

from contextlib import suppress

import pytest
from device_sites import NOW, SUPPLIER
from display_sites import CHF, ESME, GSME, IHD, home, prepaid
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.calendar import SwitchingTable
from emulator.device.commands import DisableSupply, EnableSupply, SetTariff
from emulator.device.conditions import ConditionError, parse
from emulator.device.instant import DAY, HOUR, isoformat
from emulator.device.items import BY_KEY, UnknownItemError

LATER = SwitchingTable(name="two rates", days=SwitchingTable().days)


def holds(text, at):
    return parse(text, at)(at)


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("supply_state == enabled", True),
        ("supply_state==enabled", True),
        ("  supply_state   ==   Enabled  ", True),
        ("supply_state == 'enabled'", True),
        ("supply_state != enabled", False),
        ("esme/supply_state == enabled", True),
        ("ESME/supply_state == enabled", True),
        ("gsme/supply_state == disabled", False),
        ("gsme/battery_low == false", True),
        ("gsme/battery_low == True", False),
        ("gsme/battery_days > 0", True),
        ("gsme/battery_days > 0 and supply_state == disabled", False),
        ("gsme/battery_days > 0 and supply_state == enabled and meter_balance_mp >= 1000000", True),
        ("meter_balance_mp < 1000000", False),
        ("meter_balance_mp <= 1_000_000", True),
        ("meter_balance_mp > -5", True),
        (f"clock == {isoformat(NOW)}", True),
        ("clock < 2026-01-01", False),
        ("clock >= 2026-01-01T03:00:00Z", True),
        ("chf/wan_state == attached", True),
        ("ihd/powered == true", True),
    ],
)
def test_a_comparison_means_what_it_says(text, so):
    assert holds(text, prepaid(home(CHF, GSME, IHD))) is so


@given(st.integers(-(2**70), 2**70), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
@settings(max_examples=60, deadline=None)
def test_numbers_compare_as_numbers(number, sign):
    at = home(CHF)
    value = BY_KEY["import_wh"].read(at.esme)
    told = {
        "==": value == number,
        "!=": value != number,
        "<": value < number,
        "<=": value <= number,
        ">": value > number,
        ">=": value >= number,
    }
    assert holds(f"import_wh {sign} {number}", at) is told[sign]


def test_a_name_with_a_space_is_a_value():
    at = home(CHF)
    assert at.send(ESME, SetTariff(LATER), SUPPLIER).accepted
    assert holds("tariff == two rates", at)
    assert holds('tariff == "two rates"', at)


def test_an_event_is_one_that_happens_from_now_on():
    at = home(CHF, GSME)
    assert at.send(ESME, DisableSupply(), SUPPLIER).accepted
    changed, other = parse("event SupplyChanged", at), parse("event gsme/TariffChanged", at)
    assert not changed(at)
    assert at.send(GSME, SetTariff(LATER, NOW + HOUR), SUPPLIER).accepted
    assert at.send(ESME, SetTariff(LATER), SUPPLIER).accepted
    assert not other(at)
    at.advance(NOW + DAY)
    assert other(at)
    assert not changed(at)
    assert at.send(ESME, EnableSupply(), SUPPLIER).accepted
    assert changed(at)


def test_the_device_of_an_event_counts_where_it_is_named():
    at = home(CHF, GSME)
    anywhere, electricity = parse("event TariffChanged", at), parse("event esme/TariffChanged", at)
    assert at.send(GSME, SetTariff(LATER), SUPPLIER).accepted
    assert (anywhere(at), electricity(at)) == (True, False)


def test_what_a_whole_condition_needs_may_come_one_after_another():
    at = home(CHF)
    both = parse("event SupplyChanged and supply_state == enabled", at)
    assert at.send(ESME, DisableSupply(), SUPPLIER).accepted
    assert not both(at)
    assert at.send(ESME, EnableSupply(), SUPPLIER).accepted
    assert both(at)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' is no condition; allowed: ITEM == VALUE (also != < <= > >=), event NAME, joined by `and`"),
        ("supply_state", "'supply_state' is no condition; allowed: "),
        ("supply_state =", "is no condition"),
        ("supply_state = enabled", "is no condition"),
        ("== 5", "is no condition"),
        ("clock > ", "is no condition"),
        ("clock > 5 and", "clock is an instant such as 2026-01-01T00:00:00Z, not '5 and'"),
        ("and", "is no condition"),
        ("event", "is no condition"),
        ("event A B", "is no condition"),
        ("import_wh > many", "import_wh is a whole number, not 'many'"),
        ("import_wh > 1.5", "import_wh is a whole number, not '1.5'"),
        ("clock > noon", "clock is an instant such as 2026-01-01T00:00:00Z, not 'noon'"),
        ("gsme/battery_days > 5", "there is no 'gsme' in this home; allowed: esme, chf"),
        ("event gsme/TariffChanged", "there is no 'gsme' in this home; allowed: esme, chf"),
        ("event SupplyChange", "no event is called 'SupplyChange'; near: SupplyChanged"),
        ("event x", "no event is called 'x'; allowed: AccessRefused, AccountChanged, AccountOpened, "),
        ("supply_state == purple", "supply_state is never 'purple'; allowed: enabled, disabled, armed"),
        ("supply_state < disabled", "supply_state is not a number: '<'; allowed: == and !="),
        ("tariff >= single", "tariff is not a number: '>='; allowed: == and !="),
    ],
)
def test_what_is_none_is_told_what_is_allowed(text, told):
    with pytest.raises(ConditionError) as caught:
        parse(text, home(CHF))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import_kwh > 5", "no data item is called 'import_kwh'; near: import_wh"),
        ("chf/wan_stat == x", "no data item of chf is called 'wan_stat'; near: wan_state"),
        ("gsme/zzzz == x", "no data item of gsme is called 'zzzz'; `meterfarm show SEL` lists them"),
    ],
)
def test_an_unknown_item_gets_the_nearest_ones(text, told):
    with pytest.raises(UnknownItemError) as caught:
        parse(text, home(CHF, GSME))
    assert told in str(caught.value)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_condition_or_is_told(text):
    at = home(CHF)
    with suppress(ConditionError, UnknownItemError):
        assert parse(text, at)(at) in {True, False}

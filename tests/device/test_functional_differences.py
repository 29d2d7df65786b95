"""What one family has and another lacks (device dossier 3.11): by command and by reading, at each packaged set."""

import pytest
from device_sites import INSTALLED, NOW, PROFILE, accept, meter, profile_with, refuse
from functional_sites import ACLARA, AS300P, AS330, E470, EDMI, EVERY, ITRON, SECURE, TOKENLESS, keys, of, said

from emulator import VirtualHome
from emulator.device import abilities
from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import (
    Reason,
    ResetBlockCounters,
    ResetLoadLimitCounter,
    ResetVoltageCounters,
    Sender,
    SetPrices,
    SetTariff,
    WriteLoadLimit,
    WritePassiveTariff,
    WriteVoltageSettings,
)
from emulator.device.conditions import ConditionError
from emulator.device.display import display_reading
from emulator.device.display.display_text import Own, pages
from emulator.device.electricity import voltage
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.gas.gas_rules import GAS_RULES
from emulator.device.happenings import LoadLimitReached, VoltageExcursion
from emulator.device.household import Household
from emulator.device.instant import DAY, HOUR
from emulator.device.items import ITEMS
from emulator.device.meter import Meter
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.profiles.profile_display import Page
from emulator.device.readings import items_of
from emulator.device.rules import ELECTRICITY_RULES
from emulator.farm import library

NIGHT = SwitchingTable(name="night", days=(DayProfile(1, (Switch(0, 1), Switch(420, 2))),))


def blocks(*sets: int) -> Prices:
    """Give prices of block sets with so many blocks each, at thresholds a kilowatt-hour apart."""
    wide = [max(4, count) for count in sets]
    return Prices(
        by="block",
        block_mp=tuple(tuple(10_000 * place for place in range(1, width + 1)) for width in wide),
        thresholds_wh=tuple(
            tuple(1_000 * place if place < count else UNUSED for place in range(1, width))
            for count, width in zip(sets, wide, strict=True)
        ),
    )


# Blocks


@pytest.mark.parametrize("name", [SECURE, AS300P, AS330, ACLARA])
def test_blocks_with_rates_are_taken_where_the_make_combines_them(name):
    device = of(name)
    accept(device, SetTariff(NIGHT, prices=blocks(4, 4)))
    device.advance(NOW + 2 * DAY)
    values = {item.key: item.read(device) for item in items_of(device)}
    assert values["price_shape"] == "block"
    used = [sum(row) for row in values["block_counters_wh"][:2]]
    assert all(used)
    assert abs(sum(used) - 40_000) < 10_000  # two days of the household's 20 kWh


@pytest.mark.parametrize("name", [E470, EDMI])
def test_blocks_with_rates_are_refused_where_one_set_is_for_all_hours(name):
    device = of(name)
    for command in (
        SetTariff(NIGHT, prices=blocks(4, 4)),
        SetPrices(blocks(4, 4)),
        WritePassiveTariff(NIGHT, blocks(4, 4)),
    ):
        outcome = refuse(device, command)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert "one block set" in said(outcome)
    accept(device, SetPrices(blocks(4)))
    assert refuse(device, SetTariff(NIGHT)).reason is Reason.INVALID_VALUE  # its second rate has no block set
    assert "block_counters_wh" in keys(device)


@pytest.mark.parametrize("name", [TOKENLESS, ITRON])
def test_a_make_without_blocks_takes_none_and_shows_none(name):
    device = of(name)
    wanted = (SetTariff(SwitchingTable(), prices=blocks(4)), SetPrices(blocks(4)), ResetBlockCounters())
    only_thresholds = SetPrices(Prices(tou_mp=(10,), thresholds_wh=((1, 2, 3),)))
    for command in (*wanted, WritePassiveTariff(SwitchingTable(), blocks(4)), only_thresholds):
        outcome = refuse(device, command)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert said(outcome) == "this make has no block pricing"
    accept(device, SetTariff(NIGHT, prices=Prices(tou_mp=(20_000, 10_000))))
    assert not {"thresholds_wh", "block_counters_wh"} & keys(device)


def test_eight_blocks_count_where_the_make_has_eight_and_are_refused_where_it_has_four():
    device = of(SECURE)
    accept(device, SetTariff(SwitchingTable(), prices=blocks(8)))
    device.advance(NOW + 2 * DAY)
    (counters, *_) = next(item for item in ITEMS if item.key == "block_counters_wh").read(device)
    assert len(counters) == 8
    assert counters[:7] == [1_000] * 7
    assert counters[7] > 0
    account_mp = device.account().balance_mp
    device.advance(NOW + 2 * DAY + HOUR)
    assert device.account().balance_mp < account_mp  # at the eighth price
    outcome = refuse(of(AS300P), SetTariff(SwitchingTable(), prices=blocks(8)))
    assert outcome.reason is Reason.LIMIT_EXCEEDED
    assert said(outcome) == "a block set of this make has at most 4 blocks, not 8"


def test_a_profile_may_have_fewer_blocks_than_the_specification():
    device = meter(profile=profile_with(metering={"blocks": 2}))
    accept(device, SetPrices(blocks(2)))
    assert refuse(device, SetPrices(blocks(3))).reason is Reason.LIMIT_EXCEEDED


def test_a_price_without_a_block_of_its_own_is_nothing():
    """Thresholds may come before their prices (10.7, service 1.1): what has no price yet costs nothing."""
    device = of(SECURE)
    prices = Prices(by="block", block_mp=((1_000,) * 4,), thresholds_wh=(tuple(range(1_000, 8_000, 1_000)),))
    accept(device, SetTariff(SwitchingTable(), prices=prices))
    device.advance(NOW + 3 * DAY)
    assert device.account().balance_mp == -4 * 1_000


@pytest.mark.parametrize("name", EVERY)
def test_a_register_beyond_those_of_the_make_is_refused(name):
    device = of(name)
    most = device.site.metering.tou_registers
    beyond = SwitchingTable(name="beyond", days=(DayProfile(1, (Switch(0, most + 1),)),))
    assert not device.send(SetTariff(beyond), Sender.SUPPLIER).accepted
    assert not device.send(SetPrices(Prices(tou_mp=(1,) * (most + 1))), Sender.SUPPLIER).accepted
    last = SwitchingTable(name="last", days=(DayProfile(1, (Switch(0, most),)),))
    accept(device, SetTariff(last, prices=Prices(tou_mp=(1,) * most)))
    assert len(device.tou()) == most


def test_block_prices_of_an_older_state_still_cost_what_they_did():
    """A meter whose make is found to have no blocks keeps what was agreed before."""
    plain = profile_with(metering={"blocks": 0, "hybrid": False})
    before = meter(NOW)
    accept(before, SetTariff(NIGHT, prices=blocks(4, 4)))
    after = Meter(meter(profile=plain).site, NOW, before.state())
    assert after.records == before.records
    after.advance(NOW + DAY)
    before.advance(NOW + DAY)
    assert after.account() == before.account()
    assert after.account().balance_mp < 0


# Load limit


@pytest.mark.parametrize("name", EVERY)
def test_the_load_limit_is_there_or_refused(name):
    device, limited = of(name), name not in {TOKENLESS, ITRON}
    told = {"load_limit_w", "load_limit_period_s", "load_limit_restoration_s", "load_limit_counter"}
    assert (told <= keys(device)) is limited
    if limited:
        accept(device, WriteLoadLimit(1, 60, 60, disable=True))
        device.advance(NOW + DAY)
        assert any(isinstance(entry.what, LoadLimitReached) for entry in device.journal)
        accept(device, ResetLoadLimitCounter())
        return
    assert not told & keys(device)
    for command in (WriteLoadLimit(1), WriteLoadLimit(1, at=NOW + DAY), ResetLoadLimitCounter()):
        outcome = refuse(device, command)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert said(outcome) == "this make has no load limit"
    assert not device.records.pending


def test_a_limit_of_an_older_state_does_nothing_where_the_make_has_none():
    before = meter(NOW)
    accept(before, WriteLoadLimit(1, 60, 60, disable=True))
    unlimited = meter(profile=profile_with(power={"load_limit": False})).site
    after = Meter(unlimited, NOW, before.state())
    after.advance(NOW + 7 * DAY)
    assert after.supplied
    assert not after.journal


# Voltage averages


@pytest.mark.parametrize("name", EVERY)
def test_averages_are_there_or_refused_and_excursions_always_told(name):
    device, averages = of(name), name not in {TOKENLESS, ITRON}
    told = {"average_voltage_dv", "voltage_log_entries", "average_over_voltage_count", "average_voltage_period_s"}
    assert (told <= keys(device)) is averages
    device.note(MainsDisturbed(2_900, 4 * 3_600))
    device.advance(NOW + DAY)
    kinds = {entry.what.kind for entry in device.journal if isinstance(entry.what, VoltageExcursion)}
    assert {"extreme_over", "swell"} <= kinds
    assert ("average_over" in kinds) is averages
    assert (len(voltage.log(device.site, device.records, device.now).true) > 0) is averages
    if averages:
        accept(device, WriteVoltageSettings(average_over_dv=2_500, sag_dv=2_100))
        accept(device, ResetVoltageCounters())
        return
    assert not told & keys(device)
    accept(device, WriteVoltageSettings(sag_dv=2_100))
    for command in (
        WriteVoltageSettings(average_over_dv=2_500, sag_dv=2_000),
        WriteVoltageSettings(average_period_s=600),
        ResetVoltageCounters(),
    ):
        outcome = refuse(device, command)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert said(outcome) == "this make has no voltage averages"
    assert device.records.voltage.settings.sag.threshold_dv == 2_100


def test_without_averages_their_thresholds_make_nothing_due():
    plain = profile_with(voltage={"averages": False})
    device = meter(INSTALLED, profile=plain)
    before = meter(INSTALLED)
    accept(before, WriteVoltageSettings(average_over_dv=2_301, average_under_dv=2_300))
    quiet = Meter(device.site, INSTALLED, before.state())
    for home in (before, quiet):
        home.advance(INSTALLED + 3 * DAY)
    assert any(isinstance(entry.what, VoltageExcursion) for entry in before.journal)
    assert not any(isinstance(entry.what, VoltageExcursion) for entry in quiet.journal)


# Registers


@pytest.mark.parametrize("name", EVERY)
def test_export_and_reactive_registers_are_shown_where_they_are(name):
    device, metering = of(name), library.packaged(name).metering
    told = keys(device)
    assert ({"export_wh", "export_w", "interval_export_wh"} <= told) is metering.export
    assert ("export_wh" in told) is metering.export
    assert (
        {"reactive_import_varh", "reactive_export_var", "interval_reactive_export_varh"} <= told
    ) is metering.reactive
    assert ("reactive_import_varh" in told) is metering.reactive


@pytest.mark.parametrize("export", [True, False])
def test_a_page_of_export_is_left_out_where_nothing_counts_it(export):
    sunny = Household(daily_export_wh=9_000, opening_export_wh=5_000)
    device = meter(profile=profile_with(metering={"export": export}), household=sunny)
    seen = display_reading.read(device.site, device.records, device.now, display_reading.Known(0))
    found = pages((Page("export", "EXP"),), {"electricity": seen}, device.site.profile.display, Own())
    assert [page.label for page in found] == ["EXP"] * export
    assert VirtualHome(ITRON, household=sunny).read("export_wh") is None


def test_what_a_make_lacks_is_no_condition():
    with pytest.raises(ConditionError, match="this make has no load_limit_w"):
        VirtualHome(ITRON).until("load_limit_w > 0")
    assert VirtualHome(AS300P).until("load_limit_w == 0")


# The tables


def test_what_is_lacking_is_named_like_an_item():
    every = abilities.EXPORT | abilities.REACTIVE | abilities.BLOCK_PRICING | abilities.LOAD_LIMIT | abilities.AVERAGES
    every |= abilities.TIME_DEBTS | abilities.FRIENDLY | abilities.PREPAYMENT
    assert every <= {item.key for item in ITEMS}
    lacking = {name: abilities.lacking(of(name).site) for name in EVERY}
    assert {name for name, items in lacking.items() if not items} == {SECURE, AS300P, AS330, ACLARA}
    assert all(items <= every for items in lacking.values())


def test_a_set_that_lacks_nothing_shows_every_item():
    assert items_of(meter(profile=PROFILE)) == ITEMS


def test_every_refusal_is_the_first_rule_of_its_command():
    for rules in (ELECTRICITY_RULES, GAS_RULES):
        first = {kind for kind, chain in rules.items() if chain[0] is abilities.able}
        assert first == set(abilities.NEEDS) & set(rules)
    assert set(abilities.NEEDS) <= set(ELECTRICITY_RULES)

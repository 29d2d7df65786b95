"""Tariffs and prices between the service document and the device, there and back (service requests, section 5)."""

from fractions import Fraction

import pytest
import tariff_bodies as made
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.adapter.steps import prices, tariff_tables
from emulator.adapter.steps.prices import Room
from emulator.adapter.steps.supply_calendars import CalendarError
from emulator.adapter.steps.tariff_tables import TariffError
from emulator.device.calendar import SwitchingTable
from emulator.device.money.pricing import Prices
from emulator.services.bodies import tariff_parts as parts
from emulator.services.bodies.dates import DayOfMonth, ElecDate, GasDate
from emulator.services.body import Empty

FULL = Room(48, 8)
DATES = st.tuples(st.none() | st.integers(2014, 2099), st.integers(1, 12), st.integers(1, 28))
SHAPES = st.sampled_from(["tou", "block"])


@st.composite
def elec_tables(draw):
    """Draw an electricity table whose parts fit together, its special days, and its shape."""
    by = draw(SHAPES)
    numbers = st.integers(1, 48 if by == "tou" else 8)
    half_hours = st.lists(st.integers(0, 47), min_size=1, max_size=4, unique=True)
    days = draw(st.lists(st.integers(1, 16), min_size=1, max_size=3, unique=True))
    weeks = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
    profiles = tuple(
        parts.ElecDayProfile(
            day_name=day,
            profile_schedule=made.switched(by, *((at * 30, draw(numbers)) for at in sorted(draw(half_hours)))),
        )
        for day in days
    )
    table = parts.ElecSwitchingTable(
        day_profiles=profiles,
        week_profiles=tuple(
            parts.ElecWeekProfile(
                week_name=week, referenced_day_name=tuple(draw(st.sampled_from(days)) for _ in range(7))
            )
            for week in weeks
        ),
        seasons=tuple(
            parts.ElecSeason(
                season_name=draw(st.text("abcdefgh", max_size=8)),
                season_start_date=ElecDate.of(*draw(DATES)),
                referenced_week_name=draw(st.sampled_from(weeks)),
            )
            for _ in range(draw(st.integers(1, 4)))
        ),
    )
    special = tuple(
        parts.ElecSpecialDay(date=ElecDate.of(*draw(DATES)), referenced_day_name=draw(st.sampled_from(days)))
        for _ in range(draw(st.integers(0, 3)))
    )
    return by, table, special


@settings(max_examples=60, deadline=None)
@given(elec_tables())
def test_an_electricity_table_comes_back_as_it_went(drawn):
    by, table, special = drawn
    held = tariff_tables.electricity(table, special)
    back = tariff_tables.read_electricity(held, by)
    assert tariff_tables.shape(table) == by
    assert [(d.day, d.profile_schedule) for d in back.day_profiles] == [
        (d.day_name, d.profile_schedule) for d in table.day_profiles
    ]
    assert [(w.week_name, w.referenced_elec_day) for w in back.week_profiles] == [
        (w.week_name, w.referenced_day_name) for w in table.week_profiles
    ]
    assert [(s.season_name, s.season_start_date, s.referenced_week_name) for s in back.seasons] == [
        (s.season_name, s.season_start_date, s.referenced_week_name) for s in table.seasons
    ]
    assert [(one.date, one.referenced_day) for one in tariff_tables.read_elec_special_days(held)] == [
        (one.date, one.referenced_day_name) for one in special
    ]


@given(SHAPES, st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True), DATES, st.data())
def test_a_gas_table_comes_back_as_it_went(by, days, date, data):
    day = {"block_tariff": Empty()} if by == "block" else {"tou_tariff_action": data.draw(st.integers(1, 4))}
    week = tuple(data.draw(st.sampled_from(days)) for _ in range(7))
    table = parts.GasSwitchingTable(
        day_profiles=tuple(parts.GasDayProfile(day_name=number, **day) for number in days),
        week_profiles=(parts.GasWeekProfile(week_name=2, referenced_day_name=week),),
        seasons=(parts.GasSeason(season_start_date=GasDate.of(*date), referenced_week_name=2),),
    )
    special = (parts.GasSpecialDay(date=GasDate.of(*date), referenced_day_name=days[0]),)
    held = tariff_tables.gas(table, special)
    back = tariff_tables.read_gas(held, by)
    assert back.day_profiles == table.day_profiles
    assert back.week_profiles[0].referenced_day == week
    assert back.week_profiles[0].week_name == 2
    assert back.seasons[0].season_start_date == table.seasons[0].season_start_date
    assert tariff_tables.read_gas_special_days(held)[0].date == special[0].date


def test_names_that_are_no_numbers_are_told_by_their_place():
    back = tariff_tables.read_electricity(SwitchingTable(), "tou")
    assert back.week_profiles[0].week_name == 1
    assert back.seasons[0].referenced_week_name == 1


@pytest.mark.parametrize(
    "given_date",
    [
        ElecDate.of(None, None, 1),
        ElecDate.of(2026, 1, None),
        ElecDate.of(None, 1, 1, 3),
        ElecDate(
            year=ElecDate.of(None, 1, 1).year,
            month=ElecDate.of(None, 1, 1).month,
            day_of_month=DayOfMonth(last_day_of_month=Empty()),
            day_of_week=ElecDate.of(None, 1, 1).day_of_week,
        ),
    ],
)
def test_a_season_that_starts_on_no_date_of_the_meters_is_refused(given_date):
    with pytest.raises(CalendarError):
        tariff_tables.electricity(made.elec_table(date=given_date), ())


def test_a_table_chooses_registers_or_columns_of_blocks():
    mixed = parts.ElecDayProfile(
        day_name=1, profile_schedule=(*made.switched("tou", (0, 1)), *made.switched("block", (60, 1)))
    )
    table = made.elec_table()
    with pytest.raises(TariffError, match="not both"):
        tariff_tables.shape(
            parts.ElecSwitchingTable(day_profiles=(mixed,), week_profiles=table.week_profiles, seasons=table.seasons)
        )


# Prices

I16 = st.integers(0, 2**15 - 1)


@given(st.lists(I16.filter(lambda value: value <= 100), min_size=1, max_size=48), st.integers(-5, 0))
def test_prices_come_back_at_a_scale_that_is_exact(values, scale):
    given_prices = made.elec_prices(tou=tuple(values), scale=scale).electricity_price_elements
    held = prices.electricity(given_prices, "tou", FULL)
    assert held.tou_mp == tuple(value * 10 ** (scale + 5) for value in values)
    found = prices.scale_for(held.tou_mp)
    assert found is not None
    assert found <= scale or not any(values)
    assert [prices.at_scale(price, found) * 10 ** (found + 5) for price in held.tou_mp] == list(held.tou_mp)


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=4))
def test_a_price_is_told_exactly_or_not_at_all(listed):
    scale = prices.scale_for(listed)
    if scale is not None:
        told = [prices.at_scale(price, scale) for price in listed]
        assert all(-(2**15) <= value < 2**15 for value in told)
        assert [value * 10 ** (scale + 5) for value in told] == listed


# 2121 at -5 is 2.121 p, 20000 at -5 is 20 p a day (service requests, section 5, PRICE-E).
def test_the_examples_of_the_service_requests_in_millipence():
    given_prices = made.elec_prices(tou=(2121,), standing=20_000, standing_scale=-5).electricity_price_elements
    held = prices.electricity(given_prices, "tou", FULL)
    assert (held.tou_mp, held.standing_mp) == ((2121,), 20_000)


@pytest.mark.parametrize(
    ("value", "scale"), [(1, -6), (12_345, -7), (-1, -5), (32_767, 1), (1, 127), (1, -128), (2_000, -1)]
)
def test_a_price_that_is_no_whole_millipence_or_no_price_is_refused(value, scale):
    with pytest.raises(TariffError, match="no whole number of millipence"):
        prices.electricity(made.elec_prices(tou=(value,), scale=scale).electricity_price_elements, "tou", FULL)


def test_a_finer_scale_is_taken_where_it_is_whole_all_the_same():
    given_prices = made.elec_prices(tou=(1_500,), scale=-7).electricity_price_elements
    assert prices.electricity(given_prices, "tou", FULL).tou_mp == (15,)


def test_the_other_shape_is_refused_and_a_hybrid_has_prices_for_the_tables_alone():
    both = made.elec_prices(tou=(100,), blocks=((0, 0),)).electricity_price_elements
    assert prices.electricity(both, "tou", FULL).tou_mp == (100,)
    with pytest.raises(TariffError, match="shape"):
        prices.electricity(both, "block", FULL)
    with pytest.raises(TariffError, match="shape"):
        prices.electricity(made.elec_prices(blocks=((1,),)).electricity_price_elements, "tou", FULL)


def test_prices_for_what_a_meter_does_not_have_are_refused_and_zeros_left_out():
    small = Room(2, 1)
    assert prices.electricity(made.elec_prices(tou=(1, 2, 0)).electricity_price_elements, "tou", small).tou_mp == (1, 2)
    with pytest.raises(TariffError, match="TOU registers"):
        prices.electricity(made.elec_prices(tou=(1, 2, 3)).electricity_price_elements, "tou", small)
    with pytest.raises(TariffError, match="columns of blocks"):
        prices.electricity(made.elec_prices(blocks=((1,), (2,))).electricity_price_elements, "block", small)


def test_gas_prices_are_millipence_and_blocks_are_as_many_as_the_thresholds_make():
    held = prices.gas(made.gas_prices(blocks=(9_600, 8_000, 7_000)).gas_price_elements, "block", Room(4, 1))
    assert held == Prices(by="block", block_mp=((9_600, 8_000, 7_000, 0),), standing_mp=22_465)
    for row in ((1, 2), (1, 2, 3, 4)):
        with pytest.raises(TariffError):
            prices.gas(made.gas_prices(blocks=row).gas_price_elements, "block", Room(4, 1))


@given(st.integers(0, 100_000_000), st.integers(300, 450), st.integers(100_000, 110_000))
def test_a_gas_threshold_comes_back_to_the_litre(litres, calorific, factor):
    energy = prices.wh_a_litre(calorific, 1, factor, 5)
    assert prices.litres_of(prices.wh_of(litres, energy), energy) == litres


# A cubic metre at 39.5 MJ/m3 and 1.02264 is 11.2206 kWh: by hand, 39.5 x 1.02264 / 3.6.
def test_a_cubic_metre_in_watt_hours():
    assert prices.wh_a_litre(395, 1, 102_264, 5) == Fraction("11.2206333333333333") + Fraction(1, 3 * 10**16)
    assert prices.wh_of(1_000, prices.wh_a_litre(395, 1, 102_264, 5)) == 11_221


def test_a_cubic_metre_has_three_digits():
    assert [str(prices.cubic_metres(litres)) for litres in (0, 7, 12_340)] == ["0.000", "0.007", "12.340"]

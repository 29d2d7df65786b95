"""Kinds of load: vacant, tapped and gas homes look like what they are, and households name them."""

from dataclasses import replace

import numpy as np
import pytest
from device_sites import HOMES, NOW, site

from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HALF_HOUR, MINUTE, instant
from emulator.device.load.load import MOST_DAILY_MWH, Load, Shape
from emulator.device.load.load_shapes import HEAVIEST_DAY, tables
from emulator.device.splitmix import stream

KINDS = [Shape.VACANT, Shape.TAPPED, Shape.GAS]
HOME_MWH = 7_400_000
YEAR = (instant(2026, 1, 1), instant(2027, 1, 1))


def load(shape, seed=1, daily_mwh=HOME_MWH):
    return Load(stream(seed, 0, "load"), shape, daily_mwh)


def days(of, start, end):
    """Give the half hours of whole days, one row a day."""
    return np.diff(of.energies_mwh(np.arange(start, end + 1, HALF_HOUR))).reshape(-1, 48)


@pytest.mark.parametrize("shape", KINDS)
@pytest.mark.parametrize("year", [2005, 2024, 2026, 2059])
def test_a_year_holds_its_days(shape, year):
    for seed in range(5):
        of = load(shape, seed)
        total = of.energy_mwh(instant(year + 1, 1, 1)) - of.energy_mwh(instant(year, 1, 1))
        assert total == pytest.approx(365 * HOME_MWH, rel=0.01)


@pytest.mark.parametrize("shape", Shape)
def test_no_day_is_heavier_than_the_bounds_allow(shape):
    """The bounds at the head of load.py rest on this: a whole number never leaves 64 bits."""
    weights = np.diff(tables(shape).day.edges)
    assert weights.max() <= HEAVIEST_DAY << 15
    heaviest = int(np.argmax(weights)) * DAY + instant(2005, 1, 1)
    of = Load(2**64 - 1, shape, MOST_DAILY_MWH)
    around = np.arange(heaviest, heaviest + DAY, 7 * MINUTE + 1)
    assert of.energies_mwh(around).tolist() == [of.energy_mwh(int(at)) for at in around]


@pytest.mark.parametrize("shape", KINDS)
def test_homes_and_days_differ(shape):
    day = instant(2026, 1, 14)
    one, other = (days(load(shape, seed), day, day + 2 * DAY) for seed in (1, 2))
    assert (one != other).sum() >= 56
    assert (one[0] != one[1]).sum() >= 28


def test_a_vacant_home_is_never_quite_still():
    of = load(Shape.VACANT, daily_mwh=900_000)
    year = days(of, *YEAR)
    assert 9_000 < year.min() <= year.max() < 30_000  # around 18.75 Wh, always
    totals = year.sum(axis=1)
    assert totals.max() < 1.25 * totals.min()
    minutes = np.diff(of.energies_mwh(np.arange(YEAR[0], YEAR[0] + 28 * DAY, MINUTE)))
    assert minutes.min() > 0
    by_hour = year.sum(axis=0)
    assert by_hour.max() < 1.05 * by_hour.min()


def test_most_working_evenings_of_a_tapped_home_are_missing():
    weekdays = (np.arange(365) + 3) % 7  # 2026 began on a Thursday
    for seed in range(3):
        year = days(load(Shape.TAPPED, seed), *YEAR)
        missing = year[:, 34:44].sum(axis=1) < 0.2 * year.sum(axis=1)  # 17:00 to 22:00
        assert not missing[weekdays >= 5].any()
        assert 0.7 < missing[weekdays < 5].mean() < 0.9
        assert year.min() > 0
        # By day the meter sees what it sees on honest days.
        noon = year[:, 20:32].sum(axis=1)[weekdays < 5]
        gone = missing[weekdays < 5]
        assert noon[gone].mean() == pytest.approx(noon[~gone].mean(), rel=0.1)
        honest = days(load(Shape.DOMESTIC, seed), *YEAR)
        assert (honest[:, 34:44].sum(axis=1) > 0.2 * honest.sum(axis=1)).all()


def test_tapped_days_are_the_same_in_every_home():
    start, end = instant(2026, 2, 2), instant(2026, 3, 2)
    found = [days(load(Shape.TAPPED, seed), start, end) for seed in (1, 2)]
    missing = [year[:, 34:44].sum(axis=1) < 0.2 * year.sum(axis=1) for year in found]
    assert (missing[0] == missing[1]).all()


def test_gas_is_for_winter_mornings_and_evenings_and_for_hot_water():
    for seed in range(5):
        year = days(load(Shape.GAS, seed), *YEAR)
        january, july = year[:31], year[181:212]
        assert january.sum() > 4 * july.sum()
        assert january.min() > 0
        assert july.sum(axis=1).min() > 0
        assert not july[:, :10].any()  # nothing before 05:00
        for month in (january, july):
            by_slot = month.sum(axis=0)
            morning, noon, evening = by_slot[11:16].mean(), by_slot[22:26].mean(), by_slot[33:40].mean()
            assert min(morning, evening) > 2 * noon


def test_a_gas_meter_counts_gas_and_an_electricity_meter_does_not():
    home = Household(daily_gas_l=4_000, daily_export_wh=1_000)
    electric = site(home)
    gas = replace(electric, fuel="gas")
    assert gas.load(Channel.GAS) == Load(stream(gas.key, "GAS"), Shape.GAS, 4_000_000)
    for channel in Channel:
        other = electric if channel is Channel.GAS else gas
        assert other.load(channel).shape is Shape.NONE
        assert other.load(channel).energy_mwh(NOW) == 0
    assert replace(gas, household=Household()).load(Channel.GAS).shape is Shape.NONE
    assert replace(gas, household=Household(shape="none", daily_gas_l=4_000)).load(Channel.GAS).shape is Shape.NONE


def test_a_vacant_household_uses_little_whatever_its_mean_day():
    import_wh = [
        site(Household(shape="vacant", daily_import_wh=daily)).load(Channel.IMPORT).daily_mwh // 1000
        for daily in (7_400, 900, 500, 0)
    ]
    assert import_wh == [900, 900, 500, 0]
    home = site(Household(shape="vacant", daily_export_wh=9_000, daily_gas_l=4_000))
    assert home.load(Channel.IMPORT).shape is Shape.VACANT
    assert home.load(Channel.EXPORT) == site(HOMES["solar"]).load(Channel.EXPORT)
    assert home.load(Channel.REACTIVE_IMPORT).daily_mwh == 900 * 18 // 100 * 1000
    assert replace(home, fuel="gas").load(Channel.GAS).daily_mwh == 200_000


def test_a_tapped_household_is_a_shape():
    found = site(Household(shape="tapped")).load(Channel.IMPORT)
    assert found == replace(site().load(Channel.IMPORT), shape=Shape.TAPPED)


# A regression pin of our own, not a proof: what households of before count, channel by channel.
PINNED = {
    "domestic": (59_107_778_849, 0, 10_647_209_935, 1_774_553_407),
    "economy-7": (111_671_816_179, 0, 20_143_370_149, 3_357_263_203),
    "solar": (59_107_778_849, 72_205_264_179, 10_647_209_935, 1_774_553_407),
    "vacant": (0, 0, 0, 0),
}


@pytest.mark.parametrize("home", HOMES)
def test_registers_of_households_are_kept_for_ever(home):
    of = site(HOMES[home])
    at = instant(2026, 11, 22, 9, 41, 7) + 123
    assert tuple(of.load(channel).energy_mwh(at) for channel in list(Channel)[:4]) == PINNED[home]

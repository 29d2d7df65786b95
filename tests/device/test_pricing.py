"""Prices: limits, and what energy costs by register and by block, as a number and as a vector (2.3)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.money.pricing import (
    MAX_PRICE_MP,
    MWH_A_WH,
    UNUSED,
    Part,
    Prices,
    active_price_mp,
    blocks,
    cost,
    costs,
    fault,
    scaled,
)
from emulator.device.step import replace

KWH = 1_000_000  # in mWh; at 1 mp a kWh it costs a million millionths
TOU = Prices(tou_mp=(15_000, 30_000))
# 10 and 20 kWh: the thresholds of the DCC's example (functional reference 2.3.3).
BLOCK = Prices(
    by="block",
    block_mp=((20_000, 15_000, 10_000, 5_000), (7_000, 9_000, 1, 1)),
    thresholds_wh=((10_000, 20_000, 50_000), (10_000, UNUSED, UNUSED)),
)


def test_energy_costs_the_price_of_its_register():
    # 2 kWh at 15p and 3.5 kWh at 30p: 135p.
    assert cost(TOU, (2 * KWH, 3_500_000)) == 135_000 * 1_000_000
    assert cost(TOU, (2 * KWH, 3_500_000), (2 * KWH, 3_500_000)) == 0
    assert cost(TOU, (1, 0)) == 15_000
    assert cost(TOU, (0, 0, 9 * KWH)) == 0  # no price: 0


@pytest.mark.parametrize(
    ("energies", "mp"),
    [
        ((10, 0), 200_000),  # all in block 1: 10 x 20p
        ((12, 0), 230_000),  # 10 x 20p + 2 x 15p
        ((20, 0), 350_000),
        ((60, 0), 700_000),  # 10 x 20p + 10 x 15p + 30 x 10p + 10 x 5p
        ((0, 12), 88_000),  # 10 x 7p + 2 x 9p: an unused threshold ends the ladder
        ((12, 1_000), 230_000 + 70_000 + 990 * 9_000),
        ((0, 0, 12), 0),  # a set without prices
    ],
)
def test_blocks_by_hand(energies, mp):
    assert cost(BLOCK, [energy * KWH for energy in energies]) == mp * 1_000_000


def test_a_cost_between_two_readings_crosses_a_threshold_exactly():
    # 1 mWh below the first threshold to 1 mWh above it: one at 20p, one at 15p.
    assert cost(BLOCK, (10 * KWH + 1, 0), (10 * KWH - 1, 0)) == 20_000 + 15_000


def test_no_thresholds_means_one_block():
    single = Prices(by="block", block_mp=((8_000, 1, 2, 3),))
    assert cost(single, (40 * KWH,)) == 40 * 8_000 * 1_000_000
    assert active_price_mp(single, 1, 400 * KWH) == 8_000


def test_energy_is_split_for_an_explanation():
    assert blocks(BLOCK, (12 * KWH, 3 * KWH)) == (
        Part(1, 1, 10 * KWH, 20_000),
        Part(1, 2, 2 * KWH, 15_000),
        Part(2, 1, 3 * KWH, 7_000),
    )
    assert blocks(TOU, (0, 3 * KWH)) == (Part(2, 0, 3 * KWH, 30_000),)
    assert blocks(BLOCK, (0, 0)) == ()


@pytest.mark.parametrize(
    ("prices", "register", "energy", "price"),
    [
        (TOU, 1, 0, 15_000),
        (TOU, 2, 10**15, 30_000),
        (TOU, 3, 0, 0),
        (BLOCK, 1, 0, 20_000),
        (BLOCK, 1, 10 * KWH - 1, 20_000),
        (BLOCK, 1, 10 * KWH, 15_000),
        (BLOCK, 1, 50 * KWH, 5_000),
        (BLOCK, 2, 10 * KWH, 9_000),
        (BLOCK, 2, 10**15, 9_000),
        (BLOCK, 3, 0, 0),
    ],
)
def test_the_active_price(prices, register, energy, price):
    assert active_price_mp(prices, register, energy) == price


@pytest.mark.parametrize(
    ("value", "scale", "price"),
    [
        (2121, -5, 2_121),  # GBP 0.02121: the example of functional reference 2.3.3
        (20_000, -5, 20_000),  # GBP 0.20 a day
        (2, -1, 20_000),
        (100, 0, MAX_PRICE_MP),
        (101, 0, None),
        (10, -6, 1),
        (1, -6, None),
        (0, -128, 0),
        (0, 127, 0),
        (1, 127, None),
        (-1, -5, None),
        (1, 128, None),
        (1, 10**9, None),
    ],
)
def test_a_price_with_a_decimal_scale(value, scale, price):
    assert scaled(value, scale) == price


def block(*thresholds):
    return Prices(by="block", thresholds_wh=(thresholds,))


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (Prices(tou_mp=(1,) * 49), "49 prices"),
        (Prices(tou_mp=(MAX_PRICE_MP + 1,)), "a price is"),
        (Prices(tou_mp=(-1,)), "a price is"),
        (Prices(standing_mp=-1), "a price is"),
        (Prices(block_mp=((1, 2, 3, MAX_PRICE_MP + 1),)), "a price is"),
        (Prices(block_mp=((1, 2, 3),)), "4 prices"),
        (Prices(block_mp=((1, 2, 3, 4),) * 9), "block sets"),
        (Prices(thresholds_wh=((1, 2, 3),) * 9), "block sets"),
        (block(1, 2), "3 thresholds"),
        (block(0, 1, 2), "3 thresholds"),
        (block(1, 2, UNUSED + 1), "3 thresholds"),
        (block(1, 1, 2), "rise"),
        (block(2, 1, UNUSED), "rise"),
        (block(1, UNUSED, 2), "unused ones come last"),
        (Prices(by="day"), "by tou or block"),
        (Prices(currency="USD"), "GBP or EUR"),
    ],
)
def test_prices_beyond_the_limits_are_refused(prices, words):
    assert words in fault(prices, 48)


def test_the_limits_themselves_are_allowed():
    full = Prices(
        tou_mp=(MAX_PRICE_MP,) * 48,
        block_mp=((0, 1, 2, MAX_PRICE_MP),) * 8,
        thresholds_wh=((1, 2, UNUSED - 1), (UNUSED,) * 3) * 4,
        by="block",
        standing_mp=MAX_PRICE_MP,
        currency="EUR",
    )
    assert fault(full, 48) is fault(Prices(), 1) is fault(BLOCK, 2) is None


def test_gas_has_four_prices_and_one_block_set():
    gas = Prices(tou_mp=(1, 2, 3, 4), block_mp=((1, 2, 3, 4),), thresholds_wh=((1, 2, 3),))
    assert fault(gas, 4, 1) is None
    assert "5 prices for 4" in fault(replace(gas, tou_mp=(1,) * 5), 4, 1)
    assert "more block sets than 1" in fault(replace(gas, block_mp=((1, 2, 3, 4),) * 2), 4, 1)


PRICE = st.integers(0, MAX_PRICE_MP)
THRESHOLD = st.lists(st.integers(1, 3_000_000), max_size=3, unique=True).map(
    lambda used: (*sorted(used), *(UNUSED,) * (3 - len(used)))
)
PRICES = st.builds(
    Prices,
    st.lists(PRICE, max_size=6).map(tuple),
    st.lists(st.tuples(PRICE, PRICE, PRICE, PRICE), max_size=6).map(tuple),
    st.lists(THRESHOLD, max_size=6).map(tuple),
    st.sampled_from(["tou", "block"]),
)
# What stands near thresholds (whole Wh), and up to 100 MWh.
ENERGY = st.one_of(
    st.integers(0, 10**11), st.integers(0, 3_000_000).map(lambda wh: wh * MWH_A_WH), st.sampled_from([0, 1])
)


@given(PRICES, st.lists(ENERGY, min_size=4, max_size=4), st.lists(st.lists(ENERGY, min_size=4, max_size=4), max_size=5))
@settings(max_examples=150, deadline=None)
def test_the_vector_gives_the_same_bits(prices, before, used):
    rows = [[start + more for start, more in zip(before, row, strict=True)] for row in used]
    energies = np.array(rows, dtype=np.int64).reshape(-1, 4)
    found = costs(prices, energies, before)
    assert found.dtype == np.int64
    assert found.tolist() == [cost(prices, row, before) for row in rows]
    assert costs(prices, energies).tolist() == [cost(prices, row) for row in rows]


@given(PRICES, st.lists(ENERGY, min_size=3, max_size=3), st.lists(ENERGY, min_size=3, max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_cost_is_the_sum_of_its_steps_and_of_its_parts(prices, first, more):
    then = [start + used for start, used in zip(first, more, strict=True)]
    assert cost(prices, first) + cost(prices, then, first) == cost(prices, then)
    assert sum(part.energy_mwh for part in blocks(prices, then)) == sum(then)
    for part in blocks(prices, then):
        counter = sum(one.energy_mwh for one in blocks(prices, then) if one[0] == part.register and one[1] < part.block)
        assert active_price_mp(prices, part.register, counter) == part.price_mp


def test_the_largest_cost_a_vector_holds():
    """(2**63 - 1) // 10**7 mWh at the highest price is exact in 64 bits; 1 mWh more is an error, never a wrong sum."""
    prices = Prices(tou_mp=(MAX_PRICE_MP,))
    most = (2**63 - 1) // MAX_PRICE_MP
    assert costs(prices, np.array([[most]])).tolist() == [cost(prices, (most,))]
    with pytest.raises(OverflowError):
        costs(prices, np.array([[most + 1]]))
    with pytest.raises(OverflowError):
        costs(prices, np.array([[2 * 10**12, 2 * 10**12]]))
    # What counts is what is between the readings: registers of 13 years at full load are no obstacle.
    late = 4 * 10**12
    assert costs(prices, np.array([[late + most]]), (late,)).tolist() == [most * MAX_PRICE_MP]

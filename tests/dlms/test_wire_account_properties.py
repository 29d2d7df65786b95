"""Properties of the rows of money and voltage: whatever is written is taken or refused, and what is read comes back."""

import pytest
from dlms_bench import PROFILE
from dlms_values import LEAVES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire_sites import prepaid

from emulator.device.commands import Sender, SetPrices
from emulator.device.money.pricing import UNUSED, Prices
from emulator.dlms.codec.data import Data, Tag, decode, encode
from emulator.dlms.objects.account import ACCOUNTS
from emulator.dlms.objects.case import CASE
from emulator.dlms.objects.charges import CHARGES
from emulator.dlms.objects.clock import CLOCK_ROWS
from emulator.dlms.objects.credits import CREDIT_ROWS
from emulator.dlms.objects.kinds import PROFILE_GENERIC
from emulator.dlms.objects.money import read_unit_charge, unit_charge
from emulator.dlms.objects.prepayment import PREPAYMENT
from emulator.dlms.objects.prices import PRICES
from emulator.dlms.objects.rows import Takes
from emulator.dlms.objects.tokens import TOKENS
from emulator.dlms.objects.types import InvalidValueError, TypeUnmatchedError
from emulator.dlms.objects.voltage import VOLTAGES

NEW = (*ACCOUNTS, *CREDIT_ROWS, *CHARGES, *PRICES, *PREPAYMENT, *TOKENS, *VOLTAGES, *CASE, *CLOCK_ROWS)
# The logs are long, and no write reaches their entries.
SHORT = [row for row in NEW if row.kind.id != PROFILE_GENERIC.id]


class _View:
    """What these rows know of a conversation: the meter alone."""

    def __init__(self) -> None:
        self.meter = prepaid().meter


def _taken() -> list[tuple[str, Takes, Data]]:
    """Give every write with the value that is read there, and every method with an amount."""
    view, found = _View(), []
    for row in NEW:
        for number, attribute in row.attributes.items():
            if attribute.write is not None:
                found.append((f"{row.name}-{number}", attribute.write, decode(attribute.read(view))))
        for number, method in row.methods.items():
            assert method.takes is not None
            found.append((f"{row.name}()-{number}", method.takes, Data(Tag.DOUBLE_LONG, 1)))
    return found


TAKEN = _taken()


def _changed(draw: st.DrawFn, value: Data) -> Data:
    """Change one place of a value, or none."""
    if value.tag in {Tag.ARRAY, Tag.STRUCTURE} and value.value and draw(st.booleans()):
        items = list(value.value)
        place = draw(st.integers(0, len(items) - 1))
        items[place] = _changed(draw, items[place])
        if draw(st.integers(0, 9)) == 0:
            items.append(items[place])
        return Data(value.tag, tuple(items))
    if isinstance(value.value, int) and not isinstance(value.value, bool) and draw(st.booleans()):
        return draw(LEAVES.filter(lambda leaf: leaf.tag is value.tag))
    return draw(LEAVES)


@pytest.mark.parametrize(("name", "takes", "value"), TAKEN, ids=[name for name, _, _ in TAKEN])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_written_is_taken_or_refused(name: str, takes: Takes, value: Data, data: st.DataObject):
    meter = prepaid().meter
    wrong = decode(encode(_changed(data.draw, value)))
    try:
        command = takes.make(meter, wrong)
    except (TypeUnmatchedError, InvalidValueError):
        return
    meter.send(command, Sender.SUPPLIER)
    view = _View()
    view.meter = meter
    for row in SHORT:
        for attribute in row.attributes.values():
            decode(attribute.read(view))


MONEY = st.integers(0, 10_000_000)


@settings(deadline=None)
@given(st.lists(MONEY, max_size=48), st.booleans())
def test_prices_come_back_at_whatever_scale(prices: list[int], of_energy: bool):
    listed = [(f"TOU{number:02}", price) for number, price in enumerate(prices, 1)]
    sent = decode(encode(unit_charge(listed, of_energy=of_energy)))
    assert read_unit_charge(sent, of_energy=of_energy) == listed


THRESHOLDS = st.lists(st.integers(1, UNUSED - 1), max_size=3, unique=True).map(
    lambda held: (*sorted(held), *(UNUSED,) * (3 - len(held)))
)
PRICE_SETS = st.builds(
    Prices,
    by=st.just("tou"),
    tou_mp=st.lists(MONEY, max_size=PROFILE.metering.tou_registers).map(tuple),
    standing_mp=MONEY,
    currency=st.sampled_from(["GBP", "EUR"]),
) | st.builds(
    Prices,
    by=st.just("block"),
    block_mp=st.lists(st.tuples(MONEY, MONEY, MONEY, MONEY), max_size=8).map(tuple),
    thresholds_wh=st.lists(THRESHOLDS, max_size=8).map(tuple),
    standing_mp=MONEY,
)


@settings(deadline=None)
@given(PRICE_SETS)
def test_a_set_of_prices_comes_out_as_it_went_in(prices: Prices):
    row = next(row for row in PRICES if row.name == "price_change")
    takes = row.attributes[2].write
    assert takes is not None
    for at in (None, 1_800_000_000_000):
        value = takes.data(SetPrices(prices, at))
        assert value is not None
        assert takes.make(prepaid().meter, decode(encode(value))) == SetPrices(prices, at)

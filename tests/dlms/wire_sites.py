"""A prepayment meter on the wire, and commands sent to it by the rows, as the head end does."""

from dlms_bench import PROFILE, START, Bench, changed
from dlms_talk import Talker

from emulator.device.commands import Command
from emulator.device.household import Household
from emulator.device.items import BY_KEY
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.dlms.codec.data import Data, decode, encode
from emulator.dlms.pdu.services import Reference
from emulator.headend import carriers, places

POUND = 100_000
PRICES = Prices(tou_mp=(28_550, 15_000), standing_mp=61_120)
TERMS = Terms(
    emergency_limit_mp=5 * POUND,
    emergency_threshold_mp=2 * POUND,
    low_credit_mp=3 * POUND,
    payment_share=2_500,
    cap_mp=4 * POUND,
    max_balance_mp=250 * POUND,
    max_credit_mp=100 * POUND,
)
DEBTS = (TimeDebt(30 * POUND, 12_345), TimeDebt(5 * POUND, 500, hourly=True))
STILL = Household(shape="none")


def prepaid(
    mode: Mode = Mode.PREPAYMENT,
    balance_mp: int = 20 * POUND,
    prices: Prices = PRICES,
    terms: Terms = TERMS,
    household: Household = STILL,
    now: int = START,
    **rules: object,
) -> Bench:
    """Give a meter with a contract; its home draws nothing."""
    profile = changed(PROFILE, prepayment=rules) if rules else PROFILE
    bench = Bench(now=now, profile=profile, household=household)
    contract = Contract(mode, balance_mp, prices, terms, DEBTS, 8 * POUND)
    assert bench.meter.note(AccountStarts(contract)).reason is None
    return bench


def steps(bench: Bench, command: Command) -> list[tuple[Reference, Data, bool]]:
    """Give the writes and calls that carry a command: all parts, or the first row that takes it whole."""
    carried = []
    for carrier in carriers(bench.meter.site.profile, 1)[type(command)]:
        value = carrier.takes.data(command)
        if value is not None:
            carried.append((carrier.target, value, carrier.writes))
            if not carrier.takes.part:
                break
    return carried


def send(talker: Talker, command: Command) -> int:
    """Send a command as the head end does, and give the result of the last step."""
    result = None
    for target, value, writes in steps(talker.bench, command):
        result = talker.set(target, value) if writes else talker.invoke(target, value)
        if result:
            break
    assert result is not None, f"no row carries {command}"
    return result


def read(talker: Talker, key: str) -> object:
    """Read an item as the head end does."""
    place = places(talker.bench.meter.site.profile, 1)[key]
    return place.decode(talker.read(place.target))


def held(bench: Bench, key: str) -> object:
    """Give an item as the meter itself holds it."""
    return BY_KEY[key].read(bench.meter)


def again(value: Data) -> Data:
    """Give data as it comes off the wire."""
    return decode(encode(value))

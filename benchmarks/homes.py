"""Measure what a year of money costs: processor time to advance homes in credit and in prepayment mode.

python -m benchmarks.homes
"""

from collections.abc import Callable

from benchmarks.advance import cpu_ms
from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import AddCredit, Sender, SetTariff
from emulator.device.happenings import CreditExhausted
from emulator.device.household import Household, Site
from emulator.device.instant import DAY, HALF_HOUR, HOUR, instant
from emulator.device.meter import Meter
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.items_money import MONEY_ITEMS
from emulator.device.money.pricing import Prices
from emulator.farm import library

START = instant(2025, 11, 22, 9, 41, 7)
YEAR = 365 * DAY
RUNS = 5
POUND = 100_000
FLAT = Prices(tou_mp=(24_500,), standing_mp=53_000)
TWO_RATES = Prices(tou_mp=(28_000, 14_000), standing_mp=53_000)
BLOCKS = Prices(
    by="block",
    block_mp=((28_000, 24_000, 22_000, 20_000),) * 2,
    thresholds_wh=((100_000, 200_000, 300_000),) * 2,
    standing_mp=53_000,
)
NIGHT = SwitchingTable(name="night", days=(DayProfile(1, (Switch(0, 2), Switch(30, 1), Switch(450, 2))),))
TERMS = Terms(
    emergency_limit_mp=10 * POUND,
    emergency_threshold_mp=POUND,
    low_credit_mp=2 * POUND,
    payment_share=1_000,
    cap_mp=5 * POUND,
)
DEBTS = (TimeDebt(200 * POUND, 2_000, hourly=True), TimeDebt(100 * POUND, 20_000))


def made(mode: Mode, prices: Prices, table: SwitchingTable | None = None) -> Meter:
    site = Site(
        key=77,
        profile=library.packaged("elster-as300p"),
        serial="14K0000001",
        eui64=0x00237E0000000001,
        mpan="1012345678907",
        hub_serial="H14K0000001",
        hub_eui64=0x001A630000000001,
        iccid="8944110000000000001",
        imsi="234150000000001",
        household=Household(),
        installed_at=START - DAY,
    )
    meter = Meter(site, START)
    if table is not None:
        assert meter.send(SetTariff(table), Sender.SUPPLIER).accepted
    debts = DEBTS if mode is Mode.PREPAYMENT else (TimeDebt(), TimeDebt())
    meter.note(AccountStarts(Contract(mode, 20 * POUND, prices, TERMS, debts, 50 * POUND)))
    return meter


def year(meter: Meter) -> Meter:
    meter.advance(START + YEAR)
    return meter


def pay(meter: Meter, pounds: int) -> None:
    key = meter.site.secret(top_up.UTRN_KEY)
    code = top_up.vend(meter.records, key, meter.site.eui64, pounds * POUND)
    outcome = meter.send(AddCredit(code), Sender.CONSUMER)
    assert outcome.accepted, outcome


def prepaid(meter: Meter) -> Meter:
    """Top up every week; what is left of a hard week is made good by the next."""
    for week in range(52):
        meter.advance(START + week * 7 * DAY + 8 * HOUR)
        pay(meter, 30)
    return year(meter)


def polled(meter: Meter) -> Meter:
    for _ in range(365):
        meter.advance(meter.now + DAY)
        meter.account()
    return meter


def read_all(meter: Meter) -> Meter:
    for item in MONEY_ITEMS:
        item.read(meter)
    return meter


def main() -> None:
    def credit(prices: Prices, table: SwitchingTable | None = None) -> Callable[[], Meter]:
        return lambda: made(Mode.CREDIT, prices, table)

    def prepayment(prices: Prices, table: SwitchingTable | None = None) -> Callable[[], Meter]:
        return lambda: made(Mode.PREPAYMENT, prices, table)

    def old() -> Meter:
        meter = year(made(Mode.CREDIT, TWO_RATES, NIGHT))
        meter.account()
        meter.advance(meter.now + HALF_HOUR)
        return meter

    rows: list[tuple[str, Callable[[], Meter], Callable[[Meter], Meter]]] = [
        ("credit, a year", credit(FLAT), year),
        ("credit, two rates, a year and its balance", credit(TWO_RATES, NIGHT), lambda m: read_all(year(m))),
        ("credit, blocks, a year and its balance", credit(BLOCKS, NIGHT), lambda m: read_all(year(m))),
        ("credit, read every day of a year", credit(TWO_RATES, NIGHT), polled),
        ("credit, one read after a year untouched", old, lambda m: (m.account(), m)[1]),
        ("prepayment, debts, a top-up a week, a year", prepayment(FLAT), prepaid),
        ("the same with two rates", prepayment(TWO_RATES, NIGHT), prepaid),
        ("the same with blocks of two rates", prepayment(BLOCKS, NIGHT), prepaid),
        ("prepayment, no top-up, a year", prepayment(FLAT), year),
    ]
    print(f"{'task':<48}{'CPU ms':>10}{'entries':>10}{'disabled':>10}{'state octets':>14}")
    for name, make, act in rows:
        cost, meter = cpu_ms(make, act)
        off = sum(isinstance(entry.what, CreditExhausted) for entry in meter.journal)
        print(f"{name:<48}{cost:>10.2f}{len(meter.journal):>10}{off:>10}{len(meter.state()):>14}")


if __name__ == "__main__":
    main()

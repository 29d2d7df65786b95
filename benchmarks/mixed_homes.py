"""A thousand mixed homes, one month: every half hour of both fuels read, every alert told; on one core. And a year.

    python -m benchmarks.mixed_homes [--homes 1000]

Prints what it took, and beside it the same homes on credit only, so that machines compare by the ratio.
"""

import argparse
import time
from collections import Counter

from emulator.device import metering
from emulator.device.commands import AddCredit, RestoreSupply, Sender
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, instant
from emulator.device.journal import DeviceName
from emulator.device.meter import Metered
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.farm import library
from emulator.farm.cohort import Cohort, Header
from emulator.farm.estate import Estate

START = instant(2026, 1, 1)
MONTH = 31
SLOTS = 48 * MONTH
TOP_UP_MP = 2_000_000


def estate(homes: int, prepayment: float) -> Estate:
    cohort = Cohort(profile="elster-as300p", homes=homes, gas=0.8, prepayment=prepayment, solar=0.05, economy_7=0.1)
    return Estate(Header(seed=2026), (cohort,), {"elster-as300p": library.packaged("elster-as300p")})


def live(homes: int, prepayment: float) -> tuple[float, int, Counter[str], int]:
    """Wake homes one after another, let a month go by, read the month's half hours."""
    made, happened, half_hours = estate(homes, prepayment), Counter[str](), 0
    began = time.process_time()
    for index in range(homes):
        home = Installation(made.premises(index), START)
        for name in home.devices:
            contract = made.contract(index, name)
            if contract is not None:
                home.note(name, AccountStarts(contract))
        spend(home)
        for name in (DeviceName.ESME, DeviceName.GSME):
            meter = home.devices.get(name)
            if isinstance(meter, Metered):
                held = metering.intervals(meter.records, meter.now, SLOTS)
                metering.interval_energies(meter.site, meter.records, meter.site.counted, held)
                half_hours += len(held.true)
        happened.update(type(entry.what).__name__ for entry in home.journal)
    return time.process_time() - began, half_hours, happened, homes


def spend(home: Installation, days: int = MONTH) -> None:
    """Let days go by; each morning a customer who was told of low credit tops up GBP 20 and closes the switch."""
    meters = [(name, meter) for name, meter in home.devices.items() if isinstance(meter, Metered)]
    prepays = [(name, meter) for name, meter in meters if meter.records.account.mode is Mode.PREPAYMENT]
    for day in range(1, days + 1):
        if prepays:
            home.advance(START + day * DAY - 16 * HOUR)
        for name, meter in prepays:
            if meter.records.latches.low:
                code = top_up.vend_for(meter.site, meter.records, TOP_UP_MP)
                home.send(name, AddCredit(code), Sender.CONSUMER)
                home.send(name, RestoreSupply(), Sender.CONSUMER)
    home.advance(START + days * DAY)


def a_year(prepayment: float) -> float:
    """Let a home of all devices live a year; gives its CPU milliseconds, the median of five homes."""
    made, taken = estate(400, prepayment), []
    homes = [index for index in range(400) if len(made.devices(index)) == (5 if prepayment else 4)][:5]
    for index in homes:
        began = time.process_time()
        home = Installation(made.premises(index), START)
        for name in home.devices:
            contract = made.contract(index, name)
            if contract is not None:
                home.note(name, AccountStarts(contract))
        spend(home, 365)
        taken.append((time.process_time() - began) * 1000)
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=1000)
    homes = parser.parse_args().homes
    live(20, 0.4)  # tables and calendars are made once
    print(f"a home of all devices, a year: on credit {a_year(0.0):.2f} ms, prepaying both fuels {a_year(1.0):.0f} ms")
    plain = live(homes, 0.0)
    mixed = live(homes, 0.4)
    print(f"{'homes':<28}{'CPU s':>8}{'half hours':>12}{'events':>9}{'alerts sent':>13}")
    for name, (seconds, half_hours, happened, _) in (("all on credit", plain), ("0.4 of them prepay", mixed)):
        sent = happened["AlertSent"]
        print(f"{homes:>6} {name:<21}{seconds:>8.2f}{half_hours:>12}{sum(happened.values()):>9}{sent:>13}")
    print(f"ratio {mixed[0] / plain[0]:.2f}; by kind: {dict(mixed[2].most_common(12))}")


if __name__ == "__main__":
    main()

"""Measure a credit meter's year: processor time to advance through it, untouched and busy, and to read everything.

python benchmarks/advance.py
"""

import time
from collections.abc import Callable

from emulator.device import items, metering
from emulator.device.commands import Command, DisableSupply, EnableSupply, Sender, WriteLoadLimit
from emulator.device.household import Channel, Household, Site
from emulator.device.instant import DAY, HALF_HOUR, HOUR, instant
from emulator.device.meter import Meter
from emulator.farm import library

INSTALLED = instant(2014, 5, 5, 10)
START = instant(2025, 11, 22, 9, 41, 7)
YEAR = 365 * DAY
RUNS = 5
STEPS = 10_000


def made(now: int = START) -> Meter:
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
        household=Household(daily_export_wh=5_000),
        installed_at=INSTALLED,
    )
    return Meter(site, now)


def limited(threshold_w: int, *, disable: bool) -> Meter:
    meter = made()
    taken(meter, WriteLoadLimit(threshold_w, 60, 3_600, disable))
    return meter


def taken(meter: Meter, command: Command) -> None:
    outcome = meter.send(command, Sender.SUPPLIER)
    assert outcome.accepted, outcome


def year(meter: Meter) -> Meter:
    meter.advance(START + YEAR)
    return meter


def toggled(meter: Meter) -> Meter:
    """Open the supply at noon and close it an hour later, every day."""
    for day in range(365):
        noon = START + day * DAY
        meter.advance(noon)
        taken(meter, DisableSupply())
        meter.advance(noon + HOUR)
        taken(meter, EnableSupply())
    return year(meter)


def read_items(meter: Meter) -> Meter:
    for item in items.ITEMS:
        item.read(meter)
    return meter


def read_profile(meter: Meter) -> Meter:
    rows = metering.intervals(meter.records, meter.now, 395 * DAY // HALF_HOUR)
    metering.interval_energies(meter.site, meter.records, Channel.IMPORT, rows)
    metering.interval_statuses(meter.records, rows)
    return meter


def polled(meter: Meter) -> Meter:
    for _ in range(STEPS):
        meter.advance(meter.now + 100)
        meter.total_mwh(Channel.IMPORT)
    return meter


def cpu_ms(make: Callable[[], Meter], act: Callable[[Meter], Meter]) -> tuple[float, Meter]:
    """Give the least processor time of an act on a meter made for it, and that meter."""
    found = []
    for _ in range(RUNS):
        meter = make()
        began = time.process_time_ns()
        act(meter)
        found.append((time.process_time_ns() - began) / 1e6)
    return min(found), meter


def main() -> None:
    touched = toggled(made())
    stored = touched.state()

    def restored() -> Meter:
        return Meter(touched.site, touched.now, stored)

    def later() -> Meter:
        return made(START + YEAR)

    rows: list[tuple[str, Callable[[], Meter], Callable[[Meter], Meter]]] = [
        ("make a meter eleven years installed", made, lambda meter: Meter(meter.site, START)),
        ("a year, untouched", made, year),
        ("a year, load limit never reached", lambda: limited(6_900, disable=False), year),
        ("a year, load limit that tells", lambda: limited(500, disable=False), year),
        ("a year, load limit that disables", lambda: limited(500, disable=True), year),
        ("a year, supply off and on every day", made, toggled),
        ("read all items, untouched", later, read_items),
        ("read all items, after 730 switchings", restored, read_items),
        ("read the half-hour profile, untouched", later, read_profile),
        ("read the half-hour profile, after 730", restored, read_profile),
        ("restart from the state after 730", restored, lambda meter: Meter(meter.site, meter.now, stored)),
        (f"{STEPS:,} polls of a total, 100 ms apart", made, polled),
    ]
    print(f"{'task':<44}{'CPU ms':>10}{'entries':>10}{'runs':>8}{'state octets':>14}")
    for name, make, act in rows:
        cost, meter = cpu_ms(make, act)
        print(f"{name:<44}{cost:>10.2f}{len(meter.journal):>10}{len(meter.records.runs):>8}{len(meter.state()):>14}")


if __name__ == "__main__":
    main()

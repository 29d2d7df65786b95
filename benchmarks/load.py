"""Measure the load function: processor time per call, best of several runs, and ratios within one run.

python benchmarks/load.py
"""

import time
from collections.abc import Callable

import numpy as np

from emulator.device.electricity.mains import average_dv, voltage_dv
from emulator.device.instant import HALF_HOUR, instant
from emulator.device.load.load import Load, Shape, energies_of
from emulator.device.splitmix import output, stream, streams

START = instant(2025, 10, 1)
AT = instant(2026, 11, 22, 9, 41, 7)
HALF_HOURS = 18_960  # thirteen months
REGISTERS = 1_000_000


def cpu_us(call: Callable[[int], object], times: int, runs: int = 7) -> float:
    """Give the least processor time of one call, in microseconds."""
    found = []
    for _ in range(runs):
        began = time.process_time_ns()
        for n in range(times):
            call(n)
        found.append((time.process_time_ns() - began) / times / 1_000)
    return min(found)


def main() -> None:
    load = Load(stream(42, 7, "load"), Shape.DOMESTIC, 7_400_000)
    boundaries = START + np.arange(HALF_HOURS, dtype=np.int64) * HALF_HOUR
    keys = streams(42, np.arange(REGISTERS), "load")
    daily = np.random.default_rng(42).integers(2_000_000, 20_000_000, REGISTERS)
    rows = [
        ("one register, scalar", 1, cpu_us(lambda n: load.energy_mwh(AT - n * 987_654), 5_000)),
        ("one segment, scalar", 1, cpu_us(lambda n: load.segment(AT - n * 987_654), 5_000)),
        ("18,960 half hours, numpy", HALF_HOURS, cpu_us(lambda _: load.energies_mwh(boundaries), 50)),
        ("18,960 odd instants, numpy", HALF_HOURS, cpu_us(lambda _: load.energies_mwh(boundaries + 7), 50)),
        (
            "1,000,000 registers at one instant, numpy",
            REGISTERS,
            cpu_us(lambda n: energies_of(keys, daily, Shape.DOMESTIC, AT + n), 3),
        ),
        (
            "1,000,000 stream keys, numpy",
            REGISTERS,
            cpu_us(lambda n: streams(n, np.arange(REGISTERS), "load"), 3),
        ),
        ("one splitmix64 output, scalar", 1, cpu_us(lambda n: output(42, n), 20_000)),
        ("one voltage, scalar", 1, cpu_us(lambda n: voltage_dv(42, AT + n * 60_000), 5_000)),
        ("one half hour's mean voltage", 1, cpu_us(lambda n: average_dv(42, AT, AT + HALF_HOUR + n), 1_000)),
    ]
    scalar = rows[0][2]
    print(f"{'task':<44}{'CPU us':>12}{'ns each':>12}{'x scalar register':>20}")
    for name, count, cost in rows:
        print(f"{name:<44}{cost:>12.2f}{cost * 1_000 / count:>12.1f}{cost / count / scalar:>20.4f}")


if __name__ == "__main__":
    main()

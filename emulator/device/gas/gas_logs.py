"""The logs of a gas meter (functional reference 3.9): readings of its registers and account at moments of the past.

Nothing is stored for them but what no calendar explains. Volumes are whole litres, the third decimal of the index.
"""

from typing import NamedTuple

import numpy as np

from emulator.device import block_log
from emulator.device.gas.gas_energy import energies_mwh, energy_mwh
from emulator.device.gas.gas_records import GasRecords
from emulator.device.given_out import as_logged, log_stamps, without_holes
from emulator.device.household import Channel, Site
from emulator.device.instant import DAY, HALF_HOUR
from emulator.device.metering import (
    Intervals,
    interval_energies,
    interval_statuses,
    intervals,
    midnights,
    registers_at_each,
    run_at,
    snapshot_moments,
)
from emulator.device.money import account
from emulator.device.money.account_records import AccountSnapshot
from emulator.device.money.charges import MILLIONTHS, consumed
from emulator.device.records import BlockCounters, Registers


class HalfHour(NamedTuple):
    """What one half hour consumed, by the device clock's time at its end: litres, or Wh where the make has it so."""

    at: int
    value: int
    status: int


class Reading(NamedTuple):
    """The registers at a moment of the device clock: index, TOU registers (l), and block counters (Wh).

    Only the set that the tariff uses is there, the other one is empty.
    """

    at: int
    volume_l: int
    tou_l: tuple[int, ...] = ()
    blocks_wh: tuple[int, ...] = ()


class Billed(NamedTuple):
    """One entry of the billing data log: registers, and the account where it is known."""

    reading: Reading
    account: AccountSnapshot | None


def half_hours(site: Site, records: GasRecords, now: int, count: int | None = None) -> list[HalfHour]:
    """Give the newest half hours of the profile data log, oldest first; all that it holds unless told how many."""
    capacity = site.metering.import_profile_days * DAY // HALF_HOUR
    wanted = capacity if count is None else min(count, capacity)
    if site.profile.quirks.gas_day_lumped:
        return lumped(_half_hours(site, records, now, wanted + 2 * DAY // HALF_HOUR))[-wanted:]
    return _half_hours(site, records, now, wanted)


def lumped(rows: list[HalfHour]) -> list[HalfHour]:
    """Put each day's total into the first hour of the next day, and nothing elsewhere (device dossier 4.3, H10)."""
    totals: dict[int, int] = {}
    for row in rows:
        day = (row.at - 1) // DAY
        totals[day] = totals.get(day, 0) + row.value
    return [row._replace(value=_share(totals.get(row.at // DAY - 1, 0), row.at % DAY)) for row in rows]


def _share(total: int, since_midnight: int) -> int:
    if since_midnight == HALF_HOUR:
        return total // 2
    return total - total // 2 if since_midnight == 2 * HALF_HOUR else 0


def _half_hours(site: Site, records: GasRecords, now: int, count: int) -> list[HalfHour]:
    taken = recorded(records, intervals(records, now, count))
    held = without_holes(records, taken)
    if profile_unit(site) == "kWh":
        values = energies_mwh(site, records, held.true) // 1000 - energies_mwh(site, records, held.before) // 1000
    else:
        values = interval_energies(site, records, Channel.GAS, held)
    values, statuses = as_logged(site, values), interval_statuses(records, held)
    rows = zip(log_stamps(site, held.device).tolist(), values.tolist(), statuses.tolist(), strict=True)
    return [HalfHour(*row) for row in rows]


def recorded(records: GasRecords, held: Intervals) -> Intervals:
    """Leave out the half hours that ended without power: what flowed in them is in the first one after (2.9)."""
    power = records.power
    outages = power.outages if power.on else (*power.outages, (power.since, int(held.true[-1:].sum())))
    dark = np.zeros(len(held.true), dtype=np.bool_)
    for since, until in outages:
        dark |= (held.true > since) & (held.true <= until)
    if not dark.any():
        return held
    kept = held.chosen(np.flatnonzero(~dark))
    return Intervals(kept.device, kept.true, np.concatenate([kept.before[:1], kept.true[:-1]]))


def profile_unit(site: Site) -> str:
    """Say in what the make keeps its profile: m3 or kWh (annex H, gas_profile_unit)."""
    gas = site.profile.gas_device
    return "m3" if gas is None else gas.profile_unit


def daily_reads(site: Site, records: GasRecords, now: int) -> list[Reading]:
    """Give the daily read log: the registers at the midnights it holds, oldest first."""
    held = midnights(records, now, site.metering.daily_reads)
    counters = block_log.daily_counters(site, records, now)
    return _readings(site, records, log_stamps(site, held.device).tolist(), held.true.tolist(), counters)


def billing_log(site: Site, records: GasRecords, now: int) -> list[Billed]:
    """Give the billing data log: registers and account at the end of periods and before what changed a price."""
    moments = snapshot_moments(site, records, now)
    shown = [at + run_at(records.runs, at).clock_offset_ms for at in moments]
    accounts = {snapshot.at: snapshot for snapshot in account.snapshots(site, records, now)}
    readings = _readings(site, records, shown, moments, block_log.billing_counters(site, records, now))
    return [Billed(reading, accounts.get(at)) for at, reading in zip(moments, readings, strict=True)]


def today(site: Site, records: GasRecords, now: int) -> tuple[int, int]:
    """Give energy (mWh) and its cost (mp, at the present prices) since the device clock's midnight (3.8)."""
    shown_at = now + records.clock.offset_ms
    midnight = max(shown_at // DAY * DAY - records.clock.offset_ms, records.runs[0].since)
    lines = consumed(site, records, midnight, now)
    cost_mp = sum(line.energy_mwh * line.price_mp for line in lines) // MILLIONTHS
    return energy_mwh(site, records, now) - energy_mwh(site, records, midnight), cost_mp


def _readings(
    site: Site, records: GasRecords, shown: list[int], moments: list[int], counters: tuple[BlockCounters, ...]
) -> list[Reading]:
    registers = registers_at_each(site, records, moments)
    rows = zip(shown, registers, counters, strict=True)
    return [_reading(records, at, held, counted) for at, held, counted in rows]


def _reading(records: GasRecords, shown: int, held: Registers, counters: BlockCounters) -> Reading:
    volume_l = held.volume_ml // 1000
    if records.tariff.prices.by == "block":
        return Reading(shown, volume_l, blocks_wh=tuple(energy_mwh // 1000 for energy_mwh in counters.rows[0]))
    return Reading(shown, volume_l, tou_l=tuple(counted // 1000 for counted in held.tou))

"""The block counters of the billing data log and the daily read log (functional reference 2.9).

They are a closed form while thresholds and block periods stay as they are. What changes one of these first keeps the
counters of all entries so far, and of this very instant: an entry's values are those before any reset or new tariff.
"""

from emulator.device.household import Site
from emulator.device.metering import midnights, snapshot_moments
from emulator.device.money.charges import block_counters, block_period_start
from emulator.device.records import BlockCounters, MeterRecords
from emulator.device.step import Moment, Step, replace


def billing_counters(site: Site, records: MeterRecords, now: int) -> tuple[BlockCounters, ...]:
    """Give the block counters of each billing snapshot that the log still holds, oldest first."""
    return _counters(site, records, snapshot_moments(site, records, now))


def daily_counters(site: Site, records: MeterRecords, now: int) -> tuple[BlockCounters, ...]:
    """Give the block counters of each daily read that the log still holds, oldest first."""
    return _counters(site, records, midnights(records, now, site.metering.daily_reads).true.tolist())


def freeze(records: MeterRecords, _: object, moment: Moment) -> Step:
    """Keep the counters of the logs so far: what follows may begin them anew."""
    site, at = moment.site, moment.at
    daily = midnights(records, at, site.metering.daily_reads).true.tolist()
    wanted = sorted({*snapshot_moments(site, records, at), *daily, at})
    kept = _counters(site, records, wanted)
    return replace(records, billing=replace(records.billing, blocks=kept)), ()


def _counters(site: Site, records: MeterRecords, moments: list[int]) -> tuple[BlockCounters, ...]:
    frozen = {kept.at: kept for kept in records.billing.blocks}
    return tuple(frozen.get(at) or _at(site, records, at) for at in moments)


def _at(site: Site, records: MeterRecords, at: int) -> BlockCounters:
    """Read the counters at an instant; a period that ends there has not been left yet."""
    return BlockCounters(at, block_counters(site, records, at, block_period_start(records, at - 1)))

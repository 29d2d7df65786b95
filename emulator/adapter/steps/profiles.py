"""Steps of the profiles: 4.6.1, 4.8.1 to 4.8.3 and 4.10 (functional reference 10.7).

Entries are those whose stamp, as the device gives it, lies in the period, its ends included; oldest first. Of more than
a reply can hold the newest are kept, as a full log does.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeVar

from emulator.adapter.errand import Errand, Step
from emulator.adapter.steps.prices import cubic_metres, litres_of
from emulator.adapter.steps.tariffs import metering, wh_a_litre
from emulator.device.instant import DAY
from emulator.device.money.pricing import BLOCKS
from emulator.dlms.objects.logs import OTHER_PROFILE
from emulator.services.bodies import readings
from emulator.services.bodies.log_reads import LogRead
from emulator.services.body import Body
from emulator.services.codes import Why
from emulator.services.document import dated, instant_of

ACTIVE_ENTRIES: Final = 19_056
VOLTAGE_ENTRIES: Final = 4_320
NETWORK_ENTRIES: Final = 41
DAILY_ENTRIES: Final = 31
ML_A_LITRE: Final = 1_000
COUNT: Final = "count"
"""The unit of a number of times, as DLMS calls it."""
PART: Final = 100 * DAY
REACH: Final = 4 * PART
Row = tuple[Any, ...]
T = TypeVar("T")


async def entries(errand: Errand, name: str) -> list[Row]:
    """Read what of a log lies in the period that is asked for. Raises StepError."""
    body: LogRead = errand.body
    start, end = body.read_log_period.start_date_time, body.read_log_period.end_date_time
    return await errand.log(name, max(0, instant_of(start)), max(0, instant_of(end)))


async def long_entries(errand: Errand, name: str) -> list[Row]:
    """Read the same of a log of thousands of entries, a part after the other: each a step of its own.

    Such a log reaches back 13 months at most. What a device stamps beyond that, by a wrong clock, is in the first part
    or the last.
    """
    period = errand.body.read_log_period
    start, end = (max(0, instant_of(at)) for at in (period.start_date_time, period.end_date_time))
    rows: list[Row] = []
    today = errand.now // DAY * DAY
    borders = range(today - REACH, today + PART, PART)
    since = start
    for border in (*(border for border in borders if start < border <= end), end + 1):
        rows += await errand.log(name, since, border - 1)
        since = border
    return rows


def newest(rows: Sequence[T], most: int) -> tuple[T, ...]:
    """Keep the newest of too many entries."""
    return tuple(rows[-most:])


async def active(errand: Errand) -> Body:
    """4.8.1: what every half hour took, by the stamp of its end."""
    if errand.gas:
        return await _gas_half_hours(errand)
    rows = newest(await long_entries(errand, "import_profile"), ACTIVE_ENTRIES)
    made = (
        readings.ActiveImportEntry(
            timestamp=dated(at), electricity=readings.ElectricityHalfHour(primary_value=energy_wh)
        )
        for at, _, energy_wh in rows
    )
    return readings.ReadActiveImportProfileDataRsp(log_entry=tuple(made))


async def _gas_half_hours(errand: Errand) -> Body:
    unit = (await errand.read("profile_unit"))["profile_unit"]
    energy = await wh_a_litre(errand) if unit == "kWh" else None
    rows = newest(await long_entries(errand, "gas_profile"), ACTIVE_ENTRIES)
    made = (
        readings.ActiveImportEntry(
            timestamp=dated(at),
            gas=readings.GasHalfHour(primary_value=cubic_metres(value if energy is None else litres_of(value, energy))),
        )
        for at, _, value in rows
    )
    return readings.ReadActiveImportProfileDataRsp(log_entry=tuple(made))


async def reactive(errand: Errand) -> Body:
    """4.8.2: the reactive energy that every half hour took."""
    place = _places(errand, "interval_reactive_import")["interval_reactive_import"]
    rows = newest(await long_entries(errand, "other_profile"), readings.PROFILE_ENTRIES)
    made = (
        readings.ReactiveImportEntry(timestamp=dated(row[0]), reactive_energy_imported_value=row[place]) for row in rows
    )
    return readings.ReadReactiveImportProfileDataRsp(log_entry=tuple(made))


async def exported(errand: Errand) -> Body:
    """4.8.3: what every half hour exported, and its reactive energy where the make has that."""
    places = _places(errand, "interval_export")
    reactive_place = places.get("interval_reactive_export")
    rows = newest(await long_entries(errand, "other_profile"), readings.PROFILE_ENTRIES)
    made = (
        readings.ExportEntry(
            timestamp=dated(row[0]),
            active_energy_exported_value=row[places["interval_export"]],
            reactive_energy_exported_value=None if reactive_place is None else row[reactive_place],
        )
        for row in rows
    )
    return readings.ReadExportProfileDataRsp(log_entry=tuple(made))


def _places(errand: Errand, needed: str) -> dict[str, int]:
    """Give the place of each column of the second profile. Raises StepError where the make has none for `needed`."""
    columns = OTHER_PROFILE.columns(errand.profile)
    places = {column.object: place for place, column in enumerate(columns)}
    if needed not in places or not errand.profile.metering.other_profile_days:
        raise errand.refuse(Why.NOT_SUPPORTED, f"no log of this make has {needed}")
    return places


async def network(errand: Errand) -> Body:
    """4.10: of electricity the averages of the voltage and both counters; of gas the network's four hours."""
    if errand.gas:
        rows = newest(await entries(errand, "network_log"), NETWORK_ENTRIES)
        made = (
            readings.GasNetworkEntry(timestamp=dated(at), value=cubic_metres(round(Fraction(taken_ml, ML_A_LITRE))))
            for at, taken_ml in rows
        )
        return readings.ReadNetworkDataRsp(gas=readings.GasNetworkData(network_data_log=tuple(made)))
    read = await errand.read("average_over_voltage_count", "average_under_voltage_count", "average_voltage_period_s")
    over, under, period_s = read.values()
    rows = newest(await long_entries(errand, "voltage_profile"), VOLTAGE_ENTRIES)
    profile = readings.VoltageProfile(
        log_entry=tuple(readings.VoltageEntry(timestamp=dated(at), value=volts(value_dv)) for at, value_dv in rows),
        measurement_period=period_s,
    )
    data = readings.VoltageOperationalData(
        avg_rms_over_voltage_counter=readings.VoltageCounter(value=over, unit=COUNT),
        avg_rms_under_voltage_counter=readings.VoltageCounter(value=under, unit=COUNT),
        avg_rms_voltage_profile_data_log=profile,
    )
    return readings.ReadNetworkDataRsp(electricity=readings.ElectricityNetworkData(single_phase_esme=data))


def volts(value_dv: int) -> Decimal:
    """Give tenths of a volt as volts."""
    return Decimal(value_dv).scaleb(-1)


class GasReading(NamedTuple):
    """The registers of a gas meter in an entry of a log: index, and TOU registers or block counters."""

    at: int
    volume: Decimal
    tou: tuple[Decimal, ...]
    blocks: tuple[Decimal, ...]


def gas_reading(row: Row, rates: int, energy: Fraction | None) -> GasReading:
    """Read an entry; `energy` is what a litre counts as, None where the make has no blocks."""
    at, litres, *cells = row
    held = cells[rates] if energy is not None else ()
    counters = [cell.value for cell in held[0].value] if held else []
    blocks = tuple(cubic_metres(litres_of(energy_wh, energy)) for energy_wh in counters[:BLOCKS] if energy is not None)
    return GasReading(at, cubic_metres(litres), () if counters else tuple(map(cubic_metres, cells[:rates])), blocks)


async def gas_readings(errand: Errand, name: str) -> list[GasReading]:
    """Read a gas meter's registers from a log; counters are volumes by the present calorific value."""
    own = metering(errand)
    rows = await entries(errand, name)
    energy = await wh_a_litre(errand) if rows and own.blocks else None
    return [gas_reading(row, own.tou_registers, energy) for row in rows]


async def daily(errand: Errand) -> Body:
    """4.6.1: the registers at the midnights of the device's clock."""
    if errand.gas:
        of_gas = (
            readings.DailyReadEntry(
                timestamp=dated(one.at),
                gas=readings.GasDay(
                    gas_active_import_register_consumption=one.volume,
                    tariff_block_counter_matrix=one.blocks,
                    tariff_tou_register_matrix=one.tou,
                ),
            )
            for one in newest(await gas_readings(errand, "daily_reads"), DAILY_ENTRIES)
        )
        return readings.RetrieveImportDailyReadLogRsp(log_entry=tuple(of_gas))
    made = (
        readings.DailyReadEntry(
            timestamp=dated(at),
            electricity=readings.ElectricityDay(
                elec_active_import_register_consumption=total_wh, tariff_tou_register_matrix_value=tuple(tou_wh)
            ),
        )
        for at, total_wh, *tou_wh in newest(await entries(errand, "daily_reads"), DAILY_ENTRIES)
    )
    return readings.RetrieveImportDailyReadLogRsp(log_entry=tuple(made))


STEPS: Final[Mapping[str, Step]] = {
    "4.6.1": daily,
    "4.8.1": active,
    "4.8.2": reactive,
    "4.8.3": exported,
    "4.10": network,
}

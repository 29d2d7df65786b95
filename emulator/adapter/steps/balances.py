"""Steps of reading the account: 4.3, 4.13 and 4.18 (functional reference 10.7).

In credit mode the values of prepayment are those that the meter keeps.
"""

from collections.abc import Mapping
from datetime import UTC, time
from typing import Any, Final

import msgspec

from emulator.adapter.errand import Errand, Step
from emulator.adapter.steps.prepayment import POUND_MP
from emulator.adapter.steps.prices import at_scale, scale_for
from emulator.adapter.steps.supply_calendars import EVERY_YEAR, WEEKDAYS
from emulator.adapter.steps.tariffs import optional
from emulator.device.calendar import SwitchingTable
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import START, Day, Entry, NonDisablement
from emulator.services.bodies import calendars, money
from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.body import Body

DEBTS: Final = ("time_debt_1_mp", "time_debt_2_mp")
CALENDAR: Final = "non_disablement_calendar"
TERMS: Final = {
    "debt_recovery_per_payment": "payment_share",
    "disablement_threshold": "disablement_mp",
    "emergency_credit_limit": "emergency_limit_mp",
    "emergency_credit_threshold": "emergency_threshold_mp",
    "low_credit_threshold": "low_credit_mp",
    "credit_max_credit_threshold": "max_credit_mp",
    "max_credit_max_meter_balance": "max_balance_mp",
}
"""The items of 4.13, and where the device has them."""


async def prepayment(errand: Errand) -> Body:
    """4.3: balance, emergency credit and debts; a make without debts by time leaves those out."""
    read = await errand.read("emergency_credit_mp", "accumulated_debt_mp", "payment_debt_mp", "meter_balance_mp")
    debts = await optional(errand, *DEBTS)
    return money.ReadInstantaneousPrepayValuesRsp(
        emergency_credit_balance=read["emergency_credit_mp"],
        accumulated_debt_register=read["accumulated_debt_mp"],
        payment_debt_register=read["payment_debt_mp"],
        time_debt_register1=debts.get("time_debt_1_mp"),
        time_debt_register2=debts.get("time_debt_2_mp"),
        meter_balance=read["meter_balance_mp"],
    )


async def balance(errand: Errand) -> Body:
    """4.18: the balance of the mode that runs; gas tells that of prepayment mode too, where the make keeps both."""
    read = await errand.read("meter_balance_mp", "payment_mode")
    prepaid_mp = read["meter_balance_mp"]
    if errand.gas and read["payment_mode"] != Mode.PREPAYMENT.value:
        prepaid_mp = (await optional(errand, "other_mode_balance_mp")).get("other_mode_balance_mp")
    told = money.GasBalance(meter_balance_prepayment_mode=prepaid_mp) if errand.gas else None
    return money.ReadMeterBalanceRsp(meter_balance=read["meter_balance_mp"], gas=told)


async def configuration(errand: Errand) -> Body:
    """4.13: what 1.6, 2.1 and 2.3 set."""
    read = await errand.read(
        *TERMS.values(), "debt_cap_mp", "payment_mode", "suspend_debt_disabled", "suspend_debt_emergency"
    )
    more = await optional(errand, CALENDAR, "time_debts")
    held = msgspec.convert(more[CALENDAR], NonDisablement) if CALENDAR in more else None
    rates = more.get("time_debts") or [None, None]
    shared: dict[str, Any] = {name: read[item] for name, item in TERMS.items()}
    shared |= {name: bool(read[name]) for name in ("suspend_debt_disabled", "suspend_debt_emergency")}
    if errand.gas:
        first, second = (None if rate is None else gas_rate(rate) for rate in rates)
        of_gas = money.GasPrepayment(
            non_disablement_calendar=None if held is None or held.table is None else gas_calendar(held.table),
            debt_recovery1=first,
            debt_recovery2=second,
        )
        return money.ReadPrepaymentConfigurationRsp(debt_recovery_rate_cap=read["debt_cap_mp"], gas=of_gas, **shared)
    one, two = (None if rate is None else elec_rate(rate) for rate in rates)
    elec = money.ElectricityPrepayment(
        payment_mode=read["payment_mode"].capitalize(),
        non_disablement_calendar=None if held is None else elec_calendar(held),
        debt_recovery1=one,
        debt_recovery2=two,
    )
    cap, rest = divmod(read["debt_cap_mp"], POUND_MP)  # whole pounds, as 2.1 writes it
    cap_pounds = None if rest else cap
    return money.ReadPrepaymentConfigurationRsp(debt_recovery_rate_cap=cap_pounds, electricity=elec, **shared)


def gas_rate(held: Mapping[str, Any]) -> money.ReadGasDebtRecovery:
    """Give how a gas meter recovers a time debt."""
    return money.ReadGasDebtRecovery(
        debt_recovery_rate=held["rate_mp"], debt_recovery_rate_period=held["period"].upper()
    )


def elec_rate(held: Mapping[str, Any]) -> money.ReadElecDebtRecovery:
    """Give how an electricity meter recovers a time debt; a rate that fits no scale exactly is left out."""
    scale = scale_for([held["rate_mp"]])
    return money.ReadElecDebtRecovery(
        debt_recovery_rate=None if scale is None else at_scale(held["rate_mp"], scale),
        debt_recovery_rate_price_scale=scale,
        debt_recovery_rate_period=held["period"].upper(),
    )


def elec_calendar(held: NonDisablement) -> calendars.ReadElectricityCalendar:
    """Give a device's non-disablement calendar in the electricity form."""
    return calendars.ReadElectricityCalendar(
        electricity_special_days=tuple(ElecDate.of(one.year, one.month, one.day) for one in held.special_days),
        electricity_non_disablement_schedule=tuple(_entry(one) for one in held.entries),
    )


def _entry(one: Entry) -> calendars.ElectricityNonDisablementSchedule:
    return calendars.ElectricityNonDisablementSchedule(
        non_disablement_script="START" if one.action == "start" else "STOP",
        special_days_applicability=tuple(
            calendars.SpecialDayApplicability(special_day_id=number) for number in one.special_days
        ),
        days_of_week_applicability=tuple(
            calendars.DayOfWeekApplicability(day_of_week_id=WEEKDAYS[number - 1]) for number in one.weekdays
        ),
        schedule_dates_and_time=calendars.ScheduleDatesAndTime(
            switch_time=_time(one.minute), start_date=_date(one.first), end_date=_date(one.last)
        ),
    )


def gas_calendar(table: SwitchingTable) -> calendars.ReadGasCalendar:
    """Give a device's non-disablement calendar in the gas form."""
    return calendars.ReadGasCalendar(
        day_profiles=tuple(
            calendars.ReadGasDayProfile(
                gas_day_name=profile.id,
                time_start_action=tuple(
                    calendars.TimeStartAction(
                        start_time=_time(switch.minute),
                        non_disablement_action="START" if switch.rate == START else "STOP",
                    )
                    for switch in profile.switches
                ),
            )
            for profile in table.days
        ),
        week_profiles=tuple(
            calendars.GasNonDisablementWeekProfile(week_name=int(week.name), referenced_day_name=week.days)
            for week in table.weeks
        ),
        season_profiles=tuple(
            calendars.GasNonDisablementSeason(
                season_start_date=GasDate.of(season.year, season.month, season.day),
                referenced_week_name=int(season.week),
            )
            for season in table.seasons
        ),
        special_days=tuple(
            calendars.GasNonDisablementSpecialDay(
                date=GasDate.of(one.year, one.month, one.day), referenced_day_name=one.profile
            )
            for one in table.special_days
        ),
    )


def _time(minutes: int) -> time:
    return time(*divmod(minutes, 60), tzinfo=UTC)


def _date(on: Day) -> str:
    return f"{EVERY_YEAR if on.year is None else on.year:04}-{on.month:02}-{on.day:02}Z"


STEPS: Final[Mapping[str, Step]] = {"4.3": prepayment, "4.13": configuration, "4.18": balance}

"""The account and the prepayment configuration over the wire (10.7: 4.3, 4.13, 4.18)."""

import pytest
import tariff_bodies as made
from adapter_stages import play
from hypothesis import given
from hypothesis import strategies as st

from emulator.adapter.steps import balances, supply_calendars, tariff_reads
from emulator.conformance.case import Home
from emulator.device.calendar import SwitchingTable
from emulator.services.bodies import calendars
from emulator.services.bodies.dates import ElecDate, GasDate

PREPAID = Home(payment="prepayment", gas=True)
CREDIT = Home(gas=True)
AMOUNTS = {
    "EmergencyCreditBalance": "emergency_credit_mp",
    "AccumulatedDebtRegister": "accumulated_debt_mp",
    "PaymentDebtRegister": "payment_debt_mp",
}
BY_TIME = {"TimeDebtRegister1": "time_debt_1_mp", "TimeDebtRegister2": "time_debt_2_mp"}


@pytest.mark.parametrize("name", made.FAMILIES)
@pytest.mark.parametrize("home", [PREPAID, CREDIT])
def test_the_account_is_the_meters_own_in_either_mode(name, home):
    async def act(stage):
        own = AMOUNTS | (BY_TIME if stage.profile.prepayment.full else {})
        for device, asked_of in (("esme", "esme"), ("gsme", "gsme"), ("gsme", "gpf")):
            asked = await stage.ask("4.3", device=asked_of)
            if not stage.profile.prepayment.offered:
                stage.refused(asked, "not_supported")
            else:
                told = made.told(stage.done(asked))
                balance = told.pop("MeterBalance")
                assert told == {name: stage.truth(item, device) for name, item in own.items()}
                assert abs(balance - stage.truth("meter_balance_mp", device)) <= 1_000  # a mirror is minutes old
            told = made.told(stage.done(await stage.ask("4.18", device=asked_of)))
            assert abs(told["MeterBalance"] - stage.truth("meter_balance_mp", device)) <= 1_000
            assert ("Gas" in told) is (device == "gsme")

    if home.payment == "prepayment" and name == "itron-lite":
        home = CREDIT
    play(act, name, home)


def test_in_credit_mode_gas_tells_the_balance_of_prepayment_beside_it():
    async def act(stage):
        stage.done(await stage.ask("1.6", {"Credit": {}}, device="gsme", within="3h"))
        await stage.advance("1h")
        told = made.told(stage.done(await stage.ask("4.18", device="gsme")))
        assert told["Gas"]["MeterBalancePrepaymentMode"] == stage.truth("other_mode_balance_mp", "gsme")

    play(act, "elster-as300p", PREPAID)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_the_configuration_is_the_meters_own(name):
    async def act(stage):
        for device in ("esme", "gsme"):
            asked = await stage.ask("4.13", device=device)
            if not stage.profile.prepayment.offered:
                stage.refused(asked, "not_supported")
                continue
            told = made.told(stage.done(asked))
            assert told["EmergencyCreditLimit"] == stage.truth("emergency_limit_mp", device) == 500_000
            assert told["LowCreditThreshold"] == stage.truth("low_credit_mp", device)
            assert told["DisablementThreshold"] == stage.truth("disablement_mp", device)
            assert told["SuspendDebtDisabled"] is stage.truth("suspend_debt_disabled", device)
            own = told["Electricity" if device == "esme" else "Gas"]
            assert ("DebtRecovery1" in own) is stage.profile.prepayment.full
            if device == "esme":
                assert own["PaymentMode"] == "Prepayment"

    play(act, name, PREPAID if name != "itron-lite" else CREDIT)


def test_the_configuration_that_was_written_is_read_back():
    elec = {
        "DebtRecoveryRateCap": 30,
        "EmergencyCreditLimit": 300_000,
        "EmergencyCreditThreshold": 100_000,
        "LowCreditThreshold": 200_000,
        "ElectricityNonDisablementCalendar": {
            "ElectricitySpecialDays": [],
            "ElectricityNonDisablementSchedule": [
                {
                    "NonDisablementScript": script,
                    "SpecialDaysApplicability": [],
                    "DaysOfWeekApplicability": [{"DayOfWeekID": "Monday"}, {"DayOfWeekID": "Sunday"}],
                    "ScheduleDatesAndTime": {"SwitchTime": at, "StartDate": "65535-01-01Z", "EndDate": "65535-12-31Z"},
                }
                for script, at in (("START", "17:00:00Z"), ("STOP", "20:30:00Z"))
            ],
        },
        "MaxMeterBalance": 5_000_000,
        "MaxCreditThreshold": 1_000_000,
    }

    async def act(stage):
        stage.done(await stage.ask("2.1", {"UpdatePrepayConfigElectricity": elec}))
        told = made.told(stage.done(await stage.ask("4.13")))
        assert told["DebtRecoveryRateCap"] == 30
        assert told["MaxCreditMaxMeterBalance"] == 5_000_000
        assert told["CreditMaxCreditThreshold"] == 1_000_000
        schedule = told["Electricity"]["NonDisablementCalendar"]["ElectricityNonDisablementSchedule"]
        written = elec["ElectricityNonDisablementCalendar"]["ElectricityNonDisablementSchedule"]
        bare = [{key: value for key, value in one.items() if value} for one in written]
        assert [{key: value for key, value in one.items() if value} for one in schedule] == bare

    play(act, "elster-as300p", PREPAID)


@given(st.integers(0, 1439), st.integers(1, 12), st.integers(1, 28), st.none() | st.integers(2014, 2099))
def test_non_disablement_calendars_come_back_as_they_went(minute, month, day, year):
    entry = calendars.ElectricityNonDisablementSchedule(
        non_disablement_script="START",
        special_days_applicability=(calendars.SpecialDayApplicability(special_day_id=1),),
        days_of_week_applicability=(calendars.DayOfWeekApplicability(day_of_week_id="Friday"),),
        schedule_dates_and_time=calendars.ScheduleDatesAndTime(
            switch_time=made.at(minute), start_date=f"{year or 65535}-{month:02}-{day:02}Z", end_date="2099-12-31Z"
        ),
    )
    written = calendars.ElectricityNonDisablementCalendar(
        electricity_special_days=(calendars.ElecSpecialDay(date=ElecDate.of(year, month, day)),),
        electricity_non_disablement_schedule=(entry,),
    )
    back = balances.elec_calendar(supply_calendars.electricity(written))
    assert back.electricity_special_days == (ElecDate.of(year, month, day),)
    assert back.electricity_non_disablement_schedule == (entry,)
    gas = calendars.GasNonDisablementCalendar(
        day_profiles=(
            calendars.GasNonDisablementDayProfile(
                gas_day_name=5,
                time_start_action=(
                    calendars.TimeStartAction(start_time=made.at(minute), non_disablement_action="STOP"),
                ),
            ),
        ),
        week_profiles=(calendars.GasNonDisablementWeekProfile(week_name=2, referenced_day_name=(5,) * 7),),
        season_profiles=(
            calendars.GasNonDisablementSeason(season_start_date=GasDate.of(year, month, day), referenced_week_name=2),
        ),
        special_days=(calendars.GasNonDisablementSpecialDay(date=GasDate.of(None, month, day), referenced_day_name=5),),
    )
    table = supply_calendars.gas(gas).table
    told = balances.gas_calendar(table)
    assert told.day_profiles[0].time_start_action == gas.day_profiles[0].time_start_action
    assert told.week_profiles == gas.week_profiles
    assert told.season_profiles == gas.season_profiles
    assert told.special_days == gas.special_days


def test_prices_that_fit_no_scale_are_left_out_and_the_price_now_is_told_all_the_same():
    read = {
        "price_shape": "tou",
        "currency": "EUR",
        "standing_charge_mp": 53_123,
        "prices_mp": [35_123, 1],
        "active_price_mp": 35_123,
    }
    told = tariff_reads.electricity(SwitchingTable(), read, ())
    assert (told.primary_active_tariff_price, told.price_scale) == (35_123, -5)
    assert (told.tariff_tou_price_matrix, told.standing_charge, told.standing_charge_scale) == ((), None, None)
    assert (told.currency_units_label, told.currency_units_name) == ("ECB", "Millicent")

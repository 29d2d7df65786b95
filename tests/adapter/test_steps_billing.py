"""The billing logs and the billing calendar over the wire (10.7: 4.4, 6.2.3, 6.8)."""

from decimal import Decimal

import pytest
import tariff_bodies as made
from adapter_stages import play
from hypothesis import given
from hypothesis import strategies as st

from emulator.adapter.steps import billing as steps
from emulator.adapter.steps.supply_calendars import CalendarError
from emulator.conformance.case import Home
from emulator.device.calendar import PERIODS, BillingCalendar, billing_moments
from emulator.device.instant import DAY, MINUTE, parse, to_datetime
from emulator.services.bodies import billing
from emulator.services.body import Empty

WITH_GAS = Home(gas=True)
PREPAID = Home(payment="prepayment", gas=True)
MONTHS = st.builds(
    billing.BillingMonths, day_of_month=st.integers(1, 28), billing_period_start_month=st.integers(1, 12)
)
CALENDARS = st.one_of(
    st.builds(
        lambda at: billing.ElectricityBillingCalendar(billing_time=at, daily=Empty()), st.integers(0, 1439).map(made.at)
    ),
    *(
        st.builds(
            lambda at, value, word=word: billing.ElectricityBillingCalendar(billing_time=at, **{word: value}),
            st.integers(0, 1439).map(made.at),
            values,
        )
        for word, values in {
            "weekly": st.integers(1, 7),
            "monthly": st.integers(1, 28),
            "quarterly": MONTHS,
            "six_monthly": MONTHS,
            "yearly": MONTHS,
        }.items()
    ),
)


@given(CALENDARS)
def test_an_electricity_calendar_comes_back_as_it_went(written):
    assert steps.electricity_calendar(steps.device_calendar(written)) == written


@given(st.integers(0, 40_000), st.integers(0, 1439), st.sampled_from(list(steps.PERIODICITY)))
def test_a_gas_calendar_ends_periods_at_its_start_and_in_its_rhythm(day, minute, word):
    start = day * DAY + minute * MINUTE
    body = billing.GasBillingCalendar(billing_period_start=to_datetime(start), periodicity=word)
    held = steps.gas_calendar(body)
    assert steps.WORDS[held.period] == word
    if held.day <= 28:
        assert billing_moments(held, start - 1, start) == [start]


def test_a_time_that_is_no_whole_minute_is_refused():
    late = made.at(0).replace(second=1)
    with pytest.raises(CalendarError):
        steps.device_calendar(billing.ElectricityBillingCalendar(billing_time=late, daily=Empty()))
    with pytest.raises(CalendarError):
        steps.gas_calendar(billing.GasBillingCalendar(billing_period_start=to_datetime(1_000), periodicity="Daily"))


@pytest.mark.parametrize("period", PERIODS)
def test_an_entry_is_the_calendars_at_its_instants_alone(period):
    held = BillingCalendar(period)
    (first, *_) = billing_moments(held, 0, 400 * DAY)
    assert steps.ends(held, first)
    assert not steps.ends(held, first + 10)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_the_calendar_is_written_and_read_back(name):
    async def act(stage):
        for written in (
            {"BillingTime": "06:30:00Z", "Weekly": 3},
            {"BillingTime": "00:00:00Z", "SixMonthly": {"DayOfMonth": 5, "BillingPeriodStartMonth": 2}},
        ):
            stage.done(await stage.ask("6.8", {"ElectricityBillingCalendar": written}))
            told = made.told(stage.done(await stage.ask("6.2.3")))["BillingCalendar"]
            assert told == {"ElectricityBillingCalendar": written}
        assert stage.truth("billing_calendar") == "six-monthly on day 5 from month 2 at 00:00"
        gas = {"BillingPeriodStart": "2026-05-05T03:00:00Z", "Periodicity": "Monthly"}
        stage.done(await stage.ask("6.8", {"GasBillingCalendar": gas}, device="gsme", within="3h"))
        assert stage.truth("billing_calendar", "gsme") == "monthly on day 5 at 03:00"
        told = made.told(stage.done(await stage.ask("6.2.3", device="gsme")))["BillingCalendar"]
        assert told == {"GasBillingCalendar": gas}

    play(act, name, WITH_GAS)


def test_a_calendar_that_no_meter_holds_is_refused():
    async def act(stage):
        gas = {"BillingPeriodStart": "2026-01-31T03:00:00Z", "Periodicity": "Monthly"}
        stage.refused(await stage.ask("6.8", {"GasBillingCalendar": gas}, device="gsme"), "invalid_value")
        gas = {"BillingPeriodStart": "2026-12-05T03:00:00Z", "Periodicity": "Daily"}
        stage.refused(await stage.ask("6.8", {"GasBillingCalendar": gas}, device="gsme"), "not_supported")
        elec = {"BillingTime": "06:30:00Z", "Weekly": 3}
        stage.refused(await stage.ask("6.8", {"ElectricityBillingCalendar": elec}, device="gsme"), "invalid_value")
        elec = {"BillingTime": "06:30:30Z", "Weekly": 3}
        stage.refused(await stage.ask("6.8", {"ElectricityBillingCalendar": elec}), "invalid_value")

    play(act, "elster-as300p", WITH_GAS)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_what_ended_a_period_and_what_changed_the_tariff_are_told_apart(name):
    async def act(stage):
        stage.done(await stage.ask("6.8", {"ElectricityBillingCalendar": {"BillingTime": "00:00:00Z", "Daily": {}}}))
        changed = stage.truth("import_wh")
        stage.done(await stage.ask("1.1.1", made.update(elec=made.elec_tariff(), prices=made.elec_prices(tou=(10,)))))
        since = stage.now - 60_000
        await stage.advance("2d")
        body = made.period(since, stage.now)
        told = made.told(stage.done(await stage.ask("4.4.2", body)))["Electricity"]
        (entry,) = told["LogEntryConsumptionAndTariffRegistersData"]
        assert changed <= entry["ActiveImportRegisterConsumption"] <= changed + 1
        assert len(entry["TariffTOURegisterMatrixValue"]) == stage.profile.metering.tou_registers
        kept = stage.profile.prepayment.offered
        assert len(told.get("LogEntryPrepaymentData", ())) == int(kept)
        told = made.told(stage.done(await stage.ask("4.4.3", body)))["Electricity"]
        stamps = [parse(one["Timestamp"]) for one in told["ESMEBillingDataLogEntry"]]
        assert len(stamps) == 2
        assert all(at % DAY == 0 for at in stamps)
        assert len(told.get("ESMEBillingPrepaymentDataLogEntry", ())) == 2 * int(kept)

    play(act, name)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_bills_of_gas_are_the_meters_own(name):
    async def act(stage):
        body = made.period(stage.now - 500 * DAY, stage.now)
        told = made.told(stage.done(await stage.ask("4.4.3", body, device="gsme")))["Gas"]["GSMEBillingDataLogEntry"]
        held = stage.truth("billing_data_log", "gsme")
        assert [one["Timestamp"] for one in told] == [one["at"] for one in held]
        litres = [int(Decimal(one["ActiveImportRegisterValueConsumption"]) * 1000) for one in told]
        assert litres == [one["volume_l"] for one in held]
        assert stage.done(await stage.ask("4.4.2", body, device="gsme")).body == {"Gas": {}}

    play(act, name, WITH_GAS)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_top_ups_and_what_they_paid_of_a_debt_are_told(name):
    async def act(stage):
        body = made.period(stage.now - DAY, stage.now + DAY)
        if not stage.profile.prepayment.offered:
            for variant in ("4.4.4", "4.4.5"):
                stage.refused(await stage.ask(variant, body), "not_supported")
            return
        assert stage.done(await stage.ask("4.4.5", body)).body == {}
        rates = {"DebtRecoveryRate": 0, "DebtRecoveryRatePriceScale": -5, "DebtRecoveryRatePeriod": "DAILY"}
        debt = {
            "TimeDebtRegister1": 0,
            "TimeDebtRegister2": 0,
            "PaymentDebtRegister": 300_000,
            "DebtRecoveryPerPayment": 1_000,
            "ElecDebtRecovery1": rates,
            "ElecDebtRecovery2": rates,
        }
        stage.done(await stage.ask("2.3", debt))
        for value_mp in (1_000_000, 500_000):
            stage.done(await stage.ask("2.2", {"UTRN": stage.vend(value_mp)}))
        told = made.told(stage.done(await stage.ask("4.4.5", body)))["PrepaymentCredits"]
        assert [one["Amount"] for one in told] == [1_000_000, 500_000]
        told = made.told(stage.done(await stage.ask("4.4.4", body)))["PaymentBasedDebtRepayment"]
        assert [one["Amount"] for one in told] == [100_000, 50_000]

    play(act, name, PREPAID if name != "itron-lite" else WITH_GAS)

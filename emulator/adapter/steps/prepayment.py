"""Steps of prepayment: 1.5, 1.6, 2.1, 2.2, 2.3 and 2.5 (functional reference 10.7)."""

from collections.abc import Mapping
from typing import Final

from emulator.adapter import dates
from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.steps.supply_calendars import CalendarError, electricity, gas
from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    AdjustBalance,
    AdjustDebt,
    ResetBalance,
    SetPaymentMode,
    WritePrepaymentConfiguration,
)
from emulator.device.money.account_records import Mode
from emulator.services.bodies.money import (
    ElecDebtRecovery,
    PrepayConfigElec,
    TopUpDevice,
    UpdateDebt,
    UpdateMeterBalance,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
)
from emulator.services.body import Body, Done
from emulator.services.codes import Why

POUND_MP: Final = 100_000
TOKEN_FAILURES: Final[Mapping[str, Why]] = {
    "duplicate": Why.DUPLICATE,
    "wrong_device": Why.WRONG_DEVICE,
    "not_authentic": Why.NOT_AUTHENTIC,
    "check_digit": Why.NOT_AUTHENTIC,
    "locked_out": Why.LOCKED_OUT,
    "above_max_credit": Why.LIMIT_EXCEEDED,
    "above_max_balance": Why.LIMIT_EXCEEDED,
    "credit_mode": Why.CONFLICT_STATE,
}
TOKEN_DESCRIPTION: Final = 4
"""The attribute of the token gateway that says what became of the last code (IEC 62056-6-2, class 115)."""
_JUDGED: Final = frozenset({Why.REFUSED, Why.NOT_AUTHORISED, Why.CONFLICT_STATE})


async def balance(errand: Errand) -> Body:
    """1.5: change or reset the balance of the mode that runs; another mode is refused, and nothing is sent."""
    body: UpdateMeterBalance = errand.body
    wanted = Mode.PREPAYMENT if body.prepayment_mode is not None else Mode.CREDIT
    change = body.prepayment_mode or body.credit_mode
    assert change is not None
    running = (await errand.read("payment_mode"))["payment_mode"]
    if running != wanted.value:
        raise errand.refuse(Why.CONFLICT_STATE, f"the meter runs in {running} mode")
    amount_mp = change.adjust_meter_balance
    await errand.send(ResetBalance(wanted) if amount_mp is None else AdjustBalance(amount_mp, wanted))
    return Done()


async def mode(errand: Errand) -> Body:
    """1.6: the payment mode and its terms, now or at the date it says."""
    body: UpdatePaymentMode = errand.body
    at, terms = dates.at_device(errand), body.prepayment
    if terms is None:
        await errand.send(SetPaymentMode(Mode.CREDIT, at=at))
        return Done()
    await errand.send(
        SetPaymentMode(
            Mode.PREPAYMENT,
            suspend_disabled=terms.suspend_debt_disabled,
            suspend_emergency=terms.suspend_debt_emergency,
            disablement_mp=terms.disablement_threshold,
            at=at,
        )
    )
    return Done()


async def configure(errand: Errand) -> Body:
    """2.1: all values are replaced. The electricity cap is whole pounds (*assumed*: functional reference 2.5)."""
    body: UpdatePrepayConfiguration = errand.body
    given = body.update_prepay_config_gas if errand.gas else body.update_prepay_config_electricity
    if given is None:
        raise errand.refuse(Why.INVALID_VALUE, "the configuration is for the other fuel")
    try:
        if isinstance(given, PrepayConfigElec):
            calendar = electricity(given.electricity_non_disablement_calendar)
            cap_mp = given.debt_recovery_rate_cap * POUND_MP
        else:
            calendar, cap_mp = gas(given.gas_non_disablement_calendar), given.debt_recovery_rate_cap
    except CalendarError as error:
        raise errand.refuse(Why.INVALID_VALUE, str(error)) from error
    command = WritePrepaymentConfiguration(
        cap_mp=cap_mp,
        emergency_limit_mp=given.emergency_credit_limit,
        emergency_threshold_mp=given.emergency_credit_threshold,
        low_credit_mp=given.low_credit_threshold,
        max_balance_mp=given.max_meter_balance,
        max_credit_mp=given.max_credit_threshold,
        calendar=calendar if errand.profile.prepayment.full else None,
        at=dates.at_device(errand),
    )
    await errand.send(command)
    return Done()


async def top_up(errand: Errand) -> Body:
    """2.2: the meter judges the code; of a refusal it tells why at its token gateway."""
    body: TopUpDevice = errand.body
    try:
        await errand.send(AddCredit(body.utrn))
    except StepError as refused:
        if refused.why not in _JUDGED:
            raise
        told = await errand.attribute("token_gateway", TOKEN_DESCRIPTION)
        outcome = bytes(told.value[0].value).decode("ascii") if told.value else ""
        raise StepError(TOKEN_FAILURES.get(outcome, refused.why), refused.position, outcome or refused.detail) from None
    return Done()


async def debt(errand: Errand) -> Body:
    """2.3: signed changes of the three debts, and how they are recovered."""
    body: UpdateDebt = errand.body
    first, second = body.elec_debt_recovery1, body.elec_debt_recovery2
    if (first is None) is not errand.gas:
        raise errand.refuse(Why.INVALID_VALUE, "the recovery rates are for the other fuel")
    rates = [_rate_mp(errand, one) for one in (first, second)] if first is not None else []
    hourly = [one is not None and one.debt_recovery_rate_period == "HOURLY" for one in (first, second)]
    gas_rates = (body.gas_debt_recovery1, body.gas_debt_recovery2)
    if errand.gas:
        rates = [0 if one is None else one.debt_recovery_rate for one in gas_rates]
        hourly = [one is not None and one.debt_recovery_rate_period == "HOURLY" for one in gas_rates]
    by_time = body.time_debt_register1 or body.time_debt_register2 or any(rates)
    kept = not errand.profile.prepayment.full and not by_time
    command = AdjustDebt(
        time_1_mp=body.time_debt_register1,
        time_2_mp=body.time_debt_register2,
        payment_mp=body.payment_debt_register,
        rate_1_mp=None if kept else rates[0],
        rate_2_mp=None if kept else rates[1],
        hourly_1=None if kept else hourly[0],
        hourly_2=None if kept else hourly[1],
        payment_share=body.debt_recovery_per_payment,
    )
    await errand.send(command)
    return Done()


def _rate_mp(errand: Errand, given: ElecDebtRecovery | None) -> int:
    """Give a rate in millipence a period. Raises StepError for one that is no whole millipence."""
    if given is None:
        return 0
    power = given.debt_recovery_rate_price_scale + 5  # a pound is 10^5 millipence
    if power >= 0:
        return int(given.debt_recovery_rate * 10**power)
    whole, rest = divmod(given.debt_recovery_rate, 10**-power)
    if rest:
        raise errand.refuse(Why.INVALID_VALUE, "a recovery rate is no whole number of millipence")
    return int(whole)


async def emergency(errand: Errand) -> Body:
    """2.5: active after the command is a success, even if it was before (functional reference 10.5)."""
    try:
        await errand.send(ActivateEmergencyCredit())
    except StepError:
        told = (await errand.read("emergency_status"))["emergency_status"]
        if told not in {"activated", "in use"}:
            raise
    return Done()


STEPS: Final[Mapping[str, Step]] = {
    "1.5": balance,
    "1.6": mode,
    "2.1": configure,
    "2.2": top_up,
    "2.3": debt,
    "2.5": emergency,
}

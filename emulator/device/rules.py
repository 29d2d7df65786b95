"""The tables of rules: for every command and event, the rules it runs, in order. And the rules that act unasked.

Whatever touches money settles the account first and tests its thresholds last.
"""

from collections.abc import Callable
from typing import Any

from emulator.device import (
    account,
    clock,
    commands,
    configuration,
    future,
    load_limit,
    payment,
    supply,
    tariff,
    top_up,
)
from emulator.device.household import Site
from emulator.device.step import Due, Rule

Unasked = Callable[[Site, Any, int], Due | None]

# What a meter of either fuel does.
SHARED_RULES: dict[type, tuple[Rule, ...]] = {
    commands.DisableSupply: (supply.disable,),
    commands.ArmSupply: (supply.arm,),
    commands.SetClock: (account.settle, clock.set_clock, account.follow_clock),
    commands.ShiftClock: (account.settle, clock.shift_clock, account.follow_clock),
    commands.AlignClock: (account.settle, clock.align_clock, account.follow_clock),
    commands.PresetClock: (clock.preset_clock,),
    commands.ApplyPresetClock: (account.settle, clock.apply_preset_clock, account.follow_clock),
    commands.SetTariff: (account.settle, tariff.set_tariff, account.test),
    commands.WritePassiveTariff: (tariff.write_passive,),
    commands.ActivatePassiveTariff: (account.settle, tariff.activate_passive, account.test),
    commands.WriteSpecialDays: (account.settle, tariff.write_special_days, account.test),
    commands.SetPrices: (future.dated(account.settle, payment.set_prices, account.test),),
    commands.AdjustBalance: (account.settle, payment.adjust_balance, account.test),
    commands.ResetBalance: (account.settle, payment.reset_balance, account.test),
    commands.SetPaymentMode: (future.dated(account.settle, payment.set_mode, account.test),),
    commands.ResetBlockCounters: (account.settle, payment.reset_block_counters, account.test),
    commands.WritePrepaymentConfiguration: (account.settle, payment.write_configuration, account.test),
    commands.AddCredit: (account.settle, top_up.add_credit, account.test),
    commands.AdjustDebt: (account.settle, payment.adjust_debt, account.test),
    commands.ActivateEmergencyCredit: (account.settle, account.activate_emergency, account.test),
    commands.WriteBillingCalendar: (account.settle, configuration.write_billing_calendar, account.test),
    commands.ClearEventLog: (configuration.clear_event_log,),
    commands.ClearSecurityLog: (configuration.clear_security_log,),
    commands.UpdateSecurityCredentials: (configuration.update_credentials,),
    commands.ActivateSecurityPolicy: (configuration.activate_policy,),
    account.AccountStarts: (account.settle, account.start, account.test),
    account.AccountDue: (account.settle, account.change_calendar, account.test),
    tariff.TariffDue: (account.settle, tariff.activate_due, account.test),
    configuration.CountersReserved: (configuration.reserve_counters,),
    configuration.Associated: (configuration.note_association,),
    configuration.AuthenticationRejected: (configuration.note_rejection,),
    configuration.AccessRejected: (configuration.note_refusal,),
}

ELECTRICITY_RULES: dict[type, tuple[Rule, ...]] = {
    **SHARED_RULES,
    commands.EnableSupply: (supply.enable,),
    commands.RestoreSupply: (supply.restore,),
    commands.WritePowerThresholds: (configuration.write_power_thresholds,),
    commands.WriteLoadLimit: (load_limit.write,),
    commands.ResetLoadLimitCounter: (load_limit.reset_counter,),
    commands.ResetMaximumDemand: (configuration.reset_maximum_demand,),
    load_limit.LimitReached: (load_limit.reach,),
    load_limit.RestorationDue: (load_limit.restore,),
}
ELECTRICITY_RULES[future.FutureDue] = (future.performing(ELECTRICITY_RULES),)

# In this order where two are due at one instant.
SHARED_UNASKED: tuple[Unasked, ...] = (tariff.due, future.due, account.due)
ELECTRICITY_UNASKED: tuple[Unasked, ...] = (*SHARED_UNASKED, load_limit.due)

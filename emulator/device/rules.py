"""The tables of rules: for every command and event, the rules it runs, in order. And the rules that act unasked.

Whatever touches money settles the account first and tests its thresholds last.
"""

from collections.abc import Callable
from typing import Any

from emulator.device import (
    abilities,
    block_log,
    clock,
    commands,
    configuration,
    firmware_install,
    future,
    mishaps,
    schedules,
    self_check,
    supply,
    tamper,
    tariff,
    tenancy,
)
from emulator.device.display import face, face_entry
from emulator.device.electricity import load_limit, power, voltage
from emulator.device.household import Site
from emulator.device.money import account, account_change, payment, top_up
from emulator.device.money import mishaps as money_mishaps
from emulator.device.sms import answer
from emulator.device.step import Due, Rule

Unasked = Callable[[Site, Any, int], Due | None]

# What a meter of either fuel does.
SHARED_RULES: dict[type, tuple[Rule, ...]] = {
    commands.DisableSupply: (account.keep_up, supply.disable),
    commands.ArmSupply: (account.keep_up, supply.arm),
    commands.SetClock: (account.settle, clock.set_clock, account.follow_clock, account.test),
    commands.ShiftClock: (account.settle, clock.shift_clock, account.follow_clock, account.test),
    commands.AlignClock: (account.settle, clock.align_clock, account.follow_clock, account.test),
    commands.PresetClock: (clock.preset_clock,),
    commands.Commission: (account.settle, self_check.commission, account.follow_clock, account.test),
    self_check.FaultFound: (self_check.find_fault,),
    self_check.FirmwareTested: (self_check.verify_firmware,),
    self_check.FirmwareRuns: (self_check.run_firmware,),
    firmware_install.FirmwareOffered: (firmware_install.offer,),
    firmware_install.FirmwareVerification: (firmware_install.verify,),
    firmware_install.FirmwareActivation: (firmware_install.activate,),
    firmware_install.FirmwareDue: (firmware_install.finish,),
    firmware_install.FirmwareBreaks: (firmware_install.break_down,),
    firmware_install.MeterMended: (firmware_install.mend,),
    commands.ApplyPresetClock: (account.settle, clock.apply_preset_clock, account.follow_clock, account.test),
    commands.SetTariff: (abilities.able, account.settle, block_log.freeze, tariff.set_tariff, account.test),
    commands.WritePassiveTariff: (abilities.able, tariff.write_passive),
    commands.ActivatePassiveTariff: (account.settle, block_log.freeze, tariff.activate_passive, account.test),
    commands.WriteSpecialDays: (account.settle, tariff.write_special_days, account.test),
    commands.SetPrices: (
        abilities.able,
        future.dated(account.settle, block_log.freeze, payment.set_prices, account.test),
    ),
    commands.AdjustBalance: (account.settle, payment.adjust_balance, account.test),
    commands.ResetBalance: (account.settle, payment.reset_balance, account.test),
    commands.SetPaymentMode: (abilities.able, future.dated(account.settle, payment.set_mode, account.test)),
    commands.ResetBlockCounters: (
        abilities.able,
        account.settle,
        block_log.freeze,
        payment.reset_block_counters,
        account.test,
    ),
    commands.WritePrepaymentConfiguration: (
        abilities.able,
        future.dated(account.settle, payment.write_configuration, account.test),
    ),
    commands.AddCredit: (top_up.add_credit, account.test),
    commands.AdjustDebt: (abilities.able, account.settle, payment.adjust_debt, account.test),
    commands.ActivateEmergencyCredit: (abilities.able, account.settle, account.activate_emergency, account.test),
    commands.WriteBillingCalendar: (
        account.settle,
        block_log.freeze,
        configuration.write_billing_calendar,
        account.test,
    ),
    commands.ClearEventLog: (configuration.clear_event_log,),
    commands.ClearSecurityLog: (configuration.clear_security_log,),
    commands.SetSupplyNumber: (configuration.write_supply_number,),
    commands.LockOpticalPort: (configuration.lock_optical_port,),
    commands.UpdateSecurityCredentials: (configuration.update_credentials,),
    commands.ActivateSecurityPolicy: (configuration.activate_policy,),
    account.AccountStarts: (abilities.able, account.settle, block_log.freeze, account.start, account.test),
    account.AccountDue: (account.settle, account.change_calendar, account.test),
    tariff.TariffDue: (account.settle, block_log.freeze, tariff.activate_due, account.test),
    commands.SetTamperState: (tamper.set_state,),
    commands.RestrictData: (tenancy.restrict,),
    clock.ClockDrifts: (clock.drift,),
    mishaps.LoggingFails: (mishaps.stop_logging,),
    mishaps.LoggingWorks: (mishaps.resume_logging,),
    mishaps.KeysTaken: (mishaps.take_keys,),
    mishaps.KeysReturned: (mishaps.return_keys,),
    money_mishaps.FriendlyDebtBuilds: (account.settle, money_mishaps.build_debt, account.test),
    money_mishaps.FriendlyDebtEnds: (account.settle, money_mishaps.end_debt, account.test),
    money_mishaps.ModeReverts: (account.settle, money_mishaps.reverting(payment.set_mode), account.test),
    money_mishaps.ModeRighted: (account.settle, money_mishaps.righting(payment.set_mode), account.test),
    money_mishaps.LockLifted: (money_mishaps.lift_lock,),
    clock.ClockLost: (account.settle, clock.lose_time, account.test),
    clock.ClockSynchronised: (account.settle, clock.synchronise, account.follow_clock, account.test),
    clock.StrayDue: (account.keep_up, clock.stray),
    tamper.CoverOpened: (tamper.opened,),
    tamper.CoverClosed: (tamper.closed,),
    tamper.MalformedReceived: (tamper.malformed,),
    configuration.CountersReserved: (configuration.reserve_counters,),
    configuration.Associated: (configuration.note_association,),
    configuration.AuthenticationRejected: (configuration.note_rejection,),
    configuration.AccessRejected: (configuration.note_refusal,),
    face.FaceChanged: (face.take,),
    face.LocalCommand: (face.note_local,),
}

ELECTRICITY_RULES: dict[type, tuple[Rule, ...]] = {
    **SHARED_RULES,
    self_check.CurrentNoticed: (self_check.notice_current,),
    commands.EnableSupply: (account.keep_up, supply.enable),
    commands.RestoreSupply: (account.keep_up, supply.restore),
    commands.WritePowerThresholds: (configuration.write_power_thresholds,),
    commands.WriteLoadLimit: (abilities.able, future.dated(load_limit.write)),
    commands.ResetLoadLimitCounter: (abilities.able, load_limit.reset_counter),
    commands.ResetMaximumDemand: (configuration.reset_maximum_demand,),
    load_limit.LimitReached: (account.keep_up, load_limit.reach),
    load_limit.RestorationDue: (account.keep_up, load_limit.restore),
    mishaps.RegistersLost: (account.settle, block_log.freeze, mishaps.reset_registers, account.test),
    supply.SwitchJams: (account.keep_up, supply.jam),
    commands.WriteVoltageSettings: (abilities.able, voltage.write),
    commands.ResetVoltageCounters: (abilities.able, voltage.reset_counters),
    voltage.MainsDisturbed: (voltage.disturb,),
    commands.SetReadSchedule: (schedules.set_schedule,),
    commands.ClearReadSchedule: (schedules.clear_schedule,),
    commands.ChangeAccount: (abilities.able, future.dated(account.settle, account_change.change, account.test)),
    schedules.ReadDue: (schedules.take,),
    voltage.ExcursionDue: (voltage.tell,),
    power.MainsOff: (account.keep_up, power.lose),
    power.MainsOn: (account.settle, power.restore, account.follow_clock, account.test),
}
ELECTRICITY_RULES[future.FutureDue] = (future.performing(ELECTRICITY_RULES),)
ELECTRICITY_RULES[answer.TextReceived] = (answer.answering(ELECTRICITY_RULES),)
ELECTRICITY_RULES[face_entry.EntryLeft] = (face_entry.submitting(ELECTRICITY_RULES),)

# In this order where two are due at one instant.
SHARED_UNASKED: tuple[Unasked, ...] = (
    clock.due,
    tariff.due,
    future.due,
    account.due,
    face_entry.due,
    firmware_install.due,
)
ELECTRICITY_UNASKED: tuple[Unasked, ...] = (*SHARED_UNASKED, load_limit.due, voltage.due, schedules.due)

"""The table of rules: for every command and event, the rules it runs, in order. And the rules that act unasked."""

from collections.abc import Callable

from emulator.device import clock, commands, configuration, load_limit, supply, tariff
from emulator.device.household import Site
from emulator.device.records import Records
from emulator.device.step import Due, Rule

RULES: dict[type, tuple[Rule, ...]] = {
    commands.EnableSupply: (supply.enable,),
    commands.DisableSupply: (supply.disable,),
    commands.ArmSupply: (supply.arm,),
    commands.RestoreSupply: (supply.restore,),
    commands.SetClock: (clock.set_clock,),
    commands.ShiftClock: (clock.shift_clock,),
    commands.AlignClock: (clock.align_clock,),
    commands.PresetClock: (clock.preset_clock,),
    commands.ApplyPresetClock: (clock.apply_preset_clock,),
    commands.SetTariff: (tariff.set_tariff,),
    commands.WritePassiveTariff: (tariff.write_passive,),
    commands.ActivatePassiveTariff: (tariff.activate_passive,),
    commands.WriteSpecialDays: (tariff.write_special_days,),
    commands.WriteBillingCalendar: (configuration.write_billing_calendar,),
    commands.WritePowerThresholds: (configuration.write_power_thresholds,),
    commands.WriteLoadLimit: (load_limit.write,),
    commands.ResetLoadLimitCounter: (load_limit.reset_counter,),
    commands.ResetMaximumDemand: (configuration.reset_maximum_demand,),
    commands.ClearEventLog: (configuration.clear_event_log,),
    commands.ClearSecurityLog: (configuration.clear_security_log,),
    commands.UpdateSecurityCredentials: (configuration.update_credentials,),
    commands.ActivateSecurityPolicy: (configuration.activate_policy,),
    tariff.TariffDue: (tariff.activate_due,),
    load_limit.LimitReached: (load_limit.reach,),
    load_limit.RestorationDue: (load_limit.restore,),
    configuration.CountersReserved: (configuration.reserve_counters,),
    configuration.Associated: (configuration.note_association,),
    configuration.AuthenticationRejected: (configuration.note_rejection,),
    configuration.AccessRejected: (configuration.note_refusal,),
}

# In this order where two are due at one instant.
UNASKED: tuple[Callable[[Site, Records, int], Due | None], ...] = (tariff.due, load_limit.due)

"""The tables of rules of a gas meter: what every meter does, and what only gas does (functional reference 3).

There is no Enable Supply: a valve opens at the meter only. Whatever happens, the valve follows the supply last.
"""

from emulator.device import commands, future
from emulator.device.display import face_entry
from emulator.device.gas import battery, gas_settings, network_log, valve
from emulator.device.hub import command_queue
from emulator.device.money import account
from emulator.device.rules import SHARED_RULES, SHARED_UNASKED, Unasked
from emulator.device.step import Rule

_OF_GAS: dict[type, tuple[Rule, ...]] = {
    commands.RestoreSupply: (account.keep_up, valve.restore),
    commands.WriteGasConversion: (account.settle, gas_settings.write_conversion, account.test),
    commands.WriteGasFlow: (gas_settings.write_flow,),
    commands.RecordNetworkData: (network_log.record,),
    valve.ValveReached: (account.keep_up, valve.reach),
    valve.FlowMeasured: (account.keep_up, valve.judge),
    valve.EndOpened: (valve.open_end,),
    battery.BatteryRunsLow: (battery.run_low,),
    battery.BatteryRunsOut: (account.keep_up, battery.run_out),
    battery.BatteryRemoved: (account.keep_up, battery.remove),
    battery.BatteryReturned: (account.settle, battery.give_back, account.test),
    battery.BatteryReplaced: (account.settle, battery.fit, account.test),
}

GAS_RULES: dict[type, tuple[Rule, ...]] = {
    kind: (*chain, valve.follow) for kind, chain in {**SHARED_RULES, **_OF_GAS}.items()
}
GAS_RULES[future.FutureDue] = (future.performing(GAS_RULES),)
GAS_RULES[face_entry.EntryLeft] = (face_entry.submitting(GAS_RULES),)
GAS_RULES[command_queue.CarryOut] = (command_queue.carrying(GAS_RULES),)

# In this order where two are due at one instant.
GAS_UNASKED: tuple[Unasked, ...] = (*SHARED_UNASKED, valve.due, battery.due)

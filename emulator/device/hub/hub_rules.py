"""The tables of rules of a communications hub, and what it does unasked.

Whatever may change which wakes of the gas meter get through ends with the mirror; whatever may open a session or let a
device be heard ends with the alerts.
"""

from collections.abc import Callable
from typing import Any

from emulator.device import commands
from emulator.device.household import Site
from emulator.device.hub import (
    alert_queue,
    command_queue,
    enrolment,
    gas_mirror,
    han,
    hub_conduct,
    push_setup,
    wan,
    weather,
)
from emulator.device.sms import flight
from emulator.device.step import Due, Rule

Unasked = Callable[[Site, Any, int], Due | None]

_ENDS: tuple[Rule, ...] = (gas_mirror.follow_link, alert_queue.forward)

HUB_RULES: dict[type, tuple[Rule, ...]] = {
    commands.AddDevice: (han.add_device,),
    commands.RemoveDevice: (han.remove_device, *_ENDS),
    commands.RotateNetworkKey: (han.rotate_key, *_ENDS),
    commands.SetPushDestination: (push_setup.set_destination,),
    han.JoinAsked: (han.ask_to_join, *_ENDS),
    han.DeviceGone: (han.leave, *_ENDS),
    han.HanLinkLost: (han.lose_link, *_ENDS),
    han.HanLinkFound: (han.find_link, *_ENDS),
    han.KeyMissed: (han.miss_key, *_ENDS),
    weather.WeatherTurns: (weather.turn, *_ENDS),
    han.JoinWindowDue: (han.close_windows,),
    wan.HubPowerLost: (alert_queue.gasp, wan.power_lost, *_ENDS),
    wan.HubPowerRestored: (wan.power_restored, alert_queue.hold_after_cut, *_ENDS),
    wan.CoverageLost: (wan.coverage_lost,),
    wan.CoverageFound: (wan.coverage_found,),
    wan.SimChanged: (wan.change_sim,),
    wan.NetworkSelected: (wan.select_network,),
    wan.ApnChanged: (wan.change_apn,),
    wan.SmsReceived: (flight.receive,),
    flight.SmsSubmitted: (flight.submit,),
    flight.SmsComposed: (flight.compose,),
    flight.SmsDue: (flight.act,),
    flight.SmsRead: (flight.read,),
    wan.SessionUsed: (wan.use,),
    enrolment.WanSilenced: (enrolment.silence,),
    enrolment.WanServed: (enrolment.serve, alert_queue.forward),
    enrolment.AttemptsForgotten: (enrolment.forget, alert_queue.forward),
    enrolment.AttemptFailed: (enrolment.count,),
    wan.WanDue: (wan.act, alert_queue.forward),
    alert_queue.AlertArrived: (alert_queue.arrive, alert_queue.forward),
    alert_queue.AlertDue: (alert_queue.forward,),
    alert_queue.AlertTaken: (alert_queue.take, alert_queue.forward),
    alert_queue.AlertFailed: (alert_queue.fail, alert_queue.forward),
    gas_mirror.MirrorStands: (gas_mirror.stand,),
    gas_mirror.GasChanged: (gas_mirror.change,),
    command_queue.QueueForGas: (command_queue.queue_for_gas,),
    command_queue.GasWakesNext: (command_queue.expect,),
    command_queue.GasWakes: (command_queue.hand_out,),
    command_queue.HandedOver: (command_queue.forget,),
    command_queue.CommandEnded: (command_queue.remember,),
    hub_conduct.MisconductSeen: (hub_conduct.tell,),
}

# In this order where two are due at one instant.
HUB_UNASKED: tuple[Unasked, ...] = (han.due, weather.due, command_queue.due, wan.due, alert_queue.due, flight.due)

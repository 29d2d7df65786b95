"""The valve of a gas meter (functional reference 3.5 and 3.7): it opens at the meter only, and is tested as it does.

Once the consumer confirms, the valve opens, the flow settles for the stabilisation period and is averaged over the
measurement period. More than the uncontrolled gas flow rate means an open end: the valve closes and the supply stays
armed. Else the supply is enabled. What flows meanwhile is counted. What closes the valve is in `supply.py`.
"""

from emulator.device.commands import Reason, RestoreSupply
from emulator.device.gas.delivered_gas import device_of
from emulator.device.gas.gas_records import GasRecords, Opening, Valve
from emulator.device.happenings import UncontrolledFlow, ValveAsked, ValveOpening, ValveTurned
from emulator.device.household import Channel, Site
from emulator.device.instant import SECOND
from emulator.device.metering import begin_run, total_at
from emulator.device.records import Supply, Switch
from emulator.device.step import Due, Event, Moment, Refused, Step, replace
from emulator.device.supply import flows, move

_HOUR_S = 3_600
_RATE_ML_H = 100  # of one 1e-4 m3/h


class ValveReached(Event, frozen=True):
    """The valve that is being opened is open."""


class FlowMeasured(Event, frozen=True):
    """The measurement period is over."""


class EndOpened(Event, frozen=True):
    """Behind the meter a pipe stands open: gas leaves at a steady flow for some time, while the valve lets it."""

    flow_ml_h: int
    for_s: int


def due(_: Site, records: GasRecords, now: int) -> Due | None:
    """Say when the test of an opened valve goes on."""
    opening = records.valve.opening
    if opening is None:
        return None
    if opening.flowing:
        return Due(max(now, opening.judge_at), FlowMeasured())
    return Due(max(now, opening.open_at), ValveReached())


def restore(records: GasRecords, _: RestoreSupply, moment: Moment) -> Step:
    """Begin to open an armed valve; where the make wants the key twice, the second one within the time begins it."""
    valve, at, model = records.valve, moment.at, device_of(moment.site)
    if records.supply.switch is not Switch.ARMED:
        return Refused(Reason.CONFLICT_STATE, "the supply is not armed")
    if valve.opening is not None:
        return Refused(Reason.CONFLICT_STATE, "the valve is being opened")
    wait_ms = model.confirm_s * SECOND
    if wait_ms and (valve.asked_at is None or at > valve.asked_at + wait_ms):
        return replace(records, valve=replace(valve, asked_at=at)), (ValveAsked(at + wait_ms),)
    open_at = at + model.valve_travel_s * SECOND
    measure_at = open_at + records.flow.stabilisation_s * SECOND
    opening = Opening(open_at, measure_at, measure_at + records.flow.measurement_s * SECOND)
    return replace(records, valve=replace(valve, opening=opening, asked_at=None)), (ValveOpening(),)


def reach(records: GasRecords, _: ValveReached, moment: Moment) -> Step:
    """Let gas flow."""
    assert records.valve.opening is not None
    opening = replace(records.valve.opening, flowing=True)
    opened = replace(records, valve=replace(records.valve, opening=opening))
    return begin_run(moment.site, opened, moment.at, supplied=True), ()


def judge(records: GasRecords, _: FlowMeasured, moment: Moment) -> Step:
    """Enable the supply, or close the valve again (3.7). The flow is compared exactly, not as it is rounded to tell."""
    opening, runs = records.valve.opening, records.runs
    assert opening is not None
    first, last = (total_at(moment.site, runs, Channel.GAS, at) for at in (opening.measure_at, opening.judge_at))
    passed_ml, over_s = last - first, (opening.judge_at - opening.measure_at) // SECOND
    tested = replace(records, valve=replace(records.valve, opening=None))
    if passed_ml * _HOUR_S <= records.flow.uncontrolled_flow * _RATE_ML_H * over_s:
        return move(tested, moment, Supply(Switch.ENABLED))
    shut = begin_run(moment.site, tested, moment.at, supplied=flows(tested))
    return shut, (UncontrolledFlow(passed_ml * _HOUR_S // over_s),)


def follow(records: GasRecords, _: object, moment: Moment) -> Step:
    """After whatever moved the supply: end a test that it overtook, and turn the valve. The last rule of every event.

    Each turn costs the battery some of its life.
    """
    valve, site = records.valve, moment.site
    if records.supply.switch is not Switch.ARMED and (valve.opening or valve.asked_at is not None):
        valve = replace(valve, opening=None, asked_at=None)
        records = begin_run(site, replace(records, valve=valve), moment.at, supplied=flows(records))
    if records.flows is valve.open:
        return records, ()
    turned = replace(valve, open=records.flows, turned_at=moment.at, turns=valve.turns + 1)
    battery = replace(records.battery, spent_s=records.battery.spent_s + device_of(site).valve_turn_cost_s)
    return replace(records, valve=turned, battery=battery), (ValveTurned(turned.open),)


def open_end(records: GasRecords, event: EndOpened, moment: Moment) -> Step:
    """Let gas leave by an open end; 0 closes it."""
    until = moment.at + max(0, event.for_s) * SECOND
    return begin_run(moment.site, records, moment.at, open_end=(max(0, event.flow_ml_h), until)), ()


def position(site: Site, valve: Valve, now: int) -> str:
    """Say how the valve stands: open, closed, or turning."""
    if valve.opening is not None and not valve.opening.flowing:
        return "opening"
    if not valve.open and now < valve.turned_at + device_of(site).valve_travel_s * SECOND:
        return "closing"
    return "open" if valve.open else "closed"

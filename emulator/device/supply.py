"""Supply rules: the states of the load switch and every way between them (functional reference 2.8).

The valve of a gas meter has the same states and causes (3.5); only its opening differs (`valve.py`).
"""

from emulator.device.commands import ArmSupply, DisableSupply, EnableSupply, Reason, RestoreSupply
from emulator.device.happenings import Happening, SupplyArmed, SupplyChanged, SwitchFailed
from emulator.device.metering import M, begin_run
from emulator.device.records import Cause, MeterRecords, Supply, Switch
from emulator.device.step import Event, Moment, Refused, Step, replace

_SUPPLIER_LIFTS = Cause.SUPPLIER | Cause.TAMPER | Cause.DEPLETION


class SwitchJams(Event, frozen=True):
    """The load switch jams, or is free again."""

    jammed: bool


def enable(records: MeterRecords, _: EnableSupply, moment: Moment) -> Step:
    """Close the switch whatever opened it, except a tamper lock (10.7); already closed is a success without effect."""
    if Cause.TAMPER in records.supply.causes:
        return Refused(Reason.CONFLICT_STATE, "the supply is locked for tamper: arm it")
    return move(records, moment, Supply(Switch.ENABLED))


def disable(records: MeterRecords, _: DisableSupply, moment: Moment) -> Step:
    """Open the switch for the supplier's cause; the consumer cannot close it."""
    return shut(records, moment, Cause.SUPPLIER)


def arm(records: MeterRecords, _: ArmSupply, moment: Moment) -> Step:
    """Lift what a supplier may lift; the switch is armed when no cause is left. No effect on a closed switch."""
    if records.supply.switch is not Switch.DISABLED:
        return records, ()
    lifts = _SUPPLIER_LIFTS
    if moment.site.profile.prepayment.arm_overrides_credit:
        lifts |= Cause.CREDIT
    left = records.supply.causes & ~lifts
    if left and not records.supply.causes & lifts:
        return Refused(Reason.CONFLICT_STATE, f"the supply is still off for {names(left)}")
    if left:
        # The supplier's cause is gone all the same: once there is credit, the supply arms by itself.
        kept, happened = move(records, moment, Supply(Switch.DISABLED, left))
        return Refused(Reason.CONFLICT_STATE, f"the supply is still off for {names(left)}", happened, kept)
    return lift(records, moment, lifts)


def restore(records: MeterRecords, _: RestoreSupply, moment: Moment) -> Step:
    """Close an armed switch at the meter."""
    if records.supply.switch is not Switch.ARMED:
        return Refused(Reason.CONFLICT_STATE, "the supply is not armed")
    return move(records, moment, Supply(Switch.ENABLED))


def jam(records: MeterRecords, event: SwitchJams, moment: Moment) -> Step:
    """Jam the switch, or free it: what should have opened it meanwhile opens it then."""
    freed = replace(records, supply=replace(records.supply, jammed=event.jammed))
    if event.jammed or not freed.supply.causes or freed.supply.switch is not Switch.ENABLED:
        return freed, ()
    return move(freed, moment, Supply(Switch.DISABLED, freed.supply.causes))


def names(causes: Cause) -> str:
    """Name causes for people."""
    return ", ".join(str(cause.name).lower() for cause in causes)


def shut(records: M, moment: Moment, cause: Cause) -> tuple[M, tuple[Happening, ...]]:
    """Open the switch for one more cause."""
    return move(records, moment, Supply(Switch.DISABLED, records.supply.causes | cause))


def lift(records: M, moment: Moment, causes: Cause, by: str = "") -> tuple[M, tuple[Happening, ...]]:
    """Take causes away; an open switch without a cause is armed, and that is told."""
    left = records.supply.causes & ~causes
    if records.supply.switch is not Switch.DISABLED or left:
        return move(records, moment, Supply(records.supply.switch, left))
    armed, happened = move(records, moment, Supply(Switch.ARMED))
    return armed, (*happened, SupplyArmed(by))


def move(records: M, moment: Moment, supply: Supply) -> tuple[M, tuple[Happening, ...]]:
    """Take up a supply state; a closing or opening switch begins a new run of the registers.

    Whoever moves the switch ends the wait for it to come back by itself.
    """
    old = records.supply
    if (supply.switch, supply.causes) == (old.switch, old.causes):
        return records, ()
    if old.jammed and (old.switch is Switch.ENABLED) is not (supply.switch is Switch.ENABLED):
        return _failed(records, supply)
    changed = replace(records, supply=replace(supply, moved_at=moment.at, jammed=old.jammed))
    if old.switch is not supply.switch:
        changed = begin_run(moment.site, changed, moment.at, supplied=flows(changed))
    return changed, (SupplyChanged(supply.switch, supply.causes),)


def _failed(records: M, supply: Supply) -> tuple[M, tuple[Happening, ...]]:
    """Leave a jammed switch as it is (2.8); a closed one keeps in mind what should have opened it."""
    if supply.switch is Switch.ENABLED:
        return replace(records, supply=replace(records.supply, restore_at=None)), (SwitchFailed("connect"),)
    return replace(records, supply=replace(records.supply, causes=supply.causes)), (SwitchFailed("disconnect"),)


def flows(records: MeterRecords) -> bool:
    """Say whether anything can flow; a gas meter's valve is also open while it is tested (3.7)."""
    return records.flows

"""Supply rules: the states of the load switch and every way between them (functional reference 2.8)."""

from emulator.device.commands import ArmSupply, DisableSupply, EnableSupply, Reason, RestoreSupply
from emulator.device.journal import Happening, SupplyArmed, SupplyChanged
from emulator.device.metering import begin_run
from emulator.device.records import Cause, Records, Supply, Switch
from emulator.device.step import Moment, Refused, Step, replace


def enable(records: Records, _: EnableSupply, moment: Moment) -> Step:
    """Close the switch whatever opened it; already closed is a success without effect."""
    return move(records, moment, Supply(Switch.ENABLED))


def disable(records: Records, _: DisableSupply, moment: Moment) -> Step:
    """Open the switch for the supplier's cause; the consumer cannot close it."""
    return move(records, moment, Supply(Switch.DISABLED, records.supply.causes | Cause.SUPPLIER))


def arm(records: Records, _: ArmSupply, moment: Moment) -> Step:
    """Lift the supplier's cause; the switch is armed when no other is left. No effect on a closed switch."""
    if records.supply.switch is not Switch.DISABLED:
        return records, ()
    left = records.supply.causes & ~Cause.SUPPLIER
    if left:
        return Refused(Reason.CONFLICT_STATE, f"the supply is still off for {left!s}")
    armed, happened = move(records, moment, Supply(Switch.ARMED))
    return armed, (*happened, SupplyArmed())


def restore(records: Records, _: RestoreSupply, moment: Moment) -> Step:
    """Close an armed switch at the meter."""
    if records.supply.switch is not Switch.ARMED:
        return Refused(Reason.CONFLICT_STATE, "the supply is not armed")
    return move(records, moment, Supply(Switch.ENABLED))


def move(records: Records, moment: Moment, supply: Supply) -> tuple[Records, tuple[Happening, ...]]:
    """Take up a supply state; a closing or opening switch begins a new run of the registers.

    Whoever moves the switch ends the wait for the load limit's restoration; no power flowed while it was open, so load
    limiting begins afresh when it closes.
    """
    if supply == records.supply:
        return records, ()
    happened = (SupplyChanged(supply.switch, supply.causes),)
    was, now = (state.switch is Switch.ENABLED for state in (records.supply, supply))
    limit = replace(records.load_limit, restore_at=None)
    if now:
        limit = replace(limit, watching_since=moment.at, latched=False)
    changed = replace(records, supply=supply, load_limit=limit)
    if was != now:
        changed = begin_run(moment.site, changed, moment.at, supplied=now)
    return changed, happened

"""Homes under faults for the device tests: put one in, take it out, and hold one step against many and a restart."""

from device_sites import NOW, PROFILE, SUPPLIER
from display_sites import CHF, ESME, GSME, IHD, PPMID, home, prepaid, top_up_code

from emulator.device.commands import ArmSupply, DisableSupply, RotateNetworkKey
from emulator.device.configuration import AccessRejected
from emulator.device.display import customer
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import values
from emulator.device.faults.home_faults import FaultCleared, FaultPlanned
from emulator.device.faults.in_force import require
from emulator.device.firmware_install import FirmwareOffered
from emulator.device.hub.command_queue import queued
from emulator.device.hub.wan import unreachable
from emulator.device.installation import Installation
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.journal import DeviceName
from emulator.device.sms.flight import SmsSubmitted

HOME = DeviceName.HOME
STEP = 23 * MINUTE + 17 * SECOND


def whole_home(profile=PROFILE, **of_home):
    """Give a home with every device, its electricity meter in prepayment."""
    return prepaid(home(CHF, GSME, PPMID, IHD, profile=profile, **of_home))


def put_in(of, row, starts_at=None, stops_at=None, **given):
    """Put a fault of the catalogue into a home, now unless told when."""
    fault = find(row)
    require(fault, tuple(of.devices), of.premises.electricity.profile, "")
    at = of.now if starts_at is None else starts_at
    of.note(HOME, FaultPlanned(of.faults.records.seen + 1, fault.name, "", values(fault, given), at, stops_at))
    return of


def clear(of):
    """Take all faults out again."""
    of.note(HOME, FaultCleared())
    return of


def told(of, *kinds, since=0, device=None):
    """Give what the journal has of some kinds, from a number on."""
    return [
        entry.what
        for entry in of.journal
        if isinstance(entry.what, kinds) and entry.seq > since and device in {None, entry.device}
    ]


def when(of, kind, since=0):
    """Give the instants at which something of a kind happened."""
    return [entry.at for entry in of.journal if isinstance(entry.what, kind) and entry.seq > since]


def hub(of):
    """Give a home's hub."""
    return of.devices[CHF]


def reach(of):
    """Say why nothing reaches a home over the air; None if it does."""
    return unreachable(hub(of).records)


def lines(of, since=0):
    """Give the journal as plain values."""
    return [(entry.at, entry.device, entry.what) for entry in of.journal if entry.seq > since]


DAY_AT_HOME = (
    (2, lambda of: of.send(GSME, DisableSupply(), SUPPLIER)),
    (3, lambda of: of.note(CHF, queued(ArmSupply(), SUPPLIER))),
    (5, lambda of: customer.code(of, PPMID, top_up_code(of))),
    (7, lambda of: of.note(ESME, AccessRejected(16, ""))),
    (8, lambda of: of.note(CHF, SmsSubmitted("WAKE"))),
    (11, lambda of: customer.press(of, PPMID, ["ok", "ok"])),
    (12, lambda of: of.note(ESME, MainsOff())),
    (13, lambda of: of.note(ESME, MainsOn())),
    (15, lambda of: of.send(CHF, RotateNetworkKey(), SUPPLIER)),
    (17, lambda of: of.note(ESME, FirmwareOffered("TEST 8"))),
    (18, lambda of: of.note(GSME, AccessRejected(16, ""))),
)
"""What happens in a home besides, at hours after its start."""


def history(row, step, restarts_at=None, **given):
    """Give the journal of a day and a half with a fault in it for 20 hours, lived through in steps of a length."""
    of = put_in(whole_home(), row, NOW + HOUR, NOW + 21 * HOUR, **given)
    before, at, end = [], NOW, NOW + 36 * HOUR
    ahead = [(NOW + hour * HOUR, what) for hour, what in DAY_AT_HOME]
    while at < end:
        at = min([at + step, end, *(moment for moment, _ in ahead[:1])])
        of.advance(at)
        if ahead and ahead[0][0] == at:
            ahead.pop(0)[1](of)
        if restarts_at is not None and at >= restarts_at:
            before, restarts_at = before + lines(of), None
            of = Installation(of.premises, at, of.state())
    return before + lines(of), of


def differs_by_step(row, **given):
    """Say what is not the same in one step, in many, and in many with a restart while the fault is in force."""
    once, one = history(row, 36 * HOUR, **given)
    found = ["in many steps"] if history(row, STEP, **given)[0] != once else []
    again, other = history(row, STEP, restarts_at=NOW + 9 * HOUR, **given)
    found += ["over a restart"] if again != once else []
    found += [name for name, device in one.devices.items() if other.devices[name].records != device.records]
    return found + [fault.name for fault in one.faults.in_force]


def assert_steps_do_not_matter(row, **given):
    """Hold one step against many and a restart."""
    assert differs_by_step(row, **given) == []


def advance(of, by):
    """Move a home on."""
    of.advance(of.now + by)
    return of

"""The catalogue: every fault there is, a module a subject. A new one is a row in its module; nothing here changes."""

from difflib import get_close_matches

from emulator.device.faults import data, enrolment, firmware, han, link, mains, prepayment, wan
from emulator.device.faults.fault import Fault, FaultError

FAULTS: tuple[Fault, ...] = (
    *mains.FAULTS,
    *link.FAULTS,
    *wan.FAULTS,
    *firmware.FAULTS,
    *han.FAULTS,
    *data.FAULTS,
    *prepayment.FAULTS,
    *enrolment.FAULTS,
)
BY_NAME: dict[str, Fault] = {fault.name: fault for fault in FAULTS}


def find(name: str) -> Fault:
    """Find a fault by its name or by the reference's id for it. Raises FaultError."""
    found = BY_NAME.get(name) or next((fault for fault in FAULTS if fault.row and fault.row == name.upper()), None)
    if found is None:
        near = [one for one in BY_NAME if name and name.lower() in one] or get_close_matches(name.lower(), BY_NAME)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise FaultError(f"no fault is called {name!r}; {hint}`meterfarm fault ls` lists what there is")
    return found

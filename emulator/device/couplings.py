"""Couplings: what happens to one device of a home and reaches another at the same instant, as a table.

A coupling is a function of the devices as they stand and of an entry of the journal; it gives what reaches whom. It
changes nothing itself.
"""

from collections.abc import Mapping

from emulator.device.display import display_couplings
from emulator.device.faults import in_force
from emulator.device.happenings import Happening
from emulator.device.hub import hub_couplings
from emulator.device.reached import Coupling, Devices, Reached
from emulator.device.sms import sms_couplings

__all__ = ["COUPLINGS", "Coupling", "Devices", "Reached"]

Table = Mapping[type[Happening], tuple[Coupling, ...]]


def joined(*tables: Table) -> dict[type[Happening], tuple[Coupling, ...]]:
    """Lay tables over one another: what happens runs the couplings of all of them, in this order."""
    kinds = [kind for table in tables for kind in table]
    return {kind: tuple(one for table in tables for one in table.get(kind, ())) for kind in dict.fromkeys(kinds)}


COUPLINGS = joined(in_force.COUPLINGS, hub_couplings.COUPLINGS, display_couplings.COUPLINGS, sms_couplings.COUPLINGS)

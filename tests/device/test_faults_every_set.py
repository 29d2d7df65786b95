"""Faults of dossier 4.1 to 4.3 in every packaged set: each is put in or says why not, and service is back."""

import pytest
from display_sites import CHF, GSME, IHD, PPMID, home, prepaid
from fault_sites import clear, put_in, reach

from emulator.device.faults import firmware, han, wan
from emulator.device.faults.fault import FaultError
from emulator.device.instant import HOUR
from emulator.farm import library

ROWS = [fault.row for fault in (*wan.FAULTS, *firmware.FAULTS, *han.FAULTS)]


def whole(profile):
    """Give a home with every device that a set has."""
    there = {GSME: profile.gas_device, PPMID: profile.ppmid, IHD: profile.ihd}
    made = home(CHF, *(name for name, block in there.items() if block is not None), profile=profile)
    return made if profile.prepayment.level == "none" else prepaid(made)


@pytest.mark.parametrize("name", library.names())
def test_a_set_is_as_before_after_every_fault(name):
    profile, refused = library.packaged(name), []
    for row in ROWS:
        of = whole(profile)
        before = reach(of)
        try:
            put_in(of, row)
        except FaultError as error:
            refused.append(str(error))
            continue
        for after in (HOUR, 19 * HOUR):
            of.advance(of.now + after)
        clear(of)
        of.advance(of.now + 3 * HOUR)
        assert reach(of) is before, row
        assert of.faults.in_force == ()
        assert not of.esme.records.install.broken
    assert all("in this home" in why or "has no gas_device" in why for why in refused), refused
    assert len(refused) <= 10

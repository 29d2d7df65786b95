"""The packaged families by short names, and the electricity meter of each."""

from device_sites import NOW, meter

from emulator.device.household import Household
from emulator.device.meter import Meter
from emulator.device.readings import items_of
from emulator.farm import library

SECURE, E470, TOKENLESS = "secure-liberty100", "landis-gyr-e470", "landis-gyr-tokenless"
AS300P, AS330, ACLARA = "elster-as300p", "elster-as330-mixed", "aclara-sgm1411"
EDMI, ITRON = "edmi-es10a", "itron-lite"
EVERY = (SECURE, E470, TOKENLESS, AS300P, AS330, ACLARA, EDMI, ITRON)
POUND = 100_000


def of(name: str, now: int = NOW, household: Household | None = None) -> Meter:
    """Give the electricity meter of a packaged set."""
    home = household or Household(daily_import_wh=20_000)
    return meter(now, profile=library.packaged(name), household=home)


def keys(device: Meter) -> set[str]:
    return {item.key for item in items_of(device)}


def said(outcome) -> str:
    """A refusal has one clear clause, and no more."""
    assert outcome.detail
    assert "\n" not in outcome.detail
    return outcome.detail

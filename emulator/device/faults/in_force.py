"""What faults in force do to a home's devices: changes laid over their profile, and what happens at start and stop."""

from collections.abc import Collection, Iterator, Sequence

from emulator.device.faults.catalogue import BY_NAME
from emulator.device.faults.fault import Fault, FaultError, Moment, device_of, lacking
from emulator.device.faults.home_faults import Planned
from emulator.device.happenings import FaultStarted, FaultStopped, Happening
from emulator.device.journal import DeviceName, Entry
from emulator.device.overlay import overlaid
from emulator.device.profile import Profile
from emulator.device.reached import Coupling, Devices, Reached


def start(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let happen what a fault begins with."""
    assert isinstance(entry.what, FaultStarted)
    fault = BY_NAME.get(entry.what.name)
    if fault is not None:
        yield from fault.begins(_moment(fault, devices, entry))


def stop(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let happen what a fault ends with."""
    assert isinstance(entry.what, FaultStopped)
    fault = BY_NAME.get(entry.what.name)
    if fault is not None and not entry.what.remains:
        yield from fault.ends(_moment(fault, devices, entry))


def _moment(fault: Fault, devices: Devices, entry: Entry) -> Moment:
    what = entry.what
    assert isinstance(what, FaultStarted | FaultStopped)
    return Moment(devices, device_of(fault, what.on), what.given, entry.at)


def profile_under(profile: Profile, name: DeviceName, faults: Sequence[Planned]) -> Profile:
    """Give a device's profile as the faults in force change it; one put into another device leaves it alone.

    One that befalls its own device and no other reaches all that it reaches, whether that device was named or not.
    """
    for one in faults:
        fault = BY_NAME.get(one.name)
        if fault is None or (one.on and one.on != name and not fault.alone):
            continue
        changes = fault.changes(one.given)
        if changes:
            profile = overlaid(profile, changes)
    return profile


def require(fault: Fault, devices: Collection[DeviceName], profile: Profile, on: str) -> None:
    """Judge whether a fault can befall a home. Raises FaultError with the reason."""
    if fault.wholly_absent:
        raise FaultError(f"{fault.name} cannot be reproduced in software: {fault.absent}")
    if need := lacking(fault, profile):
        raise FaultError(f"{fault.name}: {profile.name} has no {need} (see `meterfarm profile show`)")
    if on and on not in set(DeviceName):
        raise FaultError(f"no device is called {on!r}; allowed: {', '.join(sorted(devices))}")
    if on and fault.alone and on != fault.target:
        whose = "the whole home" if fault.target == "home" else f"the {fault.target}"
        raise FaultError(f"{fault.name} befalls {whose}, not the {on}")
    if on and fault.meters and on not in {DeviceName.ESME, DeviceName.GSME}:
        raise FaultError(f"{fault.name} befalls a meter, not the {on}")
    name = device_of(fault, on)
    if name not in devices:
        raise FaultError(f"{fault.name}: there is no {name} in this home")


COUPLINGS: dict[type[Happening], tuple[Coupling, ...]] = {FaultStarted: (start,), FaultStopped: (stop,)}

"""Homes with a hub for the device tests: an electricity meter, its hub, and gas where asked for."""

import msgspec
from device_sites import NOW, PROFILE, SUPPLIER, site
from gas_sites import gas_site

from emulator.device import configuration
from emulator.device.installation import Installation, Premises
from emulator.device.journal import DeviceName

ESME, CHF, GSME = DeviceName.ESME, DeviceName.CHF, DeviceName.GSME
IHD_EUI64 = "00-24-7E-00-00-00-00-07"
CODE = "83FED3407A939723A5C639B26916D505"
CRC = "C3B5"
"""The install code and check octets printed in ZigBee Base Device Behavior 1.0, 10.1.1."""


def hub_profile(**blocks):
    """Give the packaged profile with keys of the hub's blocks replaced: hub_profile(wan={"mode": "wake_on_sms"})."""
    changed = {name: msgspec.structs.replace(getattr(PROFILE, name), **keys) for name, keys in blocks.items()}
    return msgspec.structs.replace(PROFILE, **changed)


def home(now=NOW, *, gas=False, seed=77, state=None, **blocks):
    """Give a home with a hub at an instant."""
    profile = hub_profile(**blocks)
    fitted = site(profile=profile, seed=seed)
    sites = {ESME: fitted, CHF: fitted}
    if gas:
        sites[GSME] = gas_site(profile=profile, seed=seed)
    return Installation(Premises(sites), now, state)


def hub(of):
    """Give a home's hub."""
    return of.devices[CHF]


def raise_alert(of, detail="", at=None, device=ESME):
    """Have a meter raise an Unauthorised Access Alert, one of the 13."""
    of.note(device, configuration.AccessRejected(16, detail), at)


def told(of, *kinds, since=0):
    """Give what the journal has of some kinds."""
    return [entry.what for entry in of.journal if isinstance(entry.what, kinds) and entry.seq > since]


def when(of, kind):
    """Give the instants at which something of a kind happened."""
    return [entry.at for entry in of.journal if isinstance(entry.what, kind)]


def send(of, device, command, at=None, sender=SUPPLIER):
    """Send a command to a device, and give the outcome."""
    return of.send(device, command, sender, at)

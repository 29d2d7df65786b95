"""Whether a set offers a service: what its profile declares, and on whose word. Undeclared is unknown."""

from typing import Literal, NamedTuple

from emulator.device.profile import Profile
from emulator.device.profiles.profile_block import claim
from emulator.services.row import Service, Target

Standing = Literal["offered", "not offered", "unknown"]


_LISTS: tuple[tuple[str, Standing], ...] = (
    ("without", "not offered"),
    ("lacks", "not offered"),
    ("elective", "offered"),
    ("offers", "offered"),
)


class Offered(NamedTuple):
    """How it stands with a service at a set, and whether that is assumed."""

    standing: Standing
    assumed: bool
    why: str


def offered(profile: Profile, service: Service, target: Target) -> Offered:
    """Say whether a set offers a service at a kind of device."""
    if not service.targets & target:
        return Offered("not offered", assumed=False, why=f"{service.variant} is not for this kind of device")
    if target is Target.D:
        return Offered("offered", assumed=False, why="the national service's own")
    if target in {Target.G, Target.P} and profile.gas_metering is None:
        return Offered("not offered", assumed=False, why="the set has no gas meter")
    declared = profile.services
    if declared is None:
        return Offered("unknown", assumed=True, why="the profile has no block of services")
    names = {service.variant, f"{service.variant}/{target.name}"}
    for key, standing in _LISTS:
        if names & set(getattr(declared, key)):
            said = claim(declared, key)
            return Offered(standing, said.provenance == "assumed", said.source)
    return Offered("unknown", assumed=True, why="neither among what it offers nor among what it lacks")

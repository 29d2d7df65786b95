"""What an adapter has not written yet: the family offers it, and the adapter answers not_supported.

Who refuses all of a service shows nothing of what it would refuse: that is no refusal as a negative case wants it.
"""

from typing import TYPE_CHECKING, Final

from emulator.services.catalogue import UnknownServiceError, find
from emulator.services.codes import Why
from emulator.services.offered import offered
from emulator.services.row import Target

if TYPE_CHECKING:
    from emulator.conformance.stage import Asked, Stage

_AT: Final = {"": Target.D, "esme": Target.E, "gsme": Target.G, "gpf": Target.P, "chf": Target.H}


def unwritten(stage: "Stage", asked: "Asked") -> str:
    """Say that an adapter has not got what the family offers; "" where that is not so."""
    if asked.reason != Why.NOT_SUPPORTED:
        return ""
    try:
        service = find(asked.request.service_reference_variant)
    except UnknownServiceError:
        return ""
    for device, target in _AT.items():
        try:
            found = stage.eui(device) == asked.request.target
        except KeyError:
            continue  # the home has none
        if found and offered(stage.profile, service, target).standing == "offered":
            where = device or "the national service"
            told = f"the family offers {service.variant} ({where}), and the adapter says that it does not"
            return f"{asked.code} not_supported: {told}"
    return ""

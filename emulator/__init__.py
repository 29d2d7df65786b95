"""Meterfarm: emulated first-generation (SMETS1) British smart meters, on the wire as real ones are.

async with Farm.start(profile="elster-as300p", homes=1, seed=7) as farm: ...
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.farm.farm import Farm as Farm
    from emulator.headend import HeadEnd as HeadEnd
    from emulator.virtual_home import VirtualHome as VirtualHome

__all__ = ["Farm", "HeadEnd", "VirtualHome"]


def __getattr__(name: str) -> Any:
    """Import on first use: a command line that only prints help need not load numpy."""
    if name == "Farm":
        from emulator.farm.farm import Farm  # noqa: PLC0415

        return Farm
    if name == "HeadEnd":
        from emulator.headend import HeadEnd  # noqa: PLC0415

        return HeadEnd
    if name == "VirtualHome":
        from emulator.virtual_home import VirtualHome  # noqa: PLC0415

        return VirtualHome
    raise AttributeError(name)

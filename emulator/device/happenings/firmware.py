"""What happens to an image that is offered to a meter, and to a meter that an image broke."""

from emulator.device.happenings.happening import Happening


class FirmwareUpgrade(Happening, frozen=True):
    """A step of an upgrade: `kind` is started, completed, failed or rejected, `reason` the same as a number.

    `user` says by which port and whom: 8 in the high nibble is the WAN, 9 the optical port, 0 unknown (dossier F8).
    """

    kind: str
    reason: int
    user: int
    version: str
    part: str = ""
    detail: str = ""


class FirmwareActivating(Happening, frozen=True):
    """A meter begins to run another version: it starts anew, until an instant."""

    version: str
    until: int
    cuts_hub: bool = False


class MeterBroken(Happening, frozen=True):
    """A meter does nothing any more but show a version on its display."""

    version: str


class MeterRepaired(Happening, frozen=True):
    """A broken meter works again."""


FIRMWARE = FirmwareUpgrade | FirmwareActivating | MeterBroken | MeterRepaired

"""The profile's block of the optical port: what it offers by IEC 62056-21, when it is live, what a readout holds."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_block import Block

Mode = Literal["C", "E"]
Readable = Literal[
    "serial",
    "firmware",
    "clock",
    "import_wh",
    "tou_wh",
    "export_wh",
    "reactive_import_varh",
    "reactive_export_varh",
    "maximum_demand_w",
    "import_w",
    "export_w",
    "voltage_dv",
    "current_ma",
    "power_factor_thousandths",
    "frequency_chz",
    "supply_state",
    "volume_l",
    "tou_l",
]
"""The data items that have a short code (`emulator.dlms.optical_codes`)."""

READOUT: tuple[Readable, ...] = (
    *("serial", "firmware", "clock", "import_wh", "tou_wh", "export_wh", "maximum_demand_w"),
    *("import_w", "voltage_dv", "supply_state", "volume_l", "tou_l"),
)


class Optical(Block, frozen=True, kw_only=True):
    """An optical port (device dossier 3.10): mode C is readout and programming, mode E the way to HDLC.

    It names itself with the FLAG letters, the highest baud it offers (digits 0 to 6 are 300 to 19,200) and an
    `identification`, the model where that is empty. An answer begins `reaction_ms` after the question, 200 at the
    least, or 20 with `fast_reaction`, which a lower-case third letter announces. With a `window_s` the port is live
    only that long after a key press. Items of the readout that a meter does not have are left out of it.
    """

    modes: Annotated[tuple[Mode, ...], Meta(min_length=1, max_length=2)] = ("C", "E")
    identification: Annotated[str, Meta(pattern=r"^[ -~]{0,16}$")] = ""
    baud_digit: Annotated[int, Meta(ge=0, le=6)] = 5
    reaction_ms: Annotated[int, Meta(ge=20, le=1_500)] = 250
    fast_reaction: bool = False
    window_s: Annotated[int, Meta(ge=0, le=3_600)] = 0
    lockable: bool = False
    readout: tuple[Readable, ...] = msgspec.field(default=READOUT)

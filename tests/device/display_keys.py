"""Two user interfaces as data, from what customers of two makers were told: a keypad, and two buttons."""

import msgspec
from device_sites import PROFILE

from emulator.device.profiles.profile_display import Interface, Page

# A keypad of twelve keys with the pages, keys and words of a maker's customer guide (device dossier 3.1).
KEYPAD = Interface(
    provenance="document",
    source="device dossier 3.1",
    kind="keypad",
    idle_s=20,
    menus={
        "main": (Page("clock"),),
        "1": (Page("day", "TODAY"), Page("yesterday", "YESTERDAY")),
        "5": (Page("debt", "DEBT"),),
        "6": (Page("tariff", "TARIFF"), Page("standing", "ST CHRG"), Page("rates", "IMP R0{n}")),
        "7": (Page("balance", "BALANCE"), Page("emergency", "EMERGENCY")),
        "9": (Page("total", "IMP KWH"),),
    },
    keys={
        "pages": {
            **{key: (f"open {key}",) for key in ("1", "5", "6", "7", "9")},
            "0": ("home",),
            "A": ("ask enable", "emergency", "code"),
            "B": ("mute", "back"),
        },
        "entry": {"A": ("erase",), "B": ("submit",)},
        "asked": {"B": ("confirm",), "A": ("cancel",)},
    },
    words={"code": "Vend Mode", "enable": "READY: press A then B", "enable_question": "Press B"},
)
# Two buttons: one steps a digit, the other moves on (device dossier 3.2).
BUTTONS = Interface(
    provenance="document",
    source="device dossier 3.2",
    words={
        "enable": "Press B for Elec",
        "enable_question": "En Supply, A = No, B = Yes",
        "rejected": "Invalid Code",
    },
)
KEYPAD_PROFILE = msgspec.structs.replace(PROFILE, display=KEYPAD)
BUTTONS_PROFILE = msgspec.structs.replace(
    PROFILE,
    display=BUTTONS,
    prepayment=msgspec.structs.replace(PROFILE.prepayment, words={"duplicate": "Credit Already Used"}),
)

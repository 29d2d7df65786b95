"""The profile's blocks of what people see and press: a meter's own display, an in-home display, a PPMID.

A display is data: pages in menus, what each key does in each state, and the words of the make. The generic ones here
are *assumed*; a make's block replaces what it knows better (device dossier 3.1 to 3.9).
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_block import Block, Text

Field = Literal[
    "total", "rates", "blocks", "power", "ambient", "price", "tariff", "standing", "currency", "mode", "balance", "due",
    "emergency", "debt", "debt_1", "debt_2", "payment_debt", "to_clear", "last_vends", "vend_counts", "friendly",
    "supply", "clock", "day", "yesterday", "week", "last_week", "month", "last_month", "days_left", "export",
    "message", "updated", "serial", "firmware",
]  # fmt: skip
"""What a page can show."""

Word = Literal[
    "on", "off", "ready", "enable", "enable_question", "emergency_question", "code", "accepted", "rejected", "held",
    "done", "refused", "emergency_offered", "emergency_in_use", "emergency_exhausted", "low_credit", "no_credit",
    "friendly", "overload", "locked", "not_used", "low", "medium", "high", "stale", "waiting", "credit", "prepayment",
    "battery",
]  # fmt: skip
"""What a display says in a make's own words."""

State = Literal["pages", "entry", "asked"]
Action = Annotated[
    str,
    Meta(
        pattern="^(next|back|home|open [a-z0-9_]+|code|digit up|digit on|erase|submit|ask enable|enable|ask emergency"
        "|emergency|confirm|cancel|mute)$"
    ),
]
Key = Annotated[str, Meta(pattern=r"^[0-9A-Za-z*#+-]{1,16}$")]


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page: what it shows under which label ({n} counts the pages of a register set), of which fuel's meter."""

    shows: Field
    label: Annotated[str, Meta(max_length=24)] = ""
    fuel: Literal["electricity", "gas"] | None = None


MENUS: dict[str, tuple[Page, ...]] = {
    "main": (
        Page("total", "Total"),
        Page("rates", "Rate {n}"),
        Page("blocks", "Block {n}"),
        Page("balance", "Balance"),
        Page("emergency", "Emergency credit"),
        Page("debt", "Debt"),
        Page("due", "Amount due"),
        Page("price", "Price now"),
        Page("standing", "Standing charge"),
        Page("friendly", "Friendly credit"),
        Page("supply", "Supply"),
        Page("clock", "Time"),
    )
}
KEYS: dict[State, dict[Key, tuple[Action, ...]]] = {
    "pages": {"A": ("next",), "A-hold": ("code",), "B": ("ask enable", "ask emergency", "back"), "B-hold": ("home",)},
    "entry": {"A": ("digit up",), "B": ("digit on",), "B-hold": ("submit",), "A-hold": ("cancel",)},
    "asked": {"A": ("cancel",), "B": ("confirm",)},
}
WORDS: dict[Word, str] = {
    "on": "ON",
    "off": "OFF",
    "ready": "READY",
    "enable": "Press B to reconnect",
    "enable_question": "Reconnect? A = No, B = Yes",
    "emergency_question": "Take emergency credit? A = No, B = Yes",
    "code": "Enter code",
    "accepted": "Added {amount}",
    "rejected": "Rejected",
    "held": "Will be sent",
    "done": "Done",
    "refused": "Not possible",
    "emergency_offered": "EMERGENCY AVAILABLE",
    "emergency_in_use": "EMERGENCY IN USE",
    "emergency_exhausted": "EMERGENCY USED UP",
    "low_credit": "LOW CREDIT",
    "no_credit": "NO CREDIT",
    "friendly": "F",
    "overload": "OVERLOAD",
    "locked": "Key Locked",
    "not_used": "Not Used",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "stale": "No connection since {at}",
    "waiting": "Waiting for data",
    "credit": "Credit",
    "prepayment": "Prepayment",
    "battery": "BATTERY",
}
IN_HOME_WORDS: dict[Word, str] = {
    "enable_question": "Switch the supply on? OK = Yes",
    "emergency_question": "Take emergency credit? OK = Yes",
}
IN_HOME_MENUS: dict[str, tuple[Page, ...]] = {
    "main": (
        Page("power", "Now"),
        Page("ambient", "Use"),
        Page("day", "Today"),
        Page("yesterday", "Yesterday"),
        Page("week", "This week"),
        Page("last_week", "Last week"),
        Page("month", "This month"),
        Page("last_month", "Last month"),
        Page("price", "Price"),
        Page("standing", "Standing charge"),
        Page("total", "Total"),
        Page("rates", "Rate {n}"),
        Page("blocks", "Block {n}"),
        Page("mode", "Paid by"),
        Page("due", "Amount due"),
        Page("balance", "Balance"),
        Page("emergency", "Emergency"),
        Page("debt_1", "Debt 1"),
        Page("debt_2", "Debt 2"),
        Page("payment_debt", "Payment debt"),
        Page("friendly", "Friendly credit"),
        Page("supply", "Supply"),
        Page("day", "Gas today", "gas"),
        Page("yesterday", "Gas yesterday", "gas"),
        Page("week", "Gas this week", "gas"),
        Page("last_week", "Gas last week", "gas"),
        Page("month", "Gas this month", "gas"),
        Page("last_month", "Gas last month", "gas"),
        Page("price", "Gas price", "gas"),
        Page("total", "Gas total", "gas"),
        Page("balance", "Gas balance", "gas"),
        Page("emergency", "Gas emergency", "gas"),
        Page("supply", "Gas supply", "gas"),
        Page("updated", "Gas updated", "gas"),
        Page("message", "Message"),
        Page("clock", "Time"),
        Page("updated", "Updated"),
    )
}
PPMID_KEYS: dict[State, dict[Key, tuple[Action, ...]]] = {
    "pages": {
        "next": ("next",),
        "back": ("back",),
        "home": ("home",),
        "ok": ("ask enable", "ask emergency", "mute"),
        "topup": ("code",),
    },
    "entry": {"ok": ("submit",), "back": ("erase",), "home": ("cancel",)},
    "asked": {"ok": ("confirm",), "back": ("cancel",), "home": ("cancel",)},
}


class Interface(Block, frozen=True, kw_only=True):
    """What a device shows and what its keys do.

    The actions of a key are tried in order, and the first that is possible now is done. With a keypad the keys 0 to 9
    write digits of a code. After `idle_s` without a key the first page of the menu `main` comes back, or the display
    goes dark where `blank_when_idle`; the first key then only lights it. `overload_s` is how long the load limit is
    told, `said_s` an answer. A `buzzer` sounds while something is marked, until it is muted. A meter that
    `submits_when_idle` takes a code that was left standing as one that was submitted.
    """

    kind: Literal["two-button", "keypad"] = "two-button"
    idle_s: Annotated[int, Meta(ge=1, le=3600)] = 30
    said_s: Annotated[int, Meta(ge=1, le=600)] = 10
    overload_s: Annotated[int, Meta(ge=0, le=600)] = 20
    blank_when_idle: bool = False
    buzzer: bool = False
    submits_when_idle: bool = False
    menus: dict[str, tuple[Page, ...]] = msgspec.field(default_factory=lambda: MENUS)
    keys: dict[State, dict[Key, tuple[Action, ...]]] = msgspec.field(default_factory=lambda: KEYS)
    words: dict[Word, Annotated[str, Meta(max_length=64)]] = msgspec.field(default_factory=dict)

    def word(self, name: Word) -> str:
        """Give a word of this make."""
        return self.words.get(name, WORDS[name])


def faults(block: Interface) -> Iterator[tuple[str, str]]:
    """Find what an interface's types cannot say: under which key, and what is wrong."""
    if not block.menus.get("main"):
        yield "menus.main", "the menu main has no page"
    for state, keys in block.keys.items():
        for key, actions in keys.items():
            for action in actions:
                menu = action.removeprefix("open ")
                if menu != action and menu not in block.menus:
                    yield f"keys.{state}.{key}", f"no menu is called {menu!r}"


Loss = Literal["history", "messages", "join"]


class HomeDisplay(Interface, frozen=True, kw_only=True):
    """An in-home display or PPMID: who made it, how it is powered, and what it forgets.

    Unplugged it goes on for `battery_s`; 0 is none. With power again it is heard after `rejoin_s`. `loses` is what a
    change of supplier takes from it. A code that could not be handed over is tried again after `retry_s`.
    """

    maker: Text
    model: Text
    oui: Annotated[str, Meta(pattern="^[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}$")]
    serial: Text
    firmware: Text
    kind: Literal["two-button", "keypad"] = "keypad"
    battery_s: Annotated[int, Meta(ge=0, le=2_678_400)] = 0
    rejoin_s: Annotated[int, Meta(ge=0, le=3_600)] = 60
    refresh_s: Annotated[int, Meta(ge=1, le=60)] = 10
    retry_s: Annotated[int, Meta(ge=10, le=86_400)] = 300
    loses: tuple[Loss, ...] = ("history", "messages")
    standing_in_cost: bool = True
    messages_kept: Annotated[int, Meta(ge=1, le=20)] = 5
    menus: dict[str, tuple[Page, ...]] = msgspec.field(default_factory=lambda: IN_HOME_MENUS)
    keys: dict[State, dict[Key, tuple[Action, ...]]] = msgspec.field(default_factory=lambda: PPMID_KEYS)

    def word(self, name: Word) -> str:
        """Give a word of this make."""
        return self.words.get(name, IN_HOME_WORDS.get(name, WORDS[name]))


ASSUMED = Interface(
    provenance="assumed", source="functional reference 2.14; pages, keys and words from memory", basis="from memory"
)

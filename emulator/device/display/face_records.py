"""What a device's own display remembers of the person before it: where in its pages, what was keyed, what it said."""

import msgspec


class Face(msgspec.Struct, frozen=True, array_like=True):
    """The state of a user interface; it goes back to the first page by itself a while after `pressed_at`.

    `entered` are the digits keyed so far (None: no code is being entered), `asked` what the display asks to have
    confirmed ("" is nothing), `said` its last answer, shown until `said_until`.
    """

    menu: str = "main"
    page: int = 0
    entered: str | None = None
    asked: str = ""
    said: str = ""
    said_until: int = 0
    pressed_at: int = 0
    muted: bool = False

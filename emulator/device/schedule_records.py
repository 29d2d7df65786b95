"""What a meter remembers of the schedules by which it reads itself."""

import msgspec


class ReadSchedule(msgspec.Struct, frozen=True, array_like=True):
    """One schedule; `after` is the last local day (counted from 1970) that is done with."""

    number: int
    kind: str
    day: int
    after: int

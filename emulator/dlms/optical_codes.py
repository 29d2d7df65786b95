"""The short codes of a readout: which data item stands under which EDIS code, and how its value is written.

Codes are the short forms of IEC 62056-61 (the groups C.D.E), written once here; items are `emulator.device`'s own. The
form of a value, whole digits, a point, and a unit after an asterisk, is that of IEC 62056-21; how many digits is
*assumed*.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from emulator.device.instant import from_datetime, to_datetime
from emulator.device.item import Item
from emulator.device.meter import Metered
from emulator.device.profiles.profile_optical import Readable
from emulator.device.readings import items_of

TIME, DATE = "0.9.1", "0.9.2"
_SWITCH = {"disabled": "0", "enabled": "1", "armed": "2"}  # as disconnect control, IEC 62056-6-2
_SEPARATORS = str.maketrans("", "", ":-. ")


class Row(NamedTuple):
    """One code: its data item and how the item's value is written. A list is a code for each register, from E = 1."""

    code: str
    key: Readable
    write: Callable[[Any], str]
    many: bool = False


def _decimal(digits: int, places: int, unit: str) -> Callable[[int], str]:
    """Make the writer of a whole number of small units as a decimal number of large ones."""

    def write(value: int) -> str:
        whole, rest = divmod(abs(value), 10**places)
        return f"{'-' if value < 0 else ''}{whole:0{digits}}.{rest:0{places}}{unit}"

    return write


_KWH, _KVARH, _M3 = (_decimal(6, 3, f"*{unit}") for unit in ("kWh", "kvarh", "m3"))
_KW = _decimal(3, 3, "*kW")

ROWS: tuple[Row, ...] = (
    Row("0.0.0", "serial", str),
    Row("0.2.0", "firmware", str),
    Row(TIME, "clock", lambda at: f"{to_datetime(at):%H:%M:%S}"),
    Row(DATE, "clock", lambda at: f"{to_datetime(at):%y-%m-%d}"),
    Row("1.8.0", "import_wh", _KWH),
    Row("1.8", "tou_wh", _KWH, many=True),
    Row("2.8.0", "export_wh", _KWH),
    Row("3.8.0", "reactive_import_varh", _KVARH),
    Row("4.8.0", "reactive_export_varh", _KVARH),
    Row("1.6.0", "maximum_demand_w", _KW),
    Row("1.7.0", "import_w", _KW),
    Row("2.7.0", "export_w", _KW),
    Row("32.7.0", "voltage_dv", _decimal(3, 1, "*V")),
    Row("31.7.0", "current_ma", _decimal(3, 3, "*A")),
    Row("13.7.0", "power_factor_thousandths", _decimal(1, 3, "")),
    Row("14.7.0", "frequency_chz", _decimal(2, 2, "*Hz")),
    Row("96.3.10", "supply_state", lambda state: _SWITCH[str(state)]),
    Row("3.0.0", "volume_l", _M3),
    Row("3.0", "tou_l", _M3, many=True),
)


def readout(meter: Metered[Any], keys: tuple[Readable, ...]) -> list[str]:
    """Write the lines of a readout, in the order of the keys."""
    return [line for key in keys for row in ROWS if row.key == key for line in _lines(meter, row)]


def read(meter: Metered[Any], code: str) -> str | None:
    """Write the line of one code; None where the meter has nothing under it."""
    begins = code.rpartition(".")[0]
    lines = [line for row in ROWS if row.code == (begins if row.many else code) for line in _lines(meter, row)]
    return next((line for line in lines if line.startswith(f"{code}(")), None)


def _lines(meter: Metered[Any], row: Row) -> list[str]:
    item = _items(meter).get(row.key)
    if item is None:
        return []
    value = item.read(meter)
    if row.many:
        return [f"{row.code}.{number}({row.write(each)})" for number, each in enumerate(value, 1)]
    return [f"{row.code}({_printable(row.write(value))})"]


def _items(meter: Metered[Any]) -> dict[str, Item]:
    return {item.key: item for item in items_of(meter)}


def _printable(text: str) -> str:
    """Leave out what no value may hold: brackets, solidus, exclamation mark, and all beyond ASCII."""
    return "".join(each for each in text if " " <= each <= "~" and each not in "()/!")


def written_clock(code: str, value: str, shown: int) -> int | None:
    """Read a written time or date as the instant the clock is to be set to; None where it cannot be read."""
    digits, now = value.translate(_SEPARATORS), to_datetime(shown)
    if len(digits) != len("hhmmss") or not digits.isdecimal():
        return None
    try:
        if code == TIME:
            said = datetime.strptime(digits, "%H%M%S")  # noqa: DTZ007 (only its time is taken)
            return from_datetime(now.replace(hour=said.hour, minute=said.minute, second=said.second, microsecond=0))
        said = datetime.strptime(digits, "%y%m%d")  # noqa: DTZ007 (only its date is taken)
        return from_datetime(now.replace(year=said.year, month=said.month, day=said.day))
    except ValueError:
        return None

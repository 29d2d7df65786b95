"""What the meters of a home counted, worked out past every register and log: what readings are compared with."""

from decimal import Decimal
from typing import Any, Final

from emulator.conformance.stage import Stage
from emulator.device.household import Channel
from emulator.device.instant import HALF_HOUR, parse
from emulator.device.journal import DeviceName
from emulator.device.metering import total_at

_THOUSANDTHS: Final = 1_000


def counted(stage: Stage, channel: Channel, at: int) -> int:
    """Give what a meter had counted at an instant, in thousandths of Wh, varh or litres."""
    name = DeviceName.GSME if channel is Channel.GAS else DeviceName.ESME
    meter: Any = stage.farm.home(stage.index).installation.devices[name]
    return total_at(meter.site, meter.records.runs, channel, at)


def whole(stage: Stage, channel: Channel, at: int) -> int:
    """Give what a register read at an instant, in Wh, varh or litres."""
    return counted(stage, channel, at) // _THOUSANDTHS


def moved(stage: Stage, channel: Channel, since: int, until: int) -> int:
    """Give what was counted between two instants, in thousandths."""
    return counted(stage, channel, until) - counted(stage, channel, since)


def litres(text: str) -> int:
    """Give cubic metres as a reply writes them in whole litres."""
    return int(Decimal(text) * _THOUSANDTHS)


def cubic_metres(whole_litres: int) -> str:
    """Write litres as a reply does: cubic metres with three digits."""
    return f"{whole_litres // _THOUSANDTHS}.{whole_litres % _THOUSANDTHS:03}"


def stamps(entries: list[dict[str, Any]]) -> list[int]:
    """Give the instants of entries."""
    return [parse(str(one["Timestamp"])) if isinstance(one["Timestamp"], str) else one["Timestamp"] for one in entries]


def half_hour(stage: Stage) -> int:
    """Give the last full half hour."""
    return stage.now // HALF_HOUR * HALF_HOUR

"""What comes and goes by itself at a hub: a weak network, and a gas meter at the far side of the house (dossier 4.1).

Whether the hub is in a gap is a closed form of the instant; the hub acts where one begins or ends. A fault lays the
quirks that there are such gaps; without them nothing here ever happens.
"""

from emulator.device.household import Site
from emulator.device.hub import han, wan
from emulator.device.hub.hub_records import HubRecords
from emulator.device.instant import HOUR, SECOND
from emulator.device.profiles.profile_quirks import Quirks
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace


class WeatherTurns(Event, frozen=True):
    """A gap begins or ends."""


def wan_gap(site: Site, at: int) -> bool:
    """Say whether no cell reaches the hub: never does, or not in a stretch of each period, drawn by its number."""
    quirks = site.profile.quirks
    if quirks.no_coverage:
        return True
    starts, ends = _stretch(site, quirks, at)
    return starts <= at < ends


def _stretch(site: Site, quirks: Quirks, at: int) -> tuple[int, int]:
    every, lasts = quirks.wan_gap_every_s * SECOND, quirks.wan_gap_s * SECOND
    if not every or not lasts:
        return 0, 0
    number = at // every
    room = max(0, every - lasts)
    starts = number * every + output(stream(site.key, "WAN GAP"), number) % (room + 1)
    return starts, min(starts + lasts, (number + 1) * every)


def gas_gap(site: Site, at: int) -> bool:
    """Say whether the gas meter is not heard: at all, or in this hour."""
    quirks = site.profile.quirks
    if quirks.gas_lost or not quirks.gas_hours_lost:
        return quirks.gas_lost
    return output(stream(site.key, "GAS SIGNAL"), at // HOUR) % 1_000 < quirks.gas_hours_lost


def turn(records: HubRecords, _: WeatherTurns, moment: Moment) -> Step:
    """Let gaps begin and end."""
    lost, unheard = wan_gap(moment.site, moment.at), gas_gap(moment.site, moment.at)
    step: Step = records, ()
    if lost is not records.network.shadowed:
        step = wan.shade(records, moment, shadowed=lost)
    assert not isinstance(step, Refused)
    records, told = step
    if unheard is not records.area.gas_unheard:
        records, more = han.relink(records, han.GAS, on=not unheard)
        records, told = replace(records, area=replace(records.area, gas_unheard=unheard)), (*told, *more)
    return records, told


def due(site: Site, records: HubRecords, now: int) -> Due | None:
    """Say when a gap begins or ends; at once where the hub is not as it should be, as when a fault starts."""
    if wan_gap(site, now) is not records.network.shadowed or gas_gap(site, now) is not records.area.gas_unheard:
        return Due(now, WeatherTurns())
    moments = [*_wan_turns(site, now), *_gas_turns(site, now)]
    return Due(min(moments), WeatherTurns()) if moments else None


def _wan_turns(site: Site, now: int) -> list[int]:
    quirks = site.profile.quirks
    every = quirks.wan_gap_every_s * SECOND
    if quirks.no_coverage or not every or not quirks.wan_gap_s:
        return []
    edges = (*_stretch(site, quirks, now), *_stretch(site, quirks, now + every))
    return [min(edge for edge in edges if edge > now)]


def _gas_turns(site: Site, now: int) -> list[int]:
    quirks = site.profile.quirks
    return [(now // HOUR + 1) * HOUR] if quirks.gas_hours_lost and not quirks.gas_lost else []

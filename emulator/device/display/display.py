"""The displays of a home: the IHD shows, the PPMID also asks (functional reference 6). What they show is no state.

A display that is heard shows the meters as of its last refresh, gas as of the hub's mirror; one that is not shows what
it saw last. Whoever asks gives the devices of the home: a display by itself knows no meter.
"""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.device.commands import SendEmergencyCredit, SendSupplyOn, SendTopUp, ShowMessage
from emulator.device.device import Device, Kind
from emulator.device.display.display_reading import Known, Reading, read, refreshed
from emulator.device.display.display_records import DisplayRecords, Held, History
from emulator.device.display.display_rules import (
    Answered,
    BatteryFlat,
    Deferred,
    LinkBack,
    LinkLost,
    MainsBack,
    MainsGone,
    PluggedIn,
    PricesTold,
    TryDue,
    Unplugged,
    answer,
    block_of,
    defer,
    due,
    go_dark,
    heard,
    light_up,
    lose_link,
    pull,
    put_back,
    regain_link,
    run_flat,
    see_prices,
    send_emergency,
    send_supply_on,
    send_top_up,
    show_message,
    try_again,
)
from emulator.device.display.face import FaceChanged, take
from emulator.device.display.reboots import DisplayReboots, reboot
from emulator.device.display.reboots import due as reboot_due
from emulator.device.gas.wake import last_wake
from emulator.device.household import Site
from emulator.device.hub.gas_mirror import mirrored
from emulator.device.journal import DeviceName, Journal
from emulator.device.load.recorded import Fuel
from emulator.device.reached import Devices
from emulator.device.step import Rule, replace
from emulator.device.tenancy import visible_from

METERS: Mapping[Fuel, DeviceName] = {"electricity": DeviceName.ESME, "gas": DeviceName.GSME}

IHD_RULES: dict[type, tuple[Rule, ...]] = {
    ShowMessage: (show_message,),
    LinkLost: (lose_link,),
    LinkBack: (regain_link,),
    Unplugged: (pull,),
    PluggedIn: (put_back,),
    MainsGone: (go_dark,),
    MainsBack: (light_up,),
    BatteryFlat: (run_flat,),
    PricesTold: (see_prices,),
    FaceChanged: (take,),
    DisplayReboots: (reboot,),
}
"""What an in-home display does: nothing that alters supply or accounts (6.1)."""

PPMID_RULES: dict[type, tuple[Rule, ...]] = {
    **IHD_RULES,
    SendTopUp: (send_top_up,),
    SendEmergencyCredit: (send_emergency,),
    SendSupplyOn: (send_supply_on,),
    TryDue: (try_again,),
    Deferred: (defer,),
    Answered: (answer,),
}


def _lit(records: DisplayRecords) -> bool:
    return records.power.on


def _unlogged(records: DisplayRecords, _: object, __: object) -> DisplayRecords:
    return records


def _unchecked(_: object, __: object, ___: object) -> None:
    """A display holds no money."""


def _delivered(kind: Any) -> Callable[[Site], DisplayRecords]:
    return lambda _: DisplayRecords(kind=kind)


PPMID = Kind(
    name=DeviceName.PPMID,
    records=DisplayRecords,
    delivered=_delivered("ppmid"),
    rules=PPMID_RULES,
    unasked=(due, reboot_due),
    log=_unlogged,
    check=_unchecked,
    awake=_lit,
)
IHD = PPMID._replace(name=DeviceName.IHD, delivered=_delivered("ihd"), rules=IHD_RULES)


class Display(Device[DisplayRecords]):
    """A PPMID or an IHD."""

    __slots__ = ()


def ppmid(site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> Display:
    """Make a PPMID."""
    return Display(PPMID, site, now, state, journal)


def ihd(site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> Display:
    """Make an in-home display."""
    return Display(IHD, site, now, state, journal)


# What it shows.


def readings(devices: Devices, display: Device[DisplayRecords], now: int) -> dict[Fuel, Reading]:
    """Give what a display shows of each meter at an instant; a fuel it has seen nothing of is left out."""
    if not heard(display.records, now):
        return _kept(display.records.held)
    return fresh(devices, display, now)


def fresh(devices: Devices, display: Device[DisplayRecords], now: int) -> dict[Fuel, Reading]:
    """Give what a display that is heard sees: power as of the last refresh, gas as of the last wake heard."""
    seen: dict[Fuel, Reading] = {}
    esme, gsme, hub = (devices.get(name) for name in (DeviceName.ESME, DeviceName.GSME, DeviceName.CHF))
    if esme is not None and not display.site.profile.quirks.displays_lose_electricity:
        at = max(refreshed(now, block_of(display.site, display.records).refresh_s), display.records.link.since)
        # Everything but the power and what it runs up is told as it changes.
        records = _priced(display, esme.records, "electricity")
        seen["electricity"] = read(esme.site, records, at, _known(display, records, "electricity", now))
    if gsme is not None:
        shown: Device[Any] | None = gsme
        if hub is not None:
            shown = mirrored(hub, gsme, now)
        at = shown.now if shown is not None and hub is not None else last_wake(gsme.site, gsme.records, now)
        if shown is not None:
            records = _priced(display, shown.records, "gas")
            seen["gas"] = read(gsme.site, records, at, _known(display, records, "gas", at))
    return seen


def held(devices: Devices, display: Device[DisplayRecords], now: int) -> Held:
    """Give what stands on a display now, for it to keep when it hears no more."""
    seen = readings(devices, display, now)
    return Held(seen.get("electricity"), seen.get("gas"))


def _kept(kept: Held) -> dict[Fuel, Reading]:
    found: dict[Fuel, Reading] = {}
    if kept.electricity is not None:
        found["electricity"] = kept.electricity
    if kept.gas is not None:
        found["gas"] = kept.gas
    return found


def _priced(display: Device[DisplayRecords], meter: Any, fuel: Fuel) -> Any:
    """Give a meter's records with the prices the display has: the last it was told, where it takes no newer ones."""
    seen = getattr(display.records.histories, fuel).prices
    if not seen or not display.site.profile.quirks.displays_keep_prices:
        return meter
    return replace(meter, tariff=replace(meter.tariff, prices=seen[-1].prices))


def _known(display: Device[DisplayRecords], meter: Any, fuel: Fuel, now: int) -> Known:
    """Give how far back a display counts: its own history, and no further than the tenancy (2.13)."""
    history: History = getattr(display.records.histories, fuel)
    offset = meter.clock.offset_ms
    since = max(history.since, visible_from(display.site, meter, now + offset) - offset)
    prices = tuple((seen.since, seen.prices) for seen in history.prices)
    return Known(since, prices, block_of(display.site, display.records).standing_in_cost)

"""Faults of the home area network, the gas mirror and the displays (device dossier 4.3)."""

from collections.abc import Iterator

from emulator.device.commands import AddDevice, RemoveDevice, RotateNetworkKey, Sender
from emulator.device.faults.fault import Fault, Moment, Parameter
from emulator.device.gas import wake
from emulator.device.gas.battery import BatteryReplaced, BatteryRunsLow, BatteryRunsOut
from emulator.device.hub.gas_mirror import MirrorStands
from emulator.device.hub.han import JoinAsked, install_code
from emulator.device.hub.hub_couplings import wakes_next
from emulator.device.hub.hub_records import HubRecords
from emulator.device.identity import format_eui64
from emulator.device.journal import DeviceName
from emulator.device.reached import Reached
from emulator.device.splitmix import MASK, stream

_HUB, _GAS, _SUPPLIER = DeviceName.CHF, DeviceName.GSME, Sender.SUPPLIER


def _stand_still(moment: Moment) -> Iterator[Reached]:
    """Let the mirror stand where it is until what it shows is as old as it is to be: it never goes back."""
    hub, gas = moment.devices.get(_HUB), moment.devices.get(_GAS)
    if hub is None or gas is None or not hub.records.mirror.up:
        return
    mirror = hub.records.mirror
    at = wake.last_wake(gas.site, gas.records, moment.at)
    if at >= max(mirror.resumed_at, mirror.heard_at or 0):
        yield Reached(_HUB, MirrorStands(at))


def _fetches_anew(moment: Moment) -> Iterator[Reached]:
    yield from wakes_next(moment.devices)


def _rotate(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, RotateNetworkKey(), _SUPPLIER)


def _join_again(moment: Moment) -> Iterator[Reached]:
    """Let in again, by their install codes, the devices that missed the key."""
    records: HubRecords = moment.devices[_HUB].records
    for row in records.area.log:
        if row.joined_at is None and row.key_version != records.area.key_version:
            yield from _join(moment, row.eui64, row.device)


def _join(moment: Moment, eui64: int, device: str) -> Iterator[Reached]:
    code = install_code(moment.devices[_HUB].site, eui64)
    yield Reached(_HUB, AddDevice(format_eui64(eui64), device, code.hex()), _SUPPLIER)
    yield Reached(_HUB, JoinAsked(eui64, code))


def _neighbours(moment: Moment) -> int:
    return stream(moment.devices[_HUB].site.key, "NEIGHBOUR'S IHD") & MASK


def _join_neighbours(moment: Moment) -> Iterator[Reached]:
    yield from _join(moment, _neighbours(moment), "ihd")


def _remove_neighbours(moment: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, RemoveDevice(format_eui64(_neighbours(moment))))


def _run_flat(moment: Moment) -> Iterator[Reached]:
    if moment.given["low_battery"] == "told":
        yield Reached(_GAS, BatteryRunsLow())
    yield Reached(_GAS, BatteryRunsOut())


def _fit_battery(_: Moment) -> Iterator[Reached]:
    yield Reached(_GAS, BatteryReplaced())


FAULTS = (
    Fault(
        name="gas_mirror_lags",
        title="Gas mirror lag",
        behaviour="Reads of gas give what the meter told some time ago: the mirror stands as the fault starts, and "
        "then stays behind by the lag; that comes on top of the 15 to 30 minutes between the meter's wakes.",
        source="device dossier 4.3 H1 [S33], [S70]",
        target="gsme",
        alone=True,
        row="H1",
        parameters=(Parameter("lag_s", 14_400, "how far the mirror stays behind", 0, 604_800),),
        changes=lambda given: {"quirks": {"mirror_lag_s": given["lag_s"]}},
        begins=_stand_still,
    ),
    Fault(
        name="gas_valve_waits_for_wake",
        title="Gas valve waits for wake-up",
        behaviour="What arms the valve waits in the hub, and the gas meter fetches it late: at its first wake after "
        "the delay. Until then the meter does not show READY.",
        source="device dossier 4.3 H2 [S32]",
        target="gsme",
        alone=True,
        row="H2",
        parameters=(Parameter("delay_s", 1_800, "how long a command waits at the least", 0, 604_800),),
        changes=lambda given: {"quirks": {"gas_fetch_late_s": given["delay_s"]}},
        begins=_fetches_anew,
        ends=_fetches_anew,
    ),
    Fault(
        name="gas_meter_lost",
        title="Gas meter lost from the HAN",
        behaviour="The hub does not hear the gas meter any more: its mirror is frozen and commands to it wait, while "
        "electricity is read as ever.",
        source="device dossier 4.3 H3 [S13]",
        target="chf",
        alone=True,
        row="H3",
        absent="error class GT01: a migration's own code for it, on no wire of the home",
        changes=lambda _: {"quirks": {"gas_lost": True}},
        needs=("gas_device",),
    ),
    Fault(
        name="device_table_full",
        title="Device table full",
        behaviour="The hub's device log holds few devices; one more is refused, and cannot join.",
        source="device dossier 4.3 H4 [S39]: three",
        target="chf",
        alone=True,
        row="H4",
        parameters=(Parameter("holds", 3, "how many devices the log holds", 1, 64),),
        changes=lambda given: {"han": {"capacity": given["holds"]}},
    ),
    Fault(
        name="key_rotation_missed",
        title="Network key rotation missed",
        behaviour="The network key is replaced at the start. A gas meter that sleeps, and a display that is unplugged "
        "or out of reach, keep the old one and drop off. They join anew when the fault is cleared.",
        source="device dossier 4.3 H5 [S39], [S19]",
        target="chf",
        alone=True,
        row="H5",
        changes=lambda _: {"quirks": {"key_rotation_missed": True}},
        begins=_rotate,
        ends=_join_again,
    ),
    Fault(
        name="ihd_slow_to_return",
        title="In-home display slow to return",
        behaviour="After its power comes back a display shows nothing new for up to ten minutes.",
        source="device dossier 4.3 H6 [S33]",
        target="home",
        alone=True,
        row="H6",
        parameters=(Parameter("rejoin_s", 600, "how long it hears nothing", 0, 3_600),),
        changes=lambda given: {"ihd": {"rejoin_s": given["rejoin_s"]}, "ppmid": {"rejoin_s": given["rejoin_s"]}},
    ),
    Fault(
        name="ihd_cannot_be_replaced",
        title="In-home display cannot be replaced",
        behaviour="A display with another identifier than the one that was fitted is listed and still refused when it "
        "asks to join, so that what the old one did is lost.",
        source="device dossier 4.3 H7 [S33]",
        target="chf",
        alone=True,
        row="H7",
        changes=lambda _: {"quirks": {"no_new_displays": True}},
    ),
    Fault(
        name="emergency_button_dead",
        title="PPMID loses its emergency credit button",
        behaviour="The display shows the account as before, but emergency credit asked for at it never comes: its "
        "command is ignored. At the meter itself it is to be had.",
        source="device dossier 4.3 H8 [from memory, M], [S13]",
        target="ppmid",
        alone=True,
        row="H8",
        changes=lambda _: {"quirks": {"emergency_button_dead": True}},
    ),
    Fault(
        name="neighbours_ihd_joined",
        title="Join via the wrong house",
        behaviour="A fitter puts a neighbour's display on this home's device log and it joins; it is removed when the "
        "fault is cleared.",
        source="device dossier 4.3 H9 [S39]",
        target="chf",
        alone=True,
        row="H9",
        begins=_join_neighbours,
        ends=_remove_neighbours,
    ),
    Fault(
        name="gas_day_lumped",
        title="Day's gas lumped in the first hour",
        behaviour="The gas profile was repaired: the total of a day stands in the first hour of the next one, 00:00 to "
        "01:00, and the other half hours are empty. Registers are right.",
        source="device dossier 4.3 H10 [S71]",
        target="gsme",
        alone=True,
        row="H10",
        changes=lambda _: {"quirks": {"gas_day_lumped": True}},
    ),
    Fault(
        name="gas_battery_flat",
        title="Gas meter battery flat",
        behaviour="The gas meter's battery is empty: the valve closes and the mirror stands; that the battery was low "
        "may never have been told. A new battery is fitted when the fault is cleared; the supply must then be armed.",
        source="device dossier 4.3 H11 [S37]",
        target="gsme",
        alone=True,
        row="H11",
        parameters=(
            Parameter("low_battery", "missing", "whether a low battery is told before", words=("missing", "told")),
        ),
        changes=lambda _: {"quirks": {"flat_battery_shuts": True}},
        begins=_run_flat,
        ends=_fit_battery,
    ),
    Fault(
        name="code_result_late",
        title="Code entered at the display: result much later",
        behaviour="The display takes a top-up code, and hands it to the meter only 30 to 45 minutes later; until then "
        "nobody knows whether it was good.",
        source="device dossier 4.3 H12 [S72], [S73]",
        target="ppmid",
        alone=True,
        row="H12",
        parameters=(
            Parameter("late_s", 1_800, "how much later at the least", 0, 604_800),
            Parameter("late_spread_s", 900, "what chance adds to it at most", 0, 604_800),
        ),
        changes=lambda given: {
            "quirks": {"code_result_late_s": given["late_s"], "code_result_spread_s": given["late_spread_s"]},
        },
    ),
)

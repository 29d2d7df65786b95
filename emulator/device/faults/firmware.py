"""Faults of firmware (device dossier 4.2). Those that show with an image have one offered as they start."""

from collections.abc import Iterator

from emulator.device.faults.fault import Fault, Moment, Parameter, Values
from emulator.device.firmware_install import FirmwareBreaks, FirmwareOffered, MeterMended, current
from emulator.device.journal import DeviceName
from emulator.device.overlay import Changes
from emulator.device.reached import Reached

_ESME = DeviceName.ESME
SECOND_VERSION, THIRD_VERSION = "TEST 2", "TEST 3"
APPLICATION, METROLOGY = "application", "metrology"


def offer_next(moment: Moment, name: DeviceName = _ESME) -> Iterator[Reached]:
    """Offer a meter an image of a version that may follow the one it runs."""
    if name in moment.devices:
        yield Reached(name, FirmwareOffered(_next_version(moment, name)))


def _next_version(moment: Moment, name: DeviceName) -> str:
    device = moment.devices[name]
    version = current(device.site, device.records)
    return version.removesuffix(" TEST") if version.endswith(" TEST") else f"{version} TEST"


def _in_wrong_order(_: Values) -> Changes:
    return {
        "firmware_model": {"stages": "combined", "predecessors": {THIRD_VERSION: [SECOND_VERSION]}},
        "quirks": {"wrong_order_breaks": True},
    }


def _offer_third(_: Moment) -> Iterator[Reached]:
    yield Reached(_ESME, FirmwareOffered(THIRD_VERSION))


def _break(_: Moment) -> Iterator[Reached]:
    yield Reached(_ESME, FirmwareBreaks())


def _mend(_: Moment) -> Iterator[Reached]:
    yield Reached(_ESME, MeterMended())


def _fixed_metrology(_: Values) -> Changes:
    parts = [
        {"device": "esme", "name": APPLICATION, "over_the_air": True, "version_format": "TEST"},
        {"device": "esme", "name": METROLOGY, "over_the_air": False, "version_format": "TEST"},
        {"device": "gsme", "name": "gas meter", "over_the_air": True, "version_format": "TEST"},
    ]
    return {"firmware_model": {"stages": "combined", "parts": parts}}


def _offer_both(moment: Moment) -> Iterator[Reached]:
    version = _next_version(moment, _ESME)
    yield Reached(_ESME, FirmwareOffered(version, METROLOGY))
    yield Reached(_ESME, FirmwareOffered(version, APPLICATION))


def _silent(given: Values) -> Changes:
    return {
        "firmware_model": {"stages": "combined", "tells_delivery": False},
        "quirks": {"install_silence_s": given["silence_s"]},
    }


def _offer_by_port(moment: Moment) -> Iterator[Reached]:
    port = {"wan": "wan", "optical": "optical"}.get(str(moment.given["port"]), "unknown")
    version = _next_version(moment, _ESME)
    yield Reached(_ESME, FirmwareOffered(version, port=port, user=moment.number("user")))  # type: ignore[arg-type]


FAULTS = (
    Fault(
        name="firmware_in_wrong_order",
        title="Order-dependent versions",
        behaviour="Version 3 is offered to a meter that never ran version 2. It takes the image, starts anew, and does "
        "nothing any more. It works again when the fault is cleared, as an exchange would have it.",
        source="device dossier 4.2 F1 [seed], [S67]",
        target="esme",
        alone=True,
        row="F1",
        changes=_in_wrong_order,
        begins=_offer_third,
        ends=_mend,
        needs=("firmware_model",),
    ),
    Fault(
        name="bricked_meter",
        title="Bricked electricity meter",
        behaviour="The display shows nothing but a version, the buttons are dead, the hub at the meter is off and so "
        "the wire is silent, until the meter is exchanged (the fault is cleared).",
        source="device dossier 4.2 F2 [S24], a SMETS2 hub's",
        target="esme",
        alone=True,
        row="F2",
        begins=_break,
        ends=_mend,
        absent="the metrology lamp that blinks every five seconds and the hub's dark lamps: no lamps are emulated",
    ),
    Fault(
        name="firmware_stages_differ",
        title="Combined versus two-stage upgrade",
        behaviour="The set takes an image in other steps than its make: one service sends and activates (combined), or "
        "the image waits verified until it is activated (two-stage), or it must be verified first (three-stage).",
        source="device dossier 4.2 F3 [seed]",
        target="esme",
        alone=True,
        row="F3",
        parameters=(Parameter("stages", "combined", "in which steps", words=("combined", "two-stage", "three-stage")),),
        changes=lambda given: {"firmware_model": {"stages": given["stages"]}},
        begins=offer_next,
        needs=("firmware_model",),
    ),
    Fault(
        name="metrology_refuses_over_the_air",
        title="Metrology part refuses images over the air",
        behaviour="The meter's firmware has two parts. The image of the application is taken over the air, that of the "
        "metrology is rejected.",
        source="device dossier 4.2 F4 [inferred] from [S51]",
        target="esme",
        alone=True,
        row="F4",
        changes=_fixed_metrology,
        begins=_offer_both,
        needs=("firmware_model",),
    ),
    Fault(
        name="han_firmware_breaks_ihd",
        title="HAN firmware breaks the display",
        behaviour="The in-home display starts anew every few minutes and forgets what it saw; what is read over the "
        "WAN is right all the time.",
        source="device dossier 4.2 F5, SMETS2 evidence [S68]",
        target="ihd",
        alone=True,
        row="F5",
        parameters=(
            Parameter("every_s", 240, "how often it starts anew", 10, 86_400),
            Parameter("up_after_s", 45, "how long until it hears the meters again", 0, 86_400),
        ),
        changes=lambda given: {
            "quirks": {"ihd_reboots_every_s": given["every_s"], "ihd_reboot_s": given["up_after_s"]},
        },
    ),
    Fault(
        name="firmware_without_delivery_status",
        title="No delivery status",
        behaviour="An image is taken, and then nothing is told for hours: neither that it came nor that it was "
        "verified. Only the result is told, when the new version runs.",
        source="device dossier 4.2 F6, SMETS2 evidence [S69]",
        target="esme",
        alone=True,
        row="F6",
        parameters=(Parameter("silence_s", 21_600, "how long nothing is told", 0, 604_800),),
        changes=_silent,
        begins=offer_next,
        needs=("firmware_model",),
    ),
    Fault(
        name="manufacturer_gone",
        title="Manufacturer gone",
        behaviour="Nobody signs images for this make any more: whatever is offered is rejected, by every port, and the "
        "devices keep the versions they have.",
        source="device dossier 4.2 F7 [seed]",
        target="esme",
        alone=True,
        row="F7",
        changes=lambda _: {"quirks": {"no_images": True}},
        begins=offer_next,
        absent="that no image can be made at all: this shows on no wire; one that is rejected stands for it",
        needs=("firmware_model",),
    ),
    Fault(
        name="failed_upgrade_code",
        title="Failed-upgrade code",
        behaviour="An image is offered and the upgrade ends with reason 02 (failed) or 03 (rejected); the event says "
        "by which port in the high nibble of its user octet: 8 the modem, 9 the optical port, 0 unknown.",
        source="device dossier 4.2 F8 [S25]",
        target="esme",
        alone=True,
        row="F8",
        parameters=(
            Parameter("reason", "failed", "02 or 03", words=("failed", "rejected")),
            Parameter("port", "wan", "by which port the image came", words=("wan", "optical", "unknown")),
            Parameter("user", 1, "the user's number at that port", 0, 15),
        ),
        changes=lambda given: {"quirks": {"upgrade_ends": given["reason"]}},
        begins=_offer_by_port,
        needs=("firmware_model",),
    ),
)

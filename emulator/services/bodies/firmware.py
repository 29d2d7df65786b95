"""Firmware: sent, activated, read (service requests, sections 3, 4 and 8.2)."""

from typing import Annotated, Final, Literal

from emulator.services.bodies.rows import ALL, E_G, SUPPLIERS, row
from emulator.services.body import ATTRIBUTE, Body, Future, text
from emulator.services.row import Kind, Service, Target

_EUI: Final = r"[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){7}"
DeviceIDs = Annotated[str, text(1_199_999, f"^{_EUI}(,{_EUI})*$", "EUI-64s joined by commas", 23)]
Version = Annotated[str, text(8)]


class UpdateFirmware(Body, frozen=True, kw_only=True):
    """11.1: give a list of meters an image."""

    firmware_image: Annotated[bytes, text(10_240_000, says="in base64")]
    firmware_version: Version
    device_id_list: DeviceIDs


class UpdateFirmwareRsp(Body, frozen=True, kw_only=True):
    """Which devices of the list are left out, and why; none without a warning."""

    invalid_device_id_list: DeviceIDs | None = None
    not_commissioned_device_id_list: DeviceIDs | None = None
    not_applicable_firmware_device_id_list: DeviceIDs | None = None
    other_request_in_progress_list: DeviceIDs | None = None
    invalid_gbcs_version_list: DeviceIDs | None = None


class ReadFirmwareVersion(Future, frozen=True, kw_only=True):
    """11.2: which version runs."""


class ReadFirmwareVersionRsp(Body, frozen=True, kw_only=True):
    """The version."""

    firmware_version: str | None = None


class ActivateFirmware(Future, frozen=True, kw_only=True):
    """11.3: run the image that was sent, known by its SHA-256."""

    firmware_hash: Annotated[str, text(64, r"^[0-9A-Fa-f]{64}$", "32 octets in hexadecimal", 64)]


class ActivationAnswer(Body, frozen=True, kw_only=True):
    """How it went, in a word and a number. *assumed*: the number is the word's place in the list, from 0."""

    asn1_status: Literal["success", "noImageHeld", "hashMismatch", "activationFailure"]
    response_code: Annotated[int, ATTRIBUTE]


class ActivateFirmwareRsp(Body, frozen=True, kw_only=True):
    """How it went, and the version that runs now."""

    activate_image_response_code: ActivationAnswer | None = None
    firmware_version: Version | None = None


SERVICES: tuple[Service, ...] = (
    row(
        "11.1",
        "Update Firmware",
        UpdateFirmware,
        UpdateFirmwareRsp,
        targets=Target.D,
        roles=SUPPLIERS,
        reply_element="DSPUpdateFirmwareWarning",
        note="the list is of E and G; the meters' outcomes come as alerts",
    ),
    row(
        "11.2",
        "Read Firmware Version",
        ReadFirmwareVersion,
        ReadFirmwareVersionRsp,
        targets=E_G | Target.H | Target.I,
        roles=ALL,
        held="dsp",
    ),
    row(
        "11.3",
        "Activate Firmware",
        ActivateFirmware,
        ActivateFirmwareRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.FIRMWARE,
        critical=True,
        held="device",
        note="not in the 37: an adapter may do it with 11.1, or imitate it, as the profile says",
    ),
)

"""Firmware: 11.1 checks its list and answers at once; what carries an image to a meter is not there yet.

So every meter that passes the check is told of as one that the image did not reach (DCC alert
FirmwareDistributionFailure; its number is from memory: the range N18 to N23), and 11.3 finds no image held. Nothing is
called done that was not.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from emulator.adapter.errand import Errand, Step
from emulator.adapter.judging import Judged, unregistered
from emulator.services.bodies.firmware import ActivateFirmwareRsp, ActivationAnswer, UpdateFirmware, UpdateFirmwareRsp
from emulator.services.body import Body, plain
from emulator.services.codes import Why
from emulator.services.document import Acknowledgement, Alert, Request, dated

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

PARTLY_REFUSED: Final = "W110101"
"""Part of the list was refused: the reply says which (service requests, section 9)."""
NOT_DISTRIBUTED: Final = "N18"
NO_IMAGE_HELD: Final = 1
_METERS: Final = frozenset({"ESME", "GSME"})


async def update(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """11.1: sort the list; the rest is told of as not distributed."""
    assert isinstance(judged.body, UpdateFirmware)
    invalid, uncommissioned, unfit, sent = [], [], [], []
    for device_id in judged.body.device_id_list.split(","):
        entry = adapter.inventory.get(device_id)
        if entry is None or entry.device_type not in _METERS or unregistered(request.originator, judged.role, entry):
            invalid.append(device_id)
        elif entry.status != "Commissioned":
            uncommissioned.append(device_id)
        elif not _takes_images(adapter, device_id):
            unfit.append(device_id)
        else:
            sent.append(device_id)
    if sent:
        _tell(adapter, request, sent)
    if not (invalid or uncommissioned or unfit):
        return adapter.acknowledge(request, Why.ACCEPTED_FUTURE)
    warning = UpdateFirmwareRsp(
        invalid_device_id_list=",".join(invalid) or None,
        not_commissioned_device_id_list=",".join(uncommissioned) or None,
        not_applicable_firmware_device_id_list=",".join(unfit) or None,
    )
    return Acknowledgement(
        request_id=request.request_id,
        response_code=PARTLY_REFUSED,
        response_date_time=dated(adapter.around.now()),
        reason=Why.INVALID_VALUE.value,
        detail=f"{len(invalid) + len(uncommissioned) + len(unfit)} devices of the list are left out",
        body={judged.service.answer: plain(warning)},
    )


def _takes_images(adapter: "Adapter", device_id: str) -> bool:
    """Say whether a device's set can be given new firmware at all."""
    model = adapter.around.family(device_id).firmware_model
    return model is not None and model.stages != "none"


def _tell(adapter: "Adapter", request: Request, device_ids: list[str]) -> None:
    adapter.alert(
        Alert(
            alert_code=NOT_DISTRIBUTED,
            description=f"firmware was not distributed to {len(device_ids)} meters: nothing carries images yet",
            timestamp=dated(adapter.around.now()),
            business_target_id=request.originator,
            request_id=request.request_id,
            body={
                "FirmwareDistributionFailure": {
                    "UpdateFirmwareRequestID": request.request_id,
                    "MeterIDs": ",".join(device_ids),
                }
            },
        )
    )


async def activate(errand: Errand) -> Body:
    """11.3: no image can have been sent, so none is held; the version that runs is read."""
    version = (await errand.read("firmware"))["firmware"]
    held = ActivationAnswer(asn1_status="noImageHeld", response_code=NO_IMAGE_HELD)
    return ActivateFirmwareRsp(activate_image_response_code=held, firmware_version=version[:8])


ANSWERS: Final = {"11.1": update}
STEPS: Final[Mapping[str, Step]] = {"11.3": activate}

"""The profile's block of the push setup: how a make tells the head end of an alert on the wire (IEC 62056-6-2, 4.4.8).

Where it tells is no matter of the make: the supplier names the head end at the hub. Neither service is answered.
"""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

PushObject = Literal[
    "system_title", "logical_device_name", "number", "code", "name", "source", "raised_at"
]  # fmt: skip
"""What a notification can hold: whose hub, the alert's number there, what it is, which device raised it and when."""


class Push(Block, frozen=True, kw_only=True):
    """How alerts leave: by which service (`none`: a head end must poll), with what in them, in this order.

    A notification goes to the client of SAP `client`. With `one_connection` all that can be sent at a moment shares
    one connection, otherwise each has its own; after the last octet the hub waits up to `linger_s` for the head end to
    close. The alert log holds `log_entries`.
    """

    service: Literal["data-notification", "event-notification", "none"] = "data-notification"
    objects: Annotated[tuple[PushObject, ...], Meta(min_length=1, max_length=7)] = (
        "system_title",
        "logical_device_name",
        "number",
        "code",
        "source",
        "raised_at",
    )
    client: Annotated[int, Meta(ge=1, le=0x7F)] = 1
    one_connection: bool = False
    linger_s: Annotated[int, Meta(ge=0, le=8)] = 1
    log_entries: Annotated[int, Meta(ge=1, le=100)] = 20


ASSUMED_PUSH = Push(
    provenance="assumed",
    source="IEC 62056-6-2 push setup and 62056-5-3 notifications; no maker's push is public",
    basis="by us",
)

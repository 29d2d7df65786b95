"""The profile's block of the ZigBee wire: what each device of a home serves on the HAN, declared for its binding."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_block import Block, Text

U16 = Annotated[int, Meta(ge=0, le=0xFFFF)]
Cluster = Literal[
    "basic", "power_configuration", "identify", "time", "ota", "price", "drlc", "metering", "messaging", "tunneling",
    "prepayment", "calendar", "device_management", "events", "key_establishment",
]  # fmt: skip
"""Clusters of ZigBee Smart Energy by name; their numbers are the binding's."""


class ZigbeeDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One device on the HAN: its node type, its endpoint, and the clusters it serves and uses.

    A sleepy end device asks its parent every `poll_s`; 0 is never asleep.
    """

    node: Literal["coordinator", "router", "end_device"]
    endpoint: Annotated[int, Meta(ge=1, le=240)]
    device_id: U16
    servers: tuple[Cluster, ...]
    clients: tuple[Cluster, ...] = ()
    poll_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    report_s: Annotated[int, Meta(ge=0, le=86_400)] = 0


class Zigbee(Block, frozen=True, kw_only=True):
    """The home area network of a set (device dossier 7.1 and 7.2): what its binding needs to be this make's."""

    profile_id: U16 = 0x0109
    version: Literal["1.0", "1.1", "1.1b", "1.2"]
    channels: tuple[Annotated[int, Meta(ge=11, le=26)], ...]
    key_establishment: Literal["sect163k1", "sect283k1", "none"]
    install_code_octets: Literal[0, 6, 8, 12, 16]
    white_list: bool
    first_key_sequence: Annotated[int, Meta(ge=0, le=255)] = 0
    mirror_endpoint: Annotated[int, Meta(ge=0, le=240)] = 0
    head_end: Literal["tunnelled", "proprietary", "sms"] = "proprietary"
    calendars: Literal["calendar", "price", "proprietary"] = "proprietary"
    logs: Literal["events", "proprietary"] = "proprietary"
    vendor_extensions: tuple[Text, ...] = ()
    devices: dict[str, ZigbeeDevice]

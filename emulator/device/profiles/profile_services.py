"""The profile's block of services: which service requests a set answers, and how those that a make does its own way.

A variant that stands in neither list is unknown: nobody has established it, and no verdict may rest on it (D7).
"""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

Offer = Annotated[str, Meta(pattern=r"^\d{1,2}\.\d{1,2}(\.\d{1,2})?(/[EGPHI])?$")]
"""A variant, such as 4.8.1, at all devices; or at one kind of them, such as 4.2/G."""


class ServiceOffer(Block, frozen=True, kw_only=True):
    """What a set offers of the minimum services and beyond.

    What its generation `lacks`, or this make is `without`, goes before what is offered; `elective` are services beyond
    the minimum.

    `holds_dates`: who keeps a request with a date of its own, the device or the adapter. `credentials`: what becomes of
    6.15 and 6.23, which put no user's key into a SMETS1 device: refused, or taken without touching it (service
    requests, 8.3). `supplier_change`: what the device is told when the supplier changes.
    """

    offers: tuple[Offer, ...] = ()
    lacks: tuple[Offer, ...] = ()
    without: tuple[Offer, ...] = ()
    elective: tuple[Offer, ...] = ()
    holds_dates: Literal["device", "adapter"] = "device"
    credentials: Literal["refuse", "no-touch"] = "refuse"
    supplier_change: Literal["nothing", "keys", "account"] = "nothing"

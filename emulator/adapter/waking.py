"""Waking a hub that sleeps: an SMS, and the time that its make takes to be there (docs/sms.md)."""

from typing import TYPE_CHECKING

from emulator.device.instant import SECOND
from emulator.device.profile import Profile

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter


def sleeps(profile: Profile) -> bool:
    """Say whether a family's hubs sleep until an SMS wakes them."""
    return profile.wan.mode == "wake_on_sms"


async def wake(adapter: "Adapter", profile: Profile, hub: str) -> str:
    """Wake a hub and wait for as long as that may take; say why it cannot be woken, "" if nothing speaks against it."""
    refused = await adapter.around.sms(hub, "")
    if refused:
        return f"no SMS can be sent to wake the hub: {refused}"
    wan = profile.wan
    on_its_way_s = wan.sms_late_s + wan.sms_late_spread_s
    there_s = wan.wake_s + wan.wake_spread_s + wan.attach_s + wan.attach_spread_s
    await adapter.until(adapter.around.now() + (on_its_way_s + there_s) * SECOND)
    return ""

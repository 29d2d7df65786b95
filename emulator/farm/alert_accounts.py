"""The farm's account of alerts: over the homes in memory as they stand now, and over the others as they are stored."""

import asyncio
from collections.abc import Collection

from emulator.device.hub.alert_account import AlertAccount, account_in, account_of
from emulator.device.hub.hub import Hub
from emulator.device.journal import DeviceName
from emulator.farm.farmstead import Farmstead
from emulator.farm.store import Store

AT_ONCE = 200
"""How many homes are counted before others have their turn."""


async def account(farm: Farmstead, store: Store, among: Collection[int] | None = None) -> AlertAccount:
    """Add up what became of all alerts, or of those of some homes. A home nobody has touched raised none."""
    total, awake = AlertAccount(), set(farm.awake)
    touched = {index for index in {*store.devices(), *awake} if farm.estate.known(index)}
    for number, index in enumerate(sorted(touched if among is None else touched & set(among))):
        if index in awake:
            total = total.plus(_in_memory(farm, index))
        elif (state := store.state(index)) is not None:
            total = total.plus(account_in(state))
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    return total


def _in_memory(farm: Farmstead, index: int) -> AlertAccount:
    hub = farm.home(index).installation.devices.get(DeviceName.CHF)
    return account_of(hub.records.alerts) if isinstance(hub, Hub) else AlertAccount(1)

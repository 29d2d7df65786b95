"""The reference adapter: a service request becomes calls of the head end over each family's own wire, and an answer.

    async with Adapter.over(farm) as adapter:
        acknowledged = await adapter.submit(request)
        response = await adapter.result(request.request_id)

It reaches devices over their wires only, never by what the farm knows of them.
"""

from emulator.adapter.adapter import Adapter as Adapter
from emulator.adapter.inventory import Entry as Entry
from emulator.adapter.inventory import Inventory as Inventory

__all__ = ["Adapter", "Entry", "Inventory"]

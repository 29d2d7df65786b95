"""What devices tell unasked: alerts that are pushed, polled or texted come in here, and leave as documents, once each."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter


class AlertIntake:
    """The ear of one adapter."""

    def __init__(self, adapter: "Adapter") -> None:
        self._adapter = adapter

    async def listen(self) -> None:
        """Take alerts in for as long as the adapter is open."""

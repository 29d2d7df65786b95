"""A clock command that waits for the gas meter: its time goes on meanwhile (10.7, 6.11)."""

import msgspec
import pytest

from emulator.device.commands import Commission, DisableSupply, SetClock
from emulator.device.hub.command_queue import fields_at
from emulator.device.hub.hub_records import Queued
from emulator.device.instant import MINUTE

NOW = 1_790_000_000_000


def queued(command) -> Queued:
    return Queued(1, type(command).__name__, msgspec.msgpack.encode(command), 1, NOW)


@pytest.mark.parametrize("kind", [SetClock, Commission])
def test_a_time_goes_on_while_it_waits(kind):
    waits = queued(kind(NOW + 5, 60))
    assert msgspec.msgpack.decode(fields_at(waits, NOW + 30 * MINUTE), type=kind) == kind(NOW + 5 + 30 * MINUTE, 60)


def test_what_has_no_time_stays_as_it_is():
    waits = queued(DisableSupply())
    assert fields_at(waits, NOW + 30 * MINUTE) == waits.fields

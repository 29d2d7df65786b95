"""The tables of the device as tables: every command and event has a rule, every happening a place."""

import pkgutil
import typing
from importlib import import_module

import emulator.device
from emulator.device import event_table, rules
from emulator.device.commands import COMMANDS, Command, Sender
from emulator.device.electricity import load_limit
from emulator.device.happenings import HAPPENINGS, Happening
from emulator.device.money import account
from emulator.device.rules import ELECTRICITY_RULES, ELECTRICITY_UNASKED, SHARED_RULES, SHARED_UNASKED
from emulator.device.step import Event

MODULES = [import_module(found.name) for found in pkgutil.walk_packages(emulator.device.__path__, "emulator.device.")]
TABLES = [
    table
    for module in MODULES
    for name, table in vars(module).items()
    if name.endswith("RULES") and isinstance(table, dict)
]
"""The rules of every kind of device."""


def declared(base):
    """Give the subclasses of a declaration that the modules hold."""
    found = {value for module in MODULES for value in vars(module).values() if isinstance(value, type)}
    return {kind for kind in found if issubclass(kind, base) and kind is not base}


def test_every_command_is_listed_and_has_a_rule():
    assert set(Command.__subclasses__()) == set(COMMANDS)
    assert len(set(COMMANDS)) == len(COMMANDS)
    assert set(COMMANDS) <= {kind for table in TABLES for kind in table}


def test_every_event_has_a_rule_and_every_rule_an_event():
    events = declared(Event)
    assert events == set(Event.__subclasses__())
    assert {kind for table in TABLES for kind in table} == set(COMMANDS) | events
    assert all(chain for table in TABLES for chain in table.values())


def test_every_command_says_what_it_is():
    titles = [kind.title for kind in COMMANDS]
    assert len(set(titles)) == len(titles)
    for kind in COMMANDS:
        assert kind.title
        assert kind.__doc__
        assert len(kind.__doc__.strip().splitlines()[0]) <= 120
        assert kind.senders & (Sender.SUPPLIER | Sender.NETWORK | Sender.CONSUMER)


def test_every_happening_is_in_the_union_and_is_read_back():
    assert set(typing.get_args(HAPPENINGS)) == declared(Happening) == set(Happening.__subclasses__())


def kind_of(key):
    return key[0] if isinstance(key, tuple) else key


def test_the_event_table_knows_only_happenings():
    assert {kind_of(key) for key in event_table.LINES} <= set(typing.get_args(HAPPENINGS))
    for key, line in event_table.LINES.items():
        assert line.log in {event_table.EVENT, event_table.SECURITY, event_table.NO_LOG}
        assert 0 < line.code < 0x10000
        assert line.meaning
        assert not isinstance(key, tuple) or "kind" in key[0].__struct_fields__
        assert not line.mandated or line.alert == event_table.ALERT


def test_an_electricity_meter_does_what_every_meter_does():
    assert set(SHARED_RULES) <= set(ELECTRICITY_RULES)


def test_a_tie_is_settled_by_the_order_of_the_table():
    assert ELECTRICITY_UNASKED[: len(SHARED_UNASKED)] == SHARED_UNASKED
    assert load_limit.due in ELECTRICITY_UNASKED
    assert account.due in rules.SHARED_UNASKED

"""The tables of the device as tables: every command has a rule, every happening a place."""

import typing

from emulator.device import configuration, journal, load_limit, logs, rules, step, tariff
from emulator.device.commands import COMMANDS, Command, Sender
from emulator.device.happenings import HAPPENINGS, Happening
from emulator.device.rules import RULES, UNASKED
from emulator.device.step import Event


def declared(base, *modules):
    """Give the subclasses of a declaration that these modules hold."""
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return {kind for kind in found if issubclass(kind, base) and kind is not base}


def test_every_command_is_listed_and_has_a_rule():
    assert set(Command.__subclasses__()) == set(COMMANDS)
    assert len(set(COMMANDS)) == len(COMMANDS)
    assert set(COMMANDS) <= set(RULES)


def test_every_event_has_a_rule_and_every_rule_an_event():
    events = declared(Event, configuration, load_limit, tariff, step, rules)
    assert events == set(Event.__subclasses__())
    assert set(RULES) == set(COMMANDS) | events
    assert all(RULES.values())


def test_every_command_says_what_it_is():
    titles = [kind.title for kind in COMMANDS]
    assert len(set(titles)) == len(titles)
    for kind in COMMANDS:
        assert kind.title
        assert kind.__doc__
        assert "\n" not in kind.__doc__.strip()
        assert kind.senders & (Sender.SUPPLIER | Sender.NETWORK | Sender.CONSUMER)
        assert kind.title.replace(" ", "") == kind.__name__


def test_every_happening_is_in_the_union_and_is_read_back():
    kinds = declared(Happening, journal)
    assert set(typing.get_args(HAPPENINGS)) == kinds == set(Happening.__subclasses__())


def test_the_logs_know_only_happenings():
    assert set(logs.LINES) <= set(typing.get_args(HAPPENINGS))
    assert {line.log for line in logs.LINES.values()} == {logs.EVENT, logs.SECURITY}
    assert all(0 < line.code < 0x10000 and line.meaning for line in logs.LINES.values())


def test_a_tie_is_settled_by_the_order_of_the_table():
    assert (tariff.due, load_limit.due) == UNASKED

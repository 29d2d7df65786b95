"""How a command is declared: its class, its title, who may send it; and why one is refused."""

from collections.abc import Callable
from enum import Flag, StrEnum, auto
from typing import ClassVar, TypeVar

import msgspec


class Sender(Flag):
    """Who sends a command: the roles a binding gives to an association or to a key press."""

    SUPPLIER = auto()
    NETWORK = auto()
    CONSUMER = auto()


NOBODY = Sender(0)
"""Of what a device does by itself."""


class Reason(StrEnum):
    """Why a command was refused. Each binding maps every member to an answer of its own wire."""

    NOT_AUTHENTIC = "not_authentic"
    NOT_AUTHORISED = "not_authorised"
    MALFORMED = "malformed"
    INVALID_VALUE = "invalid_value"
    NOT_APPLICABLE = "not_applicable"
    NOT_SUPPORTED = "not_supported"
    CONFLICT_STATE = "conflict_state"
    DUPLICATE = "duplicate"
    WRONG_DEVICE = "wrong_device"
    LOCKED_OUT = "locked_out"
    LIMIT_EXCEEDED = "limit_exceeded"
    UNREACHABLE = "unreachable"


class Command(msgspec.Struct, frozen=True):
    """One command; its subclasses are the declarations in this file."""

    title: ClassVar[str] = ""
    senders: ClassVar[Sender] = Sender.SUPPLIER


C = TypeVar("C", bound=type[Command])


def command(title: str, senders: Sender = Sender.SUPPLIER) -> Callable[[C], C]:
    """Give a command class its title and its senders."""

    def declare(kind: C) -> C:
        kind.title = title
        kind.senders = senders
        return kind

    return declare

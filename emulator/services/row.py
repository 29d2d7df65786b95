"""A row of the catalogue: one variant of a service request, with all that is declared of it (architecture D8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from emulator.services.body import Body, Done
from emulator.services.naming import duis_name


class Role(StrEnum):
    """Who asks: the forum's roles (functional reference 10.1)."""

    IS = "IS"
    GS = "GS"
    ES = "ES"
    ED = "ED"
    GT = "GT"
    RSA = "RSA"
    OU = "OU"


def roles(letters: str) -> frozenset[Role]:
    """Give roles by their letters, as the reference prints them: "IS GS"."""
    return frozenset(Role(one) for one in letters.split())


ROLE_NAMES = {
    Role.IS: "import supplier",
    Role.GS: "gas supplier",
    Role.ES: "export supplier",
    Role.ED: "electricity distributor",
    Role.GT: "gas transporter",
    Role.RSA: "registered supplier agent",
    Role.OU: "other user",
}


class Target(Flag):
    """What a service is addressed to. P is the gas proxy on the hub, I a display, D the national service itself."""

    E = auto()
    G = auto()
    P = auto()
    H = auto()
    I = auto()  # noqa: E741 (the reference's letter)
    D = auto()


class Kind(StrEnum):
    """Why a service is in the catalogue."""

    MINIMUM = "minimum"
    COMMISSIONING = "commissioning"
    NON_DEVICE = "non-device"
    SCHEDULING = "scheduling"
    FIRMWARE = "firmware"
    ELECTIVE = "elective"
    MAINTENANCE = "maintenance"


Held = Literal["", "device", "dsp", "both"]
"""Who holds a request with a date of its own: nobody, the meter, the national service, both."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One item of a body, by its path of DUIS names; `words` are the values allowed where there are few."""

    path: str
    kind: str
    unit: str
    least: int | None
    most: int | None
    required: bool
    words: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One variant. `roles` are the forum list's (March 2017), `duis_roles` today's where they differ."""

    reference: str
    variant: str
    name: str
    element: str
    kind: Kind
    targets: Target
    roles: frozenset[Role]
    duis_roles: frozenset[Role]
    request: type[Body]
    reply: type[Body] = Done
    critical: bool = False
    held: Held = ""
    schedulable: bool = False
    twin: bool = False  # for a meter with a second element
    reply_element: str = ""
    note: str = ""

    @property
    def answer(self) -> str:
        """The element of the reply: the request's and Rsp, but for one exception (service requests, 2.3)."""
        return self.reply_element or f"{self.element}Rsp"

    @property
    def command_variants(self) -> tuple[int, ...]:
        """Which command variants it may be asked with (service requests, note 4 of section 3)."""
        if self.targets is Target.D:
            return (8,)
        if self.variant == "8.1.1":
            return (4, 5)
        return (4, 5, 6, 7) if self.critical else (1, 2, 3)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The items of the request."""
        return tuple(parameters(self.request))

    @property
    def reply_fields(self) -> tuple[Parameter, ...]:
        """The items of the reply."""
        return tuple(parameters(self.reply))


def parameters(body: type[Body], above: str = "", *, optional: bool = False) -> Iterator[Parameter]:
    """Walk the items of a body, those of its parts included."""
    hints = get_type_hints(body, include_extras=True)
    for field in msgspec.structs.fields(body):
        path = f"{above}{duis_name(field.name)}"
        required = field.required and not optional
        kind, metas, many = bare(hints[field.name])
        if isinstance(kind, type) and issubclass(kind, Body):
            inner = list(parameters(kind, f"{path}{'[]' if many else ''}.", optional=not required))
            yield from inner or [Parameter(path, "empty", "", None, None, required)]
            continue
        told: dict[str, Any] = {}
        for meta in metas:
            schema = meta.extra_json_schema or {}
            told["unit"] = schema.get("unit", told.get("unit", ""))
            told["least"] = meta.ge if meta.ge is not None else told.get("least")
            told["most"] = meta.le if meta.le is not None else told.get("most")
            told["says"] = meta.description or told.get("says", "")
        words = tuple(str(word) for word in get_args(kind)) if get_origin(kind) is Literal else ()
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            words = tuple(member.value for member in kind)
        name = "word" if words else getattr(kind, "__name__", str(kind))
        yield Parameter(
            f"{path}{'[]' if many else ''}",
            name,
            str(told.get("unit", "")),
            told.get("least"),
            told.get("most"),
            required,
            words,
            str(told.get("says", "")),
        )


def bare(hint: Any) -> tuple[Any, list[Meta], bool]:
    """Take a type out of its Annotated, Optional and tuple; say whether there are several."""
    metas: list[Meta] = []
    many = False
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            metas += [one for one in more if isinstance(one, Meta)]
        elif get_origin(hint) is tuple:
            hint, many = get_args(hint)[0], True
        elif type(None) in get_args(hint):
            hint = next(one for one in get_args(hint) if one is not type(None))
        else:
            return hint, metas, many

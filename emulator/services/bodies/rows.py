"""How the modules of bodies write their rows: a reference is the first two numbers of its variant."""

from typing import Final

from emulator.services.body import Body, Done
from emulator.services.row import Held, Kind, Role, Service, Target

SUPPLIERS: Final = frozenset({Role.IS, Role.GS})
IMPORT: Final = frozenset({Role.IS})
GAS: Final = frozenset({Role.GS})
NETWORK: Final = frozenset({Role.ED})
SUPPLIERS_AND_NETWORKS: Final = SUPPLIERS | {Role.ED, Role.GT}
SUPPLIERS_AND_OTHERS: Final = SUPPLIERS | {Role.OU}
ALL: Final = frozenset(Role)
E_G: Final = Target.E | Target.G


def row(
    variant: str,
    name: str,
    request: type[Body],
    reply: type[Body] = Done,
    *,
    targets: Target,
    roles: frozenset[Role],
    duis_roles: frozenset[Role] | None = None,
    kind: Kind = Kind.MINIMUM,
    critical: bool = False,
    held: Held = "",
    schedulable: bool = False,
    twin: bool = False,
    reply_element: str = "",
    note: str = "",
) -> Service:
    """Write a row; the request's class is its element, and the roles are DUIS's where it says no other."""
    return Service(
        reference=".".join(variant.split(".")[:2]),
        variant=variant,
        name=name,
        element=request.__name__,
        kind=kind,
        targets=targets,
        roles=roles,
        duis_roles=roles if duis_roles is None else duis_roles,
        request=request,
        reply=reply,
        critical=critical,
        held=held,
        schedulable=schedulable,
        twin=twin,
        reply_element=reply_element,
        note=note,
    )

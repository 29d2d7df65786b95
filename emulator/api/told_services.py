"""The catalogue of services for JSON: what the HTTP endpoint and the command line show of it."""

from typing import Any

import msgspec

from emulator.services.catalogue import SERVICES
from emulator.services.row import Parameter, Service


def told_services() -> list[dict[str, Any]]:
    """Give every service."""
    return [told_service(service) for service in SERVICES]


def told_service(service: Service) -> dict[str, Any]:
    """Give one service, with its parameters and what it answers."""
    return {
        "Reference": service.reference,
        "Variant": service.variant,
        "Name": service.name,
        "Element": service.element,
        "Answer": service.answer,
        "Kind": service.kind.value,
        "Targets": [str(target.name) for target in service.targets],
        "Roles": sorted(service.roles),
        "DUISRoles": sorted(service.duis_roles),
        "CommandVariants": list(service.command_variants),
        "Critical": service.critical,
        "FutureDated": service.held,
        "Schedulable": service.schedulable,
        "Parameters": [_told(one) for one in service.parameters],
        "AnswerFields": [_told(one) for one in service.reply_fields],
        "Note": service.note,
    }


def _told(parameter: Parameter) -> dict[str, Any]:
    """Give a parameter, without what is not said of it."""
    said: dict[str, Any] = msgspec.to_builtins(parameter)
    told = {name.capitalize(): value for name, value in said.items() if value not in ("", None, [])}
    return told | {"Required": parameter.required}

"""Write docs/services.md from the catalogue of services: `python docs/generate_services.py`. A test holds it."""

from pathlib import Path

from emulator.services.catalogue import MINIMUM, SERVICES, lines_37
from emulator.services.naming import duis_name
from emulator.services.row import ROLE_NAMES, Parameter, Role, Service, Target

TARGET = Path(__file__).with_name("services.md")
HEAD = """# Services

The service requests that the reference adapter, the command line, the HTTP API and the conformance suite know. Written
by `python docs/generate_services.py` from the catalogue (`emulator/services/catalogue.py`); `meterfarm` reads the same.

{lines} lines of the forum's minimum list are {references} references and {variants} variants; with the commissioning,
non-device, scheduling, firmware, elective and maintenance services the catalogue has {all} rows. Which of them a make
of meter offers is its profile's (`[services]`). Names, limits and criticality are those of today's DUIS, first written
for second-generation meters; what a first-generation meter makes of them is not in it.
"""
KEY = """Sent to: E electricity meter, G gas meter, P gas proxy on the hub, H hub, I display, D the national service.
Roles: {roles}.
They are those of the forum's list (March 2017); today's stand in brackets where they differ, and
an adapter takes both. Date: who holds a request with a date of its own, the meter (device), the national service (dsp)
or both. Schedule: the national service may ask it again and again (5.1). Critical: command variants 4 to 7 in place of
1 to 3; a non-device service has 8.
"""
ORDER = tuple(Role)
TYPES = {
    "int": "whole number",
    "str": "text",
    "bool": "true or false",
    "bytes": "base64",
    "datetime": "instant",
    "dict": "map",
    "Decimal": "decimal",
}


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def roles(of: frozenset[Role]) -> str:
    """Roles in the reference's order."""
    return "all" if len(of) == len(ORDER) else " ".join(role for role in ORDER if role in of)


def targets(row: Service) -> str:
    """Letters of the devices it is sent to."""
    return " ".join(one.name or "" for one in Target if one in row.targets)


def overview() -> list[str]:
    """All rows in one table."""
    return table(
        ("variant", "name", "sent to", "roles", "date", "schedule", "critical", "kind"),
        [
            (
                f"[{row.variant}](#{anchor(row)})",
                row.name,
                targets(row) + (", twin element" if row.twin else ""),
                roles(row.roles) + (f" ({roles(row.duis_roles)})" if row.duis_roles != row.roles else ""),
                row.held or "-",
                "yes" if row.schedulable else "-",
                "yes" if row.critical else "-",
                row.kind,
            )
            for row in SERVICES
        ],
    )


def anchor(row: Service) -> str:
    """Where its own part begins, as Markdown pages call it."""
    return f"{row.variant.replace('.', '')}-{row.element.lower()}"


def bounds(item: Parameter) -> str:
    """The values allowed."""
    if item.words:
        return ", ".join(item.words)
    if item.least is None and item.most is None:
        return "-"
    return f"{item.least if item.least is not None else ''} to {item.most if item.most is not None else ''}".strip()


def items(told: tuple[Parameter, ...], first: str) -> list[str]:
    """The items of a request or of a reply."""
    return table(
        (first, "type", "unit", "values", "must be given", "meaning"),
        [
            (
                f"`{one.path}`",
                TYPES.get(one.kind, one.kind),
                one.unit or "-",
                bounds(one),
                "yes" if one.required else "-",
                one.says or "-",
            )
            for one in told
        ],
    )


def part(row: Service) -> list[str]:
    """One service."""
    lines = [f"### {row.variant} {row.element}", "", f"{row.name}."]
    choice = [f"One of {', '.join(names)} is given." for names in [_choice(row)] if names]
    note = [f"{row.note[:1].upper()}{row.note[1:]}."] if row.note else []
    lines += [*choice, *note, ""]
    lines += [*items(row.parameters, "request"), ""] if row.parameters else ["The request has no items.", ""]
    if not row.reply_fields:
        return [*lines, f"The reply `{row.answer}` has nothing but its success.", ""]
    return [*lines, f"The reply is `{row.answer}`.", "", *items(row.reply_fields, "reply"), ""]


def _choice(row: Service) -> list[str]:
    return [f"`{duis_name(name)}`" for name in row.request.one_of]


def document() -> str:
    """Give the whole page."""
    told = HEAD.format(lines=len(lines_37()), references=len(set(lines_37())), variants=len(MINIMUM), all=len(SERVICES))
    key = KEY.format(roles=", ".join(f"{role} {ROLE_NAMES[role]}" for role in ORDER))
    parts = [told, "## All", "", key, *overview(), "", "## Each", ""]
    parts += [
        "Items are named by their path; `[]` says that there may be several. What a part that may be left out cannot",
        "do without is not marked as to be given.",
        "",
    ]
    parts += [line for row in SERVICES for line in part(row)]
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")

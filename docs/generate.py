"""Write docs/reference.md from the code's tables: `python docs/generate.py`. A test fails when it is out of date."""

from pathlib import Path

from emulator.device.commands import COMMANDS
from emulator.device.event_table import LINES
from emulator.device.installation import MAKERS
from emulator.device.instant import instant
from emulator.device.journal import DeviceName
from emulator.device.readings import ITEMS_OF
from emulator.dlms.objects.object_list import DEVICES, GAS_SAP, HUB_SAP, METER_SAP
from emulator.dlms.objects.rows import Level, Object
from emulator.farm import library
from emulator.farm.estate import from_flags
from emulator.headend import MATRIX, places

TARGET = Path(__file__).with_name("reference.md")
AT = instant(2026, 1, 1)


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def generic() -> str:
    """Name the first family that has the generic logical names and all that this page tells of."""
    known = ((name, library.packaged(name)) for name in library.names())
    return next(
        name
        for name, one in known
        if one.dlms is not None and not one.dlms.logical_names and one.prepayment.level == "full" and one.ppmid
    )


def items(device: DeviceName, server: int) -> list[str]:
    """Data items of a device, and where each stands on a family's wire."""
    profile = library.packaged(generic())
    stand = {
        key: f"{place.target.class_id}: {place.target.logical_name}, {place.target.number}"
        for key, place in places(profile, server).items()
    }
    if server in MATRIX:
        matrix, registers = MATRIX[server]
        first = next(row for row in DEVICES[server] if row.name.startswith(registers))
        stand[matrix] = f"{first.kind.id}: {first.logical_name} and on, 2"
    return table(
        ("key", "name in the functional reference", "unit", "class: logical name, attribute"),
        [
            (f"`{item.key}`", item.title, item.unit or "-", stand.get(item.key, "not on the wire"))
            for item in ITEMS_OF[device]
        ],
    )


def items_of(device: DeviceName) -> list[str]:
    """Data items of a device that has no wire of its own."""
    rows = [(f"`{item.key}`", item.title, item.unit or "-") for item in ITEMS_OF[device]]
    return table(("key", "name", "unit"), rows)


def kinds_of() -> dict[type, list[str]]:
    """Which devices carry out a command."""
    estate = from_flags((generic(),), 1, 1, gas=1.0, prepayment=1.0)
    premises = estate.premises(0)
    found: dict[type, list[str]] = {}
    for name in premises.sites:
        kind = MAKERS[name](premises.fitted(name), AT, None, None).kind
        for command in kind.rules:
            found.setdefault(command, []).append(name.value)
    return found


def commands() -> list[str]:
    """Commands, which devices take them, who may send them, and their fields."""
    takers = kinds_of()
    return table(
        ("command", "title", "to", "from", "fields", "meaning"),
        [
            (
                f"`{kind.__name__}`",
                kind.title,
                ", ".join(takers.get(kind, ())),
                (kind.senders.name or "").lower(),
                ", ".join(f"`{field}`" for field in kind.__struct_fields__) or "-",
                (kind.__doc__ or "").strip().split("\n")[0],
            )
            for kind in COMMANDS
        ],
    )


def shown(rows: tuple[Object, ...]) -> list[str]:
    """COSEM objects: what may be read by whom, written and called by management."""
    lines = []
    for row in rows:
        if row.name.startswith("tou_") and row.name != "tou_1":
            continue
        public = [str(number) for number, one in row.attributes.items() if one.level is Level.PUBLIC]
        read = [str(number) for number in row.attributes]
        write = [str(number) for number, one in row.attributes.items() if one.write is not None]
        call = [f"{number} ({row.kind.methods[number - 1]})" for number in row.methods]
        name = f"`{row.name}`" if row.name != "tou_1" else "`tou_1` to `tou_48`"
        code = row.logical_name if row.name != "tou_1" else "1.0.1.8.1.255 to 1.0.1.8.48.255"
        cells = (
            name,
            code,
            f"{row.kind.id} {row.kind.name}",
            *(", ".join(one) or "-" for one in (public, read, write, call)),
        )
        lines.append(cells)
    return table(
        ("object", "logical name", "class", "public reads", "reader reads", "management writes", "methods"), lines
    )


def codes() -> list[str]:
    """The event table: codes, logs and alerts."""
    rows = []
    for key, line in LINES.items():
        kind, sort = key if isinstance(key, tuple) else (key, "")
        alert = f"{line.alert}, mandated no. {line.mandated}" if line.mandated else line.alert or "-"
        name = f"{kind.__name__} ({sort})" if sort else kind.__name__
        rows.append((f"0x{line.code:04X}", line.log or "-", alert, "yes" if line.han else "-", line.meaning, name))
    return table(("code", "log", "alert", "displays", "meaning", "happening"), sorted(rows))


def document() -> str:
    """Give the whole page."""
    parts = [
        "# Reference",
        "",
        "Written from the code's own tables by `python docs/generate.py`.",
        "",
        "## Data items",
        "",
        "`meterfarm read SEL ITEM` and `HeadEnd.read` take the key or the name.",
        "",
        "### Electricity meter",
        "",
        *items(DeviceName.ESME, METER_SAP),
        "",
        "### Gas meter",
        "",
        *items(DeviceName.GSME, GAS_SAP),
        "",
        "### Hub",
        "",
        *items(DeviceName.CHF, HUB_SAP),
        "",
        "### Displays (PPMID, IHD)",
        "",
        *items_of(DeviceName.PPMID),
        "",
        "## Commands",
        "",
        "`meterfarm do SEL COMMAND key=value` and `HeadEnd.send`.",
        "",
        *commands(),
        "",
        f"## COSEM objects of the meter (logical device {METER_SAP})",
        "",
        "Attribute 1 is the logical name everywhere. These are the generic logical names; a profile may differ in",
        "`[dlms.logical_names]`.",
        "",
        *shown(DEVICES[METER_SAP]),
        "",
        f"## COSEM objects of the hub (logical device {HUB_SAP})",
        "",
        *shown(DEVICES[HUB_SAP]),
        "",
        f"## COSEM objects of the gas meter behind the hub (logical device {GAS_SAP})",
        "",
        *shown(DEVICES[GAS_SAP]),
        "",
        "## Events",
        "",
        "Codes, the log each stands in, and whether it is an alert; a profile's `[alerts]` may differ.",
        "",
        *codes(),
        "",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")

"""Write docs/reference.md from the code's tables: `python docs/generate.py`. A test fails when it is out of date."""

from pathlib import Path

from emulator.device.commands import COMMANDS
from emulator.device.items import ITEMS
from emulator.device.logs import LINES
from emulator.dlms.objects.object_list import DEVICES, HUB_SAP, METER_SAP
from emulator.dlms.objects.rows import Level, Object
from emulator.farm import library
from emulator.headend import places

TARGET = Path(__file__).with_name("reference.md")


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def items() -> list[str]:
    """Data items, and where each stands on the first profile's wire."""
    profile = library.packaged(library.names()[0])
    stand = {
        key: f"{place.target.class_id}: {place.target.logical_name}, {place.target.number}"
        for key, place in places(profile, METER_SAP).items()
    }
    stand["tou_wh"] = "3: 1.0.1.8.1.255 and on, 2"
    return table(
        ("key", "name in the functional reference", "unit", "class: logical name, attribute"),
        [(f"`{item.key}`", item.title, item.unit or "-", stand.get(item.key, "not on the wire")) for item in ITEMS],
    )


def commands() -> list[str]:
    """Commands, who may send them, and their fields."""
    return table(
        ("command", "title", "from", "fields", "meaning"),
        [
            (
                f"`{kind.__name__}`",
                kind.title,
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
    """Codes of the event and the security log."""
    rows = [(f"0x{line.code:04X}", line.log, line.meaning, kind.__name__) for kind, line in LINES.items()]
    return table(("code", "log", "meaning", "happening"), sorted(rows))


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
        *items(),
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
        "## Log codes",
        "",
        *codes(),
        "",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")

"""Write docs/profiles.md and docs/fidelity.md from the profiles: `python docs/generate_profiles.py`.

A test fails when they are out of date. Nothing here knows a family by name: what is written is what its file says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.device.fidelity import KINDS, Line, assumed_share, counts, ledger
from emulator.device.overlay import versions
from emulator.device.profile import Metering, Profile
from emulator.device.profiles.profile_display import Interface
from emulator.farm import library

DOCS = Path(__file__).parent
WIRES = {"dlms": "DLMS/COSEM", "zigbee": "ZigBee only: its head end's protocol is not public", "sms": "SMS"}
IDENTITY = {"family", "model", "hub", "installation", "gas_model", "ppmid", "ihd", "display", "gas_display"}
IDENTITY |= {"firmware_model", "variations", "security", "zigbee", "pace"}
PARTS = {"esme": "electricity meter", "gsme": "gas meter", "chf": "hub", "ppmid": "PPMID", "ihd": "IHD"}
CONFIGURABLE = {"none": "not configurable", "some": "configurable in part", "each": "each configurable"}
GENERATED = "Written from `device_profiles` by `python docs/generate_profiles.py`; change the TOML, not this page."
ABOUT_PROFILES = """\
What can be told of each first-generation family, how it differs from the others, and how sure that is. *Known by* is
the least sure of what a row rests on: a *clause* of a standard, a *document*, a *capture*; or an assumption, *from
memory*, *inferred* from what is known, *by us* where we chose, *by default* where nobody wrote it down. No version here
is an entry of the published list of eligible products. More: [fidelity.md](fidelity.md)."""
ABOUT_FIDELITY = """\
Every key of a profile carries who says so. First-generation meters never had one wire protocol, and makers' own are not
public: most of what makes a meter run is an assumption. This page says which, and on what it stands. A row becomes
better by a capture or a document: then change its `provenance` in the TOML. `meterfarm profile fidelity NAME` prints
the same, of a file of your own too. Quirks that are off are left out: they say nothing of a set."""
LONGEST = 60


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a Markdown table, and an empty line after it."""
    lines = [tuple(columns), tuple("---" for _ in columns), *(tuple(row) for row in rows)]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]


def shown(value: Any) -> str:
    """Write a value of a profile short enough for a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        text = ", ".join(map(shown, value)) or "none"
    elif isinstance(value, dict):
        text = ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items()) or "none"
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def percent(thousandths: int) -> str:
    """Write thousandths as per cent."""
    return f"{thousandths / 10:.1f} %".replace(".0 %", " %")


class Page:
    """A profile and what its ledger says of each key."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.lines = ledger(profile)
        self.by_place = {line.place: line for line in self.lines}

    def sure(self, *places: str) -> str:
        """Say how sure some keys are: the words of the least sure."""
        return max((self.by_place[place].kind for place in places if place in self.by_place), key=KINDS.index)


def devices(page: Page) -> list[str]:
    """Write who made what, and how it is marked."""
    profile, rows = page.profile, []
    named = (
        ("electricity meter", "model", profile.model),
        ("gas meter", "gas_model", profile.gas_model),
        ("hub", "hub", profile.hub),
        ("PPMID", "ppmid", profile.ppmid),
        ("IHD", "ihd", profile.ihd),
    )
    for device, block, maker in named:
        if maker is not None:
            flag, code = getattr(maker, "flag", "-"), getattr(maker, "zigbee_code", None)
            rows.append(
                (
                    *(device, f"{maker.maker} {maker.model}", flag, "-" if code is None else f"0x{code:04X}"),
                    *(maker.oui, f"`{maker.serial}`", f"`{maker.firmware}`", page.sure(f"{block}.model")),
                )
            )
    return table(
        ("device", "maker and model", "FLAG", "ZigBee", "OUI", "serial number", "firmware", "model known"), rows
    )


def block_tariffs(metering: Metering) -> str:
    """Write what block tariffs a meter has."""
    if not metering.blocks:
        return "none"
    return f"up to {metering.blocks}, {'of each of 8 rates' if metering.hybrid else 'one set for all hours'}"


def abilities(page: Page) -> list[str]:
    """Write what a set can do, each with how sure it is."""
    profile = page.profile
    metering, pays, alerts = profile.metering, profile.prepayment, profile.alerts
    backup = f"runs {profile.clock.backup_s} s" if profile.clock.backup_s else "runs on"
    channels = [name for name, has in (("export", metering.export), ("reactive", metering.reactive)) if has]
    rows = [
        ("Prepayment", pays.level, page.sure("prepayment.level")),
        ("Rates", str(metering.tou_registers), page.sure("metering.tou_registers")),
        ("Blocks", block_tariffs(metering), page.sure("metering.blocks", "metering.hybrid")),
        ("Registers beside import", ", ".join(channels) or "none", page.sure("metering.export", "metering.reactive")),
        (
            "Half hours",
            f"{metering.import_profile_days} days of import, {metering.other_profile_days} of the others",
            page.sure("metering.import_profile_days", "metering.other_profile_days"),
        ),
        (
            "Logs",
            (f"{profile.logs.event_entries} events, {profile.logs.security_entries} security events, "
            f"{metering.daily_reads} midnights, {metering.billing_entries} bills"),
            page.sure("logs.event_entries", "metering.daily_reads", "metering.billing_entries"),
        ),
        (
            "Alerts",
            f"{alerts.set}{' and the optional ones' if alerts.optional else ''}, {CONFIGURABLE[alerts.configurable]}",
            page.sure("alerts.configurable"),
        ),
        ("Load limit", shown(profile.power.load_limit), page.sure("power.load_limit")),
        ("Averages of the voltage", shown(profile.voltage.averages), page.sure("voltage.averages")),
        ("Clock without mains", backup, page.sure("clock.backup_s")),
        ("WAN", {"always_on": "always attached", "wake_on_sms": "asleep until an SMS"}[profile.wan.mode],
         page.sure("wan.mode")),
        ("Home network", f"{profile.han.capacity} devices", page.sure("han.capacity")),
        (
            "Answers after",
            (f"{profile.pace.response_ms} to {profile.pace.response_ms + profile.pace.response_spread_ms} ms; "
            f"busy after a write: {profile.pace.busy}"),
            page.sure("pace.response_ms"),
        ),
    ]  # fmt: skip
    if pays.level != "none":
        code = (
            f"{pays.utrn_digits.replace('-', ', ')} digits; {pays.utrn_tries} wrong ones within {pays.utrn_window_s} s "
            f"lock entry for {pays.utrn_lock_s} s"
        )
        rows.insert(1, ("Top-up codes", code, page.sure("prepayment.utrn_tries", "prepayment.utrn_lock_s")))
    if profile.alerts.codes:
        codes = ", ".join(f"{name} 0x{code:04X}" for name, code in profile.alerts.codes.items())
        rows.append(("Alert codes of its own", codes, page.sure("alerts.codes")))
    if profile.dlms is not None:
        names = ", ".join(f"{name} {code}" for name, code in profile.dlms.logical_names.items())
        rows.append(("Largest APDU", f"{profile.dlms.max_apdu} octets", page.sure("dlms.max_apdu")))
        rows.append(("Logical names of its own", names or "none", page.sure("dlms.logical_names")))
    return table(("what", "of this set", "known by"), [*rows, *more_abilities(page)])


def more_abilities(page: Page) -> list[tuple[str, str, str]]:
    """Write what only some sets have."""
    profile, rows = page.profile, []
    if profile.firmware_model is not None:
        parts = "; ".join(
            f"{PARTS[part.device]}: {part.name}{'' if part.over_the_air else ' (not over the air)'}"
            for part in profile.firmware_model.parts
        )
        rows.append(("Firmware", f"{profile.firmware_model.stages}: {parts}", page.sure("firmware_model.stages")))
    if profile.schedules is not None:
        held = f"{', '.join(profile.schedules.kinds)}, told by {profile.schedules.by}"
        rows.append(("Schedules on the meter", held, page.sure("schedules.kinds")))
    for name, block in (("Optical port", profile.optical), ("Optical port of the gas meter", profile.gas_optical)):
        if block is not None:
            window = f", live {block.window_s} s after a key" if block.window_s else ""
            lock = ", can be locked" if block.lockable else ""
            place = "optical.modes" if block is profile.optical else "gas_optical.modes"
            rows.append((name, f"mode {' and '.join(block.modes)}{window}{lock}", page.sure(place)))
    if profile.gas_device is not None:
        gas = (
            f"wakes every {profile.gas_device.wake_interval_s} s, half hours in {profile.gas_device.profile_unit}, "
            f"battery for {profile.gas_device.battery_days} days"
        )
        rows.append(("Gas meter", gas, page.sure("gas_device.wake_interval_s", "gas_device.battery_days")))
    if profile.zigbee is not None:
        clusters = "; ".join(f"{name}: {', '.join(one.servers)}" for name, one in profile.zigbee.devices.items())
        rows.append(("Smart Energy", f"{profile.zigbee.version}; {clusters}", page.sure("zigbee.devices")))
    if profile.security is not None:
        rows.append(("Keys it holds", ", ".join(profile.security.keys), page.sure("security.keys")))
    return rows


def interface(name: str, block: Interface, words: dict[str, str]) -> list[str]:
    """Write what a display shows and what its keys do."""
    lines = [f"{name} ({block.kind}, back to its first page after {block.idle_s} s):", ""]
    keys = {key: None for held in block.keys.values() for key in held}
    rows = [
        (f"`{key}`", *(" or else ".join(block.keys.get(state, {}).get(key, ())) or "-" for state in STATES))
        for key in keys
    ]
    lines += table(("key", "on a page", "in a code", "at a question"), rows)
    labels = [page.label or page.shows for page in block.menus["main"]]
    lines += [f"First pages: {', '.join(f'*{label}*' for label in labels)}.", ""]
    if words:
        lines += [f"Words: {', '.join(f'{key} *{word}*' for key, word in words.items())}.", ""]
    return lines


STATES = ("pages", "entry", "asked")


def displays(page: Page) -> list[str]:
    """Write what people see and press at the meters."""
    profile = page.profile
    own: dict[str, str] = {**profile.display.words, **profile.prepayment.words}
    lines = interface("The electricity meter", profile.display, own if profile.prepayment.level != "none" else {})
    if profile.gas_display is not None:
        lines += interface("The gas meter", profile.gas_display, dict(profile.gas_display.words))
    return lines


def firmware(page: Page) -> list[str]:
    """Write what versions there are and what they change."""
    profile = page.profile
    rest = 1000 - sum(one.share for one in profile.versions)
    rows = [(f"`{versions(profile)[0]}`", percent(rest), "as on this page")]
    for one in profile.versions:
        changes = [
            f"{block}.{key} = {shown(value)}" for block, keys in one.changes.items() for key, value in keys.items()
        ]
        rows.append((f"`{one.firmware}`", percent(one.share), "; ".join(changes)))
    return table(("firmware", "of its meters", "what it changes"), rows)


def peculiar(page: Page) -> list[str]:
    """Write the keys in which no other packaged family is like this one."""
    others = [ledger(library.packaged(name)) for name in library.names() if name != page.profile.name]
    taken = [{line.place: line.value for line in lines} for lines in others]
    rows = [
        (f"`{line.place}`", shown(line.value), line.kind)
        for line in page.lines
        if line.block not in IDENTITY and all(line.place not in one or one[line.place] != line.value for one in taken)
    ]
    return (
        table(("key", "of this family alone", "known by"), rows) if rows else ["Nothing but its names and words.", ""]
    )


def family(profile: Profile) -> list[str]:
    """Write one family's section."""
    page, enrolled = Page(profile), profile.family
    lines = [f"## {profile.title}", ""]
    of_estate = ""
    if enrolled is not None:
        whose = f"cohort {enrolled.cohort}" if enrolled.cohort != "none" else "no cohort, for tests"
        of_estate = (
            f" {whose[0].upper()}{whose[1:]}, {percent(enrolled.weight)} of the estate ({page.sure('family.weight')})."
        )
    lines += [
        (
            f"`{profile.name}`. Wire: {WIRES[profile.protocol]}.{of_estate}"
            f" {percent(assumed_share(page.lines))} of its {len(page.lines)} keys are assumed."
        ),
        "",
        *devices(page),
        "### What it can do",
        "",
        *abilities(page),
        "### What people see and press",
        "",
        *displays(page),
        "### Where no other family is like it",
        "",
        *peculiar(page),
    ]
    if profile.variations is not None:
        lines += ["### What an adapter must know", ""]
        for row in profile.variations.rows:
            steps = f" Steps: {', '.join(row.steps)}." if row.steps else ""
            lines.append(f"- {row.service}: {row.differs}.{steps}")
        lines.append("")
    return [*lines, "### Versions", "", *firmware(page), "### How sure we are", "", *sureness(page)]


def sureness(page: Page) -> list[str]:
    """Write how many keys are known by what, and the sources that are documents."""
    told = ", ".join(f"{count} {kind}" for kind, count in counts(page.lines).items() if count)
    sources = {line.claim.source: None for line in page.lines if line.claim.provenance in {"document", "capture"}}
    return [
        f"Keys known by: {told}.",
        "",
        *(f"- {source}" for source in sources),
        "" if sources else "No document.",
        "",
    ]


def overview(profiles: Sequence[Profile]) -> list[str]:
    """Write all families side by side."""
    rows = []
    for profile in profiles:
        firm = profile.firmware_model
        rows.append(
            (
                f"`{profile.name}`",
                profile.protocol,
                "-" if profile.family is None else f"{profile.family.cohort}, {percent(profile.family.weight)}",
                profile.prepayment.level,
                str(profile.metering.tou_registers),
                str(profile.metering.blocks),
                f"{profile.metering.import_profile_days}",
                "-" if profile.gas_model is None else profile.gas_model.model,
                "-" if firm is None else firm.stages,
                profile.alerts.configurable,
                "no" if profile.schedules is None else "yes",
                percent(assumed_share(ledger(profile))),
            )
        )
    columns = ("family", "wire", "cohort and weight", "prepayment", "rates", "blocks", "days", "gas meter", "firmware")
    return table((*columns, "alerts configurable", "schedules", "assumed"), rows)


def profiles_page(profiles: Sequence[Profile]) -> str:
    """Give docs/profiles.md."""
    lines = [
        "# The families",
        "",
        GENERATED,
        "",
        ABOUT_PROFILES,
        "",
        *overview(profiles),
    ]
    for profile in profiles:
        lines += family(profile)
    return "\n".join(lines).rstrip("\n") + "\n"


def fidelity(profiles: Sequence[Profile]) -> list[str]:
    """Write the ledger: counts, the blocks, then what the families assume, by what it stands on."""
    ledgers = {profile.name: ledger(profile) for profile in profiles}
    every = [line for lines in ledgers.values() for line in lines]
    rows = [
        (f"`{name}`", str(len(lines)), *map(str, counts(lines).values()), percent(assumed_share(lines)))
        for name, lines in (*ledgers.items(), ("all", tuple(every)))
    ]
    lines = [*table(("family", "keys", *KINDS, "assumed"), rows), "## Assumed keys of all keys, block by block", ""]
    lines += blocks_of(ledgers)
    told = {name: assumptions(held) for name, held in ledgers.items()}
    often = [one for one, found in Counter(one for held in told.values() for one in held).items() if found > 1]
    common = sorted(often, key=lambda one: [one.startswith(f"- *{kind}*") for kind in KINDS].index(True))
    lines += ["## What several families assume alike", "", *common, ""]
    for name, held in told.items():
        own = [one for one in held if one not in common]
        lines += [f"## {name}", "", "Assumed by this family, by what it stands on:", "", *own, ""]
    return lines


def blocks_of(ledgers: Mapping[str, Sequence[Line]]) -> list[str]:
    """Count assumed keys block by block, families side by side."""
    names = dict.fromkeys(line.block for lines in ledgers.values() for line in lines)
    rows = []
    for name in names:
        held = [[line.assumed for line in lines if line.block == name] for lines in ledgers.values()]
        rows.append((f"`{name}`", *(f"{sum(one)} of {len(one)}" if one else "-" for one in held)))
    return table(("block", *ledgers), rows)


def assumptions(lines: Sequence[Line]) -> list[str]:
    """Write what is assumed, one line a source. Keys that nobody wrote down are counted only."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        if line.assumed and line.claim.basis != "by default":
            found.setdefault((line.kind, line.claim.source), []).append(f"`{line.place}`")
    ordered = sorted(found.items(), key=lambda one: KINDS.index(one[0][0]))
    return [f"- *{kind}*, {source}: {', '.join(places)}" for (kind, source), places in ordered]


def fidelity_page(profiles: Sequence[Profile]) -> str:
    """Give docs/fidelity.md."""
    lines = [
        "# How sure the families are",
        "",
        GENERATED,
        *("", ABOUT_FIDELITY, ""),
        *fidelity(profiles),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def documents() -> dict[Path, str]:
    """Give both pages by where they belong."""
    profiles = list(map(library.packaged, library.names()))
    return {DOCS / "profiles.md": profiles_page(profiles), DOCS / "fidelity.md": fidelity_page(profiles)}


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, "utf-8")

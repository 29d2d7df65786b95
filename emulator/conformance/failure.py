"""What a failing test prints: its seed, its homes, what last passed their wires, the journal's tail, how to replay."""

from typing import Any, Final

from emulator.conformance.fixture import Meterfarm
from emulator.conformance.stage import Stage
from emulator.conformance.verdict import Octets
from emulator.device.instant import isoformat
from emulator.device.journal import Entry, describe

LAST_WIRE: Final = 8
LAST_JOURNAL: Final = 20
MOST_LINES: Final = 24
"""Of one exchange: a log of a month is longer."""
_LONGEST: Final = 160
_NOT_SHOWN: Final = frozenset({"seq", "at", "device", "event"})


async def told(farm: Meterfarm, repro: str) -> str:
    """Tell what somebody needs to see why a test failed. `repro` says where its repro is, or why there is none."""
    lines = [f"seed: {farm.seed} (the same again with METERFARM_SEED={farm.seed})"]
    for number, home in enumerate(farm.homes, start=1):
        stage = home.stage
        lines += ["", f"home {number}: {home.profile}, seed {stage.seed}, now {isoformat(home.now)}"]
        lines += _wire(stage.wire)
        lines += await _journal(stage)
    return "\n".join([*lines, "", repro])


def _wire(passed: list[Octets]) -> list[str]:
    shown = passed[-LAST_WIRE:]
    if not shown:
        return ["  nothing passed its wire"]
    lines = [f"  its wire, the last {len(shown)} of {len(passed)}:"]
    for octets in shown:
        count = len(bytes.fromhex(octets.hex))
        lines.append(f"    {isoformat(octets.at)} {octets.way} the home, {count} octets")
        decoded = octets.decoded.splitlines() or ["the beginning of a frame"]
        lines += [f"      {line[:_LONGEST]}" for line in decoded[:MOST_LINES]]
        if len(decoded) > MOST_LINES:
            lines.append(f"      ... and {len(decoded) - MOST_LINES} lines more")
    return lines


async def _journal(stage: Stage) -> list[str]:
    entries: list[Entry] = await stage.journal()
    shown = entries[-LAST_JOURNAL:]
    if not shown:
        return ["  nothing happened in it"]
    lines = [f"    {_entry(one)}" for one in describe(shown)]
    return [f"  its journal, the last {len(shown)} of {len(entries)}:", *lines]


def _entry(one: dict[str, Any]) -> str:
    fields = " ".join(f"{key}={value}" for key, value in one.items() if key not in _NOT_SHOWN)
    return f"{isoformat(one['at'])} {one['device']} {one['event']} {fields}".rstrip()[:_LONGEST]

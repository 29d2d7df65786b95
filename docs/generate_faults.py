"""Write docs/faults.md: the catalogue of faults as a page for people, from the rows themselves."""

from collections.abc import Iterator
from pathlib import Path

from emulator.api.fault_verbs import needed, place
from emulator.device.faults import catalogue
from emulator.device.faults.catalogue import FAULTS
from emulator.device.faults.fault import Fault, Parameter

TARGET = Path(__file__).with_name("faults.md")
HEAD = """# Faults

What labs complain about, as data: each fault has a name, parameters, what it is put into, a start, a stop and a chance,
and is drawn from a seed. This page is written by `python docs/generate_faults.py` from the rows themselves.

```
meterfarm fault ls                                     # all of them; `fault ls W1` explains one
meterfarm fault home-1 power_cut --for 45m
meterfarm fault 'home-*' gas_meter_lost --probability 0.1
meterfarm fault cohort:elster-as300p link_delay delay_ms=800 spread_ms=400
meterfarm fault active
meterfarm fault clear home-1 --number 3
```

In Python: `await farm.faults.put_in("power_cut", "home-*", for_ms=2_700_000)`, `VirtualHome(...).fault("W1", "2h")`.
In an estate file, a `[[fault]]` with `name`, `into`, `probability`, `starts`, `lasts` and `[fault.given]` stands in it
from the farm's first start. A home remembers its faults in its state, its journal says when each starts and stops, and
a home that is woken late lives through them from their start.

A row of the reference (device dossier, section 4) has its id; the others are ours. What software cannot show is said at
the row, and a row of which nothing can be shown refuses to start.
"""


def document() -> str:
    """Give the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    rows = [fault for fault in FAULTS if fault.row]
    told_only = sum(fault.wholly_absent for fault in FAULTS)
    shown = f"{told_only} of them cannot be shown at all" if told_only else "something of each can be shown"
    yield f"{len(FAULTS)} faults, {len(rows)} of them rows of the reference; {shown}."
    for module in dict.fromkeys(_module(fault) for fault in FAULTS):
        title = str(module.__doc__).split("\n", 1)[0].rstrip(".")
        yield f"\n## {title}\n"
        for fault in FAULTS:
            if _module(fault) is module:
                yield from _fault(fault)


def _module(fault: Fault) -> object:
    modules = [one for one in vars(catalogue).values() if fault in getattr(one, "FAULTS", ()) and one is not catalogue]
    return modules[0]


def _fault(fault: Fault) -> Iterator[str]:
    row = f" ({fault.row})" if fault.row else ""
    yield f"### `{fault.name}`{row}: {fault.title}\n"
    yield f"{fault.behaviour}\n"
    needs = f"; {needed(fault)}" if fault.needs else ""
    yield f"Put into {place(fault)}{needs}. Source: {fault.source}.\n"
    if fault.absent:
        yield f"**Not reproduced:** {fault.absent}.\n"
    if fault.parameters:
        yield "| parameter | default | allowed | meaning |"
        yield "| --- | --- | --- | --- |"
        yield from (_parameter(one) for one in fault.parameters)
        yield ""


def _parameter(one: Parameter) -> str:
    allowed = ", ".join(one.words) if one.words else f"{one.least} to {one.most}"
    return f"| `{one.name}` | {one.default} | {allowed} | {one.meaning} |"


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")

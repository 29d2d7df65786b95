"""Faults of the link and of the protocol.

The farm's links spoil by them, and the protocol below its services.

All of them are ours: what adapters must live with on any air (functional reference 4.3; device dossier 4.1 in part).
"""

from emulator.device.faults.fault import Fault, Parameter

_PER_MILLE = Parameter("per_mille", 100, "of a thousand frames, so many are hit", 0, 1_000)
_WAY = Parameter("way", "both", "which direction: to the meter, from it, or both", words=("in", "out", "both"))
_SOURCE = "ours: what a mobile network, a modem or a careless implementation does"


def _row(name: str, title: str, behaviour: str, *parameters: Parameter, absent: str = "") -> Fault:
    return Fault(
        name=f"link_{name}",
        title=title,
        behaviour=behaviour,
        source=_SOURCE,
        target="link",
        parameters=parameters,
        spoils=name,
        needs=("dlms",),  # the one wire the farm serves by now
        absent=absent,
    )


FAULTS = (
    _row("loss", "Frames lost", "A frame vanishes: a request that no answer comes to.", _PER_MILLE, _WAY),
    _row(
        "delay",
        "Frames late",
        "A frame takes a while: a fixed time, and a drawn one on top, evenly spread or with a long tail (jitter).",
        Parameter("delay_ms", 500, "the least that it takes", 0, 600_000),
        Parameter("spread_ms", 500, "what chance adds at most, or in the mean with a long tail", 0, 600_000),
        Parameter("shape", "uniform", "how chance adds", words=("uniform", "exponential")),
        Parameter("per_mille", 1_000, "of a thousand frames, so many are late", 0, 1_000),
        Parameter("way", "out", "which direction", words=("in", "out", "both")),
    ),
    _row("truncation", "Frames cut short", "Only the beginning of a frame arrives; the link stays.", _PER_MILLE, _WAY),
    _row("duplication", "Frames twice", "A frame arrives twice.", _PER_MILLE, _WAY),
    _row(
        "corruption",
        "Frames garbled",
        "Bits of a frame are turned over on the way.",
        _PER_MILLE,
        Parameter("bits", 1, "how many bits of the frame", 1, 64),
        _WAY,
    ),
    _row("reset", "Link reset", "The link is reset in the middle of a frame.", _PER_MILLE, _WAY),
    _row(
        "drip",
        "Slow drip",
        "Octets come a few at a time, as over a line that is nearly dead.",
        Parameter("octets", 1, "how many at a time", 1, 1_024),
        Parameter("every_ms", 50, "how long between them", 1, 60_000),
        Parameter("per_mille", 1_000, "of a thousand frames, so many drip", 0, 1_000),
        Parameter("way", "out", "which direction", words=("in", "out", "both")),
    ),
    _row("half_open", "Half-open link", "The link is taken and stays up, and nothing is ever answered on it."),
    _row(
        "bad_check",
        "Wrong frame check sequence",
        "An HDLC frame of the meter carries a wrong FCS: the client must drop it and ask again.",
        _PER_MILLE,
        absent="the TCP wrapper has no check sequence: there this does nothing",
    ),
    _row("wrong_tag", "Wrong tag", "An answer carries the tag of another service than was asked for.", _PER_MILLE),
    _row(
        "stale_block",
        "Stale block",
        "Of an answer in blocks, a block comes a second time instead of the next one.",
        _PER_MILLE,
        absent="over HDLC the answer comes in segments of the link, which are not touched: wrapper only",
    ),
    Fault(
        name="link_old_counter",
        title="Wrong invocation counter",
        behaviour="The meter's protected answers carry a counter that it has used before; a client must refuse them.",
        source=_SOURCE,
        target="esme",
        parameters=(Parameter("back", 1, "how far the counter goes back", 1, 1_000_000),),
        changes=lambda given: {"quirks": {"counter_back": given["back"]}},
        needs=("dlms",),
    ),
    Fault(
        name="busy",
        title="Busy device",
        behaviour="For a while after each write the device is busy with it: it answers reads and writes with a "
        "temporary failure, or not at all.",
        source="ours; device dossier 1.2 on bundled transactions",
        target="esme",
        parameters=(
            Parameter("busy_after_write_ms", 5_000, "how long, of the home's time", 0, 600_000),
            Parameter("busy", "temporary-failure", "what it answers", words=("temporary-failure", "silent")),
        ),
        changes=lambda given: {"pace": dict(given)},
        needs=("dlms",),
    ),
)

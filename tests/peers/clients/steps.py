"""What the peer drivers do alike: read one job on stdin, run its steps, print one JSON document on stdout.

Knows no client library and imports nothing of the package under test. A driver opens an association and
hands over a `Peer`; every value a peer gives is plain JSON already, with octet strings as {"octets": hex},
texts as {"text": ...}, bit strings as {"bits": "01..."} and date-times as {"datetime": iso}.
"""

import contextlib
import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any, Protocol

MAX_EXCHANGES = 5_000
"""No read here needs more frames; a loop that reaches it has met an endless answer."""
TIMEOUT_S = 10.0

# Data-Access-Result and Action-Result of the xDLMS ASN.1 module share these (IEC 62056-5-3).
RESULT_NAMES = {
    0: "success",
    1: "hardware-fault",
    2: "temporary-failure",
    3: "read-write-denied",
    4: "object-undefined",
    9: "object-class-inconsistent",
    11: "object-unavailable",
    12: "type-unmatched",
    13: "scope-of-access-violated",
    14: "data-block-unavailable",
    15: "long-get-aborted",
    16: "no-long-get-in-progress",
    17: "long-set-aborted",
    18: "no-long-set-in-progress",
    19: "data-block-number-invalid",
    250: "other-reason",
}
_READABLE_BEFORE_V3 = {1, 3, 4, 6}
_ASSOCIATION = (15, "0.0.40.0.0.255")


class Refusal(Exception):  # noqa: N818  (it is the meter's answer, not an error)
    """The meter answered, and the answer is a refusal."""

    def __init__(self, kind: str, code: int) -> None:
        super().__init__(f"{kind} {code} ({RESULT_NAMES.get(code, '?')})")


class Rejected(Exception):  # noqa: N818
    """The meter did not accept the association, or answered with an exception-response."""


class Unsupported(Exception):  # noqa: N818
    """The client library cannot do this; the meter was not asked."""

    def __init__(self, what: str) -> None:
        super().__init__(f"unsupported by this client: {what}")


class LinkLost(Exception):  # noqa: N818
    """The connection is gone or silent; later steps cannot run."""


class Peer(Protocol):
    """One open association of one client library."""

    negotiated: dict[str, Any]

    def objects(self) -> list[dict[str, Any]]: ...
    def get(self, class_id: int, logical_name: str, attribute: int) -> dict[str, Any]: ...
    def model(self, class_id: int, logical_name: str) -> dict[str, Any]: ...
    def get_list(self, items: list[tuple[int, str, int]]) -> list[dict[str, Any]]: ...
    def get_range(self, logical_name: str, start: dt.datetime, end: dt.datetime) -> dict[str, Any]: ...
    def get_entries(self, logical_name: str, first: int, last: int) -> dict[str, Any]: ...
    def get_clock(self, logical_name: str) -> dt.datetime: ...
    def set(self, class_id: int, logical_name: str, attribute: int, kind: str, value: Any) -> None: ...
    def action(self, class_id: int, logical_name: str, method: int, kind: str, value: Any) -> Any: ...
    def count_from(self, counter: int) -> None: ...
    def release(self) -> None: ...
    def close(self) -> None: ...


def describe(error: Exception) -> str:
    """Give an error as the one line a test can read: the meter's own number first, if it was the meter."""
    if isinstance(error, Refusal | Rejected | Unsupported):
        return str(error)
    if isinstance(error, LinkLost | OSError):
        return f"link lost: {error}"
    return f"client: {type(error).__name__}: {error}"


def plain_time(moment: dt.datetime) -> dict[str, str]:
    """Give a date-time as JSON: in UTC if the client knew the offset, else as it stood on the wire."""
    return {"datetime": (moment.astimezone(dt.UTC) if moment.tzinfo else moment).isoformat()}


def moment_of(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def ln_octets(logical_name: str) -> bytes:
    return bytes(int(part) for part in logical_name.split("."))


def readable(access: int, association_version: int) -> bool:
    """Say whether an access mode of the object list allows GET (Blue Book, Association LN)."""
    return bool(access & 1) if association_version >= 3 else access in _READABLE_BEFORE_V3


def main(open_peer: Callable[[dict[str, Any]], Peer]) -> None:
    """Run the job on stdin. What the library prints goes to stderr: stdout carries the document alone."""
    job = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        document = _run(job, open_peer)
    json.dump(document, sys.stdout)


def _run(job: dict[str, Any], open_peer: Callable[[dict[str, Any]], Peer]) -> dict[str, Any]:
    document: dict[str, Any] = {"associated": False, "error": None, "steps": []}
    try:
        peer = open_peer(job)
    except Exception as error:  # noqa: BLE001  (what any library raises is this job's answer)
        return document | {"error": describe(error)}
    document |= {"associated": True, "negotiated": peer.negotiated}
    lost = False
    for step in job["steps"]:
        done = _attempt(peer, step)
        document["steps"].append(done)
        lost = not done["ok"] and done["error"].startswith("link lost")
        if lost:
            break
    if not lost:  # a dead link would only cost more time-outs; the process ends and the socket with it
        with contextlib.suppress(Exception):
            peer.close()
    return document


def _attempt(peer: Peer, step: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": True, "result": _STEPS[step["do"]](peer, step), "error": None}
    except Exception as error:  # noqa: BLE001  (as above: the error is the result of the step)
        return {"ok": False, "result": None, "error": describe(error)}


def _address(step: dict[str, Any]) -> tuple[int, str, int]:
    return step["class"], step["logical_name"], step.get("attribute", step.get("method"))


def _read_all(peer: Peer, step: dict[str, Any]) -> dict[str, Any]:
    """Read every attribute that the list calls readable, but those of "except": [[class, name, attribute]]."""
    objects = peer.objects()
    versions = {(o["class"], o["logical_name"]): o["version"] for o in objects}
    version = versions.get(_ASSOCIATION, 0)
    left_out = {tuple(item) for item in step.get("except", [])}
    found = []
    for o in objects:
        for attribute, access in o["attributes"]:
            place = (o["class"], o["logical_name"], attribute)
            if place in left_out or not readable(access, version):
                continue
            done = _attempt(peer, {"do": "get", "class": place[0], "logical_name": place[1], "attribute": attribute})
            found.append({"class": place[0], "logical_name": place[1], "attribute": attribute} | done)
            if not done["ok"] and done["error"].startswith("link lost"):
                raise LinkLost(f"{done['error']} at {place}")
    return {"objects": len(objects), "association_version": version, "attributes": found}


_STEPS: dict[str, Callable[[Peer, dict[str, Any]], Any]] = {
    "objects": lambda peer, _: peer.objects(),
    "get": lambda peer, s: peer.get(*_address(s)),
    "model": lambda peer, s: peer.model(s["class"], s["logical_name"]),
    "get_list": lambda peer, s: peer.get_list([_address(item) for item in s["items"]]),
    "get_range": lambda peer, s: peer.get_range(s["logical_name"], moment_of(s["from"]), moment_of(s["to"])),
    "get_entries": lambda peer, s: peer.get_entries(s["logical_name"], s["from"], s["to"]),
    "get_clock": lambda peer, s: plain_time(peer.get_clock(s["logical_name"])),
    "set": lambda peer, s: peer.set(*_address(s), s["type"], s["value"]),
    "action": lambda peer, s: peer.action(*_address(s), s["type"], s["value"]),
    "read_all": _read_all,
    "count_from": lambda peer, s: peer.count_from(s["counter"]),
    "release": lambda peer, _: peer.release(),
}

"""Runs one job of a peer client in a process of its own and gives back the document it prints.

Two of the clients are under the GPL: nothing here imports them. What a job and its document hold is written at
the top of `clients/steps.py` and in `job` below.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

PEERS_PYTHON = "METERFARM_PEERS_PYTHON"
HOW_TO_INSTALL = (
    f"{PEERS_PYTHON} does not name a Python that holds the peer clients: python -m venv .peers && "
    f".peers/bin/pip install -r tests/peers/requirements.txt && export {PEERS_PYTHON}=$PWD/.peers/bin/python"
)
PROCESS_TIMEOUT_S = 60
_CLIENTS = Path(__file__).parent / "clients"
SCRIPTS = {
    "gurux": _CLIENTS / "gurux_client.py",
    "dlms-cosem": _CLIENTS / "dlms_cosem_client.py",
    "pydlms": _CLIENTS / "pydlms_client_driver.py",
    "gurux-optical": _CLIENTS / "gurux_optical_client.py",
    "optical-readers": _CLIENTS / "optical_readers.py",
    "notifications": _CLIENTS / "notification_readers.py",
}


class PeerFailed(Exception):  # noqa: N818
    """A client process ended without its document: a fault of the driver or the library, not an answer."""


def job(address: dict[str, Any], who: str, framing: str, steps: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Write the job of one association of the client `who` ("public", "reader", "management").

    `more` may hold security={...} to change fields of the client's security, server (another logical device), and
    the options max_pdu, gbt (long answers come by general-block-transfer alone), gbt_window, hdlc={"information",
    "window"} (proposed with SNRM) and address_octets (of the server, in HDLC; pydlms only).
    """
    client = address["clients"][who]
    return {
        "host": address["host"],
        "port": address["port"],
        "framing": framing,
        "client": client["client"],
        "server": address["server"],
        "physical": address.get("physical"),
        "security": client["security"] | more.pop("security", {}),
        "steps": steps,
        **more,
    }


def run(python: str, client: str, work: dict[str, Any]) -> dict[str, Any]:
    """Run a job and give its document. A client that hangs is killed (it alone), and that is a failure."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        ended = subprocess.run(
            [python, str(SCRIPTS[client])],
            input=json.dumps(work),
            capture_output=True,
            text=True,
            timeout=PROCESS_TIMEOUT_S,
            env=surroundings,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerFailed(f"{client} did not end within {PROCESS_TIMEOUT_S} s: {error.stderr!r}") from error
    if ended.returncode:
        raise PeerFailed(f"{client} ended with {ended.returncode}: {ended.stderr[-2_000:]}")
    document: dict[str, Any] = json.loads(ended.stdout)
    return document

"""Access from what another process was told: a row of GET /devices at a stage (`conformance/bench_port.py`)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.dlms.access import Access
from emulator.farm import library

_PLAIN: Final = ("client", "server", "authentication", "policy")
_KEYS: Final = ("password", "encryption_key", "authentication_key", "master_key")


def told_access(row: Mapping[str, Any], level: str) -> Access:
    """Give what a client needs at a device, to be public, reader or management.

    Raises KeyError for a level, or a device, that has no such wire, and what `library.packaged` raises.
    """
    told, profile = row["access"][level], library.packaged(row["profile"])
    return Access(
        host=row["host"],
        port=row["port"],
        profile=profile,
        public_client=row["access"]["public"]["client"],
        physical_address=profile.wire.hdlc.physical_address,
        **{name: told[name] for name in _PLAIN},
        **{name: bytes.fromhex(told[f"test_{name}"]) for name in _KEYS},
    )

"""Access from what another process was told: a row of GET /devices at a stage (`conformance/bench_port.py`)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.dlms.access import Access
from emulator.farm import library

_KEYS: Final = ("password", "encryption_key", "authentication_key", "master_key")


def told_access(row: Mapping[str, Any], level: str) -> Access:
    """Give what a client needs at a device, to be public, reader or management.

    Raises KeyError for a level, or a device, that has no such wire, and what `library.packaged` raises.
    """
    told, profile = row["access"][level], library.packaged(row["profile"])
    password, encryption, authentication, master = (bytes.fromhex(told[f"test_{name}"]) for name in _KEYS)
    return Access(
        host=row["host"],
        port=row["port"],
        profile=profile,
        server=told["server"],
        client=told["client"],
        public_client=row["access"]["public"]["client"],
        authentication=told["authentication"],
        policy=told["policy"],
        physical_address=profile.wire.hdlc.physical_address,
        password=password,
        encryption_key=encryption,
        authentication_key=authentication,
        master_key=master,
    )

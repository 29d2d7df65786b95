"""A farm in a process of its own, for tests that starve it of disk or kill it.

farm_child.py STATE [FILE_SIZE_LIMIT [OPEN_FILES]]: three homes on a standing clock. Prints how to reach them;
SIGTERM ends it.
"""

import asyncio
import resource
import signal
import sys
from pathlib import Path

import msgspec
import structlog
import uvloop

from emulator import Farm
from emulator.farm.store import StoreError


async def serve(state: Path, file_size: int = 0, open_files: int = 0) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Farm.start("elster-as300p", 3, seed=3, clock="@2026-03-02T10:17:00Z", state=state) as farm:
        levels = ("public", "reader", "management")
        known = [{level: farm.access(f"home-{number}", level) for level in levels} for number in (1, 2, 3)]
        if file_size:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
        if open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
        sys.stdout.write(msgspec.json.encode(known).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        uvloop.run(serve(Path(sys.argv[1]), *map(int, sys.argv[2:])))
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(4)

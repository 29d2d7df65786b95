"""Starting a farm, its memory and its first answers, from one home to a million.

python -m benchmarks.start [READS]

Nothing is pinned. Times are from the start of the process to its `ready:` line; reads go one after the other, each to
a home that nobody has touched, on a connection of its own.
"""

import random
import socket
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from statistics import median

from benchmarks import servers
from benchmarks.conversations import IMPORT, SEED, SERIAL
from emulator.device.meter import Meter
from emulator.dlms.access import access
from emulator.dlms.client import Answer, Client
from emulator.dlms.framing import wrapper
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.pdu.services import Reference
from emulator.farm.addresses import LoopbackAddresses
from emulator.farm.clock import wall
from emulator.farm.estate import Estate, from_flags
from emulator.farm.estate_file import load

MILLION = 1_000_000
STARTS = 3
IDLE_S = 5.0
MAX_READY_S, MAX_SMALL_READY_S, MAX_PSS_MIB, MAX_FIRST_READ_MS = 5.0, 2.0, 300.0, 50.0

THREE_COHORTS = """[estate]
name = "benchmark"
seed = 1
[[cohort]]
profile = "{profile}"
homes = 600000
[[cohort]]
profile = "{profile}"
homes = 300000
economy_7 = 1.0
[[cohort]]
profile = "{profile}"
homes = 100000
solar = 0.5
household = {{ shape = "domestic", daily_import_wh = 9000 }}
"""


def ask(connection: socket.socket, sap: int, exchange: Generator[bytes, bytes, Answer]) -> Answer:
    """Carry out an exchange over the wrapper, blocking."""
    try:
        apdu = next(exchange)
        while True:
            connection.sendall(wrapper.encode(sap, 1, apdu))
            deframer = wrapper.WrapperDeframer()
            while not (datagrams := deframer.feed(connection.recv(65_536))):
                pass
            apdu = exchange.send(datagrams[0].apdu)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def first_read(estate: Estate, addresses: LoopbackAddresses, index: int, level: str, target: Reference) -> float:
    """Connect, associate and read; gives milliseconds."""
    devices = LogicalDevices(Meter(estate.site(index), wall()), addresses.of(index))
    granted = access(devices, level)
    client = Client(granted)
    began = time.perf_counter()
    with socket.create_connection((granted.host, granted.port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask(connection, granted.client, client.associate())
        answer = ask(connection, granted.client, client.get(target))
        took = time.perf_counter() - began
    if not answer.accepted:
        raise RuntimeError(f"home {index + 1}: {answer.reason}")
    return took * 1_000


def reads(estate: Estate, port: int, count: int) -> None:
    addresses = LoopbackAddresses(estate.homes, port)
    chosen = random.Random(1).sample(range(estate.homes), 2 * count)
    for level, target, homes in (("public", SERIAL, chosen[:count]), ("reader", IMPORT, chosen[count:])):
        took = sorted(first_read(estate, addresses, index, level, target) for index in homes)
        p50, p99, most = (took[int((len(took) - 1) * share)] for share in (0.5, 0.99, 1))
        what = "no authentication, serial number" if level == "public" else "LLS (commits), active import"
        print(f"    first read of {count} random homes, {what:34} p50 {p50:.2f}  p99 {p99:.2f}  max {most:.2f} ms")


def measure(name: str, asked: list[str], estate: Estate, count: int) -> None:
    """Start a farm several times; the last one is read from and then left alone."""
    times = []
    for number in range(STARTS):
        began = time.perf_counter()
        with servers.farm(asked) as server:
            times.append(time.perf_counter() - began)
            if number < STARTS - 1:
                continue
            pss, rss = server.memory_mib()
            print(f"{name:34}{median(times):>8.2f} ({min(times):.2f}-{max(times):.2f}){pss:>9.1f}{rss:>9.1f}", end="")
            print(f"{_idle(server):>9.3f}")
            if estate.homes == MILLION:
                reads(estate, server.port, count)
                after = server.memory_mib()
                print(f"    after them: PSS {after[0]:.1f}, RSS {after[1]:.1f} MiB; idle CPU {_idle(server):.3f} %")


def _idle(server: servers.Server) -> float:
    """Give the share of one core that a farm takes which nobody talks to."""
    before = server.cpu_ns
    time.sleep(IDLE_S)
    return (server.cpu_ns - before) / IDLE_S / 1e7


def main(count: int) -> None:
    print(f"{'homes':34}{'ready s':>8}{'':14}{'PSS MiB':>7}{'RSS MiB':>9}{'idle %':>9}")

    for homes in (1, 10_000, MILLION):
        asked = ["--profile", servers.PROFILE, "--homes", str(homes)]
        measure(f"{homes:,}", asked, from_flags((servers.PROFILE,), homes, SEED), count)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "estate.toml"
        file.write_text(THREE_COHORTS.format(profile=servers.PROFILE), "utf-8")
        measure(f"{MILLION:,}, a file of three cohorts", [str(file)], load(file), count)
    print(f"targets: one home ready < {MAX_SMALL_READY_S:.0f} s; a million ready < {MAX_READY_S:.0f} s,", end=" ")
    print(f"PSS < {MAX_PSS_MIB:.0f} MiB, any first read < {MAX_FIRST_READ_MS:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

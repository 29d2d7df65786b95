"""Operations on the wire: how many a second, and what each costs the server, beside a bare echo and another simulator.

METERFARM_PEERS_PYTHON=PYTHON_WITH_PYDLMS python -m benchmarks.wire [SECONDS] [ROUNDS]

The servers run on core 0. The load generator runs on core 1 ("apart") or also on core 0 ("same"). Every figure is the
median of rounds that alternate between all the rows of its table, so that noise hits all alike.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from statistics import median
from typing import Any

import uvloop

from benchmarks import servers
from benchmarks.callers import Caller, Cost, Dialogue, measured
from benchmarks.conversations import IMPORT, Homes
from benchmarks.servers import Server
from emulator.dlms.client import Client

SERVER_CORE = 0
GENERATOR_CORE = {"apart": 1, "same": 0}
HOMES = 1_000
CONNECTIONS = (1, 100, 1_000)
PUBLIC, METER = 16, 1
MAX_ECHO_RATIO, MIN_PYDLMS_RATIO, MAX_MONTH_MS = 1.5, 4.0, 4.0
CALM, RETAKEN, REST_S = 0.1, 3, 0.5  # cores that others may take; how often to wait: links end after 120 s of silence
PREPARED_EACH = {1: 4_000, 100: 100}

Callers = list[Any]
Measure = Callable[[], Awaitable[Cost]]


class Bench:
    """How long and how often to measure, and the tables that come of it."""

    def __init__(self, seconds: float, rounds: int) -> None:
        self.seconds, self.rounds = seconds, rounds
        self.retaken, self.most_foreign = 0, 0.0

    async def table(self, rows: dict[Any, Measure]) -> dict[Any, list[Cost]]:
        """Measure rows in rounds; each round begins with another row."""
        found: dict[Any, list[Cost]] = {name: [] for name in rows}
        names = list(rows)
        for number in range(self.rounds):
            start = number % len(names)
            for name in names[start:] + names[:start]:
                found[name].append(await self._calm(rows[name]))
        return found

    async def _calm(self, measure: Measure) -> Cost:
        """Measure, and again a few times if other processes were at work; the calmest counts."""
        taken = [await measure()]
        while taken[-1].foreign > CALM and len(taken) <= RETAKEN:
            await asyncio.sleep(REST_S)
            taken.append(await measure())
        self.retaken += len(taken) - 1
        best = min(taken, key=lambda cost: cost.foreign)
        self.most_foreign = max(self.most_foreign, best.foreign)
        return best

    def row(self, server: Server, callers: Callers, placed: str = "apart", steps_each: int = 1) -> Measure:
        """Measure callers at a server for the agreed time."""

        async def measure() -> Cost:
            os.sched_setaffinity(0, {GENERATOR_CORE[placed]})
            return await measured(server, callers, self.seconds, steps_each)

        return measure


def middle(costs: list[Cost]) -> Cost:
    return Cost(median(cost.per_s for cost in costs), median(cost.cpu_us for cost in costs))


def ratios(upper: list[float], lower: list[float]) -> str:
    """Compare round by round: the median and the extremes."""
    each = sorted(one / other for one, other in zip(upper, lower, strict=True))
    return f"{median(each):6.2f} ({each[0]:.2f}-{each[-1]:.2f})"


# (a), (b), (c): the plain GET, the echo of its frames, the other simulator


async def plain(bench: Bench, farm: Server, homes: Homes, peer: Server | None) -> None:
    readers = [await homes.repeated(index, "reader") for index in range(HOMES)]
    request, answer = await _plain_step(homes)
    with servers.echo(answer, core=SERVER_CORE) as echo:
        echoed = [Caller(await Dialogue.dial("127.0.0.1", echo.port), cycle([(request, answer)])) for _ in readers]
        kinds: dict[str, tuple[Server, Callers]] = {"echo": (echo, echoed), "farm": (farm, readers)}
        if peer is not None:
            client = homes.known(0, "public")[1]
            kinds["pydlms"] = (peer, [await _peer_caller(peer, client) for _ in range(CONNECTIONS[1])])
        rows = {
            (placed, count, kind): bench.row(server, callers[:count], placed)
            for placed in GENERATOR_CORE
            for count in CONNECTIONS
            for kind, (server, callers) in kinds.items()
            if count <= len(callers)
        }
        found = await bench.table(rows)
        for caller in (caller for _, callers in kinds.values() for caller in callers):
            caller.close()
    print(f"\nPlain GET of active import over the TCP wrapper ({len(request)} octets asked, {answer} answered)")
    print(f"{'core':6}{'conns':>6} {'server':8}{'op/s':>9}{'us CPU':>9}   {'CPU over echo':22}{'rate over echo'}")
    for (placed, count, kind), costs in found.items():
        base = found[placed, count, "echo"]
        each = middle(costs)
        line = f"{placed:6}{count:>6} {kind:8}{each.per_s:>9,.0f}{each.cpu_us:>9.2f}"
        if kind != "echo":
            line += f"   {ratios([c.cpu_us for c in costs], [c.cpu_us for c in base]):22}"
            line += ratios([c.per_s for c in costs], [c.per_s for c in base])
        print(line)
    if peer is None:
        print(f"pydlms rows are missing: name a Python that has pydlms-client in {servers.PEERS_PYTHON}")
    else:
        print("\nFarm over pydlms-client's simulator" + " " * 16 + "rate                  CPU")
        for placed, count in ((placed, count) for placed in GENERATOR_CORE for count in CONNECTIONS[:2]):
            ours, theirs = found[placed, count, "farm"], found[placed, count, "pydlms"]
            rate = ratios([c.per_s for c in ours], [c.per_s for c in theirs])
            cpu = ratios([c.cpu_us for c in ours], [c.cpu_us for c in theirs])
            print(f"{placed:6}{count:>6} connections (target >= {MIN_PYDLMS_RATIO:.0f})   {rate:22}{cpu}")
    print(f"target: CPU over echo <= {MAX_ECHO_RATIO}")


async def _plain_step(homes: Homes) -> tuple[bytes, int]:
    dialogue = await homes.associated(0, "reader")
    ((request, answer),) = await homes.hold(dialogue, 0, "reader", homes.known(0, "reader")[1].get(IMPORT))
    dialogue.transport.close()
    return request, answer


async def _peer_caller(peer: Server, client: Client) -> Caller:
    """Associate with the other simulator as its public client, which may read everything."""
    dialogue = await Dialogue.dial("127.0.0.1", peer.port)
    await dialogue.hold(PUBLIC, METER, client.associate())
    return Caller(dialogue, cycle(await dialogue.hold(PUBLIC, METER, client.get(IMPORT))))


# (d), (e), (g), (h): the other operations, the generator apart


async def others(bench: Bench, farm: Server, homes: Homes) -> None:
    rows: dict[tuple[str, int], Measure] = {}
    opened: Callers = []

    async def add(name: str, counts: tuple[int, ...], make: Callable[[int], Awaitable[tuple[Any, int]]]) -> None:
        made = [await make(index) for index in range(max(counts))]
        callers, steps = [caller for caller, _ in made], made[0][1]
        opened.extend(callers)
        for count in counts:
            rows[name, count] = bench.row(farm, callers[:count], steps_each=steps)

    async def churned(index: int) -> tuple[Any, int]:
        return Churn(homes, index), 1

    async def plain_get(index: int) -> tuple[Any, int]:
        return await homes.repeated(index, "reader"), 1

    async def hdlc_get(index: int) -> tuple[Any, int]:
        return await homes.repeated_hdlc(index), 1

    few = CONNECTIONS[:2]
    await add("GET, plain", few, plain_get)
    await add("GET, HDLC", few, hdlc_get)
    for level, name in (("public", "none"), ("reader", "LLS")):
        await add(f"AARQ+GET+RLRQ, {name}", few, partial(homes.associating, level=level))
    await add("connect+AARQ+GET+RLRQ+close, none", few, churned)
    made = [await homes.protected(index) for index in range(few[1])]
    opened.extend(caller for caller, _ in made)
    for name in ("GET", "SET", "ACTION"):
        for count in few:
            rows[f"{name}, authenticated-encrypted", count] = _prepared(farm, homes, made[:count], name)
    await _print_others(bench, rows)
    for caller in opened:
        caller.close()
    # Apart from the rows above: a home's management client has one sequence of counters, in one association at a time.
    rows.clear()
    opened.clear()
    await add("AARQ+GET+RLRQ, HLS-GMAC", few, partial(homes.associating, level="management"))
    await _print_others(bench, rows, head=False)
    for caller in opened:
        caller.close()


async def _print_others(bench: Bench, rows: dict[tuple[str, int], Measure], *, head: bool = True) -> None:
    found = await bench.table(rows)
    if head:
        print(f"\n{'operation (server core 0, generator core 1)':48}{'conns':>6}{'op/s':>9}{'us CPU':>9}")
    for (name, count), costs in found.items():
        each = middle(costs)
        print(f"{name:48}{count:>6}{each.per_s:>9,.0f}{each.cpu_us:>9.1f}")


def _prepared(farm: Server, homes: Homes, made: list[tuple[Caller, dict[str, int]]], name: str) -> Measure:
    """Measure requests that must be made anew for each round: no invocation counter may come twice."""
    count = PREPARED_EACH[len(made)]

    async def measure() -> Cost:
        for index, (caller, answers) in enumerate(made):
            caller.follow(homes.prepared(index, name, count, answers[name]))
        os.sched_setaffinity(0, {GENERATOR_CORE["apart"]})
        return await measured(farm, [caller for caller, _ in made], 30)

    return measure


class Churn:
    """One caller after the other on a connection of its own, to the same home."""

    def __init__(self, homes: Homes, index: int) -> None:
        self._homes, self._index = homes, index
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, run: Any) -> None:
        """Start."""
        task = asyncio.get_running_loop().create_task(self._go_on(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _go_on(self, run: Any) -> None:
        while run.open:
            caller, _ = await self._homes.associating(self._index, "public")
            caller.close()
            run.done += 1
        run.leave()

    def close(self) -> None:
        """Nothing is open between two runs."""


# (f): load profile


async def profiles(bench: Bench, farm: Server, homes: Homes) -> None:
    rows: dict[str, Measure] = {}
    for index, (days, name) in enumerate(((1, "a day"), (31, "a month"))):
        wrapped, steps, framed = await homes.half_hours(index, days)
        rows[f"{name} ({48 * days} half hours), wrapper, {steps} blocks"] = bench.row(farm, [wrapped], steps_each=steps)
        rows[f"{name} ({48 * days} half hours), HDLC"] = bench.row(farm, [framed])
    found = await bench.table(rows)
    print(f"\n{'load profile, one connection':48}{'reads/s':>15}{'ms CPU':>9}")
    for name, costs in found.items():
        each = middle(costs)
        print(f"{name:48}{each.per_s:>15,.0f}{each.cpu_us / 1_000:>9.2f}")
    print(f"target: a month over the wrapper <= {MAX_MONTH_MS:.0f} ms CPU")


async def main(seconds: float, rounds: int) -> None:
    bench = Bench(seconds, rounds)
    print(f"{rounds} rounds of {seconds} s each; Python {sys.version.split()[0]}, uvloop {uvloop.__version__}")
    with ExitStack() as stack:
        peer = stack.enter_context(servers.pydlms(core=SERVER_CORE))
        asked = ["--profile", servers.PROFILE, "--homes", str(HOMES)]
        farm = stack.enter_context(servers.farm(asked, core=SERVER_CORE))
        homes = Homes(HOMES, farm.port)
        await plain(bench, farm, homes, peer)
        await profiles(bench, farm, homes)
        await others(bench, farm, homes)
    print(f"\n{bench.retaken} measurements were taken again because others were at work;", end=" ")
    print(f"of those that count, others took at most {bench.most_foreign:.2f} cores")


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    uvloop.run(main(float(arguments.get(1, "0.5")), int(arguments.get(2, "5"))))

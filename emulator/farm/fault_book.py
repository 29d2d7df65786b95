"""The fault book: the faults somebody put into a farm's homes, as data (architecture D11).

An order names homes by a selector; which of them it befalls is drawn, and each home then keeps its own faults. A home
that nobody has touched learns of an order when it is first woken, and then lives through it from its start: nothing is
stored for a million homes but the order itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compiled

import msgspec

from emulator.device.faults import fault as rows
from emulator.device.faults import in_force
from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import Fault, FaultError
from emulator.device.faults.home_faults import FaultCleared, FaultPassedBy, FaultPlanned, Planned
from emulator.device.installation import Installation
from emulator.device.instant import parse, span
from emulator.device.journal import DeviceName
from emulator.device.splitmix import stream
from emulator.farm.drawing import MILLION
from emulator.farm.estate import COHORT, GLOB, PREFIX, Estate
from emulator.farm.farmstead import Farmstead
from emulator.farm.home import Home
from emulator.farm.store import Store

FAULTS_KEY = "faults"
NUMBERED_KEY = "faults_numbered"
AT_ONCE = 100  # homes, before others have their turn
MOST_ORDERS = 10_000


class FaultOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One fault as somebody ordered it: which, into what, from when until when, with which chance, under which seed."""

    number: int
    name: str
    selector: str
    given: dict[str, int | str]
    starts_at: int
    stops_at: int | None = None
    per_million: int = MILLION
    seed: int = 0

    def befalls(self, estate: Estate, index: int) -> bool:
        """Say whether a home is one that it names, and is drawn."""
        if not matches(self.selector, estate, index):
            return False
        drawn = stream(self.seed, "fault", self.number, estate.origin(index)) % MILLION
        return drawn < self.per_million

    @property
    def on(self) -> str:
        """The device of a home that it names; "" for the home."""
        return "" if self.selector.startswith(COHORT) else self.selector.partition("/")[2]


def matches(selector: str, estate: Estate, index: int) -> bool:
    """Say whether a selector names a home: home-7, a glob over such names, or cohort:PROFILE."""
    if selector.startswith(COHORT):
        cohort = estate.cohort(index)
        return selector.removeprefix(COHORT) in {cohort.profile, str(estate.cohorts.index(cohort) + 1)}
    home = selector.partition("/")[0]
    if home in {"*", f"{PREFIX}*"}:
        return True
    name = estate.name(index)
    return bool(_pattern(home).match(name)) if GLOB & set(home) else home == name


@lru_cache(maxsize=256)
def _pattern(glob: str) -> Pattern[str]:
    return compiled(translate(glob))


class FaultBook:
    """The faults of one farm."""

    def __init__(self, farm: Farmstead, store: Store) -> None:
        """Go on with what the store has, or begin with the faults that stand in the estate."""
        self._farm = farm
        self._store = store
        kept = store.meta(FAULTS_KEY)
        self.orders = _declared(farm) if kept is None else msgspec.json.decode(kept, type=list[FaultOrder])
        # A number is never given twice: a home remembers the last one it was told of, cleared or not.
        self._numbered = max((int(store.meta(NUMBERED_KEY) or 0), *(one.number for one in self.orders)))
        if kept is None and self.orders:
            self._keep()

    async def put_in(
        self,
        name: str,
        selector: str,
        given: Mapping[str, int | str] | None = None,
        *,
        starts_at: int | None = None,
        for_ms: int | None = None,
        probability: float = 1.0,
        seed: int | None = None,
    ) -> tuple[FaultOrder, int]:
        """Put a fault into the homes or devices that a selector names; say how many it befell. Durable on return.

        It starts now, or at an instant, and lasts for a span, or until it is cleared. Raises FaultError or StoreError.
        """
        fault = find(name)
        estate = self._farm.estate
        homes = self.named(selector)
        began = self._farm.clock.now() if starts_at is None else starts_at
        if not 0 <= probability <= 1:
            raise FaultError(f"{fault.name}: a probability of {probability}; allowed: 0 to 1")
        if for_ms is not None and for_ms <= 0:
            raise FaultError(f"{fault.name}: it must last for some time; leave the span out for no end")
        if len(self.orders) >= MOST_ORDERS:
            raise FaultError(f"{MOST_ORDERS} faults stand in the book: clear some first")
        order = FaultOrder(
            number=self._numbered + 1,
            name=fault.name,
            selector=selector,
            given=rows.values(fault, given or {}),
            starts_at=began,
            stops_at=None if for_ms is None else began + for_ms,
            per_million=round(probability * MILLION),
            seed=estate.header.seed if seed is None else seed,
        )
        self._require(fault, order, homes)
        self.orders.append(order)
        self._numbered = order.number
        self._keep()
        befallen = 0
        for place, index in enumerate(homes):
            home = self._farm.home(index)  # which considers the order as it wakes, or here
            self.consider(home)
            befallen += any(one.number == order.number for one in home.installation.faults.records.planned)
            self._farm.keep(home)
            if place % AT_ONCE == AT_ONCE - 1:
                await self._farm.settled()  # the store keeps pace, and others have their turn
        await self._farm.settled()
        return order, befallen

    async def clear(self, selector: str = "*", number: int = 0) -> int:
        """Take a fault, or all of them, out of the homes that a selector names; give how many were taken out."""
        homes = set(self.named(selector))
        gone = [one for one in self.orders if number in {0, one.number}]
        if number and not gone:
            raise FaultError(f"no fault has the number {number}; `meterfarm fault active` lists them")
        taken = 0
        for place, index in enumerate(sorted(homes)):
            home = self._farm.home(index)
            planned = home.installation.faults.records.planned
            taken += sum(1 for one in planned if number in {0, one.number})
            if planned:
                home.installation.note(DeviceName.HOME, FaultCleared(number))
                self._farm.keep(home)
            if place % AT_ONCE == AT_ONCE - 1:
                await self._farm.settled()  # the store keeps pace, and others have their turn
        if len(homes) == self._farm.estate.homes + len(self._farm.estate.forks):
            self.orders = [one for one in self.orders if one not in gone]
            self._keep()
        await self._farm.settled()
        return taken

    def named(self, selector: str) -> list[int]:
        """Give the homes that a selector names. Raises FaultError if there is none."""
        estate = self._farm.estate
        every = range(estate.homes + len(estate.forks))
        found = [index for index in every if matches(selector, estate, index)]
        if not found:
            known = ", ".join(f"{COHORT}{name}" for name in dict.fromkeys(one.profile for one in estate.cohorts))
            raise FaultError(
                f"{selector!r} names no home; allowed: {PREFIX}1 to {PREFIX}{estate.homes}, {PREFIX}1/gsme, "
                f"a glob such as {PREFIX}*, or {known}"
            )
        return found

    def touched(self, selector: str) -> list[int]:
        """Give the homes that a selector names and that somebody has touched."""
        return [index for index in sorted({*self._farm.awake, *self._store.devices()}) if self._is(selector, index)]

    def _is(self, selector: str, index: int) -> bool:
        return self._farm.estate.known(index) and matches(selector, self._farm.estate, index)

    def consider(self, home: Home) -> None:
        """Tell a home of the orders it has not heard of: which of them befall it."""
        seen = home.installation.faults.records.seen
        for order in self.orders:
            if order.number > seen:
                home.installation.note(DeviceName.HOME, self._event(order, home.index, home.installation))

    def stand_by(self, home: Home) -> None:
        """Leave a home that was put into another state with the faults it has there: older orders pass it by."""
        seen = home.installation.faults.records.seen
        if seen > self._numbered:  # it comes from a farm with more orders than this one
            self._numbered = seen
            self._keep()
        elif seen < self._numbered:
            home.installation.note(DeviceName.HOME, FaultPassedBy(self._numbered))

    def first_start(self, index: int) -> int | None:
        """Give the instant of the earliest order that befalls a home: it must be lived through from there."""
        estate = self._farm.estate
        return min((order.starts_at for order in self.orders if order.befalls(estate, index)), default=None)

    def active(self, homes: Sequence[Home]) -> Iterator[tuple[Home, FaultOrder]]:
        """Go through what is planned or in force in homes."""
        known = {one.number: one for one in self.orders}
        for home in homes:
            for one in home.installation.faults.records.planned:
                order = known.get(one.number)
                # A home of a snapshot may have faults that nobody ordered here.
                yield home, order if order is not None and order.name == one.name else _brought(home.name, one)

    def _event(self, order: FaultOrder, index: int, at: Installation) -> FaultPlanned | FaultPassedBy:
        if not order.befalls(self._farm.estate, index) or not _able(find(order.name), at, order.on):
            return FaultPassedBy(order.number)
        return FaultPlanned(order.number, order.name, order.on, order.given, order.starts_at, order.stops_at)

    def _require(self, fault: Fault, order: FaultOrder, homes: Sequence[int]) -> None:
        """Judge whether an order can befall one home at least. Raises FaultError with the reason of the last."""
        estate, reasons, judged = self._farm.estate, [], set()
        for index in homes:
            devices = estate.devices(index)
            if (kind := (estate.cohort(index).profile, devices)) in judged:
                continue
            judged.add(kind)
            try:
                in_force.require(fault, devices, estate.premises(index).electricity.profile, order.on)
            except FaultError as error:
                reasons.append(error)
            else:
                return
        raise reasons[-1]

    def _keep(self) -> None:
        self._store.set_meta(NUMBERED_KEY, str(self._numbered))
        self._store.set_meta(FAULTS_KEY, msgspec.json.encode(self.orders).decode())


def _brought(home: str, one: Planned) -> FaultOrder:
    """Tell of a fault that came with a home's state as if it had been ordered for that home."""
    return FaultOrder(
        number=one.number,
        name=one.name,
        selector=f"{home}/{one.on}" if one.on else home,
        given=dict(one.given),
        starts_at=one.starts_at,
        stops_at=one.stops_at,
    )


def _declared(farm: Farmstead) -> list[FaultOrder]:
    """Make orders of the faults that stand in the estate, in force from the farm's first instant unless they say."""
    began, seed = farm.clock.now(), farm.estate.header.seed
    made = []
    for number, one in enumerate(farm.estate.faults, 1):
        fault = find(one.name)
        starts_at = parse(one.starts) if one.starts else began
        made.append(
            FaultOrder(
                number=number,
                name=fault.name,
                selector=one.into,
                given=rows.values(fault, one.given),
                starts_at=starts_at,
                stops_at=starts_at + span(one.lasts) if one.lasts else None,
                per_million=round(one.probability * MILLION),
                seed=seed,
            )
        )
    return made


def _able(fault: Fault, at: Installation, on: str) -> bool:
    try:
        in_force.require(fault, tuple(at.devices), at.premises.electricity.profile, on)
    except FaultError:
        return False
    return True

"""The surroundings of an adapter beside a farm: its clock, its addresses and TEST keys, its SMS centre.

The farm is asked for what an operator's key store and network would know, never for what its devices hold or did.
"""

import asyncio
import contextlib
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from msgspec.structs import replace

from emulator.adapter.inventory import DeviceType, Entry, Inventory, Sim
from emulator.adapter.surroundings import Place, Pushed, Text, UnknownWayError
from emulator.device.hub.hub_records import SimState
from emulator.device.hub.wan import SimChanged
from emulator.device.identity import format_eui64, parse_eui64, parse_mpan, parse_mprn
from emulator.device.journal import DeviceName
from emulator.device.profile import Profile
from emulator.device.sms.answer import PASSWORD
from emulator.dlms.access import Access
from emulator.dlms.objects.administration import system_title
from emulator.farm.addresses import LoopbackAddresses
from emulator.farm.farm import Farm
from emulator.farm.selectors import SelectorError
from emulator.headend_push import AlertListener, Received

POLL_S: Final = 0.1
REMEMBERED: Final = 10_000
MPAN_DIGITS: Final = 13
FIRST_UPRN: Final = 900_000_000_001
PROXY_PLACE: Final = 4
"""The gas proxy's EUI-64 is the hub's and so many more: the numbers of a home leave room for it (*assumed*)."""
_TYPES: Final[dict[DeviceName, DeviceType]] = {
    DeviceName.ESME: "ESME",
    DeviceName.GSME: "GSME",
    DeviceName.CHF: "CHF",
    DeviceName.PPMID: "PPMID",
    DeviceName.IHD: "IHD",
}


class FarmSurroundings:
    """A farm as an adapter sees it. Made by `FarmSurroundings.beside`."""

    def __init__(self, farm: Farm, listener: AlertListener) -> None:
        self._farm, self._listener = farm, listener
        self._heard: list[Received] = []
        self._waits: list[int] = []
        self._moved = asyncio.Event()
        self._families: dict[str, Profile] = {}

    @classmethod
    @asynccontextmanager
    async def beside(cls, farm: Farm) -> AsyncIterator[Self]:
        """Stand beside a farm for as long as the context lasts, with an ear for the alerts that hubs push."""
        async with AlertListener.open() as listener:
            yield cls(farm, listener)

    def now(self) -> int:
        """Give farm time."""
        return self._farm.clock.now()

    async def until(self, at: int) -> None:
        """Wait for an instant of farm time."""
        heapq.heappush(self._waits, at)
        try:
            while self.now() < at:
                left = self._farm.clock.seconds_until(at)
                with contextlib.suppress(TimeoutError):  # asyncio.wait_for may lose a cancellation here
                    async with asyncio.timeout(POLL_S if left is None else min(left + 0.001, POLL_S)):
                        await self._moved.wait()
        finally:
            self._waits.remove(at)
            heapq.heapify(self._waits)

    @property
    def next_wait(self) -> int | None:
        """The earliest instant that somebody waits for: where a standing clock has to be moved to."""
        return self._waits[0] if self._waits else None

    def moved(self) -> None:
        """Tell those who wait that the clock was moved."""
        self._moved.set()
        self._moved = asyncio.Event()

    def way(self, eui64: str, level: str) -> Access:
        """Give address and TEST keys of a device. Raises UnknownWayError."""
        try:
            return self._farm.access(eui64, level)
        except SelectorError as error:
            raise UnknownWayError(str(error)) from error

    def family(self, eui64: str) -> Profile:
        """Give the profile of a device's set. Raises UnknownWayError."""
        known = self._families.get(eui64)
        if known is not None:
            return known
        found = self._farm.estate.find_eui64(parse_eui64(eui64))
        if found is None:
            found = self._farm.estate.find_eui64(parse_eui64(eui64) - PROXY_PLACE)
        if found is None:
            raise UnknownWayError(f"nobody knows a device {eui64}")
        profile = self._farm.estate.site(found[0]).profile
        if len(self._families) < REMEMBERED:  # to work a site out costs more than all else that is asked so often
            self._families[eui64] = profile
        return profile

    async def sms(self, hub: str, text: str) -> str:
        """Hand an SMS in for a hub; an empty text wakes it."""
        handed = await self._farm.sms(hub, text)
        return "" if handed.number is not None else handed.outcome.detail or "refused"

    def text_password(self, hub: str) -> str:
        """Give the TEST password that a supplier's texts carry. Raises UnknownWayError."""
        found = self._farm.estate.find_eui64(parse_eui64(hub))
        if found is None:
            raise UnknownWayError(f"nobody knows a hub {hub}")
        return self._farm.estate.site(found[0]).password(PASSWORD).decode()

    def texts(self, hub: str, after: int) -> list[Text]:
        """Give the SMS that a hub sent, beyond a number."""
        found = self._farm.estate.find_eui64(parse_eui64(hub))
        name = "" if found is None else self._farm.estate.name(found[0])
        return [
            Text(one.number, one.at, one.text)
            for one in self._farm.sms.outbox()
            if one.selector == name and one.number > after
        ]

    async def activate_sim(self, hub: str, iccid: str) -> str:
        """Have the network let a hub's SIM in; it knows its SIM by the ICCID."""
        found = self._farm.estate.find_eui64(parse_eui64(hub))
        if found is None or found[1] is not DeviceName.CHF:
            return f"the network knows no hub {hub}"
        if self._farm.estate.site(found[0]).iccid != iccid:
            return f"the hub {hub} has another SIM than {iccid}"
        await self._farm.act(found[0], lambda home: home.note(DeviceName.CHF, SimChanged(SimState.ACTIVE)))
        return ""

    def place(self, mpxn: str) -> Place | None:
        """Give where a supply point is: made up, under a post code that no place has."""
        try:
            number = parse_mpan(mpxn)[1] if len(mpxn) == MPAN_DIGITS else parse_mprn(mpxn)
        except ValueError:
            return None
        return self._place(number - 1) if 0 < number <= self._farm.estate.homes else None

    def _place(self, index: int) -> Place:
        return Place(FIRST_UPRN + index, "ZZ99 9ZZ", self._farm.estate.name(index))

    @property
    def listens_at(self) -> str:
        """Where pushed alerts are heard."""
        return self._listener.address

    async def heard(self) -> None:
        """Wait until some alert was pushed."""
        self._heard.append(await self._listener.next())

    def pushed(self) -> list[Pushed]:
        """Give the alerts that came since the last call: each hub is known by the address that it dials from."""
        received, self._heard = [*self._heard, *self._listener.take()], []
        found = (self._pushed(one) for one in received)
        return [one for one in found if one is not None]

    def _pushed(self, one: Received) -> Pushed | None:
        index = self._from(one)
        if index is None or one.alert.code is None:
            return None
        premises = self._farm.estate.premises(index)
        hub = format_eui64(self._farm.estate.site(index).hub_eui64)
        source = one.alert.source
        own = None if source in {"", DeviceName.CHF.value} else premises.sites.get(DeviceName(source))
        raised_at = one.alert.raised_at if one.alert.raised_at is not None else one.alert.sent_at
        return Pushed(
            eui64=hub if own is None else format_eui64(own.eui64),
            hub=hub,
            number=one.alert.number,
            code=one.alert.code,
            name=one.alert.name,
            raised_at=self.now() if raised_at is None else raised_at,
        )

    def _from(self, one: Received) -> int | None:
        """Find the home of a hub by its address; where all share one, by its system title."""
        addresses, estate = self._farm.addresses, self._farm.estate
        if isinstance(addresses, LoopbackAddresses):
            return addresses.index((one.hub, addresses.port))
        titles = (index for index in range(estate.homes) if system_title(estate.site(index)) == one.alert.system_title)
        return next(titles, None)

    def inventory(self) -> Inventory:
        """Give the inventory of a farm whose homes are all enrolled and commissioned: what bulk loading leaves."""
        inventory = Inventory()
        for index in range(self._farm.estate.homes):
            for entry in self.entries(index):
                inventory.put(entry)
        return inventory

    def entries(self, index: int) -> tuple[Entry, ...]:
        """Give the devices of a home as enrolled and commissioned; with gas its proxy on the hub too."""
        estate = self._farm.estate
        premises, site = estate.premises(index), estate.site(index)
        hub = format_eui64(site.hub_eui64)
        others = tuple(format_eui64(one.eui64) for name, one in premises.sites.items() if name is not DeviceName.CHF)
        entries = []
        for name, own in premises.sites.items():
            profile = own.profile
            maker = {
                DeviceName.GSME: profile.gas_model,
                DeviceName.PPMID: profile.ppmid,
                DeviceName.IHD: profile.ihd,
            }.get(name, profile.model)
            is_hub = name is DeviceName.CHF
            entries.append(
                Entry(
                    device_id=hub if is_hub else format_eui64(own.eui64),
                    device_type=_TYPES[name],
                    status="Commissioned",
                    manufacturer=profile.hub.maker if is_hub else maker.maker,  # type: ignore[union-attr]
                    model=profile.hub.model if is_hub else maker.model,  # type: ignore[union-attr]
                    firmware=profile.hub.firmware if is_hub else maker.firmware,  # type: ignore[union-attr]
                    family=profile.name,
                    combination="" if profile.family is None else profile.family.combination,
                    hub="" if is_hub else hub,
                    mpxn=own.mpan if name in {DeviceName.ESME, DeviceName.GSME} else "",
                    commissioned_at=site.installed_at,
                    sim=Sim(site.iccid, site.imsi, active=True) if is_hub else None,
                    joined=others if is_hub else (),
                )
            )
        gas = next((entry for entry in entries if entry.device_type == "GSME"), None)
        if gas is not None:
            proxy = format_eui64(site.hub_eui64 + PROXY_PLACE)
            entries.append(
                Entry(
                    device_id=proxy,
                    device_type="GPF",
                    status="Commissioned",
                    manufacturer=site.profile.hub.maker,
                    model=site.profile.hub.model,
                    family=site.profile.name,
                    combination=gas.combination,
                    hub=hub,
                    proxy_for=gas.device_id,
                    mpxn=gas.mpxn,
                    commissioned_at=site.installed_at,
                )
            )
        place = self._place(index)
        return tuple(replace(one, uprn=place.uprn, post_code=place.post_code, address=place.address) for one in entries)

"""At whom a request may be addressed, and how: E1, E5, E11, E12, E17 and E19 (service requests, sections 3 and 9)."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY, hand_in, made, readdressed
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.roles import DEVICE, ELECTRICITY, GAS, ROWS, Row, device_of, has_gas
from emulator.conformance.samples import sample
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE
from emulator.services.row import Target
from emulator.services.users import user

DEVICES: Final = "service requests, section 3: target; section 9: E11"
VARIANTS: Final = "service requests, section 3 note 4 and table 2.2; section 9: E12"
CODES: Final = "service requests, section 9"
# fmt: off
CRITICAL: Final = frozenset({
    "1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.5", "1.6", "2.1", "2.3", "2.5", "6.4.1", "6.6", "6.7", "6.8", "6.11",
    "6.15.1", "6.15.2", "7.1", "7.2", "7.3", "8.1.1", "8.7.1", "8.8.1", "11.3", "6.25",
})
# fmt: on
"""The column `crit` of sections 3 and 4."""
NUMBERS: Final = range(1, 10)


def command_variants(of: Row) -> frozenset[int]:
    """Give the command variants that a variant may have, by note 4."""
    if of.targets == "D":
        return frozenset({8})
    if of.variant == "8.1.1":
        return frozenset({4, 5})
    return frozenset({4, 5, 6, 7}) if of.variant in CRITICAL else frozenset({1, 2, 3})


def _role_at(of: Row, letter: str) -> tuple[str, bool]:
    """Give a role that may send a variant, and whether it has to do with a kind of device."""
    other = GAS if letter in "ED" else ELECTRICITY if letter in "GP" else frozenset()
    own = sorted(of.both - other)
    return (own or sorted(of.both))[0], bool(own)


async def _wrong_target(stage: Stage, of: Row) -> None:
    async with untouched(stage):
        for letter in "EGPHI":
            if letter in of.targets:
                continue
            device, (role, own) = device_of(stage, letter), _role_at(of, letter)
            body = sample(stage, of.variant, "gsme" if of.targets[0] in "GP" else "esme")
            asked = stage.refused(await stage.ask(of.variant, body, device=device, role=role))
            allowed = {"E11"} if own else {"E11", "E4"}
            stage.expect(asked.code in allowed, f"{of.variant} at {device} is refused with E11", asked.code)


async def _national_at_a_device(stage: Stage, of: Row) -> None:
    async with untouched(stage):
        for device in ("esme", "chf"):
            role = min(of.both & ELECTRICITY)
            stage.refused(await stage.ask(of.variant, sample(stage, of.variant), device=device, role=role))


async def _device_at_the_national(stage: Stage, of: Row) -> None:
    request = readdressed(made(stage, of.variant), target=NATIONAL_SERVICE)
    async with untouched(stage):
        asked = stage.refused(await hand_in(stage, request))
    stage.expect(asked.code in {"E11", "E13", "E19"}, "it is refused with E11, E13 or E19", asked.code)


async def _unknown_device(stage: Stage, of: Row) -> None:
    role = _role_at(of, of.targets[0])[0]
    device = device_of(stage, of.targets[0])
    async with untouched(stage):
        request = readdressed(made(stage, of.variant, device=device, role=role), target=NOBODY)
        stage.refused(await hand_in(stage, request), Why.UNKNOWN_DEVICE, code="E19")


async def _wrong_command_variant(stage: Stage, of: Row) -> None:
    device = device_of(stage, of.targets[0])
    role = _role_at(of, of.targets[0])[0]
    async with untouched(stage):
        for number in NUMBERS:
            if number not in command_variants(of):
                request = made(stage, of.variant, device=device, role=role, command_variant=number)
                stage.refused(await hand_in(stage, request), Why.WRONG_VARIANT, code="E12")


async def _local_delivery(stage: Stage, of: Row) -> None:
    number = 6 if of.variant in CRITICAL else 2
    device = device_of(stage, of.targets[0])
    role = _role_at(of, of.targets[0])[0]
    async with untouched(stage):
        request = made(stage, of.variant, device=device, role=role, command_variant=number)
        stage.refused(await hand_in(stage, request), Why.LOCAL_ONLY, code="E17")


async def _unknown_user(stage: Stage, of: Row) -> None:
    async with untouched(stage):
        stage.refused(
            await hand_in(stage, readdressed(made(stage, of.variant), originator=NOBODY)), Why.WRONG_USER, code="E1"
        )


async def _role_not_held(stage: Stage, of: Row) -> None:
    async with untouched(stage):
        for holds, claims in (("ED", "IS"), ("OU", "IS"), ("GS", "IS"), ("IS", "GS")):
            request = readdressed(made(stage, of.variant, role=claims, device="esme"), originator=user(holds).eui64)  # type: ignore[arg-type]
            stage.refused(await hand_in(stage, request), Why.WRONG_USER, code="E1")


def _status_refused(stage: Stage, asked: Asked) -> None:
    stage.refused(asked, Why.WRONG_STATUS, code="E5")


async def _decommissioned(stage: Stage) -> None:
    stage.done(await stage.ask("8.3", {"DeviceID": stage.eui()}, role="IS"))
    async with untouched(stage):
        for variant in ("7.2", "7.4", "6.2.7", "11.2", "1.5"):
            _status_refused(stage, await stage.ask(variant, sample(stage, variant)))


async def _gas_decommissioned(stage: Stage) -> None:
    stage.done(await stage.ask("8.3", {"DeviceID": stage.eui("gsme")}, role="GS"))
    async with untouched(stage):
        for variant in ("7.2", "6.6", "6.2.7"):
            _status_refused(stage, await stage.ask(variant, sample(stage, variant, "gsme"), device="gsme"))
    stage.done(await stage.ask("6.2.7"))  # electricity goes on


async def _not_commissioned(stage: Stage) -> None:
    model = stage.profile.model
    announced: dict[str, Any] = {
        "DeviceID": stage.eui(),
        "DeviceManufacturer": model.maker,
        "DeviceModel": model.model,
        "DeviceType": "ESME",
    }
    stage.done(await stage.ask("12.2", announced, role="IS"))
    async with untouched(stage):
        for variant in ("7.2", "7.4", "6.2.7", "11.2", "1.6"):
            _status_refused(stage, await stage.ask(variant, sample(stage, variant)))


async def _not_his_to_end(stage: Stage) -> None:
    for device, role in (("esme", "GS"), ("gsme", "IS")):
        async with untouched(stage):
            asked = await stage.ask("8.3", {"DeviceID": stage.eui(device)}, role=role)
            stage.refused(asked, Why.NOT_THE_SUPPLIER, code="E4")
        stage.done(await stage.ask("6.2.7", device=device))


async def _withdrawn_hub(stage: Stage) -> None:
    stage.done(await stage.ask("8.4", {"DeviceID": stage.eui("chf"), "UpdateDeviceStatusCH": "Withdrawn"}, role="IS"))
    async with untouched(stage):
        _status_refused(stage, await stage.ask("11.2", device="chf", role="IS"))
        _status_refused(stage, await stage.ask("6.2.4", device="chf", role="IS"))


def _case(of: Row, word: str, says: str, clause: str, act: Any, *, gas: bool = False) -> Case:
    async def acted(stage: Stage) -> None:
        await act(stage, of)

    return Case(
        name=f"{of.variant}/{word}",
        says=says,
        clause=clause,
        group=Group.WRONG_TARGET,
        needs=(Need(of.variant, of.target),),
        act=acted,
        home=Home(gas=gas or has_gas(of)),
        negative=True,
    )


def _of(*variants: str) -> tuple[Row, ...]:
    return tuple(one for one in ROWS if one.variant in variants)


def _others(of: Row) -> str:
    return ", ".join(DEVICE[letter] for letter in "EGPHI" if letter not in of.targets)


_ASKED_OF_DEVICES: Final = tuple(one for one in ROWS if one.target is not Target.D)
_NATIONAL: Final = tuple(one for one in ROWS if one.target is Target.D)
_EVERYDAY: Final = _of("1.6", "2.2", "4.1.1", "4.8.1", "6.2.4", "6.11", "7.2", "7.4", "8.1.1", "11.2", "6.6")
_KINDS: Final = _of("1.5", "4.8.1", "6.11", "7.2", "7.4")

CASES: tuple[Case, ...] = (
    *(
        _case(one, "wrong-target", f"{one.variant} is not for {_others(one)}", DEVICES, _wrong_target, gas=True)
        for one in _ASKED_OF_DEVICES
    ),
    *(
        _case(
            one,
            "wrong-target",
            f"{one.variant} is for the national service, and no device has it",
            DEVICES,
            _national_at_a_device,
        )
        for one in _NATIONAL
    ),
    *(
        _case(
            one,
            "asked-of-the-national-service",
            f"{one.variant} is for a device, and the national service has not got it",
            DEVICES,
            _device_at_the_national,
        )
        for one in _EVERYDAY
    ),
    *(
        _case(one, "unknown-device", "a device that nobody announced is not asked", f"{CODES}: E19", _unknown_device)
        for one in _EVERYDAY
    ),
    *(
        _case(
            one,
            "wrong-command-variant",
            f"{one.variant} may come with command variants {', '.join(map(str, sorted(command_variants(one))))} only",
            VARIANTS,
            _wrong_command_variant,
        )
        for one in ROWS
    ),
    *(
        _case(
            one,
            "local-delivery",
            "no SMETS1 device takes a command that is delivered in the home",
            f"{CODES}: E17",
            _local_delivery,
        )
        for one in _EVERYDAY
        if one.variant != "8.1.1"
    ),
    *(_case(one, "unknown-user", "nobody knows who asks", f"{CODES}: E1", _unknown_user) for one in _KINDS),
    *(
        _case(one, "role-not-held", "who asks does not hold the role it claims", f"{CODES}: E1", _role_not_held)
        for one in _of("1.5", "6.11", "7.2", "7.4")
    ),
    Case(
        name="8.3/decommissioned-is-not-asked",
        says="a device that was decommissioned answers no service any more",
        clause=f"{CODES}: E5",
        group=Group.WRONG_TARGET,
        needs=(Need("7.4"), Need("7.2"), Need("6.2.7"), Need("11.2"), Need("1.5")),
        act=_decommissioned,
        negative=True,
    ),
    Case(
        name="8.3/decommissioned-gas-is-not-asked",
        says="a gas meter that was decommissioned answers no service, and the electricity meter beside it goes on",
        clause=f"{CODES}: E5",
        group=Group.WRONG_TARGET,
        needs=(Need("7.2", Target.G), Need("6.6", Target.G), Need("6.2.7", Target.G)),
        act=_gas_decommissioned,
        home=Home(gas=True),
        negative=True,
    ),
    Case(
        name="12.2/announced-is-not-asked",
        says="a device that was announced, and not commissioned yet, answers no service",
        clause=f"{CODES}: E5; section 8.4",
        group=Group.WRONG_TARGET,
        needs=(Need("7.4"), Need("7.2"), Need("6.2.7"), Need("11.2"), Need("1.6")),
        act=_not_commissioned,
        home=Home(commissioned=False),
        negative=True,
    ),
    Case(
        name="8.3/wrong-fuel-role",
        says="a supplier of the other fuel may not decommission a meter, and it goes on",
        clause=f"{CODES}: E4",
        group=Group.WRONG_ROLE,
        needs=(Need("8.3", Target.D), Need("6.2.7"), Need("6.2.7", Target.G)),
        act=_not_his_to_end,
        home=Home(gas=True),
        negative=True,
    ),
    Case(
        name="8.4/withdrawn-hub-is-not-asked",
        says="a hub that was withdrawn answers no service",
        clause=f"{CODES}: E5",
        group=Group.WRONG_TARGET,
        needs=(Need("11.2", Target.H), Need("6.2.4", Target.H)),
        act=_withdrawn_hub,
        negative=True,
    ),
)

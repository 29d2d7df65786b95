"""Who may send what: a role on neither list is refused (E2), and so is one of the other fuel (E4); each on both may.

The lists were copied by hand from the reference, so that they are not the table of the adapter under test.
"""

from typing import Final, NamedTuple

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.conformance.unwritten import unwritten
from emulator.services.codes import Why
from emulator.services.row import Target

CLAUSE: Final = "service requests, section 3: seed roles and DUIS roles; section 9: E2"
EXTRAS: Final = "service requests, section 4: DUIS roles; section 9: E2"
FUEL: Final = "service requests, sections 3 (roles, note 2) and 9 (E4, E11); functional reference 10.3, 3"
ALL: Final = "IS GS ED GT ES RSA OU"


class Row(NamedTuple):
    """A variant as the reference prints it: its targets, the forum's roles, and DUIS's where they are others."""

    variant: str
    targets: str
    forum: str
    duis: str = ""

    @property
    def either(self) -> frozenset[str]:
        """The roles on at least one of the two lists."""
        return frozenset(f"{self.forum} {self.duis}".split())

    @property
    def both(self) -> frozenset[str]:
        """The roles on both."""
        return frozenset(self.forum.split()) & frozenset((self.duis or self.forum).split())

    @property
    def target(self) -> Target:
        """The first kind of device it is for."""
        return Target[self.targets[0]]


# fmt: off
MINIMUM: Final = (
    Row("1.1.1", "EG", "IS GS"), Row("1.1.2", "E", "IS GS", "IS"), Row("1.2.1", "EG", "IS GS"),
    Row("1.2.2", "E", "IS GS", "IS"), Row("1.5", "EG", "IS GS"), Row("1.6", "EG", "IS GS"),
    Row("2.1", "EG", "IS GS"), Row("2.2", "EG", "IS GS"), Row("2.3", "EG", "IS GS"), Row("2.5", "EG", "IS GS"),
    Row("3.2", "EP", "IS GS"), Row("3.3", "EG", "IS GS"),
    Row("4.1.1", "EGP", "IS GS ED GT"), Row("4.1.2", "EGP", "IS GS ED GT"), Row("4.1.3", "E", "IS GS ED GT", "IS ED"),
    Row("4.1.4", "GP", "IS GS ED GT", "GS"), Row("4.2", "E", "ES ED"), Row("4.3", "EGP", "IS GS"),
    Row("4.4.2", "EG", "IS GS"), Row("4.4.3", "EG", "IS GS"), Row("4.4.4", "EG", "IS GS"), Row("4.4.5", "EG", "IS GS"),
    Row("4.8.1", "EG", "IS GS ED GT ES OU", "IS GS ED GT OU"), Row("4.8.2", "E", "IS GS ED GT ES OU", "IS ED OU"),
    Row("4.8.3", "E", "IS GS ED GT ES OU", "ED ES OU"), Row("4.10", "EG", "IS GS ED GT"),
    Row("4.11.1", "EG", "IS GS OU"), Row("4.11.2", "E", "IS GS OU", "IS OU"), Row("4.16", "E", "IS ED"),
    Row("6.2.1", "E", ALL, "IS ED RSA"), Row("6.2.2", "E", ALL, "IS ED RSA"), Row("6.2.3", "EG", ALL, "IS GS RSA"),
    Row("6.2.4", "EGH", ALL), Row("6.2.5", "E", ALL, "IS RSA"), Row("6.2.7", "EG", ALL),
    Row("6.2.8", "G", ALL, "GS GT RSA"), Row("6.2.9", "EG", ALL, "IS GS RSA"), Row("6.2.10", "EG", ALL, "IS GS ED"),
    Row("6.4.1", "E", "IS GS", "IS"), Row("6.4.2", "E", "IS GS", "IS"), Row("6.5", "E", "ED"), Row("6.6", "G", "GS"),
    Row("6.7", "G", "GS"), Row("6.8", "EG", "IS GS"), Row("6.11", "EG", "IS GS"), Row("6.12", "E", "IS GS", "IS"),
    Row("6.13", "EGH", "IS GS ED GT RSA"), Row("6.15.1", "EG", "IS GS ED GT"),
    Row("6.15.2", "EG", "IS GS ED GT", "IS GS"), Row("6.23", "EG", "IS GS"),
    Row("7.1", "E", "IS"), Row("7.2", "EG", "IS GS"), Row("7.3", "EG", "IS GS"), Row("7.4", "EG", "IS GS ED GT ES RSA"),
    Row("11.1", "D", "IS GS"), Row("11.2", "EGHI", ALL),
)
"""The 56 variants of the minimum (section 3)."""
BEYOND: Final = (
    Row("5.1", "D", "IS GS ED GT ES OU"), Row("5.2", "D", "IS GS ED GT ES OU"), Row("5.3", "D", "IS GS ED GT ES OU"),
    Row("6.20.1", "EG", "IS GS"), Row("8.1.1", "EG", "IS GS"), Row("8.2", "D", ALL), Row("8.3", "D", "IS GS"),
    Row("8.4", "D", ALL), Row("8.7.1", "EG", "IS GS"), Row("8.7.2", "GI", "IS GS OU"), Row("8.8.1", "EG", "IS GS"),
    Row("8.8.2", "GI", "IS GS OU"), Row("8.9", "HG", "IS GS OU"), Row("8.11", "H", "IS GS OU"), Row("12.2", "D", ALL),
    Row("11.3", "EG", "IS GS"),
)
"""Commissioning, schedules and what needs no device (section 4)."""
ELECTIVE: Final = (
    Row("4.6.1", "EG", "IS GS"), Row("4.13", "EG", "IS GS"), Row("4.15", "E", "IS ED"), Row("4.18", "EGP", "IS GS"),
    Row("6.25", "E", "IS"), Row("6.27", "E", "ED"),
)
"""What sets offer beyond the minimum (section 4)."""
# fmt: on
ROWS: Final = (*MINIMUM, *BEYOND, *ELECTIVE)
DEVICE: Final = {"E": "esme", "G": "gsme", "P": "gpf", "H": "chf", "I": "ppmid", "D": ""}
ROLES_OWN: Final = frozenset({"E1", "E2", "E4"})
"""What is answered to a role that may not."""
READS: Final = ("4.1.", "6.2.", "7.4")
"""What has something to tell at every home; a log may be empty."""
ELECTRICITY: Final = frozenset({"IS", "ES", "ED"})
GAS: Final = frozenset({"GS", "GT"})
ONE_FUEL: Final = (
    "1.1.1",
    "1.6",
    "2.2",
    "3.2",
    "4.1.1",
    "4.3",
    "4.8.1",
    "4.10",
    "6.2.4",
    "6.2.7",
    "6.11",
    "6.13",
    "7.2",
)
ONE_FUEL_TOO: Final = ("7.4", "11.2", "8.1.1")
NO_GAS: Final = ("6.4.1", "6.4.2", "6.12")


def row(variant: str) -> Row:
    """Give the row of a variant."""
    return next(one for one in ROWS if one.variant == variant)


def has_gas(of: Row) -> bool:
    """Say if the stage of a row needs a gas meter."""
    return of.targets[0] in "GP"


def device_of(stage: Stage, letter: str) -> str:
    """Give the device of the home that a letter stands for; homes have one display or another."""
    if letter != "I":
        return DEVICE[letter]
    return next(name.value for name in stage.farm.estate.premises(stage.index).sites if name.value in {"ppmid", "ihd"})


async def _wrong_role(stage: Stage, of: Row) -> None:
    device = device_of(stage, of.targets[0])
    async with untouched(stage):
        for role in ALL.split():
            if role not in of.either:
                body = sample(stage, of.variant, device)
                stage.refused(await stage.ask(of.variant, body, device=device, role=role), Why.WRONG_ROLE, code="E2")


async def _each_role(stage: Stage, of: Row) -> None:
    other = GAS if of.targets[0] in "ED" else ELECTRICITY
    for role in sorted(of.both - (other if of.targets[0] != "H" else frozenset())):
        device = device_of(stage, of.targets[0])
        asked = await stage.ask(of.variant, sample(stage, of.variant, device), device=device, role=role)
        stage.expect(asked.code not in ROLES_OWN, f"{role} may send {of.variant}", asked.code)
        answered = asked.response is not None or asked.code != "I99"
        stage.expect(answered, "what is accepted is answered", f"{asked.code} and nothing followed")
        role_named = asked.reason in {Why.WRONG_USER, Why.WRONG_ROLE, Why.NOT_THE_SUPPLIER, Why.NOT_AUTHORISED}
        stage.expect(asked.ok or not role_named, f"no device refuses {role}", asked.reason)
        in_part = of.variant == "2.3" and not stage.profile.prepayment.full  # the sample has a debt by time
        told = "" if in_part else unwritten(stage, asked)
        stage.expect(not told, f"{of.variant} is answered", told)
        if asked.ok and of.variant.startswith(READS):
            stage.expect(asked.body, "what is read is told", asked.body)


async def _wrong_fuel(stage: Stage, of: Row) -> None:
    async with untouched(stage):
        for letter, other in (("E", GAS), ("G", ELECTRICITY), ("P", ELECTRICITY)):
            if letter in of.targets:
                for role in sorted(of.both & other):
                    asked = await stage.ask(
                        of.variant, sample(stage, of.variant, DEVICE[letter]), device=DEVICE[letter], role=role
                    )
                    stage.refused(asked, Why.NOT_THE_SUPPLIER, Why.NOT_AUTHORISED, code="E4")


async def _gas_supplier(stage: Stage, of: Row) -> None:
    body = sample(stage, of.variant)
    async with untouched(stage):
        stage.refused(await stage.ask(of.variant, body, device="gsme", role="GS"), Why.NOT_APPLICABLE, code="E11")
        stage.refused(await stage.ask(of.variant, body, role="GS"), Why.NOT_THE_SUPPLIER, code="E4")


def _named(roles: frozenset[str]) -> str:
    return ", ".join(one for one in ALL.split() if one in roles)


def wrong_role(of: Row) -> Case:
    """Make the case of a variant's roles that are on neither list."""

    async def act(stage: Stage) -> None:
        await _wrong_role(stage, of)

    return Case(
        name=f"{of.variant}/wrong-role",
        says=f"{_named(frozenset(ALL.split()) - of.either)} may not send {of.variant}, and no device hears of it",
        clause=CLAUSE if of in MINIMUM else EXTRAS,
        group=Group.WRONG_ROLE,
        needs=(Need(of.variant, of.target),),
        act=act,
        home=Home(gas=has_gas(of)),
        negative=True,
    )


def each_role(of: Row) -> Case:
    """Make the case of a variant's roles that are on both lists."""

    async def act(stage: Stage) -> None:
        await _each_role(stage, of)

    return Case(
        name=f"{of.variant}/each-role",
        says=f"each of {_named(of.both)} that has to do with the device may send {of.variant}",
        clause=CLAUSE if of in MINIMUM else EXTRAS,
        group=Group.HAPPY,
        needs=(Need(of.variant, of.target),),
        act=act,
        home=Home(gas=has_gas(of)),
    )


def wrong_fuel(of: Row) -> Case:
    """Make the case of roles of the other fuel."""

    async def act(stage: Stage) -> None:
        await (_gas_supplier if of.variant in NO_GAS else _wrong_fuel)(stage, of)

    return Case(
        name=f"{of.variant}/wrong-fuel-role",
        says=f"a role of the other fuel may not send {of.variant} to a meter that is none of its own",
        clause=FUEL,
        group=Group.WRONG_ROLE,
        needs=(Need(of.variant, of.target),),
        act=act,
        home=Home(gas=True),
        negative=True,
    )


CASES: tuple[Case, ...] = (
    *(wrong_role(one) for one in ROWS if one.either != frozenset(ALL.split())),
    *(each_role(one) for one in ROWS if len(one.both) > 1 and one.target is not Target.D and one.variant[0] != "8"),
    *(wrong_fuel(row(variant)) for variant in (*ONE_FUEL, *ONE_FUEL_TOO, *NO_GAS)),
)

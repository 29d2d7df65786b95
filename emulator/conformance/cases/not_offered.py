"""What a family declares that it has not got is refused, and nothing changes; done all the same it contradicts that."""

from typing import Final

from emulator.conformance.case import Case, Contradicted, Group, Home, Need
from emulator.conformance.cases.roles import DEVICE, ELECTRICITY, GAS, ROWS, Row, device_of
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Target

CLAUSE: Final = "functional reference 10.7 (NS) and 10.8 (not_supported); service requests, section 13, 1"
# fmt: off
OTHERS: Final = (
    Row("3.1", "EG", "IS GS"), Row("3.4", "EG", "IS GS"), Row("3.5", "EG", "IS GS"), Row("4.14", "EGP", "IS GS"),
    Row("4.17", "EP", "IS GS ED GT OU"), Row("6.22", "EG", "IS GS ED"), Row("8.12.1", "H", "IS GS"),
)
# fmt: on
"""What section 4 has beyond, and hardly anybody offers."""
REASONS: Final = (Why.NOT_SUPPORTED, Why.NOT_APPLICABLE, Why.NOT_ESTABLISHED)
WORDS: Final = {
    "E": "not-offered",
    "G": "not-offered-by-gas",
    "P": "not-offered-by-the-proxy",
    "H": "not-offered-by-the-hub",
    "I": "not-offered-by-the-display",
}


async def _not_offered(stage: Stage, of: Row, letter: str) -> None:
    other = GAS if letter == "E" else ELECTRICITY if letter in "GP" else frozenset()
    role = min(of.both - other)
    device = device_of(stage, letter)
    async with untouched(stage):
        asked = await stage.ask(of.variant, sample(stage, of.variant, device), device=device, role=role)
        if asked.ok:
            raise Contradicted(f"{of.variant} is refused, as the family declares", f"{asked.code} {asked.reason}")
    told = asked.response.body if asked.response is not None else None
    stage.expect(told is None, "a refusal has no body", told)
    stage.refused(asked, *REASONS)


def _has_a_display(profile: Profile) -> str:
    return "" if profile.ppmid is not None or profile.ihd is not None else "the set has no display"


def _case(of: Row, letter: str) -> Case:
    async def act(stage: Stage) -> None:
        await _not_offered(stage, of, letter)

    return Case(
        name=f"{of.variant}/{WORDS[letter]}",
        says=f"a family that declares it has not got {of.variant} ({DEVICE[letter]}) refuses it, and nothing changes",
        clause=CLAUSE,
        group=Group.NOT_OFFERED,
        needs=(Need(of.variant, Target[letter]),),
        act=act,
        home=Home(gas=letter in "GP"),
        negative=True,
        lacks=True,
        only=_has_a_display if letter == "I" else None,
    )


CASES: tuple[Case, ...] = tuple(
    _case(one, letter) for one in (*ROWS, *OTHERS) for letter in one.targets if letter != "D"
)

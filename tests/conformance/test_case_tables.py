"""The tables of cases: who may send what was copied by hand, and agrees with the catalogue; bodies are well formed."""

import asyncio

import pytest

from emulator.conformance.case import Home
from emulator.conformance.cases import CASES
from emulator.conformance.cases.documents import GONE, WRONG, put, spoilt
from emulator.conformance.cases.not_offered import OTHERS
from emulator.conformance.cases.roles import ROWS, row
from emulator.conformance.cases.targets import command_variants
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.staging import staged
from emulator.services import catalogue
from emulator.services.row import Role, Target

PROFILE = "aclara-sgm1411"


def test_the_table_of_the_cases_is_that_of_the_catalogue():
    """Two tables from one source, by different hands: they can only be wrong together if the source is."""
    for one in (*ROWS, *OTHERS):
        service = catalogue.find(one.variant)
        assert service.targets == Target(sum(Target[letter].value for letter in one.targets)), one
        assert service.roles == {Role(word) for word in one.forum.split()}, one
        assert service.duis_roles == {Role(word) for word in (one.duis or one.forum).split()}, one
        assert command_variants(one) == set(service.command_variants), one


def test_every_variant_has_a_row():
    assert {one.variant for one in (*ROWS, *OTHERS)} == {one.variant for one in catalogue.SERVICES}


def test_names_are_unique():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_every_minimum_variant_has_its_refusals():
    names = {case.name for case in CASES}
    for service in catalogue.MINIMUM:
        wanted = ["wrong-target", "wrong-command-variant"]
        if service.roles | service.duis_roles != frozenset(Role):
            wanted.append("wrong-role")
        assert {f"{service.variant}/{word}" for word in wanted} <= names


def test_bodies_are_well_formed():
    async def hold(stage: Stage) -> None:
        for service in catalogue.SERVICES:
            for device in ("esme", "gsme"):
                body = sample(stage, service.variant, device)
                catalogue.body_of(stage.request(service.variant, body))
                assert body or not any(one.required for one in service.parameters), service.variant

    asyncio.run(_on_a_stage(hold))


def test_wrong_bodies_are_malformed():
    async def hold(stage: Stage) -> None:
        for variant, wrong in WRONG.items():
            device, role = put(row(variant))
            body = sample(stage, variant, device)
            for path, value in (*wrong, ("Colour", "red")):
                request = stage.request(variant, spoilt(body, path, value), device=device, role=role)
                with pytest.raises(catalogue.MalformedError):
                    catalogue.body_of(request)

    asyncio.run(_on_a_stage(hold))


def test_a_body_is_spoilt_in_one_place():
    body = {"A": [{"B": 1, "C": 2}]}
    assert spoilt(body, "A.0.B", 3) == {"A": [{"B": 3, "C": 2}]}
    assert spoilt(body, "A.0.B", GONE) == {"A": [{"C": 2}]}
    assert body == {"A": [{"B": 1, "C": 2}]}


async def _on_a_stage(hold) -> None:
    async with staged(PROFILE, Home(gas=True)) as stage:
        await hold(stage)

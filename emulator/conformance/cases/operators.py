"""Another supplier, another tenant: who is registered is served, and nobody else (service requests, 8.3 and section 7).

A change of supplier is no service: the suite can have the reference adapter do it, and no other.
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.credentials import opens
from emulator.conformance.installing import inventory
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import HOUR, isoformat
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Role, Target
from emulator.services.users import user

CHANGE: Final = "service requests, section 8.3; section 9: E4"
TENANCY: Final = "functional reference 10.7, 3.2; service requests, 8.3"
GAS: Final = Home(gas=True)
PREPAID: Final = Home(payment="prepayment")
POUND_MP: Final = 100_000


def _renews(profile: Profile) -> str:
    declared = profile.services
    renews = declared is not None and declared.supplier_change == "keys"
    return "" if renews else "the family declares no new keys at a change of supplier"


async def _changed(stage: Stage, device: str = "esme") -> None:
    """Have the first supplier be followed by the second one."""
    await stage.change_supplier(1, device)
    await stage.change_supplier(2, device)


async def _is_refused(stage: Stage, variant: str, device: str = "esme", which: int = 1) -> None:
    asked = await stage.ask(variant, sample(stage, variant, device), device=device, which=which)
    stage.refused(asked, Why.NOT_THE_SUPPLIER, code="E4")


async def _losing(stage: Stage) -> None:
    await _changed(stage)
    async with untouched(stage):
        for variant in ("7.4", "7.2", "6.11"):
            await _is_refused(stage, variant)
    stage.expect(stage.truth("supply_state") == "enabled", "the supply stays on", stage.truth("supply_state"))


async def _gaining(stage: Stage) -> None:
    await stage.change_supplier(1)
    await _is_refused(stage, "7.4", which=2)  # not before it is registered
    await stage.change_supplier(2)
    stage.done(await stage.ask("7.4", which=2))
    stage.done(await stage.ask("7.2", which=2))
    stage.expect(stage.truth("supply_state") == "disabled", "it is served", stage.truth("supply_state"))


async def _texts(stage: Stage) -> None:
    await _changed(stage)
    stage.done(await stage.ask("4.1.1", which=2))
    await _is_refused(stage, "4.1.1")


async def _each_fuel(stage: Stage) -> None:
    await _changed(stage, "gsme")
    async with untouched(stage):
        for variant in ("7.4", "7.2"):
            await _is_refused(stage, variant, "gsme")
    stage.done(await stage.ask("7.4", device="gsme", which=2))
    for which in (1, 2):  # nobody changed anything of electricity
        stage.done(await stage.ask("7.4", which=which))


async def _back(stage: Stage) -> None:
    await _changed(stage)
    await stage.change_supplier(1)
    stage.done(await stage.ask("7.4", which=1))
    await _is_refused(stage, "7.4", which=2)


async def _no_credit(stage: Stage) -> None:
    await _changed(stage)
    code, before = stage.vend(10 * POUND_MP), stage.truth("meter_balance_mp")
    async with untouched(stage):
        asked = await stage.ask("2.2", {"UTRN": code}, which=1)
        stage.refused(asked, Why.NOT_THE_SUPPLIER, code="E4")
    stage.expect(stage.truth("meter_balance_mp") == before, "no credit comes", stage.truth("meter_balance_mp"))
    stage.done(await stage.ask("2.2", {"UTRN": code}, which=2))  # the code was not used up


async def _held(stage: Stage) -> None:
    await stage.change_supplier(1)
    at = {"ExecutionDateTime": isoformat(stage.now + 6 * HOUR)}
    lost, others = stage.request("4.1.1", at), stage.request("4.1.1", at, role=Role.ED)
    for one in (lost, others):
        stage.expect((await stage.submit(one)).response_code == "I99", "the stage's own arranging: it waits")
    await stage.change_supplier(2)
    answered = await stage.outcome(lost, "1m")
    if answered is None:
        answered = await stage.outcome(lost, "12h")
        stage.expect_strictly(answered is None, "what the losing supplier has waiting is answered at the change")
    stage.expect(answered is not None, "what the losing supplier has waiting is answered")
    assert answered is not None
    stage.expect(not answered.ok, "and is not done", answered.response_code)
    stage.expect(answered.response_code == "E4", "it is answered with E4", answered.response_code)
    kept = await stage.outcome(others, "12h")
    stage.expect(kept is not None and kept.ok, "what a distributor has waiting is done", kept)
    sent = [one for one in stage.given if getattr(one.document, "request_id", "") == lost.request_id]
    stage.expect(len(sent) == 1, "it is answered once", len(sent))


async def _told(stage: Stage) -> None:
    await _changed(stage)
    await stage.gather(0.05)
    told = [one for one in stage.alerts if "ChangeOfSupplier" in (one.body or {})]
    for which in (1, 2):
        to = [one for one in told if one.business_target_id == user(Role.IS, which).eui64]
        stage.expect(to, f"ChangeOfSupplier tells supplier {which}", [one.business_target_id for one in told])
    for one in told:
        named = (one.body or {})["ChangeOfSupplier"].get("DeviceChangeOfSupplier", {}).get("DeviceID")
        stage.expect_strictly(named == stage.eui(), "it names the meter", one.body)


async def _records(stage: Stage) -> None:
    await _changed(stage)
    async with untouched(stage):
        body = {"DeviceID": stage.eui(), "UpdateMPxN": {"ImportMPxN": "1000000000021"}}
        stage.refused(await stage.ask("8.4", body, role=Role.IS), Why.NOT_THE_SUPPLIER, code="E4")
        ended = {"DeviceID": stage.eui()}
        stage.refused(await stage.ask("8.3", ended, role=Role.IS), Why.NOT_THE_SUPPLIER, code="E4")
    own = await inventory(stage, "esme")
    stage.expect(own.get("DeviceStatus") == "Commissioned", "the meter is still in use", own)
    stage.expect(own.get("ImportMPxN") != "1000000000021", "its number is as it was", own)
    read = await stage.ask("8.2", {"DeviceID": stage.eui()}, role=Role.IS, which=1)
    stage.done(read)  # the inventory is everybody's


async def _firmware(stage: Stage) -> None:
    await _changed(stage)
    asked = await stage.ask("11.1", sample(stage, "11.1"), role=Role.IS)
    left_out = str(asked.body.get("InvalidDeviceIDList") or "").split(",")
    code = asked.acknowledged.response_code
    stage.expect(code[:1] == "E" or stage.eui() in left_out, "the losing supplier gives it no firmware", asked.body)


async def _other_roles(stage: Stage) -> None:
    await _changed(stage)
    stage.done(await stage.ask("4.1.1", role=Role.ED))
    stage.done(await stage.ask("11.2", role=Role.OU))


async def _old_keys(stage: Stage) -> None:
    had = stage.farm.access(f"{stage.name}/esme", "management")
    await stage.change_supplier(1)
    shut = await opens(had)
    stage.expect(shut, "the keys from before the change open the meter's door no more")
    stage.expect(await stage.happened("CredentialsUpdated", "esme"), "the meter was given new keys")
    stage.done(await stage.ask("7.4"))


async def _tenancy(stage: Stage) -> None:
    await stage.change_supplier(1)
    body = {"RestrictionDateTime": isoformat(stage.now)}
    stage.done(await stage.ask("3.2", body, which=1))
    stage.done(await stage.ask("4.1.1", which=1))
    await _is_refused(stage, "4.1.1", which=2)


async def _tenancy_by_the_loser(stage: Stage) -> None:
    await _changed(stage)
    body = {"RestrictionDateTime": isoformat(stage.now)}
    async with untouched(stage):
        stage.refused(await stage.ask("3.2", body, which=1), Why.NOT_THE_SUPPLIER, code="E4")
    stage.expect(not await stage.happened("TenancyChanged"), "no history is hidden")


def _case(name: str, says: str, act: Any, *wanted: Need, clause: str = CHANGE, **more: Any) -> Case:
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.CREDENTIALS,
        needs=wanted,
        act=act,
        **more,
    )


READS, REGISTER = Need("7.4"), Need("4.1.1")
CASES: tuple[Case, ...] = (
    _case("7.4/losing-supplier", "who is no longer the supplier is refused (E4)", _losing, READS, negative=True),
    _case(
        "7.4/gaining-supplier", "who is the supplier now is served, and was not before", _gaining, READS, Need("7.2")
    ),
    _case("4.1.1/change-of-supplier", "readings go to the supplier there is", _texts, REGISTER),
    _case(
        "7.4/gas-changes-alone",
        "a change at the gas meter leaves electricity as it is",
        _each_fuel,
        READS,
        Need("7.4", Target.G),
        home=GAS,
        negative=True,
    ),
    _case("7.4/supplier-comes-back", "a supplier that comes back is served again", _back, READS),
    _case(
        "2.2/losing-supplier",
        "a code of the losing supplier's request brings no credit, and is not used up",
        _no_credit,
        Need("2.2"),
        home=PREPAID,
        negative=True,
    ),
    _case(
        "4.1.1/held-at-change",
        "what the losing supplier has waiting is dropped and answered; others' is done",
        _held,
        REGISTER,
        READS,
        negative=True,
    ),
    _case("4.1.1/change-is-told", "both suppliers are told of the change", _told, REGISTER),
    _case("8.4/losing-supplier", "who lost a meter does not correct or end it (E4)", _records, REGISTER, negative=True),
    _case("11.1/losing-supplier", "who lost a meter gives it no firmware", _firmware, Need("11.2"), negative=True),
    _case("4.1.1/other-roles", "who is no supplier is served as before", _other_roles, REGISTER, Need("11.2")),
    _case(
        "7.4/old-keys",
        "where a change brings new keys, those from before open nothing",
        _old_keys,
        READS,
        only=_renews,
        negative=True,
    ),
    _case(
        "3.2/keeps-the-supplier",
        "a change of tenancy is none of supplier",
        _tenancy,
        Need("3.2"),
        REGISTER,
        clause=TENANCY,
    ),
    _case(
        "3.2/losing-supplier",
        "who lost a meter does not hide its history (E4)",
        _tenancy_by_the_loser,
        Need("3.2"),
        clause=TENANCY,
        negative=True,
    ),
)

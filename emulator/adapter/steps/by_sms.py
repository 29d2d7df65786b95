"""Steps for a family that is spoken to by SMS only: 2.2, 3.2, 4.1.1, 4.1.2, 4.2, 4.3 and 6.23 (docs/sms.md).

The texts are ours. A text and its answer are one step. What has no answer in time may have been done: it is not sent
again (E21). A home has one text on its way at a time. An answer that comes after E21 is told of by an alert; if the
next text is on its way by then it counts as that one's, for nothing in an `OK` says what it answers.
"""

from collections.abc import Callable, Mapping
from typing import Final

from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.surroundings import UnknownWayError
from emulator.device.instant import MINUTE, SECOND, to_datetime
from emulator.device.sms.answer import ASKED
from emulator.device.sms.text import Reading, parse_reading
from emulator.services.bodies import money, registers
from emulator.services.bodies.device import RestrictAccessForChangeOfTenancy
from emulator.services.bodies.money import TopUpDevice
from emulator.services.body import Body, Done
from emulator.services.codes import Why
from emulator.services.document import instant_of

PATIENCE_MS: Final = 30 * MINUTE
LOOK_EVERY_MS: Final = 5 * SECOND
REASONS: Final = {
    "unknown": Why.NOT_SUPPORTED,
    "malformed": Why.INVALID_VALUE,
    "incomplete": Why.INVALID_VALUE,
    "too_long": Why.INVALID_VALUE,
    "not_applicable": Why.NOT_SUPPORTED,
    "unreachable": Why.UNREACHABLE,
}
"""What reasons of an `ERR` are called here, where that is something else."""


async def answer_to(errand: Errand, text: str, what: str, answers: Callable[[str], bool]) -> str:
    """Text a meter and wait for its answer, as one step. Raises StepError."""
    errand.position += 1
    around, hub, late = errand.around, errand.home, errand.adapter.alerts.late
    try:
        last = max((one.number for one in around.texts(hub, 0)), default=0)
        refused = await around.sms(hub, text)
    except UnknownWayError as error:
        raise StepError(Why.NOT_ESTABLISHED, errand.position, str(error)) from error
    if refused:
        raise StepError(Why.UNREACHABLE, errand.position, f"{what}: no SMS can be sent: {refused}")
    until = errand.now + PATIENCE_MS
    while True:
        for one in around.texts(hub, last):
            last = one.number
            if one.text.startswith("ERR") or answers(one.text):
                late.came_in_time(hub, one.number)
            if one.text.startswith("ERR"):
                reason = one.text.removeprefix("ERR").strip()
                raise StepError(_why(reason), errand.position, f"{what}: {one.text}")
            if answers(one.text):
                errand.done.append(what)
                return one.text
        if errand.now >= until:
            late.may_come(hub, errand.request, last)
            detail = f"{what}: no answer by SMS within {PATIENCE_MS // MINUTE} min; it may have been done"
            raise StepError(Why.TIMEOUT, errand.position, detail)
        await errand.adapter.until(min(until, errand.now + LOOK_EVERY_MS))


def _why(reason: str) -> Why:
    if reason in REASONS:
        return REASONS[reason]
    return Why(reason) if reason in set(Why) else Why.REFUSED


def _done(text: str) -> bool:
    return text in {"OK", "HELD"}


async def _reading(errand: Errand) -> Reading:
    text = await answer_to(errand, "READ", "read the meter", lambda one: one.startswith(f"{ASKED} "))
    try:
        return parse_reading(text)[1]
    except ValueError as error:
        raise StepError(Why.REFUSED, errand.position, f"its answer is no reading: {error}") from error


async def top_up(errand: Errand) -> Body:
    """2.2: the 20 digits; the meter judges them as if they were keyed in."""
    body: TopUpDevice = errand.body
    await answer_to(errand, body.utrn, "enter a code", _done)
    return Done()


async def change_of_tenancy(errand: Errand) -> Body:
    """3.2: balance and debts stay as they are; emergency credit is taken back, and history is hidden from then on."""
    body: RestrictAccessForChangeOfTenancy = errand.body
    at = instant_of(body.restriction_date_time)
    date = f"{to_datetime(at):%Y-%m-%dT%H:%M:%S} " if at > errand.now else ""
    await answer_to(errand, f"COT {date}PW={_password(errand)}", "change of tenancy", _done)
    return Done()


async def change_of_supplier(errand: Errand) -> Body:
    """6.23: no key of a user goes into the meter; it is told that its supplier changed."""
    await answer_to(errand, f"COS PW={_password(errand)}", "change of supplier", _done)
    return Done()


def _password(errand: Errand) -> str:
    try:
        return errand.around.text_password(errand.home)
    except UnknownWayError as error:
        raise errand.refuse(Why.NOT_ESTABLISHED, str(error)) from error


async def total(errand: Errand) -> Body:
    """4.1.1: the total of a reading."""
    one = await _reading(errand)
    register = registers.ActiveRegister(value=one.total_wh, active_energy_unit="Wh")
    return registers.ReadInstantaneousImportRegistersRsp(
        electricity=registers.ElectricityRegisters(active_import_register=register)
    )


async def by_time_of_use(errand: Errand) -> Body:
    """4.1.2: the four rates of a reading."""
    one = await _reading(errand)
    collection = registers.TariffTOURegisters(tou_primary_register_value=one.rates_wh)
    return registers.ReadInstantaneousImportTOUMatricesRsp(
        electricity=registers.ElectricityMatrices(tariff_tou_register_collection=collection)
    )


async def export(errand: Errand) -> Body:
    """4.2: the export of a reading."""
    one = await _reading(errand)
    return registers.ReadInstantaneousExportRegistersRsp(
        active_export_register=registers.ActiveRegister(value=one.export_wh, active_energy_unit="Wh")
    )


async def balance(errand: Errand) -> Body:
    """4.3: the balance. The arrears of a reading are all debts in one, for which the service has no place."""
    return money.ReadInstantaneousPrepayValuesRsp(meter_balance=(await _reading(errand)).balance_mp)


STEPS: Final[Mapping[str, Step]] = {
    "2.2": top_up,
    "3.2": change_of_tenancy,
    "4.1.1": total,
    "4.1.2": by_time_of_use,
    "4.2": export,
    "4.3": balance,
    "6.23": change_of_supplier,
}

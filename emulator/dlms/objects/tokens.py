"""Rows of top-ups (class 115 of IEC 62056-6-2:2017) and of what was paid: the last credits, debt payments, accounts.

The token gateway tells of the last code alone; of a code the meter keeps the last digits, so its token is those.
"""

from dataclasses import replace

from emulator.device.commands import AddCredit
from emulator.device.meter import Meter
from emulator.device.metering import run_at
from emulator.device.money.account import snapshots
from emulator.device.money.account_records import AccountSnapshot, Mode
from emulator.device.money.top_up import ACCEPTED
from emulator.dlms.codec.data import Data, Tag, array, encode, octets, structure
from emulator.dlms.objects import buffers, kinds
from emulator.dlms.objects.account import read_mode
from emulator.dlms.objects.buffers import Column, Line
from emulator.dlms.objects.logs import log
from emulator.dlms.objects.money import (
    ACCUMULATED,
    AMOUNT,
    BALANCE,
    CHARGE_NAMES,
    EMERGENCY,
    MONEY_SCALE,
    TIME_OR_NONE,
    fully_prepaid,
    prepaid,
)
from emulator.dlms.objects.rows import Method, Object, Takes, Unit, data, of_meter, register, scaler_unit
from emulator.dlms.objects.types import ANY, DATE_TIME, ENUM, I32, TEXT, items

# IEC 62056-6-2, Token gateway: how a token came, and what became of it.
REMOTE, MANUAL = 0, 2
FORMAT_OK, EXECUTED = 0, 3
FORMAT_FAILURE, NOT_AUTHENTIC, NOT_VALID, NOT_EXECUTED = 4, 5, 6, 7
STATUS = {
    ACCEPTED: EXECUTED,
    "incomplete": FORMAT_FAILURE,
    "check_digit": FORMAT_FAILURE,
    "not_authentic": NOT_AUTHENTIC,
    "wrong_device": NOT_VALID,
    "duplicate": NOT_VALID,
}
"""Any other rejection is of a good code that was not executed: above a limit, in credit mode, entry suspended."""


def _status(meter: Meter) -> Data:
    last = meter.records.receipts.last
    code = FORMAT_OK if last is None else STATUS.get(last.outcome, NOT_EXECUTED)
    return structure(Data(Tag.ENUM, code), Data(Tag.BIT_STRING, ""))


def _description(meter: Meter) -> Data:
    """Say the outcome, and the value in millipence if there is one, as texts."""
    last = meter.records.receipts.last
    if last is None:
        return array([])
    told = [last.outcome] + ([str(last.value_mp)] if last.value_mp else [])
    return array([octets(text.encode("ascii")) for text in told])


def _enter(_: Meter, value: Data) -> AddCredit:
    return AddCredit(str(TEXT.decode(value)))


def _last_code(meter: Meter) -> str:
    last = meter.records.receipts.last
    return "" if last is None else last.code


def _last_at(meter: Meter) -> int | None:
    last = meter.records.receipts.last
    return None if last is None else last.at


def _delivery(meter: Meter) -> int:
    last = meter.records.receipts.last
    return MANUAL if last is not None and last.local else REMOTE


TOKEN_GATEWAY = Object(
    "token_gateway",
    "0.0.19.40.0.255",
    kinds.TOKEN_GATEWAY,
    {
        2: of_meter(_last_code, TEXT),
        3: of_meter(_last_at, TIME_OR_NONE),
        4: of_meter(_description, ANY),
        5: of_meter(_delivery, ENUM),
        6: of_meter(_status, ANY),
    },
    {1: Method(Takes(AddCredit, _enter, lambda command: octets(command.code.encode("latin-1"))))},
    prepaid,
)

# The logs. A credit's value stands in a Register of its own, a payment's in the charge of the payment debt.

LAST_CREDIT = Column("last_credit", kinds.REGISTER.id, "0.0.96.50.6.255")
TOKEN = Column("token_gateway", kinds.TOKEN_GATEWAY.id, "0.0.19.40.0.255")
PAID = Column("payment_debt", kinds.CHARGE.id, CHARGE_NAMES[3], 11)


def _last_value(meter: Meter) -> int:
    vends = meter.records.receipts.credits
    return vends[-1].value_mp if vends else 0


def _credits(meter: Meter) -> list[Line]:
    kept = meter.records.receipts.credits
    return [(vend.at, (AMOUNT.encode(vend.value_mp), TEXT.encode(vend.code))) for vend in kept]


def _payments(meter: Meter) -> list[Line]:
    return [(paid.at, (AMOUNT.encode(paid.value_mp),)) for paid in meter.records.receipts.payments]


def _read_credits(value: Data) -> list[dict[str, object]]:
    rows = [items(row, Tag.STRUCTURE, 3) for row in items(value, Tag.ARRAY)]
    return [
        {"at": DATE_TIME.decode(at), "value_mp": I32.decode(paid), "code": TEXT.decode(code)} for at, paid, code in rows
    ]


def _read_payments(value: Data) -> list[dict[str, object]]:
    rows = [items(row, Tag.STRUCTURE, 2) for row in items(value, Tag.ARRAY)]
    return [{"at": DATE_TIME.decode(at), "value_mp": I32.decode(paid)} for at, paid in rows]


# The account at each billing snapshot

_TIME_DEBTS = (
    Column("time_debt_1", kinds.CHARGE.id, CHARGE_NAMES[1], 12),
    Column("time_debt_2", kinds.CHARGE.id, CHARGE_NAMES[2], 12),
)
_ACCOUNT_COLUMNS = (
    Column("account", kinds.ACCOUNT.id, "0.0.19.0.0.255"),
    Column("meter_balance", kinds.CREDIT.id, BALANCE),
    Column("emergency_credit", kinds.CREDIT.id, EMERGENCY),
    Column("accumulated_debt", kinds.CREDIT.id, ACCUMULATED),
    Column("payment_debt", kinds.CHARGE.id, CHARGE_NAMES[3], 12),
    *_TIME_DEBTS,
)
"""Where a make recovers no debt by time, the last two are missing."""


def _accounts(meter: Meter) -> list[Line]:
    """Give the snapshots with the device clock's time, as the billing log has it."""
    kept = snapshots(meter.site, meter.records, meter.now)
    return [(each.at + run_at(meter.records.runs, each.at).clock_offset_ms, _cells(each)) for each in kept]


def _cells(each: AccountSnapshot) -> tuple[bytes, ...]:
    mode = encode(structure(Data(Tag.ENUM, 1 if each.mode is Mode.CREDIT else 2), Data(Tag.ENUM, 2)))
    amounts = (each.balance_mp, each.emergency_mp, each.accumulated_mp, each.payment_debt_mp, *each.debts_mp)
    return (mode, *(AMOUNT.encode(amount_mp) for amount_mp in amounts))


def _read_accounts(value: Data) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    for row in items(value, Tag.ARRAY):
        at, mode, *amounts = items(row, Tag.STRUCTURE)
        balance, emergency, accumulated, payment, *debts = (I32.decode(amount_mp) for amount_mp in amounts)
        told.append(
            {
                "at": DATE_TIME.decode(at),
                "mode": read_mode(mode),
                "balance_mp": balance,
                "emergency_mp": emergency,
                "accumulated_mp": accumulated,
                "payment_debt_mp": payment,
                "debts_mp": (*debts, 0, 0)[: len(_TIME_DEBTS)],
            }
        )
    return told


CREDIT_LOG = buffers.lines((LAST_CREDIT, TOKEN), lambda profile: profile.prepayment.credits_kept, _credits)
PAYMENT_LOG = buffers.lines((PAID,), lambda profile: profile.prepayment.payments_kept, _payments)
_LOG = buffers.lines(_ACCOUNT_COLUMNS, lambda profile: profile.metering.billing_entries, _accounts)
ACCOUNT_LOG = replace(
    _LOG, columns=lambda profile: _LOG.columns(profile)[: None if fully_prepaid(profile) else -len(_TIME_DEBTS)]
)

TOKENS: tuple[Object, ...] = (
    TOKEN_GATEWAY,
    Object(
        "last_credit",
        LAST_CREDIT.logical_name,
        kinds.REGISTER,
        {2: of_meter(_last_value, AMOUNT), 3: scaler_unit(MONEY_SCALE, Unit.CURRENCY)},
        when=prepaid,
    ),
    log("debt_payments", "0.0.98.1.4.255", PAYMENT_LOG, {"debt_payments": _read_payments}, when=prepaid),
    log("credits", "0.0.98.1.5.255", CREDIT_LOG, {"credits": _read_credits}, when=prepaid),
    log("billing_accounts", "0.0.98.1.1.255", ACCOUNT_LOG, {"billing_accounts": _read_accounts}, when=prepaid),
    register("top_ups_accepted", "0.0.96.50.7.255", "top_ups_accepted", Unit.COUNT, when=prepaid),
    register("top_ups_rejected", "0.0.96.50.8.255", "top_ups_rejected", Unit.COUNT, when=prepaid),
    data("entry_locked_until", "0.0.96.50.9.255", "entry_locked_until", TIME_OR_NONE, when=prepaid),
    data("refund_code", "0.0.96.50.26.255", "refund_code", when=prepaid),
)

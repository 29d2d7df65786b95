"""Write the generated parts of docs/device-model.md: each is worked out by running the device model, not by hand."""

from pathlib import Path

import msgspec

from emulator.device.commands import (
    ArmSupply,
    Command,
    DisableSupply,
    EnableSupply,
    RestoreSupply,
    Sender,
)
from emulator.device.event_table import LINES
from emulator.device.happenings import Posted, SupplyChanged
from emulator.device.instant import instant
from emulator.device.meter import Meter
from emulator.device.money import account, charges, top_up
from emulator.device.money.account_records import Account, Mode, Terms, TimeDebt
from emulator.device.records import Cause, Supply, Switch
from emulator.device.step import Moment
from emulator.farm import library
from emulator.farm.estate import from_flags

TARGET = Path(__file__).with_name("device-model.md")
BEGIN, END = "<!-- generated: {} -->", "<!-- end of {} -->"
AT = instant(2026, 1, 1, 12)


def _meter() -> Meter:
    known = ((name, library.packaged(name)) for name in library.names())
    profile = next(name for name, one in known if one.dlms is not None and one.prepayment.level == "full")
    meter = Meter(from_flags((profile,), 1, 1).site(0), AT)
    terms = Terms(emergency_limit_mp=1_000_000, emergency_threshold_mp=100_000, low_credit_mp=200_000)
    meter.records = msgspec.structs.replace(meter.records, terms=terms)
    return meter


def _state(meter: Meter, switch: Switch, causes: Cause) -> Meter:
    meter.records = msgspec.structs.replace(meter.records, supply=Supply(switch, causes))
    return meter


def supply_states() -> list[str]:
    """Try every supply command in every state, and the account's own doings, and draw what came of it."""
    commands: tuple[tuple[Command, Sender, str], ...] = (
        (EnableSupply(), Sender.SUPPLIER, "Enable Supply"),
        (DisableSupply(), Sender.SUPPLIER, "Disable Supply"),
        (ArmSupply(), Sender.SUPPLIER, "Arm Supply"),
        (RestoreSupply(), Sender.CONSUMER, "consumer restores"),
    )
    states = {
        "Enabled": (Switch.ENABLED, Cause(0)),
        "Armed": (Switch.ARMED, Cause(0)),
        "Disabled_supplier": (Switch.DISABLED, Cause.SUPPLIER),
        "Disabled_credit": (Switch.DISABLED, Cause.CREDIT),
        "Disabled_tamper": (Switch.DISABLED, Cause.TAMPER),
    }
    names = {state: name for name, state in states.items()}
    drawn = ["```mermaid", "stateDiagram-v2", "    [*] --> Enabled"]
    refused = []
    for name, (switch, causes) in states.items():
        for command, sender, title in commands:
            meter = _state(_meter(), switch, causes)
            outcome = meter.send(command, sender)
            now = (meter.records.supply.switch, meter.records.supply.causes)
            if not outcome.accepted:
                refused.append(f"| {name.replace('_', ' by ')} | {title} | {outcome.reason} | {outcome.detail} |")
            elif now != (switch, causes) and now in names:
                drawn.append(f"    {name} --> {names[now]}: {title}")
    drawn += [f"    Enabled --> {names[_by_account(-1)]}: credit reaches the disablement threshold"]
    drawn += [
        f"    Disabled_credit --> {names[_by_account(500_000)]}: a top-up or emergency credit above the threshold"
    ]
    drawn += ["```", "", "Refused:", "", "| state | asked | reason | because |", "| --- | --- | --- | --- |", *refused]
    return drawn


def _by_account(balance_mp: int) -> tuple[Switch, Cause]:
    """Test the thresholds of a prepayment account with a balance: exhausted from Enabled, or credited again."""
    meter = _meter()
    out = balance_mp < 0
    supply = Supply() if out else Supply(Switch.DISABLED, Cause.CREDIT)
    held = Account(mode=Mode.PREPAYMENT, settled_at=AT, balance_mp=balance_mp)
    records = msgspec.structs.replace(meter.records, supply=supply, account=held)
    step = account.test(records, None, Moment(meter.site, AT))
    assert isinstance(step, tuple)
    (changed,) = (what for what in step[1] if isinstance(what, SupplyChanged))
    return changed.switch, changed.causes


def order_of_recovery() -> list[str]:
    """Top up an account that owes everything, and draw where the money went, in order."""
    meter = _meter()
    owing = Account(
        mode=Mode.PREPAYMENT,
        settled_at=AT,
        balance_mp=-150_000,
        emergency_on=True,
        emergency_mp=300_000,
        accumulated_mp=45_000,
        payment_debt_mp=1_500_000,
        debts=(TimeDebt(1_000_000, 25_000), TimeDebt()),
    )
    terms = msgspec.structs.replace(meter.records.terms, payment_share=1_200)
    records = msgspec.structs.replace(meter.records, account=owing, terms=terms)
    spread, happened, _ = top_up.spread_credit(records, 2_000_000, Moment(meter.site, AT))
    posted = [what for what in happened if isinstance(what, Posted) and what.source == "top_up"]
    drawn = ["```mermaid", "flowchart TD", '    top_up(["top-up GBP 20.00"])']
    last = "top_up"
    for place, what in enumerate(posted, 1):
        pounds = f"GBP {what.amount_mp / 100_000:.2f}"
        drawn.append(f'    {last} --> s{place}["{what.rule}: {pounds} to {what.target.replace("_", " ")}"]')
        last = f"s{place}"
    left = spread.account
    drawn.append(f'    {last} --> end_(["balance GBP {left.balance_mp / 100_000:.2f}"])')
    return [*drawn, "```"]


def order_of_charges() -> list[str]:
    """The order within one instant, as the account takes charges."""
    rules = (charges.CONSUMPTION_RULE, charges.STANDING_RULE, *charges.DEBT_RULES)
    return [f"{place}. {rule.removeprefix('2.6 A ')}" for place, rule in enumerate(rules, 1)] + [
        "5. thresholds (2.6 D)"
    ]


def mandated_alerts() -> list[str]:
    """The 13 mandated alerts, and what raises them."""
    rows = {}
    for key, line in LINES.items():
        if line.mandated:
            name = key[0].__name__ + f" ({key[1]})" if isinstance(key, tuple) else key.__name__
            rows.setdefault(line.mandated, []).append(f"`{name}` 0x{line.code:04X}")
    return ["| no. | raised by |", "| --- | --- |"] + [f"| {no} | {', '.join(rows[no])} |" for no in sorted(rows)]


PARTS = {
    "supply states": supply_states,
    "order of charges": order_of_charges,
    "order of recovery": order_of_recovery,
    "mandated alerts": mandated_alerts,
}


def written(text: str) -> str:
    """Give the page with its generated parts as the code has them now."""
    for name, make in PARTS.items():
        begin, end = BEGIN.format(name), END.format(name)
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = "\n".join([head + begin, "", *make(), "", end + tail])
    return text


def main() -> None:
    """Write the page."""
    TARGET.write_text(written(TARGET.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()

"""Homes with displays for the device tests: an electricity meter and what else is wanted."""

import dataclasses

from device_sites import NOW, PROFILE, site

from emulator.device.commands import Sender
from emulator.device.household import Household
from emulator.device.installation import Installation, Premises
from emulator.device.journal import DeviceName
from emulator.device.money import utrn
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.money.top_up import UTRN_KEY, vend
from emulator.device.step import replace

ESME, GSME, CHF, PPMID, IHD = (
    DeviceName.ESME,
    DeviceName.GSME,
    DeviceName.CHF,
    DeviceName.PPMID,
    DeviceName.IHD,
)
HOME = Household(daily_import_wh=9_000, daily_gas_l=3_000)
POUND = 100_000
PENNY = 1_000

TERMS = Terms(
    emergency_limit_mp=5 * POUND,
    emergency_threshold_mp=1 * POUND,
    low_credit_mp=2 * POUND,
)
PREPAID = Contract(
    mode=Mode.PREPAYMENT,
    balance_mp=10 * POUND,
    prices=Prices(tou_mp=(25 * PENNY,), standing_mp=50 * PENNY),
    terms=TERMS,
)


def home(*names: DeviceName, profile=PROFILE, household: Household = HOME, now: int = NOW, **of_site) -> Installation:
    """Give a home with an electricity meter and the devices named."""
    sites = {}
    for place, name in enumerate((ESME, *names)):
        made = site(household=household, seed=77 + place, profile=profile, **of_site)
        fuel = "gas" if name is GSME else "electricity"
        sites[name] = dataclasses.replace(made, eui64=made.eui64 + place, fuel=fuel)
    return Installation(Premises(sites), now)


def prepaid(at: Installation, name: DeviceName = ESME, **changed) -> Installation:
    """Put a meter of a home on prepayment: 10 pounds of credit, 25 pence a kWh."""
    contract = replace(PREPAID, **changed)
    outcome = at.note(name, AccountStarts(contract))
    assert outcome.accepted, outcome
    return at


def top_up_code(at: Installation, name: DeviceName = ESME, value_mp: int = 10 * POUND) -> str:
    """Give a code that a payment outlet would print for a meter."""
    device = at.devices[name]
    return vend(device.records, device.site.secret(UTRN_KEY)[: utrn.KEY_OCTETS], device.site.eui64, value_mp)


def happened(outcome, kind):
    """Give the happenings of one class."""
    return [entry.what for entry in outcome.entries if isinstance(entry.what, kind)]


CONSUMER, SUPPLIER = Sender.CONSUMER, Sender.SUPPLIER

"""What a gas meter's reads give (functional reference 5.2) and what its logs take in (3.9), through its items."""

import pytest
from device_sites import NOW, accept
from gas_sites import gas_meter

from emulator.device.calendar import SwitchingTable
from emulator.device.commands import (
    ClearEventLog,
    DisableSupply,
    RecordNetworkData,
    RestrictData,
    SetPaymentMode,
    SetPrices,
    SetTariff,
)
from emulator.device.configuration import AccessRejected
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.happenings import BillingSnapshotTaken
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, isoformat
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.self_check import FirmwareRuns

POUND = 100_000
FACTOR = 11_362_667
"""Millionths of a mWh a ml, by hand: 1.02264 x 40.0 / 3.6."""
PRICES = Prices(tou_mp=(9_600,))
BLOCKS = Prices(by="block", block_mp=((4_000, 5_000, 6_000, 7_000),), thresholds_wh=((1_000, 2_000, 3_000),))
READ = {item.key: item.read for item in GAS_ITEMS}


def flowed_ml(device, since, until):
    load = device.site.load(Channel.GAS)
    return load.energy_mwh(until) - load.energy_mwh(since)


def test_logs_of_gas_are_read_as_what_flowed():
    device = gas_meter()
    accept(device, RecordNetworkData(), NOW)
    device.advance(NOW + 2 * DAY)
    profile = READ["profile_log"](device)
    last = device.now // HALF_HOUR * HALF_HOUR
    assert [row["at"] for row in profile] == [isoformat(last - n * HALF_HOUR) for n in range(47, -1, -1)]
    assert abs(sum(row["value"] for row in profile) - flowed_ml(device, last - DAY, last) // 1000) <= 1
    daily = READ["daily_read_log"](device)
    midnight = device.now // DAY * DAY
    assert daily[-1]["at"] == isoformat(midnight)
    since_ml = device.volume_ml - flowed_ml(device, midnight, device.now)
    assert daily[-1]["volume_l"] == since_ml // 1000
    network = READ["network_data_log"](device)
    assert [row["at"] for row in network] == [isoformat(NOW + n * 6 * MINUTE) for n in range(1, 41)]
    assert sum(row["volume_ml"] for row in network) == flowed_ml(device, NOW, NOW + 4 * HOUR)


def test_the_prepayment_registers_of_gas_are_read():
    device = gas_meter()
    terms = Terms(emergency_limit_mp=5 * POUND, emergency_threshold_mp=POUND)
    debts = (TimeDebt(7_000, 1_000), TimeDebt(9_000, 500))
    device.note(AccountStarts(Contract(Mode.PREPAYMENT, 50 * POUND, PRICES, terms, debts, 15 * POUND)), NOW)
    device.advance(NOW + DAY)
    spent_mp = flowed_ml(device, NOW, device.now) * FACTOR // 1_000_000 * 9_600 // 1_000_000
    assert abs(READ["meter_balance_mp"](device) - (50 * POUND - spent_mp - 1_500)) <= 2
    keys = ("time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp", "emergency_credit_mp", "accumulated_debt_mp")
    assert [READ[key](device) for key in keys] == [6_000, 8_500, 15 * POUND, 0, 0]


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (SetPaymentMode(Mode.PREPAYMENT), "payment_mode"),
        (SetPrices(Prices(tou_mp=(10_000,))), "price"),
        (SetTariff(SwitchingTable(), prices=BLOCKS), "tariff"),
    ],
)
def test_a_billing_entry_of_gas_is_of_before_the_change(command, cause):
    device = gas_meter()
    accept(device, SetPrices(PRICES), NOW)
    device.advance(NOW + DAY + 7)
    volume_l, balance_mp = READ["volume_l"](device), READ["meter_balance_mp"](device)
    told = accept(device, command)
    assert BillingSnapshotTaken(cause) in told
    device.advance(NOW + 3 * DAY)
    last = READ["billing_data_log"](device)[-1]
    assert (last["at"], last["volume_l"]) == (isoformat(NOW + DAY + 7), volume_l)
    assert abs(last["balance_mp"]) == abs(balance_mp) > 0


def test_event_and_security_log_of_gas_are_read():
    device = gas_meter()
    accept(device, DisableSupply(), NOW)
    device.note(AccessRejected(16, "set"), NOW + MINUTE)
    assert [line["code"] for line in READ["event_log"](device)] == [0x9001]
    assert READ["security_log"](device) == [
        {"at": isoformat(NOW + MINUTE), "code": 0x8F3E, "meaning": "unauthorised communication access attempted"}
    ]
    accept(device, ClearEventLog(), NOW + HOUR)
    assert READ["event_log"](device) == []
    assert [line["code"] for line in READ["security_log"](device)] == [0x8F3E, 0x8F52]


def test_the_firmware_version_of_a_gas_meter_is_read():
    device = gas_meter()
    assert READ["firmware"](device) == device.site.profile.gas_model.firmware
    device.note(FirmwareRuns("G4 02.01"), NOW)
    assert READ["firmware"](device) == "G4 02.01"
    assert [line["code"] for line in READ["security_log"](device)] == [0x8F43]


def test_a_change_of_tenancy_at_a_gas_meter_is_logged():
    device = gas_meter()
    accept(device, RestrictData(NOW - DAY), NOW)
    assert [line["code"] for line in READ["event_log"](device)] == [0x9022]


def test_the_logs_of_a_gas_meter_are_those_of_smets1_and_no_more():
    """3.9: no prepayment daily read log and no daily gas consumption log."""
    assert {key for key in READ if key.endswith(("_log", "credits", "payments", "accounts"))} == {
        "profile_log",
        "daily_read_log",
        "billing_data_log",
        "network_data_log",
        "event_log",
        "security_log",
        "credits",
        "debt_payments",
        "billing_accounts",
    }
    device = gas_meter()
    accept(device, SetPaymentMode(Mode.PREPAYMENT), NOW)
    device.advance(NOW + 3 * DAY)
    for entry in READ["daily_read_log"](device):
        assert set(entry) == {"at", "volume_l", "tou_l", "blocks_wh"}

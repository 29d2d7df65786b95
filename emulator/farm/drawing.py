"""What is drawn for a home: when its meter was fitted, who lives there, what its supplier agreed with it."""

from emulator.device.household import Household
from emulator.device.instant import DAY, HOUR, instant
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.profile import Profile
from emulator.device.splitmix import stream

MILLION = 1_000_000


def installed_at(key: int, profile: Profile) -> int:
    """Draw the day of installation; fitters come between 8 and 17 o'clock."""
    first, last = profile.installation.first_year, profile.installation.last_year
    year = first + stream(key, "year") % (last - first + 1)
    drawn = stream(key, "day")
    return instant(year, 1, 1) + drawn % 365 * DAY + (8 + (drawn >> 32) % 9) * HOUR


def household(key: int, economy_7_share: float, solar_share: float, vacant_share: float) -> Household:
    """Draw a household: about 7.4 kWh a day in the mean (*assumed* spread), more where heating runs at night."""
    economy_7 = _drawn(key, "economy-7", economy_7_share)
    solar = _drawn(key, "solar", solar_share)
    size = stream(key, "size")
    gas = stream(key, "boiler")
    if _drawn(key, "vacant", vacant_share):
        return Household(shape="vacant", daily_import_wh=600, daily_gas_l=100)
    daily_wh = 2_500 + size % 5_000 + (size >> 32) % 5_000 + (6_000 if economy_7 else 0)
    return Household(
        shape="economy-7" if economy_7 else "domestic",
        daily_import_wh=daily_wh,
        daily_export_wh=3_000 + stream(key, "panels") % 5_000 if solar else 0,
        daily_gas_l=1_500 + gas % 1_500 + (gas >> 32) % 1_500,
    )


def _drawn(key: int, what: str, share: float) -> bool:
    return stream(key, what) % MILLION < round(share * MILLION)


def prepayment_contract(key: int, device: DeviceName, owes: float | None = None, *, by_time: bool = True) -> Contract:
    """Draw a prepayment contract: a price cap's worth of prices, some credit, some debt (*assumed* figures).

    `owes` is the share of those who owe something; None is a third. `by_time` says whether the make recovers debts by
    time: where it does not, top-ups alone pay what is owed.
    """
    gas = device is DeviceName.GSME
    drawn = stream(key, "contract")
    debt = drawn % 3 == 0 if owes is None else _drawn(key, "owes", owes)
    return Contract(
        mode=Mode.PREPAYMENT,
        balance_mp=(500 + drawn % 4_000) * 1_000,
        prices=Prices(tou_mp=(6_400, 6_400) if gas else (26_000, 18_000), standing_mp=32_000 if gas else 54_000),
        terms=Terms(
            emergency_limit_mp=500_000,
            emergency_threshold_mp=100_000,
            low_credit_mp=200_000,
            payment_share=1_000 if debt else 0,
            cap_mp=500_000 if debt else 0,
        ),
        debts=(TimeDebt((drawn >> 20) % 20_000 * 1_000, 10_000) if debt and by_time else TimeDebt(), TimeDebt()),
        payment_debt_mp=(drawn >> 40) % 10_000 * 1_000 if debt else 0,
    )

"""The 13 mandated alerts: raised as a home raises them, told once, by the right device under the right code (4.1)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, NamedTuple

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.headend import HeadEnd, NotAssociatedError

MANDATED: Final = "functional reference 4.1"
CODES: Final = "functional reference 4.1; service requests, section 11 (codes are the reference's proposal)"
TAMPER: Final = ("8F3F", "8F73", "8F74", "8F75", "8F76", "8F77", "8F78")
ACCESS: Final = ("8F3E", "8F3D", "8F30", "8F53", "8F60", "8F1E")
MARGIN_DV: Final = 30
_LONG_S: Final = 4 * 3_600


async def _told(stage: Stage, device: str, *codes: str, within: str = "3h") -> None:
    """Hold that an alert came of a device, once, and no later than it should."""
    alert = await stage.alert(*codes, device=device, within=within)
    stage.expect(
        alert is not None, f"an alert {' or '.join(codes)} of the {device}", [one.alert_code for one in stage.alerts]
    )
    await stage.advance("10m")
    same = [one for one in stage.alerts if one.alert_code in codes and one.business_originator_id == stage.eui(device)]
    stage.expect(len(same) == 1, "it is told once", [(one.alert_code, one.timestamp) for one in same])
    assert alert is not None
    stage.expect(alert.description.strip(), "a description is required", alert.description)


# Credit


async def _low_credit(stage: Stage) -> None:
    stage.expect(await stage.until("event esme/LowCredit", "5d"), "credit falls below the threshold")
    await _told(stage, "esme", "810D")


async def _disablement(stage: Stage) -> None:
    stage.expect(await stage.until("event esme/CreditExhausted", "5d"), "credit reaches the disablement threshold")
    await _told(stage, "esme", "8F0F")


async def _low_gas_credit(stage: Stage) -> None:
    stage.expect(await stage.until("event gsme/LowCredit", "20d"), "gas credit falls below the threshold")
    await _told(stage, "gsme", "810D")


async def _gas_disablement(stage: Stage) -> None:
    stage.expect(await stage.until("event gsme/CreditExhausted", "20d"), "gas credit reaches the disablement threshold")
    await _told(stage, "gsme", "8F0F")


async def _not_in_credit_mode(stage: Stage) -> None:
    await stage.advance("3d")
    credit = [one.alert_code for one in stage.alerts if one.alert_code in {"810D", "8F0F"}]
    stage.expect(not credit, "no alert of credit in credit mode", credit)


# The case and the lines


DEEDS: Final = {"meter_cover": "open_cover", "terminal_cover": "open_terminal_cover", "magnet": "magnet"}
"""What somebody does at a meter, by the sensor that tells of it."""


async def _tamper(stage: Stage) -> None:
    await stage.act(next(DEEDS[sensor] for sensor in stage.profile.tamper.sensors if sensor in DEEDS))
    await _told(stage, "esme", *TAMPER)


async def _gas_tamper(stage: Stage) -> None:
    await stage.act("open_cover", "gsme")
    await _told(stage, "gsme", *TAMPER)


async def _access(stage: Stage) -> None:
    await intrude(stage)
    await _told(stage, "esme", *ACCESS)


async def intrude(stage: Stage) -> None:
    """Knock at the electricity meter with a wrong password."""
    known = stage.farm.access(f"{stage.name}/esme", "reader")
    try:
        async with HeadEnd.open(replace(known, password=b"WRONG-TEST")):
            stage.expect(held=False, expected="nobody is let in with a wrong password", got="an association")
    except NotAssociatedError:
        return


async def _nothing_without_a_cause(stage: Stage) -> None:
    await stage.advance("2d")
    stage.expect(not stage.alerts, "a quiet home tells nothing", [one.alert_code for one in stage.alerts])


# Gas


async def _low_battery(stage: Stage) -> None:
    await stage.fault("gas_battery_flat", low_battery="told")
    await _told(stage, "gsme", "8F1F")


async def _loss_of_power(stage: Stage) -> None:
    await stage.act("take_battery", "gsme")
    await _told(stage, "gsme", "8F1D")


# Load


async def _load_limit(stage: Stage) -> None:
    body = {
        "LoadLimitPeriod": 60,
        "LoadLimitPowerThreshold": 10,
        "LoadLimitRestorationPeriod": 60,
        "LoadLimitSupplyState": "Unchanged",
    }
    stage.done(await stage.ask("6.4.1", body))
    stage.expect(await stage.until("event esme/LoadLimitReached", "1d"), "the load passes ten watts")
    alert = await stage.alert("8F01", device="esme", within="3h")
    stage.expect(alert is not None, "an alert 8F01 of the meter", [one.alert_code for one in stage.alerts])


# Voltage


class Swing(NamedTuple):
    """A voltage that is out of bounds: how far, for how long, and the alert it must come to."""

    voltage_dv: Callable[[Profile], int]
    for_s: Callable[[Profile], int]
    code: str


SWINGS: Final = {
    "average-rms-over-voltage": Swing(lambda p: p.voltage.average_over_dv + MARGIN_DV, lambda _: _LONG_S, "8002"),
    "average-rms-under-voltage": Swing(lambda p: p.voltage.average_under_dv - MARGIN_DV, lambda _: _LONG_S, "8006"),
    "rms-extreme-over-voltage": Swing(
        lambda p: p.voltage.extreme_over_dv + MARGIN_DV, lambda p: p.voltage.extreme_over_s + 60, "8020"
    ),
    "rms-extreme-under-voltage": Swing(
        lambda p: p.voltage.extreme_under_dv - MARGIN_DV, lambda p: p.voltage.extreme_under_s + 60, "8028"
    ),
    "rms-voltage-sag": Swing(lambda p: p.voltage.sag_dv - MARGIN_DV, lambda p: p.voltage.sag_s + 60, "802C"),
    "rms-voltage-swell": Swing(lambda p: p.voltage.swell_dv + MARGIN_DV, lambda p: p.voltage.swell_s + 60, "8024"),
}


def _swings(swing: Swing) -> Callable[[Stage], Awaitable[None]]:
    async def act(stage: Stage) -> None:
        dv, for_s = swing.voltage_dv(stage.profile), swing.for_s(stage.profile)
        await stage.fault("voltage_out_of_bounds", voltage_dv=dv, for_s=for_s)
        alert = await stage.alert(swing.code, device="esme", within="6h")
        stage.expect(alert is not None, f"an alert {swing.code}", [one.alert_code for one in stage.alerts])

    return act


def _averages(profile: Profile) -> str:
    return "" if profile.voltage.averages else "it takes no averages of voltage"


_PLAIN: Final = Home()


def _case(name: str, says: str, act: Callable[[Stage], Awaitable[None]], home: Home = _PLAIN, **more: object) -> Case:
    needs = more.pop("needs", ())
    return Case(
        name=f"alert/{name}",
        says=says,
        clause=CODES,
        group=Group.ALERTS,
        needs=needs,  # type: ignore[arg-type]
        act=act,
        home=home,
        virtual_only=True,
        **more,  # type: ignore[arg-type]
    )


def _prepays(balance_mp: int, *, gas: bool = False) -> Home:
    return Home(payment="prepayment", balance_mp=balance_mp, gas=gas)


_GAS: Final = Home(gas=True)

CASES: tuple[Case, ...] = (
    _case("low-credit", "credit below the threshold is told, once", _low_credit, _prepays(230_000)),
    _case(
        "low-credit-at-gas",
        "gas credit below its threshold is told, once",
        _low_gas_credit,
        _prepays(230_000, gas=True),
    ),
    _case("disablement", "supply that is disabled for lack of credit is told, once", _disablement, _prepays(40_000)),
    _case(
        "disablement-at-gas",
        "gas that is disabled for lack of credit is told, once",
        _gas_disablement,
        _prepays(40_000, gas=True),
    ),
    _case(
        "low-credit-not-in-credit-mode", "in credit mode nothing is told of credit", _not_in_credit_mode, negative=True
    ),
    _case("physical-tamper", "an opened cover is told, once", _tamper),
    _case("physical-tamper-at-gas", "an opened gas meter is told, once", _gas_tamper, _GAS),
    _case("unauthorised-access", "a wrong password is told", _access),
    _case("low-battery", "a gas battery near its end is told, once", _low_battery, _GAS),
    _case("loss-of-power", "a gas meter that loses its power is told of, once", _loss_of_power, _GAS),
    _case("load-limit", "a load above the limit is told", _load_limit, needs=(Need("6.4.1"),)),
    *(
        _case(name, f"{name.replace('-', ' ')} is told", _swings(swing), only=_averages if "average" in name else None)
        for name, swing in SWINGS.items()
    ),
    _case(
        "physical-tamper-not-without-a-cause",
        "a quiet home tells nothing for two days",
        _nothing_without_a_cause,
        negative=True,
    ),
)

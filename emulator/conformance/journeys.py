"""Journeys: random courses of prepayment, with what must hold after every step (needs the extra `conformance`).

A journey that fails is shrunk to the smallest one that still does, and given as a scenario that replays.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from emulator.conformance import step as steps
from emulator.conformance.scenario import described, play_one
from emulator.conformance.scene import Scene
from emulator.conformance.step import AnyStep, HomeOf, Scenario

EXAMPLES: Final = 25
STEPS: Final = 12
VALUES_MP: Final = (100_000, 500_000, 1_000_000, 5_000_000)
DEBTS_MP: Final = (10_000, 300_000, 2_000_000)
SPANS: Final = ("10m", "1h", "6h", "1d", "3d", "10d")
CREDIT: Final[dict[str, Any]] = {"Credit": {}}
PREPAYMENT: Final = {
    "Prepayment": {"SuspendDebtDisabled": False, "SuspendDebtEmergency": False, "DisablementThreshold": 0}
}
RATE: Final = {"DebtRecoveryRate": 0, "DebtRecoveryRatePriceScale": -5, "DebtRecoveryRatePeriod": "DAILY"}
NOTHING_DIFFERS: Final[dict[str, Any]] = {"differs": []}


class Found(NamedTuple):
    """The smallest journey that fails, as a scenario, what was wrong at its last step, and if it did not fail again."""

    scenario: Scenario
    wrong: tuple[str, ...]
    flaky: bool = False

    @property
    def told(self) -> str:
        """The journey in words."""
        lines = [f"{number:4} {described(step)}" for number, step in enumerate(self.scenario.steps, start=1)]
        title = "a journey that failed once and not again:" if self.flaky else "the smallest journey that fails:"
        return "\n".join([title, *lines, *self.wrong])


class _WrongError(AssertionError):
    """A step gave something else than must hold."""


class Journey(RuleBasedStateMachine):
    """One journey at a home of its own; its subclass of a run names home and target."""

    home: HomeOf
    target = "emulated"
    tell: Callable[[Found], None]

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[AnyStep] = []
        self._taken = False  # the last top-up
        self._runner = asyncio.Runner()
        self._scene = Scene(self.target)
        self._open = False
        try:
            self._runner.run(self._scene.__aenter__())
            self._open = True
            self._runner.run(self._scene.stand_up(self.home))
        except BaseException:
            self.teardown()
            raise

    def teardown(self) -> None:
        """Close the home."""
        if self._open:
            self._open = False
            self._runner.run(self._scene.__aexit__(None, None, None))
        self._runner.close()

    def _do(self, step: AnyStep) -> dict[str, Any]:
        self._steps.append(step)
        played = self._runner.run(play_one(self._scene, step, len(self._steps)))
        if played.wrong:
            scenario = Scenario(target=self.target, homes=(self.home,), steps=tuple(self._steps))
            type(self).tell(Found(scenario, played.wrong))
            raise _WrongError("; ".join(played.wrong))
        return played.outcome

    @rule(by=st.sampled_from(SPANS))
    def time_passes(self, by: str) -> None:
        """Let the home use energy, and midnights and calendars come."""
        self._do(steps.Advance(by=by))

    @rule(value_mp=st.sampled_from(VALUES_MP), by=st.sampled_from(("service", "keypad")))
    def top_up(self, value_mp: int, by: Any) -> None:
        """Bring a new code."""
        outcome = self._do(steps.TopUp(value_mp=value_mp, by=by))
        self._taken = bool(outcome.get("ok") or outcome.get("accepted"))

    @precondition(lambda self: self._taken)
    @rule(by=st.sampled_from(("service", "keypad")))
    def top_up_again(self, by: Any) -> None:
        """Bring a code that was taken once more: it is refused."""
        refused = {"ok": False} if by == "service" else {"accepted": False}
        self._do(steps.TopUp(again=True, by=by, expect=refused))

    @rule()
    def lend(self) -> None:
        """Ask for emergency credit."""
        self._do(steps.Ask(service="2.5"))

    @rule(first_mp=st.sampled_from(DEBTS_MP), share=st.sampled_from((0, 2_500)))
    def owe(self, first_mp: int, share: int) -> None:
        """Put debts on the meter."""
        body = {
            "TimeDebtRegister1": first_mp,
            "TimeDebtRegister2": 0,
            "PaymentDebtRegister": first_mp,
            "DebtRecoveryPerPayment": share,
            "ElecDebtRecovery1": {**RATE, "DebtRecoveryRate": 10_000},
            "ElecDebtRecovery2": RATE,
        }
        self._do(steps.Ask(service="2.3", body=body))

    @rule(mode=st.sampled_from(("prepayment", "credit")))
    def change_mode(self, mode: str) -> None:
        """Change how the home pays."""
        self._do(steps.Ask(service="1.6", body=PREPAYMENT if mode == "prepayment" else CREDIT))

    @rule(service=st.sampled_from(("7.2", "7.3", "7.1")))
    def switch(self, service: str) -> None:
        """Disable, arm or enable the supply."""
        self._do(steps.Ask(service=service))

    @invariant()
    def adapter_and_device_agree(self) -> None:
        """Hold that what the adapter says is what the device holds."""
        self._do(steps.Agree(expect=NOTHING_DIFFERS))


def explore(
    home: HomeOf, *, target: str = "emulated", seed: int = 1, examples: int = EXAMPLES, longest: int = STEPS
) -> Found | None:
    """Take random journeys, each at a home such as this; give the smallest one that fails, or None.

    The same seed takes the same journeys. Raises what standing a home up raises.
    """
    found: list[Found] = []
    journey = type("JourneyOfRun", (Journey,), {"home": home, "target": target, "tell": found.append})
    hypothesis.seed(seed)(journey)
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=longest,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(journey, settings=settings)
    except _WrongError:
        return found[-1]  # Hypothesis runs the smallest one again at the end
    except Flaky:
        if not found:
            raise
        return found[-1]._replace(flaky=True)
    return None

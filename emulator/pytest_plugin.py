"""The pytest plugin: the fixture `meterfarm`, which needs no conftest, broker, container or port number.

    def test_lights_come_back(meterfarm):
        home = meterfarm.home("FAMILY", payment="prepayment", balance_mp=40_000)
        assert home.until("supply_state == disabled")
        assert home.ask("2.2", UTRN=home.vend(1_000_000)).ok

It imports nothing of the farm before a test asks for it: suites that do not use it pay nothing.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from emulator.conformance.fixture import Meterfarm
    from emulator.conformance.step import Fault

PROFILE: Final = "meterfarm_profile"
SEED: Final = "METERFARM_SEED"
STATE: Final = ".meterfarm"
TITLE: Final = "meterfarm"
_FAULT: Final = 'as "NAME key=value ... for=10m; NAME ..."; `meterfarm fault ls` lists them'
_FARM: Final = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("meterfarm", "emulated smart meters")
    group.addoption(
        "--meterfarm-profiles",
        default="",
        metavar="LIST",
        help="families for tests that take meterfarm_profile: names or globs with commas; all with a wire if left out",
    )
    group.addoption(
        "--meterfarm-faults", action="append", default=[], metavar="FAULTS", help=f"put into every home, {_FAULT}"
    )
    group.addoption(
        "--meterfarm-target",
        default="emulated",
        metavar="TARGET",
        help="whose adapter answers: emulated (the reference one), adapter:URL, or adapter:MODULE:FACTORY",
    )
    group.addoption(
        "--meterfarm-seed",
        type=int,
        default=None,
        metavar="N",
        help=f"seed of every test; else {SEED}, else one that each test's name gives",
    )


@pytest.fixture
def meterfarm(request: pytest.FixtureRequest) -> "Generator[Meterfarm, None, None]":
    """Homes with emulated smart meters, of this test alone: clock, seed and addresses are its own."""
    from emulator.conformance.fixture import Meterfarm, seed_of  # noqa: PLC0415

    config, test = request.config, request.node.nodeid
    given = config.getoption("--meterfarm-seed")
    seed = given if given is not None else _seed_of_environment()
    farm = Meterfarm(
        test,
        seed_of(test) if seed is None else seed,
        config.rootpath / STATE,
        config.getoption("--meterfarm-target"),
        _faults(config.getoption("--meterfarm-faults")),
    )
    request.node.stash[_FARM] = farm
    yield farm
    del request.node.stash[_FARM]
    farm.close()


@pytest.fixture
def meterfarm_profile(request: pytest.FixtureRequest) -> str:
    """A family's name: the test runs once for each of --meterfarm-profiles."""
    return str(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let tests that take a profile run for each one that is chosen."""
    if PROFILE not in metafunc.fixturenames:
        return
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize") if mark.args]
    named = [name.strip() for one in given for name in (one.split(",") if isinstance(one, str) else one)]
    if PROFILE not in named:
        metafunc.parametrize(PROFILE, _profiles(metafunc.config.getoption("--meterfarm-profiles")), indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a failing test's homes tell, while they are still there."""
    report = yield
    farm = item.stash.get(_FARM, None)
    if report.failed and farm is not None and farm.homes:
        why = str(call.excinfo.value) if call.excinfo is not None else ""
        report.sections.append((TITLE, _evidence(farm, item.config.rootpath / STATE, why)))
    return report


def _evidence(farm: "Meterfarm", state: Path, why: str) -> str:
    from emulator.conformance.failure import told  # noqa: PLC0415
    from emulator.conformance.repro import keep  # noqa: PLC0415

    try:
        repro = farm.repro(why)
        path = keep(repro, state)
        where = f"meterfarm repro {repro.id}   (in the root directory; {path.relative_to(state.parent)})"
        return str(farm.run(told(farm, where)))
    except OSError as error:
        return str(farm.run(told(farm, f"no repro could be written: {error}")))
    except Exception as error:  # noqa: BLE001 (a hung or broken farm must not hide the test's own failure)
        return f"seed: {farm.seed}\nthe farm tells nothing more: {type(error).__name__}: {error}"


def _seed_of_environment() -> int | None:
    text = os.environ.get(SEED, "")
    if text and not text.isdecimal():
        raise pytest.UsageError(f"{SEED}={text!r}: allowed: a whole number")
    return int(text) if text else None


def _profiles(text: str) -> list[str]:
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from emulator.farm import library  # noqa: PLC0415 (only where a test asks for families)

    names = library.names()
    if not text:
        return [name for name in names if library.packaged(name).dlms is not None]
    found = []
    for word in (part.strip() for part in text.split(",")):
        matching = [name for name in names if fnmatchcase(name, word)]
        if not matching:
            raise pytest.UsageError(f"--meterfarm-profiles: no profile is called {word!r}; there is {', '.join(names)}")
        found += matching
    return list(dict.fromkeys(found))


def _faults(texts: list[str]) -> "list[Fault]":
    """Read faults. Raises UsageError."""
    from emulator.conformance.step import Fault  # noqa: PLC0415
    from emulator.device.faults.catalogue import find  # noqa: PLC0415
    from emulator.device.faults.fault import FaultError  # noqa: PLC0415

    faults = []
    for text in (part.strip() for one in texts for part in one.split(";")):
        if not text:
            continue
        name, *words = text.split()
        given = dict(word.partition("=")[::2] for word in words)
        try:
            find(name)
        except FaultError as error:
            raise pytest.UsageError(f"--meterfarm-faults: {error}; {_FAULT}") from None
        if any("=" not in word for word in words):
            raise pytest.UsageError(f"--meterfarm-faults: {text!r}: {_FAULT}")
        faults.append(Fault(name=name, lasts=given.pop("for", ""), given=_numbers(given)))
    return faults


def _numbers(given: dict[str, str]) -> dict[str, int | str]:
    return {key: int(value) if value.lstrip("-").isdecimal() else value for key, value in given.items()}

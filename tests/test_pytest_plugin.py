"""The pytest plugin, as other people's suites have it: each test here runs a suite of its own."""

import re
import subprocess
import sys
import time
from importlib.metadata import entry_points

import pytest

from emulator.farm import library  # here, for `pytester` forgets what is imported later, and numpy cannot be twice

pytest_plugins = ["pytester"]
INSTALLED = bool(entry_points(group="pytest11", name="meterfarm"))
PLUGIN = (*(() if INSTALLED else ("-p", "emulator.pytest_plugin")), "-p", "no:cacheprovider", "-W", "error")

LIGHTS = """
def test_lights_come_back(meterfarm):
    home = meterfarm.home("elster-as300p", payment="prepayment", balance_mp=40_000, seed=7)
    assert home.until("supply_state == disabled")
    assert home.ask("2.2", UTRN=home.vend(1_000_000)).ok
    assert home.ask("7.4").body["SupplyState"] == "Armed"
"""
FAILS = """
def test_fails(meterfarm):
    home = meterfarm.home("elster-as300p", payment="prepayment", gas=True)
    home.advance("1d")
    home.act("cut_power")
    home.advance("10m")
    home.act("restore_power")
    home.advance("1h")
    assert home.read("import_wh") == 0
"""


@pytest.fixture
def suite(pytester):
    def run(text, *options):
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_subprocess(*PLUGIN, *options, timeout=100)

    return run


def test_one_line_is_a_home(suite):
    suite(LIGHTS).assert_outcomes(passed=1)


def test_homes_of_a_test(suite):
    suite("""
        import json
        import socket
        from urllib.request import urlopen

        from emulator.device.commands import DisableSupply


        def test_everything_of_a_home(meterfarm):
            one = meterfarm.home("elster-as300p", payment="prepayment", gas=True)
            two = meterfarm.home("elster-as300p")
            assert one.address != two.address or one.eui() != two.eui()
            with socket.create_connection(one.address):
                pass
            assert one.access().port == one.address[1]
            assert one.read("import_wh") == one.truth("import_wh")
            assert one.read("volume_l", device="gsme") is not None
            assert one.send(DisableSupply()).accepted
            assert two.truth("supply_state") == "enabled"
            assert not two.happened("SupplyChanged")
            assert len(one.happened("SupplyChanged")) == 1
            assert one.journal()[-1].what
            assert one.press("A").display == one.shown()
            assert one.code(one.vend(500_000)).accepted
            assert not one.ask("7.4", role="OU").ok
            assert one.alerts == []
            two.advance("1d")
            assert one.now == two.now == meterfarm.now
            number = one.fault("power_cut")
            one.clear_fault(number)
            assert one.happened("PowerRestored")
            assert json.load(urlopen(meterfarm.time_url))["Now"] == "2026-06-04T10:07:00Z"


        def test_time_goes_on(meterfarm):
            home = meterfarm.home("elster-as300p", at="2026-01-01T00:00:00Z")
            began = home.now
            meterfarm.real_time(rate=100_000)
            while home.now < began + 60_000:
                pass
            assert json.load(urlopen(meterfarm.time_url))["Rate"] == 100_000
            assert home.ask("7.4").ok
    """).assert_outcomes(passed=2)


def test_failing_test_tells_all_and_replays(suite, pytester):
    result = suite(FAILS)
    result.assert_outcomes(failed=1)
    told = result.stdout.str().partition("- meterfarm -")[2]
    assert re.search(r"seed: \d+ \(the same again with METERFARM_SEED=\d+\)", told)
    assert "home 1: elster-as300p" in told
    assert "target: Register (3) 1.0.1.8.0.255 number 2" in told  # what was asked last, decoded
    assert "double-long-unsigned: " in told
    assert re.search(r"esme PowerRestored off_ms=600000", told)
    name = re.search(r"meterfarm repro (test-fails-[0-9a-f]{8})", told)[1]
    assert (pytester.path / ".meterfarm" / "repro" / f"{name}.json").exists()
    words = [sys.executable, "-m", "emulator.cli", "repro", name]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60, cwd=pytester.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "the same: every answer, and what the meters hold"
    assert "read item=import_wh" in done.stdout


def test_seed_is_the_tests_own_unless_given(suite, monkeypatch):
    text = """
        import pytest

        @pytest.mark.parametrize("which", [1, 2])
        def test_seed(meterfarm, which):
            print("seed", meterfarm.seed)
    """

    def seeds(*options):
        return re.findall(r"seed (\d+)", suite(text, "-s", *options).stdout.str())

    first = seeds()
    assert first == seeds()
    assert first[0] != first[1]
    monkeypatch.setenv("METERFARM_SEED", "6")
    assert seeds() == ["6", "6"]
    assert seeds("--meterfarm-seed=5") == ["5", "5"]


def test_profiles_are_parameters(suite):
    text = """
        def test_each(meterfarm, meterfarm_profile):
            home = meterfarm.home(meterfarm_profile)
            assert home.read("import_wh") == home.truth("import_wh")
    """
    result = suite(text, "--meterfarm-profiles=elster-*,aclara-sgm1411", "-v")
    assert result.ret == 0
    assert "test_each[aclara-sgm1411]" in result.stdout.str()
    assert "test_each[elster-as300p]" in result.stdout.str()
    assert "landis" not in result.stdout.str()
    wrong = suite(text, "--meterfarm-profiles=nobody")
    assert wrong.ret != 0
    assert "no profile is called 'nobody'" in wrong.stdout.str()


def test_profiles_without_a_choice_are_those_with_a_wire(suite):
    result = suite("def test_each(meterfarm_profile):\n    assert meterfarm_profile\n")
    result.assert_outcomes(passed=sum(library.packaged(name).dlms is not None for name in library.names()))


def test_faults_are_put_into_every_home(suite):
    text = """
        def test_dark(meterfarm):
            for home in (meterfarm.home("elster-as300p"), meterfarm.home("elster-as300p")):
                assert home.happened("PowerLost")
                assert not home.happened("PowerRestored")
            meterfarm.advance("11m")
            assert home.happened("PowerRestored")
    """
    suite(text, "--meterfarm-faults", "power_cut for=10m").assert_outcomes(passed=1)
    wrong = suite(text, "--meterfarm-faults", "nothing")
    assert "no fault is called 'nothing'" in wrong.stdout.str() + wrong.stderr.str()


def test_adapter_of_ones_own(suite, pytester):
    pytester.makepyfile(
        mine="""
        from contextlib import asynccontextmanager
        from emulator.adapter import Adapter
        from emulator.services.codes import Why


        class Refusing(Adapter):
            async def submit(self, request):
                return self.acknowledge(request, Why.WRONG_ROLE)


        @asynccontextmanager
        async def factory(surroundings):
            async with Refusing(surroundings, surroundings.inventory()) as adapter:
                yield adapter
    """
    )
    text = """
        def test_it(meterfarm):
            assert meterfarm.home("elster-as300p").ask("7.4").code == "E2"
    """
    suite(text, "--meterfarm-target=adapter:mine:factory").assert_outcomes(passed=1)
    suite(text).assert_outcomes(failed=1)


def test_workers_do_not_meet(suite):
    text = "import pytest\n" + LIGHTS.replace("(meterfarm)", "(meterfarm, which)").replace(
        "def test", '@pytest.mark.parametrize("which", range(6))\ndef test'
    )
    suite(text, "-n", "2").assert_outcomes(passed=6)


def test_journeys_in_one_line(suite, pytester):
    pytester.makepyfile(
        mine="""
        from contextlib import asynccontextmanager
        from emulator.adapter import Adapter
        from msgspec.structs import replace


        class Outbox:
            def __init__(self, adapter):
                self.adapter = adapter

            async def wait(self, after, timeout_s):
                given = await self.adapter.outbox.wait(after, timeout_s)
                return [(one.number, self.bent(one.document)) for one in given]

            def bent(self, document):
                if document.service_reference_variant == "7.4":
                    return replace(document, body={"ReadSupplyStatusRsp": {"SupplyState": "Enabled"}})
                return document


        class Mine:
            def __init__(self, adapter):
                self.adapter, self.submit, self.outbox = adapter, adapter.submit, Outbox(adapter)

            @property
            def at_rest(self):
                return self.adapter.at_rest


        @asynccontextmanager
        async def factory(surroundings):
            async with Adapter(surroundings, surroundings.inventory()) as adapter:
                yield Mine(adapter)
    """
    )
    result = suite(
        """
        def test_journeys(meterfarm):
            meterfarm.explore("elster-as300p", examples=20, longest=4)
        """,
        "--meterfarm-target=adapter:mine:factory",
    )
    result.assert_outcomes(failed=1)
    told = result.stdout.str()
    assert "the smallest journey that fails:" in told
    assert "7.4 says Enabled, the device is Disabled" in told
    path = re.search(r"meterfarm scenario run (\S+\.json)", told)[1]
    words = [sys.executable, "-m", "emulator.cli", "scenario", "run", path]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60, cwd=pytester.path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("steps not as expected")


def test_suite_without_it_pays_nothing(suite):
    began = time.monotonic()
    suite("""
        import sys

        def test_nothing_is_loaded():
            assert not [name for name in sys.modules if name.startswith(("emulator.", "numpy"))
                        and name != "emulator.pytest_plugin"]
    """).assert_outcomes(passed=1)
    assert time.monotonic() - began < 60


def test_test_that_passes_leaves_nothing(suite, pytester):
    suite(LIGHTS).assert_outcomes(passed=1)
    assert not (pytester.path / ".meterfarm").exists()

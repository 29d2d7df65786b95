"""Whole homes under any faults: no step, reading or restart on the way changes what they become.

Profiles take turns by seed, so that each is lived through by as many homes.
"""

from random import Random

import pytest
from random_faults import A_WHILE, left_of_faults
from random_homes import go_there, happenings, hear, new_home

from emulator.device.faults.home_faults import FaultCleared
from emulator.device.hub.alert_account import account_in
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName
from emulator.device.readings import ITEMS_OF
from emulator.device.snapshot import differences, take

SEEDS = range(8, 48)  # five lives a profile; seed 7 is slow: a load limit that is reached each minute for weeks
FEWER = range(8, 32)


def read(installation):
    return {
        (name, item.key): item.read(device)
        for name, device in installation.devices.items()
        for item in ITEMS_OF.get(name, ())
    }


def live_twice(seed, steps=40):
    """Let a home live in the steps in which things happen, and another through any steps and restarts."""
    random, pieces = Random(seed), Random(seed + 1_000_000)
    once = new_home(seed, random)
    often = once.fork()
    told, also_told = [], []
    hear(once, [])
    begun = once.installation.seq
    for number, what in enumerate(happenings(random, once, steps)):
        if isinstance(what, int):
            once.advance(what)
            go_there(often, what, pieces, also_told)
        else:
            what(once)
            what(often)
        hear(often, also_told)
        assert often.installation.seq == once.installation.seq, f"seed {seed}, thing {number}"
    hear(once, told)
    assert also_told == [entry for entry in told if entry.seq > begun], f"seed {seed}"
    return once, often


def assert_alike(seed, once, often):
    left, right = take(once.installation), take(often.installation)
    assert left == right, (seed, differences(left, right)[:4])
    assert read(once.installation) == read(often.installation), seed


def assert_nothing_is_left_of_faults(seed, home):
    home.installation.note(DeviceName.HOME, FaultCleared())
    for wait in (0, A_WHILE):
        home.advance(wait)
        left = left_of_faults(home)
        assert not left, (seed, left)


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_readings_and_restarts_change_nothing(seed):
    once, often = live_twice(seed)
    assert_alike(seed, once, often)
    assert account_in(once.installation.state()).balanced
    for home in (once, often):
        assert_nothing_is_left_of_faults(seed, home)
    assert_alike(seed, once, often)


@pytest.mark.parametrize("seed", FEWER)
def test_a_restart_reads_the_same(seed):
    random = Random(seed + 2_000_000)
    home = new_home(seed, random)
    for what in happenings(random, home, steps=25):
        home.advance(what) if isinstance(what, int) else what(home)
    again = Installation(home.installation.premises, home.now, home.installation.state())
    assert read(again) == read(home.installation)
    assert again.state() == home.installation.state()

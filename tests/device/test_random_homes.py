"""Whole homes through anything: no step, reading or restart on the way changes what they become."""

from random import Random

import pytest
from random_homes import go_there, happenings, new_home

from emulator.device.installation import Installation
from emulator.device.readings import ITEMS_OF
from emulator.device.snapshot import differences, take

SEEDS = range(48)


def read(installation):
    return {
        (name, item.key): item.read(device)
        for name, device in installation.devices.items()
        for item in ITEMS_OF.get(name, ())
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_readings_and_restarts_change_nothing(seed):
    random, pieces = Random(seed), Random(seed + 1_000_000)
    once = new_home(seed, random)
    often = once.fork()
    told = []
    for what in happenings(random, once, steps=40):
        if isinstance(what, int):
            once.advance(what)
            go_there(often, what, pieces)
        else:
            what(once)
            what(often)
        told.append(once.installation.seq)
        assert often.installation.seq == told[-1], f"seed {seed}, step {len(told)}"
    left, right = take(once.installation), take(often.installation)
    assert left == right, (seed, differences(left, right)[:4])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restart_reads_the_same(seed):
    random = Random(seed + 2_000_000)
    home = new_home(seed, random)
    for what in happenings(random, home, steps=25):
        home.advance(what) if isinstance(what, int) else what(home)
    again = Installation(home.installation.premises, home.now, home.installation.state())
    assert read(again) == read(home.installation)
    assert again.state() == home.installation.state()

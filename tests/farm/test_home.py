"""One home and its commits: what is let go when, and what a failed commit takes with it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.commands import DisableSupply, EnableSupply, Sender
from emulator.device.instant import instant
from emulator.device.journal import decode
from emulator.farm.clock import FarmClock
from emulator.farm.estate import from_flags
from emulator.farm.home import Home

ESTATE = from_flags(("elster-as300p",), 5, 1)
NOW = instant(2026, 3, 1, 12)


def a_home(state=None, index=2):
    return Home(index, ESTATE.name(index), ESTATE.premises(index), NOW, state, ("127.1.0.3", 4059), FarmClock(NOW, 0))


def change(home, number=0):
    assert home.meter.send(EnableSupply() if number % 2 else DisableSupply(), Sender.SUPPLIER).accepted
    return home.take_delta()


def test_an_untouched_home_is_idle_and_has_nothing_to_keep():
    home = a_home()
    assert home.name == "home-3"
    assert home.idle
    assert home.take_delta() is None
    told = []
    home.when_settled(told.append)
    assert told == [None]


def test_a_change_is_unsettled_until_its_commit():
    home = a_home()
    home.meter.send(DisableSupply(), Sender.SUPPLIER)
    assert home.unsettled
    delta = home.take_delta()
    assert (delta.device, delta.at) == (2, NOW)
    assert [(number, decode(entry).seq) for number, entry in delta.entries] == [(1, 1)]
    assert home.take_delta() is None
    assert home.unsettled
    home.settle(None)
    assert home.idle
    again = a_home(delta.state)
    assert not again.meter.supplied
    assert again.idle


def test_a_connection_keeps_a_home():
    home = a_home()
    home.connections = 1
    assert not home.idle


def test_a_failed_commit_fails_all_that_waits_and_all_that_comes():
    home = a_home()
    told = []
    change(home, 0)
    home.when_settled(lambda error: told.append(("first", error)))
    change(home, 1)
    home.when_settled(lambda error: told.append(("second", error)))
    failure = OSError("the disk is full")
    home.settle(failure)
    assert told == [("first", failure)]
    home.settle(None)  # even if the next one was kept: it stands on what was lost
    assert told == [("first", failure), ("second", failure)]
    home.when_settled(lambda error: told.append(("third", error)))
    assert told[2] == ("third", failure)


def test_who_is_let_go_may_change_and_wait_again():
    home = a_home()
    told = []

    def again(error):
        told.append("first")
        change(home, 1)
        home.when_settled(lambda _: told.append("again"))

    change(home, 0)
    home.when_settled(again)
    home.when_settled(lambda _: told.append("second"))
    home.settle(None)
    assert told == ["first", "second"]
    home.settle(None)
    assert told == ["first", "second", "again"]


@given(st.lists(st.sampled_from(["change", "wait", "settle"]), max_size=40))
@settings(max_examples=100, deadline=None)
def test_replies_leave_in_order_and_only_after_what_came_before(steps):
    """Against a count of commits: a waiter goes when as many are done as were taken when it came."""
    home = a_home()
    taken = done = 0
    waiting, expected, told = [], [], []
    for number, step in enumerate(steps):
        if step == "change":
            change(home, taken)
            taken += 1
        elif step == "wait":
            home.when_settled(lambda error, number=number: told.append((number, error)))
            waiting.append((taken, number))
        elif done < taken:
            home.settle(None)
            done += 1
        while waiting and waiting[0][0] <= done:
            expected.append((waiting.pop(0)[1], None))
        assert told == expected
    assert home.unsettled == (done < taken)

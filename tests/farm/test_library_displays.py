"""What a profile may say of displays and alerts, and what is told of its mistakes."""

import pytest
from whole_profile import TEXT

from emulator.device.declaration import DeclarationError
from emulator.farm import library


def problems(old, new):
    assert old in TEXT
    with pytest.raises(DeclarationError) as caught:
        library.read(TEXT.replace(old, new, 1), "p.toml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('A = ["open prepayment"]', 'A = ["open prepaiment"]', "no menu is called 'prepaiment'"),
        ('{ shows = "serial", label = "Serial" }', '{ shows = "seriel", label = "Serial" }', "seriel"),
        ('A-hold = ["code"]', 'A-hold = ["codes"]', "codes"),
        ("\nmain = [", "\nfirst = [", "the menu main has no page"),
        ('set = "mandated"', 'set = "some"', "some"),
        ("optional = false", 'push = ["LowCredits"]', "no event is called 'LowCredits'"),
        ("optional = false", 'log_only = ["TopUpRejected.lost"]', "no event is called 'TopUpRejected.lost'"),
        ('serial = "GP{year}{number:7}"', 'serial = "GP{year}"', "text with {year} and {number:N}"),
        ("battery_s = 7200", "battery = 7200", "battery"),
    ],
)
def test_a_mistake_is_told(old, new, told):
    found = problems(old, new)
    assert any(told in problem for problem in found)
    assert all("p.toml" in problem for problem in found)


def test_a_make_changes_words_menus_keys_and_alerts():
    changed = TEXT.replace("optional = false", 'codes = { LowCredit = 0x0123 }\npush = ["EmergencyOffered"]', 1)
    changed = changed.replace("overload_s = 20", 'overload_s = 5\nwords = { off = "OPEN", on = "CLOSED" }', 1)
    profile = library.read(changed, "p.toml")
    assert profile.alerts.codes == {"LowCredit": 0x0123}
    assert (profile.display.word("off"), profile.display.word("ready")) == ("OPEN", "READY")
    assert profile.ppmid.word("enable_question").endswith("OK = Yes")

"""A home in memory: what it says to words that mean nothing."""

import pytest

from emulator import VirtualHome

MISTAKES = {
    "payment": (lambda _: VirtualHome("elster-as300p", payment="barter"), "'barter'; allowed: credit, prepayment"),
    "device": (lambda home: home.read("serial", device="toaster"), "no 'toaster' in this home; allowed: esme, chf"),
    "absent device": (lambda home: home.press("A", device="gsme"), "no 'gsme' in this home; allowed: esme, chf"),
    "deed": (lambda home: home.act("dance"), "nobody can 'dance'; allowed: open_cover, "),
    "account": (lambda home: home.explain("money"), "nothing explains 'money'; allowed: balance, emergency, debt"),
    "condition": (lambda home: home.until("supply_state == purple"), "allowed: enabled, disabled, armed"),
    "span": (lambda home: home.advance("soon"), "'soon' is no span of time; allowed: 90s, 36h"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_what_is_allowed(mistake):
    done, told = MISTAKES[mistake]
    with pytest.raises(ValueError, match="allowed: ") as caught:
        done(VirtualHome("elster-as300p"))
    assert told in str(caught.value)

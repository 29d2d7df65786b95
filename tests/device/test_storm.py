"""An area power cut: forty homes lose the mains and get them back together, and every alert is accounted for.

Each home's cover is opened while it is dark and told of when the power is back: so all raise alerts at once.
"""

from emulator.device.display.deeds import DEEDS
from emulator.device.happenings import AlertSent
from emulator.device.installation import Installation
from emulator.device.instant import HOUR, MINUTE, instant
from emulator.device.journal import DeviceName
from emulator.farm.estate import from_flags

HOMES = 40
START = instant(2026, 2, 3, 17, 40)
BACK = START + 2 * HOUR


def cut_off_homes():
    estate = from_flags(("elster-as300p",), HOMES, 11)
    homes = [Installation(estate.premises(index), START - HOUR) for index in range(HOMES)]
    for home in homes:
        home.advance(START)
        DEEDS["cut_power"](home, DeviceName.ESME)
        home.advance(START + HOUR)
        DEEDS["open_cover"](home, DeviceName.ESME)
        home.advance(BACK)
        DEEDS["restore_power"](home, DeviceName.ESME)
        home.advance(BACK + 12 * HOUR)
    return homes


def test_the_alerts_of_an_area_are_spread_and_every_one_is_accounted_for():
    homes = cut_off_homes()
    sent_at = []
    for home in homes:
        alerts = home.devices[DeviceName.CHF].records.alerts
        assert alerts.raised > 0
        assert alerts.raised == alerts.sent + alerts.suppressed + alerts.expired + len(alerts.waiting)
        sent = [entry.at for entry in home.journal if isinstance(entry.what, AlertSent)]
        assert len(sent) == alerts.sent
        assert all(at >= BACK for at in sent)
        sent_at += sent[:1]
    assert len(sent_at) == HOMES
    # They do not all speak at once: the first alerts of the area lie minutes apart, and most at instants of their own.
    assert max(sent_at) - min(sent_at) > MINUTE
    assert len(set(sent_at)) > HOMES * 3 // 4


def test_the_same_area_has_the_same_storm_again():
    first, second = ([entry for home in cut_off_homes() for entry in home.journal] for _ in range(2))
    assert first == second

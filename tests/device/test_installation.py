"""The installation: devices of one home in order of time, one journal, older state, and an end to what has no end."""

import base64
import zlib
from contextlib import suppress

import msgspec
import pytest
from device_sites import NOW, SUPPLIER, site
from display_sites import CHF, ESME, GSME, IHD, PPMID, happened, home, prepaid
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.calendar import SwitchingTable
from emulator.device.commands import DisableSupply, Reason, RotateNetworkKey, SetClock, SetTariff
from emulator.device.device import MOST_AT_ONCE, Device, EndlessError, Kind, StateError
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.happenings import SupplyChanged
from emulator.device.installation import Installation, Premises
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.items import BY_KEY
from emulator.device.journal import Journal, decode, describe
from emulator.device.meter import ESME as ELECTRICITY
from emulator.device.step import Due

ALL = (GSME, CHF, PPMID, IHD)
LATER = SwitchingTable(name="later", days=SwitchingTable().days)

# Written by the previous release (commit 3749aa4): the meter of device_sites.meter(), which at NOW + 1 h was disabled,
# at + 2 h had its clock shifted by 77 s, at + 3 h was given thresholds of 11 and 22 W, at + 4 h was armed. Compressed.
OLD_STATE = zlib.decompress(
    base64.b85decode(
        "c-qZVO=#3W7@bfBMf^diJ+)qI>7gh^(6b<duu|}*aW?t389K>?e3QnsAaz@%_R`&IDO&Vklk9f;BY0CUb?d>)t{yyk@GOWZ;@L^kuINqi;9N5A"
        "<?-gt%a?oF8$z_@>sLR{?!A+s@47rJCm1kkSTXf%FcX9N2uNas3uCOjDoP~;soU5l+TiQN^+3U`$nzb%yO^5YKitzlwN1!kn;d;tAcVXpL%Z8Q"
        "S(({#@cj6`W@>i&(!d01?|*b-sjWTe8c0nu>aR?{9Gq=t`Tv=5BB{qprD^pna=_}X$e}hQ$ed9QH3W*n*=1KK=dmpuX=y7a4Yeo$7)!}01nO<YD"
        "a2~Iqm7gZm$ZCkpjv*+Os$@OCv{pmv6<sbAdyEUXzS>L!6?^LZKdW?L^clpQKU6$NH(r`oyx6Rk#Vj<P1g;|!7-^flepk9Vb-!lJj^3m!uQCoYp"
        "kweKxf`o(V;F{LSiN2Vie0UjDsT=7dk`Ks%Sgl>zP99=D8ePKhgiTRoSxxuJsf;vJA|htRon{$7EP(NK4JSCAf*x>s$o7`Z<_y>%oDIot?!-Ej>"
        "84Zh}o6Q~xz#g9~cvoY_pyu63;RfYkH5>e#oTNGViZOgK8Ww85ImFde66%@DpL!6TaiRrRW}esiz!ln1lf$UU-R*9;F#)q<)WZ*PKQc%hqlk3s"
        "nA$jG5*r?%(d%J=I0OLus(`ziIMm8uQ;Q`9>$^{qD^j=Mh%&72?pFxjvvsvP;tC*3d3e(ozQOkBQjvA6heE^!5CM%dLrWuq5Cl|&*0aHf6$_>!8e"
    )
)
OLD_FIRST = bytes.fromhex(
    "83a373657101a26174cf0000019b77ba1f08a47768617483a474797065ad537570706c794368616e676564a6737769746368a8646973"
    "61626c6564a663617573657301"
)
OLD_SECOND = bytes.fromhex(
    "83a373657102a26174cf0000019b77f10d88a47768617482a474797065ad436c6f636b41646a7573746564a562795f6d73ce00012cc8"
)


def records(of):
    return {name: device.records for name, device in of.devices.items()}


# Older state


def test_the_state_of_a_meter_alone_is_taken_and_the_other_devices_stand_as_delivered():
    new = home(*ALL)
    back = Installation(new.premises, NOW + 4 * HOUR, OLD_STATE)
    assert set(back.devices) == {ESME, *ALL}
    told = {key: BY_KEY[key].read(back.esme) for key in ("import_wh", "clock", "supply_state", "low_medium_w")}
    assert told == {"import_wh": 928_066, "clock": NOW + 4 * HOUR + 77_000, "supply_state": "armed", "low_medium_w": 11}
    assert back.seq == 5
    for name in ALL:
        assert back.devices[name].now == back.now
    again = Installation(new.premises, back.now, back.state())
    assert again.state() == back.state()
    outcome = back.send(GSME, SetTariff(LATER), SUPPLIER)
    assert outcome.accepted
    assert back.seq > 5


def test_the_state_of_a_meter_alone_lives_on_until_now():
    back = Installation(home(CHF).premises, NOW + 40 * DAY, OLD_STATE)
    assert back.now == back.esme.now == back.devices[CHF].now == NOW + 40 * DAY
    assert BY_KEY["supply_state"].read(back.esme) == "armed"


def test_entries_of_the_previous_release_are_the_electricity_meters():
    first, second = decode(OLD_FIRST), decode(OLD_SECOND)
    assert (first.device, first.seq, first.at) == (ESME, 1, NOW + HOUR)
    assert describe([first])[0] | {"at": 0} == {
        "seq": 1,
        "at": 0,
        "device": "esme",
        "event": "SupplyChanged",
        "switch": "disabled",
        "causes": ["supplier"],
    }
    assert second.what.by_ms == 77_000


@pytest.mark.parametrize(
    "state",
    [
        *(b"", b"\x00", b"\xc1", b"no state at all", msgspec.msgpack.encode({}), msgspec.msgpack.encode([])),
        msgspec.msgpack.encode(["home"]),
        msgspec.msgpack.encode(["home", 99, NOW, 0, {}]),
        msgspec.msgpack.encode(["home", 1, "noon", 0, {}]),
        msgspec.msgpack.encode(["home", 1, NOW, 0, {"esme": b"\x00"}]),
        msgspec.msgpack.encode(["home", 1, NOW, 0, {"esme": 5}]),
        msgspec.msgpack.encode([99, NOW, 0, {}]),
        msgspec.msgpack.encode([1, NOW, 0, 5]),
        OLD_STATE[:-1],
        OLD_STATE[:400],
    ],
)
def test_what_is_no_state_is_said(state):
    with pytest.raises(StateError):
        Installation(home(CHF).premises, NOW, state)


def test_a_device_may_not_be_ahead_of_its_home():
    at = home(CHF)
    parts = msgspec.msgpack.decode(at.state())
    at.advance(NOW + HOUR)
    parts[4]["esme"] = at.esme.state()
    with pytest.raises(StateError, match="another instant than its home"):
        Installation(at.premises, NOW, msgspec.msgpack.encode(parts))


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_damaged_state_is_an_error_of_state_or_is_state(place, octets):
    at = home(CHF)
    whole = bytearray(at.state())
    place %= len(whole)
    whole[place : place + len(octets)] = octets
    with suppress(StateError, ValueError, ArithmeticError, AssertionError, EndlessError):
        Installation(at.premises, NOW, bytes(whole))


# One journal


def test_state_and_back_is_the_same_home():
    at = prepaid(home(*ALL))
    at.send(GSME, SetTariff(LATER, NOW + 3 * DAY), SUPPLIER)
    at.advance(NOW + 2 * DAY)
    back = Installation(at.premises, at.now, at.state())
    assert records(back) == records(at)
    assert back.seq == at.seq
    for one in (at, back):
        one.advance(NOW + 30 * DAY)
    assert records(back) == records(at)
    assert back.journal == at.journal[-len(back.journal) :]


@given(st.lists(st.integers(1, 40 * DAY), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_the_size_of_a_step_does_not_matter(steps):
    once, often = prepaid(home(*ALL)), prepaid(home(*ALL))
    for by in steps:
        often.advance(often.now + by)
    once.advance(NOW + sum(steps))
    assert records(once) == records(often)
    assert once.journal == often.journal


def test_a_home_first_looked_at_late_is_the_home_that_was_looked_at_early():
    """All devices begin together at the installation, so what one does to another happens at its time."""
    early, late = home(*ALL, now=NOW), home(*ALL, now=NOW + 400 * DAY)
    early.advance(NOW + 400 * DAY)
    assert records(early) == records(late)
    assert early.journal == late.journal


def test_entries_are_numbered_through_and_name_their_device():
    at = home(*ALL)
    assert at.send(ESME, DisableSupply(), SUPPLIER, NOW + MINUTE).accepted
    assert at.send(GSME, SetTariff(LATER, NOW + HOUR), SUPPLIER).accepted
    at.advance(NOW + DAY)
    assert [entry.seq for entry in at.journal] == list(range(1, at.seq + 1))
    assert [entry.at for entry in at.journal] == sorted(entry.at for entry in at.journal)
    assert {ESME, GSME} <= {entry.device for entry in at.journal}


def test_a_command_for_a_device_that_is_not_there_is_refused():
    at = home(CHF)
    outcome = at.send(GSME, DisableSupply(), SUPPLIER)
    assert (outcome.accepted, outcome.reason, outcome.detail) == (False, Reason.NOT_APPLICABLE, "there is no gsme")
    assert not at.changed
    with pytest.raises(KeyError):
        at.note(IHD, MainsOff())


def test_time_runs_forward():
    at = home(CHF)
    with pytest.raises(ValueError, match="time runs forward"):
        at.advance(NOW - 1)
    with pytest.raises(ValueError, match="time runs forward"):
        at.send(ESME, DisableSupply(), SUPPLIER, NOW - 1)


def test_what_changed_is_handed_over_once():
    at = home(CHF)
    assert not at.changed
    outcome = at.send(ESME, DisableSupply(), SUPPLIER)
    assert happened(outcome, SupplyChanged)
    assert at.changed
    entries, state = at.take_changes()
    assert entries == outcome.entries
    assert state == at.state()
    assert not at.changed
    assert at.take_changes().entries == ()
    at.touch()
    assert at.changed


def test_a_power_cut_reaches_every_device_at_once():
    at = home(CHF, GSME)
    at.note(ESME, MainsOff(), NOW + HOUR)
    assert not at.devices[CHF].records.power.on
    assert at.devices[GSME].records.power.on  # it has a battery
    outcome = at.send(CHF, RotateNetworkKey(), SUPPLIER)
    assert (outcome.accepted, outcome.reason) == (False, Reason.UNREACHABLE)
    at.note(ESME, MainsOn(), NOW + 2 * HOUR)
    assert at.devices[CHF].records.power.on


def test_a_fork_goes_its_own_way():
    at = prepaid(home(*ALL))
    other = at.fork()
    assert records(other) == records(at)
    other.send(ESME, DisableSupply(), SUPPLIER)
    assert at.esme.supplied
    assert other.seq > at.seq == other.journal[0].seq - 1


def test_a_home_goes_on_after_a_later_number():
    at = home(CHF)
    back = Installation(at.premises, NOW, at.state(), first_seq=500)
    assert back.seq == 500
    assert back.send(ESME, DisableSupply(), SUPPLIER).entries[0].seq == 501


# An end


class Again(msgspec.Struct, frozen=True):
    """Something that is due as soon as it has happened."""


class Nothing(msgspec.Struct, frozen=True):
    count: int = 0


def endless(unasked):
    return Kind(
        name=ESME,
        records=Nothing,
        delivered=lambda _: Nothing(),
        rules={Again: (lambda records, *_: (Nothing(records.count + 1), ()),)},
        unasked=(unasked,),
        log=lambda records, *_: records,
        check=lambda *_: None,
        awake=lambda _: True,
    )


@pytest.mark.parametrize(("event", "named"), [(Again(), "Again"), (None, "a look at what is due")])
def test_an_event_that_falls_due_again_and_again_is_named(event, named):
    with pytest.raises(EndlessError, match=f"esme: {named} falls due again and again at {NOW + HOUR}"):
        Device(endless(lambda *_: Due(NOW + HOUR, event)), site(), NOW + DAY)


def test_many_events_at_one_instant_are_no_endless_ones():
    few = MOST_AT_ONCE - 1

    def due(_, records, now):
        return Due(NOW + HOUR, Again()) if records.count < few else None

    assert Device(endless(due), site(), NOW + DAY).records.count == few


def test_events_one_after_another_have_no_number():
    def due(_, records, now):
        return Due(now + 1, Again()) if records.count < 2 * MOST_AT_ONCE else None

    assert Device(endless(due), site(installed_at=NOW), NOW + DAY).records.count == 2 * MOST_AT_ONCE


def test_a_clock_set_to_and_fro_ends():
    at = home(CHF)
    assert at.send(ESME, SetTariff(LATER, NOW + HOUR), SUPPLIER).accepted
    for to in (NOW + 2 * HOUR, NOW, NOW + 2 * HOUR):
        assert at.send(ESME, SetClock(to), SUPPLIER).accepted
        at.advance(at.now)
    assert BY_KEY["tariff"].read(at.esme) == "later"


def test_the_kinds_of_device_share_a_journal():
    book = Journal()
    one = Device(ELECTRICITY, site(), NOW, None, book)
    assert one.journal is book.entries
    assert isinstance(Premises({ESME: site()}).electricity, type(site()))


@given(st.lists(st.integers(1, 40 * MINUTE), min_size=1, max_size=60), st.lists(st.integers(0, 59), max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_wire_that_moves_the_meter_alone_changes_nothing(gaps, writes):
    """As a session does: the meter is moved at every frame and commanded by itself, the others follow afterwards."""
    together, alone = (prepaid(home(*ALL)) for _ in range(2))
    at = NOW
    for place, gap in enumerate(gaps):
        at += gap
        together.advance(at)
        alone.advance_meter(at)
        if place in writes:
            for one in (together, alone):
                assert one.esme.send(DisableSupply(), SUPPLIER).accepted
                one.follow()
    together.advance(at + DAY)
    alone.advance(at + DAY)
    assert [entry for entry in alone.journal if entry.at > NOW] == [e for e in together.journal if e.at > NOW]
    assert alone.state() == together.state()

"""Every packaged profile lives: its homes start, pass days, are pressed, read and topped up, and are known by name.

What a key does is taken from the profile, so that a make whose code cannot be keyed in with its own keys is found.
"""

import pytest
import whole_profile
from farm_callers import run

from emulator import Farm, HeadEnd, VirtualHome
from emulator.device import identity
from emulator.device.display.customer import interface_of
from emulator.device.fidelity import ledger
from emulator.device.journal import DeviceName
from emulator.device.overlay import at_version, versions
from emulator.device.readings import ITEMS_OF
from emulator.dlms.pdu.services import reference
from emulator.farm import library
from emulator.farm.estate import from_flags
from emulator.farm.selectors import SelectorError

ESME, CHF, GSME, PPMID, IHD = DeviceName.ESME, DeviceName.CHF, DeviceName.GSME, DeviceName.PPMID, DeviceName.IHD
every_profile = pytest.mark.parametrize("name", library.names())
LOGICAL_DEVICE_NAME = reference(1, "0.0.42.0.0.255", 2)  # its first three octets are the FLAG letters (Blue Book)
DLMS = [name for name in library.names() if library.packaged(name).protocol == "dlms"]
PREPAID = [name for name in library.names() if library.packaged(name).prepayment.level != "none"]


def home_of(name, **given):
    payment = "prepayment" if name in PREPAID else "credit"
    return VirtualHome(name, payment=payment, gas=True, **given)


def key_for(block, state, action):
    """Find the key that does something in a state."""
    return next(key for key, actions in block.keys[state].items() if action in actions)


def typed(block, digits):
    """Spell a code in the make's own keys."""
    yield key_for(block, "pages", "code")
    if block.kind == "keypad":
        yield from digits
    else:
        up, on = key_for(block, "entry", "digit up"), key_for(block, "entry", "digit on")
        for place, digit in enumerate(digits):
            yield from [on] * bool(place)
            yield from [up] * int(digit)  # a new digit is a 0
    yield key_for(block, "entry", "submit")


@every_profile
def test_a_home_has_the_devices_of_its_set(name):
    profile = library.packaged(name)
    expected = {ESME, CHF}
    expected |= {GSME} if profile.gas_model else set()
    expected |= {PPMID} if profile.ppmid and name in PREPAID else set()
    expected |= {IHD} if profile.ihd else set()
    assert set(home_of(name).installation.devices) == expected


@every_profile
def test_days_pass_and_every_item_is_read(name):
    home = home_of(name)
    before = home.read("import_wh")
    home.advance("2d")
    assert home.read("import_wh") > before
    for device in home.installation.devices:
        values = {item.key: home.read(item.key, device) for item in ITEMS_OF[device]}
        assert len(values) == len(ITEMS_OF[device])
    assert home.read("model") == library.packaged(name).model.model


@every_profile
def test_every_key_of_every_display_is_pressed(name):
    home = home_of(name)
    home.advance("36h")
    for device in home.installation.devices.values():
        block = interface_of(device)
        if block is None:
            continue
        digits = "0123456789" if block.kind == "keypad" else ""
        for key in (*dict.fromkeys(key for keys in block.keys.values() for key in keys), *digits):
            done = home.press(key, device=device.kind.name)
            assert "there is no key" not in done.outcome.detail, (key, done)
        home.advance("1h")
        refused = home.press("nosuchkey", device=device.kind.name)
        assert not refused.accepted
    assert home.shown()


@every_profile
@pytest.mark.parametrize("device", [ESME, GSME])
def test_a_code_is_keyed_in_with_the_makes_own_keys(name, device):
    home = home_of(name, balance_mp=500_000)
    if device not in home.installation.devices:
        assert library.packaged(name).gas_model is None
        return
    home.advance("3h")
    block = interface_of(home.installation.devices[device])
    if name not in PREPAID:
        assert all("code" not in actions for keys in block.keys.values() for actions in keys.values())
        return
    if block.blank_when_idle:
        home.press(next(iter(block.keys["pages"])), device=device)  # lights it
    before = home.read("meter_balance_mp", device)
    done = home.press(*typed(block, home.vend(12_000_000, device)), device=device)
    assert done.accepted, done
    assert home.read("meter_balance_mp", device) > before
    word = block.word("accepted").replace("{amount}", "£120.00")
    assert done.display[0] == word


@every_profile
def test_a_wrong_code_is_refused_in_the_makes_words(name):
    home = home_of(name)
    if name not in PREPAID:
        assert not home.code("1" * 20).accepted
        return
    words = library.packaged(name).prepayment.words
    good = home.vend(5_000_000)
    assert home.code(good).accepted
    assert home.code(good).display[0] == words["duplicate"]
    assert home.code(good[:19]).display[0] == words["incomplete"]
    assert home.code(good[:19] + str((int(good[19]) + 1) % 10)).display[0] == words["check_digit"]


@every_profile
def test_names_lead_both_ways(name):
    estate = from_flags((name,), 60, 11, gas=1.0, prepayment=1.0)
    profile = library.packaged(name)
    makers = {ESME: profile.model, GSME: profile.gas_model, CHF: profile.hub, PPMID: profile.ppmid, IHD: profile.ihd}
    for index in (0, 17, 59):
        for device, site in estate.premises(index).sites.items():
            eui64, serial = (site.hub_eui64, site.hub_serial) if device is CHF else (site.eui64, site.serial)
            assert estate.find_eui64(eui64) == (index, device)
            oui = identity.parse_oui(makers[device].oui)
            assert identity.eui64(oui, identity.number_of(eui64, oui)) == eui64
            pattern = identity.SerialPattern(makers[device].serial)
            year, number = pattern.parse(serial)
            assert number == index + 1
            assert pattern.format(year, number) == serial


def test_no_two_sets_share_a_serial_number_or_a_combination():
    profiles = [library.packaged(name) for name in library.names()]
    serials = [one.model.serial for one in profiles]
    assert len(set(serials)) == len(serials)
    assert len({one.family.combination for one in profiles}) == len(profiles)


def test_all_families_stand_in_one_farm_and_those_on_dlms_answer_with_their_flag():
    async def scenario():
        async with Farm.start(homes=1, seed=5, clock="@2026-03-02T10:17:00Z") as farm:
            for index, name in enumerate(library.names()):
                selector, profile = f"home-{index + 1}", library.packaged(name)
                if name not in DLMS:
                    with pytest.raises(SelectorError):
                        farm.access(selector)
                    assert farm.home(index).meter.site.profile.name == name
                    continue
                async with HeadEnd.open(farm.access(selector)) as head_end:
                    assert await head_end.read("model") == profile.model.model
                    assert await head_end.read("serial") == farm.home(index).meter.site.serial
                    name_on_wire = await head_end.get(LOGICAL_DEVICE_NAME)
                    assert bytes(name_on_wire.value)[:3].decode() == profile.model.flag

    run(scenario())


@every_profile
def test_every_firmware_version_lives_and_differs(name):
    profile = library.packaged(name)
    known = versions(profile)
    shares = [one.share for one in profile.versions]
    assert sum(shares) <= 1000
    for firmware, before in zip(known[1:], known, strict=False):
        later, earlier = at_version(profile, firmware), at_version(profile, before)
        changed = {line.place: line.value for line in ledger(later)}
        was = {line.place: line.value for line in ledger(earlier)}
        apart = {place for place, value in changed.items() if was.get(place) != value}
        assert apart > {"model.firmware"}


def test_most_families_have_more_than_one_version():
    assert sum(len(versions(library.packaged(name))) > 1 for name in library.names()) >= 5


def test_the_weights_are_the_whole_estate():
    assert sum(library.packaged(name).family.weight for name in library.names()) == 1000


def test_a_set_on_its_bases_says_what_the_whole_one_says():
    """The packaged profile of that name comes to all that the text on no base says."""
    whole, based = library.read(whole_profile.TEXT, "whole.toml"), library.packaged("elster-as300p")
    told = {line.place: line.value for line in ledger(based)}
    written = [line for line in ledger(whole) if line.claim.basis != "by default"]
    assert len(written) > 100
    assert {line.place for line in written if told[line.place] != line.value} <= PACES


PACES = {"pace.response_ms", "pace.response_spread_ms"}  # of which the whole text says nothing

"""The library of profiles: each fault is told with file, line, key and what is allowed."""

import pytest
from whole_profile import TEXT

from emulator.device.declaration import DeclarationError
from emulator.dlms.objects.object_list import DEVICES, objects
from emulator.farm import library

NAME = "elster-as300p"
NO_NAMES = "logical_names = {}                 # this family uses the generic codes"


def problems(text):
    with pytest.raises(DeclarationError) as caught:
        library.read(text, "p.toml")
    return [str(problem) for problem in caught.value.problems]


def line_of(start, text=TEXT):
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


@pytest.mark.parametrize("name", library.names())
def test_a_packaged_profile_loads_and_is_called_as_its_file(name):
    profile = library.packaged(name)
    assert profile.name == name
    assert library.packaged(name) is profile
    assert (profile.protocol == "dlms") is (profile.dlms is not None)
    assert profile.dlms is None or objects(profile, 1)


def test_no_such_profile():
    with pytest.raises(library.UnknownProfileError) as caught:
        library.packaged("as300")
    assert str(caught.value) == f"no profile is called 'as300'; there is {', '.join(library.names())}"


@pytest.mark.parametrize(
    ("old", "new", "key", "told"),
    [
        ('protocol = "dlms"', 'protocol = "mbus"', "protocol", "'mbus' is not allowed; allowed: dlms"),
        ('flag = "ELR"', 'flag = "elr"', "model.flag", "'elr' is not allowed; allowed: a string matching ^[A-Z]{3}$"),
        ("zigbee_code = 0x1057", "zigbee_code = 65536", "model.zigbee_code", "a whole number from 0 to 65535"),
        ('oui = "00-23-7E"', 'oui = "00237E"', "model.oui", "a string matching ^[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}$"),
        ("tou_registers = 48", "tou_registers = 0", "metering.tou_registers", "a whole number from 1 to 48"),
        ("export = true", "export = 1", "metering.export", "a whole number is not allowed; allowed: true or false"),
        ('provenance = "clause"', 'provenance = "sure"', "hdlc.provenance", "assumed, capture, clause, document"),
        ("window = 1", "window = 8", "hdlc.window", "8 is not allowed; allowed: a whole number from 1 to 7"),
        ("window = 1", "windows = 1", "hdlc.windows", "(did you mean 'window'?)"),
        ("max_apdu = 1024", "max_apdu = 63", "dlms.max_apdu", "allowed: a whole number from 64 to 65535"),
        ('"hls-gmac"', '"hls-md5"', "associations.management.authentication", "hls-gmac, lls, none"),
        ("low_medium_w = 2300", "low_medium_w = 4600", "power.medium_high_w", "not above low_medium_w"),
        ("first_year = 2012", "first_year = 2019", "installation.last_year", "before first_year"),
        ("client = 32", "client = 16", "associations", "two associations have one client address"),
        ('"{year}K{number:7}"', '"{year}K"', "model.serial", "allowed: text with {year} and {number:N}"),
        ('"H{year}K{number:7}"', '"{month}{number:7}"', "hub.serial", "a serial pattern knows {year} and {number:N}"),
        ("daily_reads = 14\n", "", "metering.daily_reads", "missing; allowed: a whole number from 1 to 100"),
    ],
)
def test_a_fault_is_found_where_it_is(old, new, key, told):
    # What stands in a meter's block may stand in the gas meter's too, which comes later.
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    found = problems(text)
    named = [one for one in found if one.split(": ")[1] == key]
    assert named, found
    assert told in named[0]
    file, line, _ = named[0].split(":", 2)
    last = key.rsplit(".", 1)[-1]
    assert file == "p.toml"
    assert last in text.splitlines()[int(line) - 1] or f"[{key.split('.')[0]}]" == text.splitlines()[int(line) - 1]


def test_a_threshold_of_a_load_limit_that_is_not_there():
    text = TEXT.replace("load_limit = true", "load_limit = false")
    assert not library.read(text, "p.toml").power.load_limit
    (told,) = problems(text.replace("load_limit_w = 0", "load_limit_w = 9"))
    assert "power.load_limit_w: a set without a load limit has no threshold; allowed: 0" in told


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ('{ clok = "0.0.1.0.0.255" }', "dlms.logical_names.clok: no object to rename is called 'clok'; allowed: "),
        ('{ association = "0.0.40.0.1.255" }', "no object to rename is called 'association'"),
        ('{ "a b" = "0.0.1.0.0.255" }', "dlms.logical_names.\"a b\": no object to rename is called 'a b'"),
        ('{ clock = "0.0.1.0.0" }', "dlms.logical_names.clock: '0.0.1.0.0' is not allowed; allowed: a string matching"),
        ('{ clock = "0.0.1.0.0.256" }', "'0.0.1.0.0.256' is no logical name; allowed: six numbers from 0 to 255"),
        ('{ serial = "0.0.96.1.4.255" }', "dlms.logical_names.serial: 0.0.96.1.4.255 is the name of model too"),
        ('{ serial = "0.0.9.9.9.255", model = "0.0.9.9.9.255" }', "0.0.9.9.9.255 is the name of"),
        ("{ clock = 5 }", "dlms.logical_names.clock: "),
    ],
)
def test_logical_names_that_no_object_can_have(names, told):
    assert TEXT.count(NO_NAMES) == 1
    found = problems(TEXT.replace(NO_NAMES, f"logical_names = {names}"))
    assert told in found[0]
    assert found[0].startswith(f"p.toml:{line_of('logical_names')}: dlms.logical_names")


def test_the_nearest_object_is_suggested():
    (told,) = problems(TEXT.replace(NO_NAMES, 'logical_names = { clok = "0.0.1.0.0.255" }'))
    assert told.endswith("(did you mean 'clock'?)")


def test_objects_may_change_their_names_with_each_other():
    swapped = '{ maker = "0.0.96.1.4.255", model = "0.0.96.1.2.255" }'
    profile = library.read(TEXT.replace(NO_NAMES, f"logical_names = {swapped}"), "p.toml")
    for server in (1, 2):
        named = {row.name: row.logical_name for row in objects(profile, server)}
        assert (named["maker"], named["model"]) == ("0.0.96.1.4.255", "0.0.96.1.2.255")


def test_no_two_objects_of_a_class_share_a_name_as_packaged():
    for rows in DEVICES.values():
        pairs = [(row.kind.id, row.logical_name) for row in rows]
        assert len(set(pairs)) == len(pairs)


def test_files(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(TEXT, "utf-8")
    assert library.load(file) == library.read(TEXT, "p.toml")
    file.write_bytes(TEXT.encode() + b"# \xff\n")
    with pytest.raises(DeclarationError, match=rf"mine\.toml:{len(TEXT.splitlines()) + 1}: not Unicode text"):
        library.load(file)
    with pytest.raises(FileNotFoundError):
        library.load(tmp_path / "gone.toml")

"""The gas blocks of a profile: each fault is told, and a gas meter is there as a whole or not at all."""

import pytest
from whole_profile import TEXT

from emulator.device.declaration import DeclarationError
from emulator.farm import library


def without(block, text=TEXT):
    """Give the text without one table."""
    start = text.index(f"[{block}]")
    return text[:start] + text[text.index("\n[", start) + 1 :]


def problems(text):
    with pytest.raises(DeclarationError) as caught:
        library.read(text, "p.toml")
    return " / ".join(str(problem) for problem in caught.value.problems)


def test_the_packaged_gas_meter_says_how_sure_it_is():
    profile = library.packaged("elster-as300p")
    assert profile.gas_model is not None
    assert profile.gas_device is not None
    assert (profile.gas_model.model, profile.gas_model.provenance) == ("BK-G4E", "assumed")
    assert profile.gas_device.provenance == "assumed"
    assert profile.gas_device.wake_interval_s == 1_800


@pytest.mark.parametrize("block", ["gas_metering", "gas_model", "gas_device"])
def test_a_gas_meter_is_there_as_a_whole(block):
    assert "a gas meter needs gas_metering, gas_model and gas_device" in problems(without(block))


def test_a_set_without_gas_is_a_profile():
    text = without("gas_device", without("gas_model", without("gas_metering")))
    assert library.read(text, "p.toml").gas_device is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"G4K{number:8}{year}01"', '"G4K"', "gas_model.serial"),
        ("stabilisation_s = 60", "stabilisation_s = 256", "a whole number from 0 to 255"),
        ("measurement_s = 300", "measurement_s = 0", "a whole number from 1 to 65535"),
        ("uncontrolled_flow = 61680", "uncontrolled_flow = 65536", "a whole number from 0 to 65535"),
        ('profile_unit = "m3"', 'profile_unit = "ft3"', "m3"),
        ("wake_interval_s = 1800", "wake_intervals = 1800", "wake_interval_s"),
    ],
)
def test_a_fault_of_the_gas_meter_is_told(old, new, told):
    assert TEXT.count(old) == 1
    assert told in problems(TEXT.replace(old, new))

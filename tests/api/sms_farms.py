"""Estates for the tests of the SMS endpoint: the packaged profile with another WAN, or with no wire but SMS."""

from dataclasses import replace

import msgspec

from emulator.farm.estate import Estate, from_flags


def an_estate(wan: dict[str, object], profile: str = "elster-as300p") -> Estate:
    plain = from_flags((profile,), 2, 1)
    held = plain.profiles[profile]
    return replace(
        plain, profiles={profile: msgspec.structs.replace(held, wan=msgspec.structs.replace(held.wan, **wan))}
    )


def sms_estate() -> Estate:
    """Give homes of the packaged set that has no wire but SMS."""
    return an_estate({}, "landis-gyr-tokenless")

"""Homes whose meter is spoken to by SMS, for the device tests."""

import msgspec
from device_sites import NOW, PROFILE, site
from hub_sites import CHF, ESME

from emulator.device import happenings
from emulator.device.installation import Installation, Premises
from emulator.device.profiles.profile_schedules import Schedules
from emulator.device.sms.flight import SmsSubmitted

SCHEDULES = Schedules(provenance="assumed", source="for tests only", spread_s=7_200, by="sms")


def sms_profile(wan=None, schedules=SCHEDULES, prepayment=None):
    """Give a profile without a DLMS wire: its meter is spoken to by SMS."""
    return msgspec.structs.replace(
        PROFILE,
        protocol="sms",
        dlms=None,
        hdlc=None,
        associations=None,
        schedules=schedules,
        wan=msgspec.structs.replace(PROFILE.wan, **(wan or {})),
        prepayment=msgspec.structs.replace(PROFILE.prepayment, **(prepayment or {})),
    )


def sms_home(now=NOW, *, seed=77, profile=None, **blocks):
    """Give a home of such a set at an instant."""
    fitted = site(profile=profile or sms_profile(**blocks), seed=seed)
    return Installation(Premises({ESME: fitted, CHF: fitted}), now)


def hand_in(of, text="WAKE", at=None):
    """Hand an SMS in at the centre."""
    return of.note(CHF, SmsSubmitted(text), at)


def sent(of):
    """Give the texts that the hub sent, oldest first."""
    return [entry.what.text for entry in of.journal if isinstance(entry.what, happenings.SmsSent)]

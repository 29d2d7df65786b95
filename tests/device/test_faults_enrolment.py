"""Faults of enrolment and of changes of supplier and tenancy (device dossier 4.6); keys on the wire: tests/dlms."""

import pytest
from device_sites import SUPPLIER
from display_sites import PPMID, top_up_code
from fault_sites import CHF, ESME, GSME, IHD, assert_steps_do_not_matter, clear, hub, put_in, reach, told, whole_home
from sms_sites import hand_in, sms_home

from emulator.device.commands import AddCredit, RestrictData, SetPaymentMode
from emulator.device.configuration import AccessRejected, AuthenticationRejected
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.catalogue import find as fault_of
from emulator.device.faults.enrolment import FAULTS
from emulator.device.happenings import (
    AlertSent,
    CredentialsHandedOver,
    CredentialsUpdated,
    EnrolmentFailed,
    NetworkChanged,
    PhysicalTamper,
    SmsTaken,
    WanLost,
)
from emulator.device.hub.wan import Unreachable
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money.account_records import Mode
from emulator.device.readings import find
from emulator.device.self_check import FirmwareRuns


def read(of, key, device=ESME):
    return find(device, key).read(of.devices[device])


def later(of, by):
    of.advance(of.now + by)
    return of


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_enrolment_is_the_same_in_one_step_and_in_many(row):
    assert_steps_do_not_matter(row)


@pytest.mark.parametrize("cause", ["change_of_supplier", "contract_ended"])
def test_e1_a_dormant_set_measures_and_answers_nobody(cause):
    of = whole_home()
    assert reach(of) is None
    put_in(of, "E1", cause=cause)
    assert reach(of) is Unreachable.DORMANT
    assert read(of, "wan_state", CHF) == "dormant"
    assert told(of, NetworkChanged) == [NetworkChanged(f"dormant_{cause}")]
    assert not told(of, WanLost)
    assert hub(of).signal_dbm is not None  # there is coverage
    total, since = read(of, "import_wh"), of.seq
    of.note(ESME, AccessRejected(16, "test"))
    later(of, DAY)
    assert not told(of, AlertSent, since=since)
    assert len(hub(of).records.alerts.waiting) == 1
    assert read(of, "import_wh") - total > 4_000
    assert customer.shown(of, IHD)  # in the home all goes on
    clear(of)
    assert reach(of) is None
    assert len(told(of, AlertSent, since=since)) == 1
    assert told(of, NetworkChanged)[-1] == NetworkChanged("served")


def test_e1_not_even_an_sms_reaches_a_dormant_set():
    of = sms_home()
    put_in(of, "E1")
    hand_in(of)
    later(of, HOUR)
    assert not told(of, SmsTaken)
    clear(of)
    later(of, MINUTE)
    assert len(told(of, SmsTaken)) == 1  # the centre held it


def test_e3_an_installation_is_excluded_after_five_failed_attempts():
    of = put_in(whole_home(), "E3")
    for attempt in range(1, 6):
        assert reach(of) is None
        of.note(ESME, AuthenticationRejected(1, "test"))
        assert told(of, EnrolmentFailed)[-1] == EnrolmentFailed(attempt, attempt == 5)
        later(of, MINUTE)
    assert reach(of) is Unreachable.EXCLUDED
    assert read(of, "enrolment_attempts", CHF) == 5
    of.note(ESME, AuthenticationRejected(1, "test"))
    later(of, DAY)
    assert (reach(of), read(of, "enrolment_attempts", CHF)) == (Unreachable.EXCLUDED, 5)
    clear(of)
    assert (reach(of), read(of, "enrolment_attempts", CHF)) == (None, 0)
    for _ in range(9):
        of.note(ESME, AuthenticationRejected(1, "test"))
    assert reach(of) is None


def test_e3_how_many_attempts_exclude_is_a_parameter():
    of = put_in(whole_home(), "E3", attempts=2)
    for reached in (None, Unreachable.EXCLUDED):
        of.note(ESME, AuthenticationRejected(1, "test"))
        assert reach(of) is reached


def test_e4_a_set_names_a_combination_that_is_not_listed():
    of = whole_home()
    own = read(of, "combination", CHF)
    assert own == of.esme.site.profile.family.combination
    put_in(of, "E4")
    assert read(of, "combination", CHF) == "NOT-LISTED"
    assert not fault_of("E4").absent  # the refusal is an adapter's: tests/adapter/test_commissioning.py
    clear(of)
    assert read(of, "combination", CHF) == own


def test_e5_another_party_takes_the_keys_and_hands_them_back():
    of = whole_home()
    former = of.esme.records.credentials
    put_in(of, "E5", party="smso")
    held = of.esme.records.credentials
    assert {held.encryption_key, held.authentication_key, held.master_key}.isdisjoint(
        {former.encryption_key, former.authentication_key, former.master_key}
    )
    assert told(of, CredentialsUpdated) == [CredentialsUpdated(("encryption_key", "authentication_key", "master_key"))]
    assert told(of, CredentialsHandedOver) == [CredentialsHandedOver("smso")]
    assert not any(held.encryption_key.hex() in repr(entry) for entry in of.journal)
    clear(of)
    assert of.esme.records.credentials == former
    assert told(of, CredentialsHandedOver)[-1] == CredentialsHandedOver("")


def test_e6_displays_show_what_the_former_tenant_used():
    of = whole_home()
    of.send(ESME, AddCredit(top_up_code(of)), SUPPLIER)
    later(of, 3 * DAY)
    fields = ("day", "week", "month")

    def history(display=IHD):
        seen = readings(of.devices, of.devices[display], of.now)["electricity"]
        return [getattr(seen.usages, field).before_wh for field in fields], len(seen.money.vends)

    put_in(of, "E6")
    of.send(ESME, RestrictData(of.now), SUPPLIER)
    of.send(GSME, RestrictData(of.now), SUPPLIER)
    for display in (IHD, PPMID):
        before, vends = history(display)
        assert all(before)
        assert vends == 1
    assert read(of, "restricted_before") != ""
    clear(of)
    for display in (IHD, PPMID):
        assert history(display) == ([None, None, None], 0)
    later(of, 2 * DAY)
    assert history()[0][0] > 4_000  # the present tenant's own


@pytest.mark.parametrize("cover", ["meter_cover", "terminal_cover"])
def test_e7_a_reboot_tells_of_a_cover_that_nobody_opened(cover):
    of = put_in(whole_home(), "E7", cover=cover)
    later(of, HOUR)
    assert not told(of, PhysicalTamper)
    of.note(ESME, FirmwareRuns("test 2"))
    assert told(of, PhysicalTamper) == [PhysicalTamper(cover)]
    of.note(ESME, MainsOff())
    later(of, MINUTE)
    of.note(ESME, MainsOn())
    assert told(of, PhysicalTamper) == [PhysicalTamper(cover)] * 2
    assert of.esme.records.tamper.open == ()
    assert of.esme.records.tamper.cover_openings == 0
    assert [entry.code for entry in of.esme.records.logs.security].count(
        0x8F74 if cover == "meter_cover" else 0x8F76
    ) == 2
    clear(of)
    of.note(ESME, MainsOff())
    of.note(ESME, MainsOn(), of.now + MINUTE)
    of.note(ESME, FirmwareRuns("test 3"))
    assert len(told(of, PhysicalTamper)) == 2
    assert of.send(ESME, SetPaymentMode(Mode.CREDIT), SUPPLIER).accepted

"""Alerts and the event table: the 13 mandated ones by what really raises them, and what a make may say otherwise."""

import pytest
from device_sites import NOW, PROFILE, profile_with
from display_sites import CHF, ESME, GSME, IHD, PENNY, POUND, PPMID, TERMS, home, prepaid, top_up_code

from emulator.device import commands, happenings
from emulator.device.alerts import MANDATED, alert_of, mandated_row
from emulator.device.commands import Sender
from emulator.device.configuration import AccessRejected
from emulator.device.display import customer
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.event_table import ALERT, LINES, NO_ALERT, OPTIONAL
from emulator.device.gas.battery import BatteryRemoved
from emulator.device.happenings import (
    AccessRefused,
    AuthenticationFailed,
    CreditAdded,
    DeviceJoined,
    EmergencyActivated,
    EmergencyOffered,
    LoadLimitReached,
    LowCredit,
    SupplyChanged,
    TopUpRejected,
)
from emulator.device.instant import DAY, HOUR, SECOND
from emulator.device.records import Cause, LogEntry, Switch
from emulator.device.step import replace

# The functional reference 4.1: alert, gas paragraph, electricity paragraph, codes that it names.
REFERENCE = {
    1: ("Low Battery", "4.3.5.1 (ii)", "", {0x8F1F}),
    2: ("Loss of Power", "4.3.5.2 (v)", "", {0x8F1D}),
    3: ("Low Credit", "4.3.6.2 (iv)", "5.3.6.2 (iv)", {0x810D}),
    4: ("Disablement", "4.3.6.2 (v)", "5.3.6.2 (v)", {0x8F0F}),
    5: ("Physical Tamper", "4.3.9.2 (ix)", "5.3.9.2 (ix)", {0x8F3F, *range(0x8F73, 0x8F79)}),
    6: ("Unauthorised Access", "4.3.9.3 (viii)", "5.3.9.3 (viii)", {0x8F3E, 0x8F3D, 0x8F1E, 0x8F53, 0x8F60}),
    7: ("Load Limit", "", "5.3.5.1 (iii)", {0x8F01}),
    8: ("Average RMS Over Voltage", "", "5.3.10.1 (ii)(c)", {0x8002}),
    9: ("Average RMS Under Voltage", "", "5.3.10.1 (iii)(c)", {0x8006}),
    10: ("RMS Extreme Over Voltage", "", "5.3.10.2 (ii)", {0x8020}),
    11: ("RMS Extreme Under Voltage", "", "5.3.10.3 (ii)", {0x8028}),
    12: ("RMS Voltage Sag", "", "5.3.10.4 (ii)", {0x802C}),
    13: ("RMS Voltage Swell", "", "5.3.10.5 (ii)", {0x8024}),
}
OURS = range(0x9000, 0x9100)  # numbers for events that the reference gives none


def test_the_table_of_mandated_alerts_is_the_references():
    found = {row.number: (row.name, row.gas, row.electricity) for row in MANDATED}
    assert found == {number: row[:3] for number, row in REFERENCE.items()}
    assert all(row.code in REFERENCE[row.number][3] for row in MANDATED)


def test_every_mandated_alert_has_a_happening_and_every_marked_line_its_row():
    for row in MANDATED:
        for name in row.raised_by:
            kind, _, detail = name.partition(".")
            assert detail or hasattr(happenings, kind)
            assert ((getattr(happenings, kind), detail) if detail else getattr(happenings, kind)) in LINES
    for key, line in LINES.items():
        kind, detail = key if isinstance(key, tuple) else (key, "")
        raised = [
            row.number
            for row in MANDATED
            for name in row.raised_by
            if name in {kind.__name__, f"{kind.__name__}.{detail}"}
        ]
        assert raised == ([line.mandated] if line.mandated else [])
        if line.mandated and line.code not in OURS:
            assert line.code in REFERENCE[line.mandated][3]


def raised(at, name, since=0):
    """Give the alerts of the journal, as the profile has them."""
    found = []
    for entry in at.journal:
        alert = alert_of(at.devices[entry.device].site.profile, entry.device, entry.what)
        if alert is not None and entry.seq > since and entry.device is name:
            found.append(alert)
    return found


def battery_runs_low():
    at = home(GSME)
    at.advance(at.now + 7_000 * DAY)
    return at, GSME


def battery_is_taken():
    at = home(GSME)
    at.note(GSME, BatteryRemoved())
    return at, GSME


def credit_runs_low(name=ESME):
    at = prepaid(home(GSME), name, balance_mp=3 * POUND, terms=replace(TERMS, disablement_mp=-50 * POUND))
    at.advance(at.now + 4 * DAY)
    return at, name


def credit_runs_out(name=ESME):
    at = prepaid(home(GSME), name, balance_mp=3 * PENNY)
    at.advance(at.now + 3 * DAY)
    return at, name


def cover_is_opened(name=ESME):
    at = home(GSME)
    customer.open_cover(at, name)
    return at, name


def access_is_refused(name=ESME):
    at = home(GSME)
    at.note(name, AccessRejected(16, "set"))
    return at, name


def load_is_above_the_limit():
    at = home()
    at.send(ESME, commands.WriteLoadLimit(threshold_w=200, period_s=60), Sender.SUPPLIER)
    at.advance(at.now + DAY)
    return at, ESME


def voltage_is(voltage_dv, for_s):
    def disturb():
        at = home()
        at.note(ESME, MainsDisturbed(voltage_dv, for_s))
        at.advance(at.now + 3 * HOUR)
        return at, ESME

    return disturb


SCENES = [
    (1, battery_runs_low),
    (2, battery_is_taken),
    (3, credit_runs_low),
    (3, lambda: credit_runs_low(GSME)),
    (4, credit_runs_out),
    (4, lambda: credit_runs_out(GSME)),
    (5, cover_is_opened),
    (5, lambda: cover_is_opened(GSME)),
    (6, access_is_refused),
    (6, lambda: access_is_refused(GSME)),
    (7, load_is_above_the_limit),
    (8, voltage_is(2_900, 1_800)),
    (9, voltage_is(1_700, 1_800)),
    (10, voltage_is(2_900, 60)),
    (11, voltage_is(1_700, 60)),
    (12, voltage_is(2_100, 60)),
    (13, voltage_is(2_600, 60)),
]


@pytest.mark.parametrize(("number", "scene"), SCENES)
def test_what_happens_to_a_meter_raises_its_mandated_alert(number, scene):
    at, name = scene()
    alerts = [alert for alert in raised(at, name) if alert.mandated == number]
    assert len(set(alerts)) == 1
    assert alerts[0].code in REFERENCE[number][3]
    assert alerts[0].name == REFERENCE[number][0]
    assert alerts[0].priority
    rows = {row.number: row for row in MANDATED}
    assert rows[number].gas if name is GSME else rows[number].electricity


# The functional reference 4.2, of what SMETS1 devices here can have happen: code, log, whether it alerts.
# "-" where the reference does not state a cell; 4.1 makes an alert of some that 4.2 gives none.
EVENTS = [
    ("ClockNotAdjusted", 0x8F0C, "security", ALERT),
    ("ClockAdjusted", 0x8145, "event", NO_ALERT),
    ("DeviceLogChanged", 0x8F12, "security", ALERT),
    ("AuthenticationFailed.integrity", 0x8F1E, "security", ALERT),
    ("AccessRefused", 0x8F3E, "security", ALERT),
    ("AuthenticationFailed.source", 0x8F3D, "", ALERT),
    ("AuthenticationFailed", 0x8F53, "security", "-"),
    ("MalformedCommands", 0x8F60, "security", "-"),
    ("PhysicalTamper", 0x8F3F, "security", ALERT),
    ("PhysicalTamper.meter_cover", 0x8F74, "security", ALERT),
    ("PhysicalTamper.magnet", 0x8F75, "security", ALERT),
    ("PhysicalTamper.terminal_cover", 0x8F76, "security", ALERT),
    ("PhysicalTamper.other", 0x8F78, "security", ALERT),
    ("PhysicalTamper.battery_cover", 0x8F73, "security", ALERT),
    ("TopUpRejected.duplicate", 0x8F51, "security", NO_ALERT),
    ("TopUpRejected.not_authentic", 0x8F63, "security", NO_ALERT),
    ("TopUpRejected.wrong_device", 0x8F64, "security", NO_ALERT),
    ("TopUpRejected.above_max_credit", 0x8F5B, "security", NO_ALERT),
    ("TopUpRejected.above_max_balance", 0x8F47, "security", NO_ALERT),
    ("EntryLocked", 0x81C4, "event", OPTIONAL),
    ("TopUpRejected.locked_out", 0x81C5, "event", OPTIONAL),
    ("DeviceJoined", 0x8183, "event", OPTIONAL),
    ("EventLogCleared", 0x8F52, "security", NO_ALERT),
    ("CredentialsUpdated", 0x8F70, "security", NO_ALERT),
    ("LowCredit", 0x810D, "", ALERT),
    ("EmergencyOffered", 0x8119, "", ALERT),
    ("CreditAdded", 0x810E, "", ALERT),
    ("EmergencyExhausted", 0x81AA, "event", OPTIONAL),
    ("EmergencyActivated", 0x81AB, "event", OPTIONAL),
    ("CreditExhausted", 0x8F0F, "", ALERT),
    ("DisablementSuspended", 0x8F83, "-", "-"),
    ("DebtCleared.time_1", 0x81A7, "event", OPTIONAL),
    ("DebtCleared.time_2", 0x81A8, "event", OPTIONAL),
    ("DebtCleared.payment", 0x81A9, "event", OPTIONAL),
    ("SupplyArmed", 0x8F32, "event", ALERT),
    ("SupplyArmed.load_limit", 0x8F33, "event", ALERT),
    ("SupplyRestored", 0x8F34, "", ALERT),
    ("SupplyArmed.emergency_credit", 0x8168, "", NO_ALERT),
    ("SupplyLocked", 0x81BE, "event", OPTIONAL),
    ("UncontrolledFlow", 0x81BF, "event", OPTIONAL),
    ("LoadLimitReached", 0x8F01, "event", ALERT),
    ("PowerRestored", 0x8F35, "event", "-"),
    ("PowerRestored.long", 0x8F36, "event", "-"),
    ("PowerLost", 0x8F57, "-", "-"),
    ("LocalCommandActioned.han", 0x8154, "event", OPTIONAL),
    ("LocalCommandNotActioned.han", 0x8155, "event", OPTIONAL),
    ("LocalCommandActioned.interface", 0x8161, "event", OPTIONAL),
    ("LocalCommandNotActioned.interface", 0x8162, "event", OPTIONAL),
    ("FutureActioned", 0x8F66, "event", ALERT),
    ("FutureNotActioned", 0x8F67, "event", ALERT),
]


@pytest.mark.parametrize(("name", "code", "log", "alert"), EVENTS)
def test_code_log_and_alert_of_an_event_are_the_references(name, code, log, alert):
    kind, _, detail = name.partition(".")
    line = LINES[(getattr(happenings, kind), detail) if detail else getattr(happenings, kind)]
    assert line.code == code
    assert log in {"-", line.log}
    assert alert in {"-", line.alert}


def test_displays_are_told_of_low_credit_and_what_emergency_credit_does():
    told = {"LowCredit", "EmergencyOffered", "EmergencyExhausted", "EmergencyActivated", "SupplyRestored"}
    assert {key.__name__ for key, line in LINES.items() if line.han} == told


SOME = (
    LowCredit(5),
    EmergencyOffered(5),
    EmergencyActivated(5),
    LoadLimitReached(5, disabled=False),
    SupplyChanged(Switch.ARMED, Cause(0)),
    CreditAdded(5, 5, local=True, code="1234"),
    AccessRefused(16, "set"),
    TopUpRejected("duplicate", local=True),
)


def names(profile):
    return [type(what).__name__ for what in SOME if alert_of(profile, ESME, what) is not None]


def test_a_make_alerts_the_mandated_ones_or_all():
    mandated = ["LowCredit", "LoadLimitReached", "AccessRefused"]
    assert names(PROFILE) == mandated
    assert names(profile_with(alerts={"set": "all"})) == [
        "LowCredit",
        "EmergencyOffered",
        "LoadLimitReached",
        "CreditAdded",
        "AccessRefused",
    ]
    assert names(profile_with(alerts={"optional": True})) == ["LowCredit", "EmergencyActivated", *mandated[1:]]


def test_a_make_pushes_or_only_logs_single_events():
    profile = profile_with(alerts={"push": ("TopUpRejected.duplicate",), "log_only": ("LoadLimitReached",)})
    assert names(profile) == ["LowCredit", "AccessRefused", "TopUpRejected"]
    assert alert_of(profile, ESME, TopUpRejected("duplicate", local=True)).priority
    assert alert_of(profile, ESME, TopUpRejected("wrong_device", local=True)) is None


def test_the_narrower_name_decides():
    profile = profile_with(alerts={"push": ("TopUpRejected",), "log_only": ("TopUpRejected.duplicate",)})
    assert alert_of(profile, ESME, TopUpRejected("duplicate", local=True)) is None
    assert alert_of(profile, ESME, TopUpRejected("wrong_device", local=True)) is not None


def test_a_make_has_codes_of_its_own_repeats_and_latches():
    alerts = {"codes": {"LowCredit": 0x0123}, "duplicates": ("LowCredit",), "latches": ("LowCredit",), "latch_s": 60}
    alert = alert_of(profile_with(alerts=alerts), ESME, LowCredit(5))
    assert (alert.code, alert.mandated, alert.copies, alert.latch_s) == (0x0123, 3, 2, 60)
    plain = alert_of(PROFILE, ESME, LowCredit(5))
    assert (plain.code, plain.copies, plain.latch_s) == (0x810D, 1, 0)


def test_credit_is_alerted_only_where_it_was_entered_in_the_home():
    everything = profile_with(alerts={"set": "all"})
    at = prepaid(home(profile=everything))
    assert at.send(ESME, commands.AddCredit(top_up_code(at)), Sender.SUPPLIER).accepted
    assert not [alert for alert in raised(at, ESME) if alert.code == 0x810E]
    assert customer.code(at, ESME, top_up_code(at)).accepted
    assert len([alert for alert in raised(at, ESME) if alert.code == 0x810E]) == 1


def test_a_display_raises_no_alert_and_a_hub_those_of_its_own():
    assert alert_of(PROFILE, PPMID, LowCredit(5)) is None
    assert alert_of(PROFILE, IHD, AccessRefused(16, "set")) is None
    joined = DeviceJoined("00", "ihd", "install code")
    assert alert_of(profile_with(alerts={"optional": True}), CHF, joined) is not None
    assert alert_of(PROFILE, CHF, joined) is None


def test_a_mandated_alert_keeps_its_row_whatever_its_kind():
    assert mandated_row(AuthenticationFailed(1, "no", "source")).number == 6
    assert mandated_row(AuthenticationFailed(1, "no")).number == 6
    assert mandated_row(SupplyChanged(Switch.ARMED, Cause(0))) is None


def test_a_make_logs_under_its_own_codes_and_in_its_own_logs():
    alerts = {"codes": {"PhysicalTamper.magnet": 0x0042}, "logs": {"PhysicalTamper": "event", "SupplyChanged": "none"}}
    at = home(profile=profile_with(alerts=alerts))
    customer.magnet(at, ESME)
    at.send(ESME, commands.DisableSupply(), Sender.SUPPLIER)
    logs = at.esme.records.logs
    assert logs.event == (LogEntry(NOW, 0x0042),)
    assert logs.security == ()


def test_an_alert_is_told_once_a_condition():
    at, name = credit_runs_low()
    at.advance(at.now + 60 * SECOND)
    assert len([alert for alert in raised(at, name) if alert.mandated == 3]) == 1


def test_codes_are_of_one_meaning():
    codes = {}
    for line in LINES.values():
        codes.setdefault(line.code, set()).add(line.meaning)
    assert all(len(meanings) == 1 for meanings in codes.values())

"""Faults of the WAN, the SIM and the hub (device dossier 4.1)."""

from collections.abc import Iterator

from emulator.device.event_table import LINES
from emulator.device.faults.fault import Fault, Moment, Parameter, Values
from emulator.device.faults.firmware import offer_next
from emulator.device.hub.hub_records import SimState
from emulator.device.hub.wan import ApnChanged, HubPowerLost, HubPowerRestored, NetworkSelected, SimChanged
from emulator.device.journal import DeviceName
from emulator.device.overlay import Changes
from emulator.device.reached import Reached

_HUB = DeviceName.CHF
_ALERTS = sorted({(key[0] if isinstance(key, tuple) else key).__name__ for key in LINES})


def _wake(given: Values) -> Changes:
    return {
        "wan": {
            "mode": "wake_on_sms",
            "idle_s": given["idle_s"],
            "wake_s": given["wake_s"],
            "wake_spread_s": given["wake_spread_s"],
            "sms_quota_a_day": given["quota_a_day"],
        },
        "quirks": {"extra_wake_sms": int(given["sms_needed"]) - 1},
    }


def _sms(given: Values) -> Changes:
    return {
        "wan": {
            "sms_loss": given["loss_per_mille"],
            "sms_late_s": given["late_s"],
            "sms_late_spread_s": given["late_spread_s"],
        }
    }


def _weak(given: Values) -> Changes:
    return {
        "wan": {"attach_failures": given["attach_failures_per_mille"], "roaming_allowed": True},
        "quirks": {"wan_gap_every_s": given["gap_every_s"], "wan_gap_s": given["gap_s"]},
        "pace": {"response_ms": given["response_ms"]},
    }


def _roam(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, NetworkSelected(roaming=True))


def _home_network(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, NetworkSelected(roaming=False))


def _unknown_apn(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, ApnChanged(valid=False))


def _known_apn(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, ApnChanged(valid=True))


def _bar(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, SimChanged(SimState.BARRED))


def _unbar(_: Moment) -> Iterator[Reached]:
    yield Reached(_HUB, SimChanged(SimState.ACTIVE))


def _blink(moment: Moment) -> Iterator[Reached]:
    """Take the hub's supply and give it back at once: the charge for a last gasp is used up. In the dark it is so."""
    if moment.devices[_HUB].records.power.on:
        yield Reached(_HUB, HubPowerLost())
        yield Reached(_HUB, HubPowerRestored())


def _alerts(given: Values) -> Changes:
    if given["kind"] == "silence":
        return {"alerts": {"push": [], "log_only": _ALERTS}}
    return {
        "alerts": {"set": "all", "optional": True, "log_only": [], "latches": []},
        "forwarding": {"own_alerts": True, "duplicate_s": 0, "most_an_hour": 0},
        "quirks": {"alert_copies": given["copies"]},
    }


def _false_outage(given: Values) -> Changes:
    return {
        "firmware_model": {"stages": "combined"},
        "quirks": {"activation_cuts_hub_s": given["hub_off_s"]},
        "wan": {"last_gasp": True},
        "alerts": {"push": ["PowerRestored"]},
    }


FAULTS = (
    Fault(
        name="sms_wake_up_needed",
        title="SMS wake-up needed",
        behaviour="The hub closes its session when nobody used it for a while and takes no connection until an SMS "
        "wakes it; after the SMS it takes 10 to 120 s. SMS are counted, and those above the day's allowance flagged. "
        "Where a service costs two SMS, only the second one wakes the hub.",
        source="device dossier 4.1 W1 [S29]",
        target="chf",
        alone=True,
        row="W1",
        parameters=(
            Parameter("idle_s", 300, "how long an unused session stays open", 1, 86_400),
            Parameter("wake_s", 10, "the least time from the SMS to the attach procedure", 0, 3_600),
            Parameter("wake_spread_s", 110, "what chance adds to it at most", 0, 3_600),
            Parameter("sms_needed", 1, "how many SMS wake the hub; service 4.10 was said to cost two", 1, 10),
            Parameter("quota_a_day", 0, "SMS a day within the allowance; 0 is any number", 0, 100_000),
        ),
        changes=_wake,
    ),
    Fault(
        name="sms_lost_or_late",
        title="SMS lost or delayed",
        behaviour="An SMS to the hub vanishes, or comes late: the hub does not wake, the request times out, and one "
        "that is tried again later succeeds.",
        source="device dossier 4.1 W2 [seed], [inferred]",
        target="chf",
        alone=True,
        row="W2",
        parameters=(
            Parameter("loss_per_mille", 500, "of a thousand SMS, so many vanish", 0, 1_000),
            Parameter("late_s", 600, "how late the others come at the least", 0, 604_800),
            Parameter("late_spread_s", 1_800, "what chance adds to it at most", 0, 604_800),
        ),
        changes=_sms,
    ),
    Fault(
        name="roaming_to_weak_network",
        title="SIM steered to a weak network",
        behaviour="The SIM roams in a network that is weaker than the home one: attach procedures fail, each period "
        "has a stretch without any cell, and answers take long. The hub recovers by itself after each stretch.",
        source="device dossier 4.1 W3 [seed]: steering of roaming SIMs; lengths by us",
        target="home",
        alone=True,
        row="W3",
        parameters=(
            Parameter("gap_every_s", 14_400, "the period that has one stretch without WAN", 60, 604_800),
            Parameter("gap_s", 2_700, "how long the stretch is", 0, 604_800),
            Parameter("attach_failures_per_mille", 300, "of a thousand attach procedures, so many fail", 0, 1_000),
            Parameter("response_ms", 4_000, "how long the meter's answers take over a paced link", 0, 600_000),
        ),
        changes=_weak,
        begins=_roam,
        ends=_home_network,
    ),
    Fault(
        name="network_settings_change",
        title="Network settings change breaks the hub",
        behaviour="From the start on the network does not know the access point name the hub asks for: each attach "
        "procedure fails with cause 27, the hub tries on, and sends a hundred times the failure messages of others.",
        source="device dossier 4.1 W4 [S4]",
        target="chf",
        alone=True,
        row="W4",
        parameters=(Parameter("messages", 100, "how many failure messages the hub sends a try", 1, 1_000),),
        changes=lambda given: {"quirks": {"failure_messages": given["messages"]}},
        begins=_unknown_apn,
        ends=_known_apn,
        absent="that these messages starve the rest of the estate: homes share no air interface here",
    ),
    Fault(
        name="sim_operator_outage",
        title="SIM operator outage",
        behaviour="The operator serves no SIM: no session and no SMS. Codes keyed in at the meter work. SMS with "
        "top-ups and alerts wait, and arrive when the operator is back.",
        source="device dossier 4.1 W5 [S43]: two days, a whole fleet",
        target="chf",
        alone=True,
        row="W5",
        parameters=(Parameter("held_s", 604_800, "how long the operator keeps SMS that wait", 1, 604_800),),
        changes=lambda given: {"wan": {"sms_validity_s": given["held_s"]}},
        begins=_bar,
        ends=_unbar,
    ),
    Fault(
        name="no_wan_before_migration",
        title="No WAN before migration",
        behaviour="No cell reaches the hub: no connection is taken, no SMS arrives, firmware and configuration cannot "
        "be pushed, and so the installation cannot be migrated.",
        source="device dossier 4.1 W6 [S13]",
        target="chf",
        alone=True,
        row="W6",
        absent="that the installation is excluded: an entry in a migration's books; see excluded_after_failures",
        changes=lambda _: {"quirks": {"no_coverage": True}},
    ),
    Fault(
        name="power_alert_from_activation",
        title="Power outage alert from firmware activation",
        behaviour="At the start an image is activated: the electricity meter starts anew and keeps the hub without "
        "supply for more than three minutes. A last gasp and then an outage are told, though the mains never went.",
        source="device dossier 4.1 W7, SMETS2 evidence [S65]",
        target="home",
        alone=True,
        row="W7",
        parameters=(Parameter("hub_off_s", 190, "how long the hub has no supply", 180, 3_600),),
        changes=_false_outage,
        begins=lambda moment: offer_next(moment, DeviceName.ESME),
        needs=("firmware_model",),
    ),
    Fault(
        name="last_gasp_missed",
        title="Last gasp missed",
        behaviour="The hub loses its supply for a moment at the start and tells it with its last charge; a cut within "
        "the next ten minutes finds no charge and leaves no last gasp.",
        source="device dossier 4.1 W8 [S23]",
        target="chf",
        alone=True,
        row="W8",
        changes=lambda _: {"wan": {"last_gasp": True}},
        begins=_blink,
    ),
    Fault(
        name="signal_blocked_by_building",
        title="Signal blocked by the building",
        behaviour="The gas meter stands at the far side of the house: in many hours the hub does not hear it, and "
        "reads of gas are old ones; electricity is always read.",
        source="device dossier 4.1 W9 [S66]",
        target="chf",
        alone=True,
        row="W9",
        parameters=(Parameter("hours_lost_per_mille", 600, "of a thousand hours, so many in vain", 0, 1_000),),
        changes=lambda given: {"quirks": {"gas_hours_lost": given["hours_lost_per_mille"]}},
        needs=("gas_device",),
    ),
    Fault(
        name="alert_flood_or_silence",
        title="Alert flood, or alerts never pushed",
        behaviour="Either everything the event table has is pushed, several times over and the hub's own events too, "
        "or nothing is: alerts that a supplier needs stand in the logs only.",
        source="device dossier 4.1 W10 [seed]",
        target="chf",
        alone=True,
        row="W10",
        parameters=(
            Parameter("kind", "flood", "too many alerts, or none", words=("flood", "silence")),
            Parameter("copies", 10, "in a flood, how often each alert is sent", 1, 1_000),
        ),
        changes=_alerts,
    ),
)

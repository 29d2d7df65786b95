"""The hub's way to the WAN: power, SIM, coverage, attach procedure, sessions, SMS wake-up (device dossier 4.1).

Between events nothing moves: a procedure under way has one instant at which it ends, and what chance decides is drawn
by the procedure's number. Cause values are those of 3GPP TS 24.008 (10.5.5.14 for attach, 10.5.6.6 for the session).
"""

from enum import IntEnum, StrEnum
from typing import Any

from emulator.device.happenings import (
    AttachFailed,
    Happening,
    HubStarted,
    HubStopped,
    NetworkChanged,
    SmsLost,
    SmsTaken,
    WanAttached,
    WanLost,
    WanSlept,
    WanWoken,
)
from emulator.device.household import Site
from emulator.device.hub.hub_records import HubRecords, Link, Phase, SimState
from emulator.device.instant import HOUR, MINUTE, SECOND, day_number
from emulator.device.records import Power
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Step, replace


class HubPowerLost(Event, frozen=True):
    """The hub's supply failed: that of the electricity meter it stands at."""


class HubPowerRestored(Event, frozen=True):
    """The hub's supply is back."""


class CoverageLost(Event, frozen=True):
    """No cell reaches the hub any more."""


class CoverageFound(Event, frozen=True):
    """A cell reaches the hub again."""


class SimChanged(Event, frozen=True):
    """The operator activated, barred or took back the subscription."""

    to: SimState


class NetworkSelected(Event, frozen=True):
    """The SIM was steered to its home network or to a visited one."""

    roaming: bool


class ApnChanged(Event, frozen=True):
    """The access point name the hub asks for is, or is no longer, one the network knows (dossier 4.1, W4)."""

    valid: bool


class SmsReceived(Event, frozen=True):
    """Somebody sent the hub an SMS."""

    text: str


class SessionUsed(Event, frozen=True):
    """Octets passed over the WAN: a hub that sleeps stays awake for it."""


class WanDue(Event, frozen=True):
    """The step of the modem that was under way ends now."""


class Cause(IntEnum):
    """Why the network refused (3GPP TS 24.008: GMM causes, and 27 of session management)."""

    NONE = 0
    IMSI_UNKNOWN_IN_HLR = 2
    ILLEGAL_MS = 3
    ROAMING_NOT_ALLOWED = 13
    NO_SUITABLE_CELLS = 15
    NETWORK_FAILURE = 17
    MISSING_OR_UNKNOWN_APN = 27


_PASSING = {Cause.NO_SUITABLE_CELLS, Cause.NETWORK_FAILURE}


class Unreachable(StrEnum):
    """Why nothing reaches the hub over the WAN."""

    NO_POWER = "no_power"
    SIM_INACTIVE = "sim_inactive"
    SIM_BARRED = "sim_barred"
    NO_COVERAGE = "no_coverage"
    REFUSED = "refused"
    ATTACHING = "attaching"
    ASLEEP = "asleep"
    DORMANT = "dormant"
    EXCLUDED = "excluded"


_REACH = {
    Phase.OFF: Unreachable.NO_POWER,
    Phase.NO_COVERAGE: Unreachable.NO_COVERAGE,
    Phase.REFUSED: Unreachable.REFUSED,
    Phase.ATTACHING: Unreachable.ATTACHING,
    Phase.RETRYING: Unreachable.ATTACHING,
    Phase.WAKING: Unreachable.ATTACHING,
    Phase.ASLEEP: Unreachable.ASLEEP,
}
OUT_OF_REACH = frozenset(
    {
        Unreachable.NO_POWER,
        Unreachable.SIM_INACTIVE,
        Unreachable.SIM_BARRED,
        Unreachable.NO_COVERAGE,
        Unreachable.DORMANT,
        Unreachable.EXCLUDED,
    }
)
"""Why not even an SMS reaches the hub."""
_SIM = {SimState.INACTIVE: Unreachable.SIM_INACTIVE, SimState.BARRED: Unreachable.SIM_BARRED}


def unreachable(records: HubRecords) -> Unreachable | None:
    """Say why nothing reaches the hub over the WAN; None while a session is open."""
    if records.link.phase is Phase.OFF:
        return Unreachable.NO_POWER
    if records.enrolment.silent:
        return Unreachable(records.enrolment.silent)
    return _SIM.get(records.network.sim) or _REACH.get(records.link.phase)


# Signal.

_BASE_DBM, _BASE_SPREAD, _HOURLY, _MINUTELY, _ROAMING_DB = -68, 32, 6, 3, 8


def signal_dbm(site: Site, records: HubRecords, at: int) -> int | None:
    """Give the received signal strength: the home's own level, drifting by the hour and the minute (*assumed*).

    A visited network is weaker: steering does not choose the best (dossier 4.1, W3). None without power or coverage.
    """
    if not records.power.on or not records.network.served:
        return None
    key = stream(site.key, "SIGNAL")
    level = _BASE_DBM - key % _BASE_SPREAD
    level += output(key, at // HOUR) % (2 * _HOURLY + 1) - _HOURLY
    level += output(key ^ 1, at // MINUTE) % (2 * _MINUTELY + 1) - _MINUTELY
    return level - (_ROAMING_DB if records.network.roaming else 0)


def signal_quality(dbm: int | None) -> int:
    """Give the strength as modems report it (3GPP TS 27.007, 8.5 +CSQ): 0..31, 99 for unknown."""
    return 99 if dbm is None else max(0, min(31, (dbm + 113) // 2))


# The procedure.


def begin(records: HubRecords, moment: Moment, wait_ms: int = 0) -> HubRecords:
    """Start towards a session, after a wait: the attach procedure if there is a cell."""
    link = records.link
    if not records.power.on:
        return replace(records, link=_enter(link, Phase.OFF, moment.at))
    if not records.network.served:
        return replace(records, link=_enter(link, Phase.NO_COVERAGE, moment.at))
    number = link.number + 1
    wan = moment.site.profile.wan
    due_at = moment.at + wait_ms + _drawn_ms(moment.site, "attach", number, wan.attach_s, wan.attach_spread_s)
    return replace(records, link=_enter(replace(link, number=number), Phase.ATTACHING, moment.at, due_at))


def wake(records: HubRecords, moment: Moment, by: str) -> tuple[HubRecords, tuple[Happening, ...]]:
    """Have a sleeping hub open a session of its own accord."""
    if records.link.phase is not Phase.ASLEEP:
        return records, ()
    return begin(records, moment), (WanWoken(by),)


def act(records: HubRecords, _: WanDue, moment: Moment) -> Step:
    """End the step that was under way."""
    match records.link.phase:
        case Phase.WAKING | Phase.RETRYING | Phase.ASLEEP:
            return begin(records, moment), ()
        case Phase.ATTACHING:
            return _attach(records, moment)
        case Phase.ATTACHED:
            return _idle(records, moment)
        case _:
            return replace(records, link=replace(records.link, due_at=None)), ()


def _attach(records: HubRecords, moment: Moment) -> Step:
    cause = _refusal(records, moment)
    link, wan = records.link, moment.site.profile.wan
    if cause is Cause.NONE:
        attempts = link.failures + 1
        fresh = replace(link, failures=0, cause=0, used_at=moment.at)
        due_at = moment.at + wan.idle_s * SECOND if wan.mode == "wake_on_sms" else None
        attached = _enter(fresh, Phase.ATTACHED, moment.at, due_at)
        return replace(records, link=attached), (WanAttached(records.network.roaming, attempts),)
    failed = replace(link, failures=link.failures + 1, cause=cause)
    loud = moment.site.profile.quirks.failure_messages  # tries on, and tells of each failure (dossier 4.1, W4)
    retries = cause in _PASSING or loud > 0
    news = loud or cause != link.cause
    told = (AttachFailed(cause, cause.name.lower(), retries, loud or 1),) if news else ()
    if not retries:
        return replace(records, link=_enter(failed, Phase.REFUSED, moment.at)), told
    again = moment.at + back_off_ms(wan.retry_s, wan.retry_most_s, link.failures)
    return replace(records, link=_enter(failed, Phase.RETRYING, moment.at, again)), told


def _refusal(records: HubRecords, moment: Moment) -> Cause:
    network, wan = records.network, moment.site.profile.wan
    if network.sim is SimState.INACTIVE:
        return Cause.IMSI_UNKNOWN_IN_HLR
    if network.sim is SimState.BARRED:
        return Cause.ILLEGAL_MS
    if network.roaming and not wan.roaming_allowed:
        return Cause.ROAMING_NOT_ALLOWED
    signal = signal_dbm(moment.site, records, moment.at)
    if signal is None or signal < wan.sensitivity_dbm:
        return Cause.NO_SUITABLE_CELLS
    if output(stream(moment.site.key, "ATTACH"), records.link.number) % 1_000 < wan.attach_failures:
        return Cause.NETWORK_FAILURE
    return Cause.NONE if network.apn_valid else Cause.MISSING_OR_UNKNOWN_APN


def _idle(records: HubRecords, moment: Moment) -> Step:
    link, wan = records.link, moment.site.profile.wan
    if wan.mode == "always_on":
        return replace(records, link=replace(link, due_at=None)), ()
    idle_ms = wan.idle_s * SECOND
    if link.due_at is None:  # it sleeps from now on where it never did: the session counts as used now
        return replace(records, link=replace(link, used_at=moment.at, due_at=moment.at + idle_ms)), ()
    on_wire = any(one.sending for one in records.alerts.waiting)  # a session that an alert is going out over is used
    until = moment.at + idle_ms if on_wire else link.used_at + idle_ms
    if until > moment.at:
        return replace(records, link=replace(link, due_at=until)), ()
    return replace(records, link=_enter(link, Phase.ASLEEP, moment.at)), (WanSlept(),)


def back_off_ms(first_s: int, most_s: int, failures: int) -> int:
    """Give the wait after so many earlier failures: doubling, up to the most."""
    return min(first_s << min(failures, 20), most_s) * SECOND


def due(site: Site, records: HubRecords, now: int) -> Due | None:
    """Say when the modem next moves by itself; at once where another mode holds than the one it lives by."""
    link, sleeps = records.link, site.profile.wan.mode == "wake_on_sms"
    if link.phase is (Phase.ATTACHED if sleeps else Phase.ASLEEP) and link.due_at is None:
        return Due(now, WanDue())
    return None if link.due_at is None else Due(max(now, link.due_at), WanDue())


# What the world does to it.


def power_lost(records: HubRecords, _: HubPowerLost, moment: Moment) -> Step:
    """Stop: radios and modem are off."""
    if not records.power.on:
        return records, ()
    stopped = replace(
        records,
        power=Power(on=False, since=moment.at),
        link=_enter(records.link, Phase.OFF, moment.at),
        cut_at=moment.at,
    )
    return stopped, (*_lost(records, "no_power"), HubStopped())


def power_restored(records: HubRecords, _: HubPowerRestored, moment: Moment) -> Step:
    """Start up, and then towards a session."""
    if records.power.on:
        return records, ()
    started = replace(records, power=Power(on=True, since=moment.at))
    return begin(_anew(started), moment, moment.site.profile.wan.boot_s * SECOND), (HubStarted(),)


def coverage_lost(records: HubRecords, _: CoverageLost, moment: Moment) -> Step:
    """Lose the cell, and the session with it."""
    return _changed(records, moment, "no_coverage", covered=False)


def coverage_found(records: HubRecords, _: CoverageFound, moment: Moment) -> Step:
    """Find a cell and attach."""
    return _changed(records, moment, "coverage", covered=True)


def shade(records: HubRecords, moment: Moment, *, shadowed: bool) -> Step:
    """Let a gap of the coverage begin or end."""
    return _changed(records, moment, "no_coverage" if shadowed else "coverage", shadowed=shadowed)


def change_sim(records: HubRecords, event: SimChanged, moment: Moment) -> Step:
    """Take the subscription's new state; a hub that was refused tries once more."""
    return _changed(records, moment, f"sim_{event.to}", sim=event.to)


def select_network(records: HubRecords, event: NetworkSelected, moment: Moment) -> Step:
    """Register in another network."""
    return _changed(records, moment, "roaming" if event.roaming else "home", roaming=event.roaming)


def change_apn(records: HubRecords, event: ApnChanged, moment: Moment) -> Step:
    """Ask for a session by another name."""
    return _changed(records, moment, "apn_valid" if event.valid else "apn_unknown", apn_valid=event.valid)


def _changed(records: HubRecords, moment: Moment, word: str, **network: Any) -> Step:
    after = replace(records, network=replace(records.network, **network))
    if after.network == records.network:
        return records, ()
    return begin(_anew(after), moment), (*_lost(records, word), NetworkChanged(word))


def receive_sms(records: HubRecords, event: SmsReceived, moment: Moment) -> Step:
    """Count an SMS and wake up for the right one; a hub out of reach never sees it (dossier 4.1, W1 and W2)."""
    reason = unreachable(records)
    if reason is not None and reason in OUT_OF_REACH:
        return records, (SmsLost(reason),)
    wan, day = moment.site.profile.wan, day_number(moment.at)
    today = (records.sms.today if records.sms.day == day else 0) + 1
    over = bool(wan.sms_quota_a_day) and today > wan.sms_quota_a_day
    counted = replace(records, sms=replace(records.sms, total=records.sms.total + 1, day=day, today=today))
    if over and wan.sms_over_quota == "drop":
        return counted, (SmsLost("over_quota"),)
    understood = event.text.strip() == wan.wake_text
    taken = SmsTaken(today, over, understood)
    link = records.link
    if not understood:
        return counted, (taken,)
    if link.phase is Phase.ASLEEP:
        calls = counted.sms.calls + 1
        if calls <= moment.site.profile.quirks.extra_wake_sms:
            return replace(counted, sms=replace(counted.sms, calls=calls)), (taken,)
        counted = replace(counted, sms=replace(counted.sms, calls=0))
        wait_ms = _drawn_ms(moment.site, "wake", counted.sms.total, wan.wake_s, wan.wake_spread_s)
        waking = _enter(link, Phase.WAKING, moment.at, moment.at + wait_ms)
        return replace(counted, link=waking), (taken, WanWoken("sms"))
    if link.phase in {Phase.REFUSED, Phase.RETRYING}:
        return begin(_anew(counted), moment), (taken,)
    return use(counted, SessionUsed(), moment)[0], (taken,)


def use(records: HubRecords, _: SessionUsed, moment: Moment) -> tuple[HubRecords, tuple[Happening, ...]]:
    """Remember that the session was used."""
    if records.link.phase is not Phase.ATTACHED:
        return records, ()
    return replace(records, link=replace(records.link, used_at=moment.at)), ()


def use_is_news(site: Site, records: HubRecords, now: int) -> bool:
    """Say whether a binding must note that it used the session: only where a hub sleeps, and not at every octet."""
    due = use_due(site, records, now)
    return due is not None and records.link.phase is Phase.ATTACHED and now >= due


def use_due(site: Site, records: HubRecords, now: int) -> int | None:
    """Say from when on a use of the session can be news; None for a hub that is always on."""
    wan = site.profile.wan
    if wan.mode != "wake_on_sms":
        return None
    used_at = records.link.used_at if records.link.phase is Phase.ATTACHED else now
    return used_at + wan.idle_s * SECOND // 8


def _enter(link: Link, phase: Phase, at: int, due_at: int | None = None) -> Link:
    return replace(link, phase=phase, since=at, due_at=due_at)


def _anew(records: HubRecords) -> HubRecords:
    return replace(records, link=replace(records.link, failures=0, cause=0))


def _lost(records: HubRecords, reason: str) -> tuple[Happening, ...]:
    return (WanLost(reason),) if records.link.phase is Phase.ATTACHED else ()


def _drawn_ms(site: Site, what: str, number: int, least_s: int, spread_s: int) -> int:
    """Give the length of a step: the least, and a share of the spread that its number draws."""
    drawn = output(stream(site.key, "WAN", what), number)
    return least_s * SECOND + drawn % (spread_s * SECOND + 1)

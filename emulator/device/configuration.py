"""Rules for settings, counters, logs and credentials."""

from emulator.device import identity
from emulator.device.calendar import calendar_fault
from emulator.device.commands import (
    ActivateSecurityPolicy,
    ClearEventLog,
    ClearSecurityLog,
    LockOpticalPort,
    Reason,
    ResetMaximumDemand,
    SetSupplyNumber,
    UpdateSecurityCredentials,
    WriteBillingCalendar,
    WritePowerThresholds,
)
from emulator.device.happenings import (
    AccessRefused,
    AssociationOpened,
    AuthenticationFailed,
    BillingCalendarChanged,
    ConfigurationChanged,
    CounterReset,
    CredentialsUpdated,
    EventLogCleared,
    SecurityPolicyActivated,
)
from emulator.device.metering import snapshot_moments
from emulator.device.money.charges import block_period_start
from emulator.device.records import Records
from emulator.device.step import Event, Moment, Refused, Step, replace

KEY_OCTETS = 16
MAX_POWER_W = 100_000
POLICIES = range(4)
REPLAY, PASSWORD = "replay", "password"
"""Kinds of a rejected authentication: a counter that was used before, a wrong password."""


class Associated(Event, frozen=True):
    """A client associated with authentication; these invocation counters must survive a restart.

    Counters the meter sends may be used below `sent_below`; `seen` is the highest one taken from the client.
    """

    client: int
    sent_below: int
    seen: int


class CountersReserved(Event, frozen=True):
    """More invocation counters are needed."""

    sent_below: int


class AuthenticationRejected(Event, frozen=True):
    """A binding refused a client or a protected message; `kind` as in the happening."""

    client: int
    detail: str
    kind: str = ""


class AccessRejected(Event, frozen=True):
    """A binding refused a write or a method to an association."""

    client: int
    detail: str


def write_power_thresholds(records: Records, command: WritePowerThresholds, _: Moment) -> Step:
    """Store both borders, in order (10.7, service 6.12)."""
    if not 0 <= command.low_medium_w < command.medium_high_w <= MAX_POWER_W:
        return Refused(Reason.INVALID_VALUE, f"0 <= low-medium < medium-high <= {MAX_POWER_W} W")
    written = replace(records.thresholds, low_medium_w=command.low_medium_w, medium_high_w=command.medium_high_w)
    return replace(records, thresholds=written), (ConfigurationChanged("power_thresholds"),)


def write_billing_calendar(records: Records, command: WriteBillingCalendar, moment: Moment) -> Step:
    """Replace the calendar; the snapshots the old one took stay in the log."""
    fault = calendar_fault(command.calendar)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    taken = tuple(snapshot_moments(moment.site, records, moment.at))
    billing = replace(
        records.billing,
        calendar=command.calendar,
        since=moment.at,
        snapshots=taken,
        blocks_since=block_period_start(records, moment.at),
    )
    return replace(records, billing=billing), (BillingCalendarChanged(command.calendar.period),)


def write_supply_number(records: Records, command: SetSupplyNumber, moment: Moment) -> Step:
    """Store an MPAN (electricity) or MPRN (gas) whose check digits are right."""
    check = identity.parse_mpan if moment.site.fuel == "electricity" else identity.require_mprn
    try:
        check(command.number)
    except ValueError as error:
        return Refused(Reason.INVALID_VALUE, str(error))
    return replace(records, supply_number=command.number), (ConfigurationChanged("supply_number"),)


def lock_optical_port(records: Records, command: LockOpticalPort, moment: Moment) -> Step:
    """Close or open the optical port of a make that has such a lock."""
    profile = moment.site.profile
    port = profile.optical if moment.site.fuel == "electricity" else profile.gas_optical
    if port is None or not port.lockable:
        return Refused(Reason.NOT_SUPPORTED, "this make has no optical port that can be locked")
    told = ConfigurationChanged("optical_port_locked" if command.locked else "optical_port_unlocked")
    return replace(records, optical_locked=command.locked), (told,)


def reset_maximum_demand(records: Records, _: ResetMaximumDemand, moment: Moment) -> Step:
    """Start the maximum demand anew."""
    reset = replace(records.thresholds, demand_since=moment.at)
    return replace(records, thresholds=reset), (CounterReset("maximum_demand"),)


def clear_event_log(records: Records, _: ClearEventLog, __: Moment) -> Step:
    """Empty the event log; the security log keeps that it was."""
    gone = len(records.logs.event)
    return replace(records, logs=replace(records.logs, event=())), (EventLogCleared(gone),)


def clear_security_log(_: Records, __: ClearSecurityLog, ___: Moment) -> Step:
    """Refuse."""
    return Refused(Reason.NOT_AUTHORISED, "the security log cannot be cleared")


def update_credentials(records: Records, command: UpdateSecurityCredentials, _: Moment) -> Step:
    """Replace the keys given, all or none; a new encryption key starts its counters anew."""
    names = ("encryption_key", "authentication_key", "master_key")
    given = {name: key for name in names if (key := getattr(command, name)) is not None}
    if not given or any(len(key) != KEY_OCTETS for key in given.values()):
        return Refused(Reason.INVALID_VALUE, f"a key is {KEY_OCTETS} octets")
    held = replace(records.credentials, **given)
    if "encryption_key" in given:
        held = replace(held, seen={}, sent_below=0)
    return replace(records, credentials=held), (CredentialsUpdated(tuple(given)),)


def activate_policy(records: Records, command: ActivateSecurityPolicy, _: Moment) -> Step:
    """Take a policy that asks for all the old one asked and more (IEC 62056-6-2, security setup)."""
    policy = records.credentials.policy
    if command.policy not in POLICIES or command.policy & policy != policy:
        return Refused(Reason.INVALID_VALUE, "a security policy can only be strengthened")
    held = replace(records, credentials=replace(records.credentials, policy=command.policy))
    return held, (SecurityPolicyActivated(command.policy),)


def note_association(records: Records, event: Associated, _: Moment) -> Step:
    """Write down who associated, and keep the counters."""
    held = records.credentials
    seen = {**held.seen, event.client: max(event.seen, held.seen.get(event.client, -1))}
    kept = replace(held, sent_below=max(held.sent_below, event.sent_below), seen=seen)
    return replace(records, credentials=kept), (AssociationOpened(event.client),)


def reserve_counters(records: Records, event: CountersReserved, _: Moment) -> Step:
    """Keep counters; nothing a reader of the journal wants to know."""
    held = records.credentials
    return replace(records, credentials=replace(held, sent_below=max(held.sent_below, event.sent_below))), ()


def note_rejection(records: Records, event: AuthenticationRejected, _: Moment) -> Step:
    """Write down who failed to prove who he is."""
    return records, (AuthenticationFailed(event.client, event.detail, event.kind),)


def note_refusal(records: Records, event: AccessRejected, _: Moment) -> Step:
    """Write down what was refused."""
    return records, (AccessRefused(event.client, event.detail),)

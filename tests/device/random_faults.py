"""What befalls random homes from outside: faults of the whole catalogue, SMS, images, and a head end that answers.

Each function gives a thing to do to a home, or None where chance made nothing of it. Two homes that stand alike take it
alike: nothing is drawn once it is made.
"""

from emulator.device.configuration import AccessRejected
from emulator.device.faults.catalogue import FAULTS
from emulator.device.faults.fault import FaultError, values
from emulator.device.faults.home_faults import FaultCleared, FaultPlanned
from emulator.device.faults.in_force import require
from emulator.device.firmware_install import FirmwareActivation, FirmwareOffered, FirmwareVerification
from emulator.device.hub.alert_queue import AlertFailed, AlertTaken, in_flight
from emulator.device.hub.han import CODE_OCTETS, JoinAsked
from emulator.device.hub.hub_records import SimState
from emulator.device.identity import format_eui64
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.journal import DeviceName
from emulator.device.money.top_up import NoCodeError
from emulator.device.sms.answer import PASSWORD
from emulator.device.sms.flight import SmsSubmitted
from emulator.device.step import replace

ESME, GSME, CHF, HOME = DeviceName.ESME, DeviceName.GSME, DeviceName.CHF, DeviceName.HOME
SCHEDULES = ("DAILY", "WEEKLY 3", "MONTHLY 28", "BILLING", "OFF")
VERSIONS = ("TEST 1", "TEST 2", "TEST 3", "TEST 4")


def note(device, event):
    return lambda at: at.installation.note(device, event)


def fault_put_in(random, home):
    """Put some fault in, into a device or the home, from about now for some time or until it is cleared."""
    fault, devices = random.choice(FAULTS), tuple(home.installation.devices)
    on = random.choice(devices) if random.random() < 0.4 else ""
    try:
        require(fault, devices, home.installation.premises.electricity.profile, on)
    except FaultError:
        return None
    given = values(fault, {one.name: _given(random, one) for one in fault.parameters if random.random() < 0.7})
    starts_at = home.now + random.choice([0, 0, 0, random.randint(-DAY, 0), random.randint(0, 10 * DAY)])
    lasts = random.choice([None, random.randint(1, HOUR), random.randint(1, 2 * DAY), random.randint(1, 20 * DAY)])
    stops_at = None if lasts is None else starts_at + lasts

    def put_in(at):
        number = at.installation.faults.records.seen + 1
        at.installation.note(HOME, FaultPlanned(number, fault.name, on, given, starts_at, stops_at))

    return put_in


def _given(random, parameter):
    if parameter.words:
        return random.choice(parameter.words)
    wide = random.randint(parameter.least, parameter.most)
    near = min(parameter.most, max(parameter.least, int(parameter.default) * random.randint(1, 30) // 10))
    return random.choice([parameter.least, parameter.most, wide, near, near, near])


def fault_cleared(random, home):
    """Take a fault out again, or all of them."""
    numbers = [one.number for one in home.installation.faults.records.planned]
    return note(HOME, FaultCleared(random.choice([*numbers, *numbers, 0, 999])))


def sms_handed_in(random, home):
    """Hand the centre some SMS, of those that mean something and of those that do not."""
    site = home.installation.premises.electricity
    secret = site.password(PASSWORD).decode()
    texts = (
        site.profile.wan.wake_text,
        site.profile.wan.wake_text,
        "READ",
        f"SCHED {random.randint(0, 4)} {random.choice(SCHEDULES)} PW={secret}",
        f"COT BAL={random.randint(-900_000, 900_000)} PW={secret}",
        f"COS DEBT={random.randint(0, 900_000)} PW={secret}",
        code_of(home, random.choice([1_000, 500_000, 2_000_000]), ESME),
        "hello",
        "",
    )
    return note(CHF, SmsSubmitted(random.choice(texts)))


def code_of(home, value_mp, device):
    """Make a code for a meter, or some digits where none is made."""
    try:
        return home.vend(value_mp, device)
    except NoCodeError:
        return "1" * 20


def head_end_answers(random, _):
    """Let the head end take, or not take, the alerts that are sent to it, one after another."""
    answers = [random.random() < 0.7 for _ in range(random.choice([1, 3, 20]))]

    def answer(at):
        for taken in answers:
            one = in_flight(at.installation.devices[CHF].records.alerts)
            if one is not None:
                at.installation.note(CHF, AlertTaken(one.number) if taken else AlertFailed(one.number, "refused"))

    return answer


def image(random, home):
    """Offer some image to a meter, or have what is there verified or activated."""
    meters = [name for name in (ESME, GSME) if name in home.installation.devices]
    part, port = random.choice(["", "", "application", "metrology", "x"]), random.choice(["wan", "optical", "unknown"])
    offered = FirmwareOffered(random.choice(VERSIONS), part, port, random.randint(0, 15))
    return note(random.choice(meters), random.choice([offered, offered, FirmwareVerification(), FirmwareActivation()]))


def somebody_at_the_door(random, home):
    """Let somebody ask to be let in: at a meter with a wrong password, or at the hub with an install code."""
    if random.random() < 0.5:
        return note(
            random.choice([name for name in (ESME, GSME) if name in home.installation.devices]), AccessRejected(16, "")
        )
    eui64, _, code = random.choice(joiners(home))
    return note(CHF, JoinAsked(eui64, code))


def joiners(home):
    """Give who may ask to join: EUI-64, what it is, its install code."""
    premises = home.installation.premises
    hub = premises.sites[CHF]
    own = [(site.eui64, name.value) for name, site in premises.sites.items() if name not in {ESME, CHF}]
    return [
        (eui64, device, hub.secret(f"install code {format_eui64(eui64)}")[:CODE_OCTETS])
        for eui64, device in [*own, (0x1234_5678_9ABC_DEF0, "ihd")]
    ]


BEFALLS = (
    *(fault_put_in,) * 6,
    *(fault_cleared,) * 2,
    *(sms_handed_in,) * 2,
    *(head_end_answers,) * 3,
    image,
    somebody_at_the_door,
)


def left_of_faults(home):
    """Say what of the faults is left in a home where none is: it should be nothing."""
    lives = home.installation
    hub, left = lives.devices[CHF].records, [one.name for one in lives.faults.in_force]
    for name, device in lives.devices.items():
        if device.site != lives.premises.fitted(name):
            left.append(f"the {name} has another profile")
        if name in {ESME, GSME}:
            meter = device.records
            aside = replace(meter.aside, table=None)  # a cut may have stopped the clock for good
            left += [f"the {name} is broken"] if meter.install.broken else []
            left += [f"the {name} keeps {aside}"] if aside != type(aside)() else []
            left += [f"the {name} froze its tariff"] if (meter.aside.table is None) is not meter.clock.valid else []
            left += [f"the {name} has a hole to come"] if meter.holes and meter.holes[-1][1] > lives.now else []
    if (
        hub.enrolment.silent
        or hub.network.sim is not SimState.ACTIVE
        or not hub.network.apn_valid
        or hub.network.roaming
    ):
        left.append(f"{hub.network} {hub.enrolment}")
    if hub.power.on and (hub.network.shadowed or hub.area.gas_unheard):
        left.append("the hub is in a gap")
    return left


A_WHILE = 3 * HOUR + MINUTE

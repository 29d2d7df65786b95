"""Access: all that a client needs to reach a logical device and to be let in. It holds TEST secrets: never log one."""

from dataclasses import dataclass, field

from emulator.device.profile import Authentication, Policy, Profile
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.objects.administration import METER_SAP
from emulator.dlms.objects.rows import Level

LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Access:
    """Where a device answers, as whom to ask, and with what secrets."""

    host: str
    port: int
    profile: Profile
    server: int
    client: int
    public_client: int
    authentication: Authentication
    policy: Policy
    physical_address: int
    password: bytes = field(default=b"", repr=False)
    encryption_key: bytes = field(default=b"", repr=False)
    authentication_key: bytes = field(default=b"", repr=False)
    master_key: bytes = field(default=b"", repr=False)


def access(devices: LogicalDevices, level: str, server: int = METER_SAP) -> Access:
    """Give the access of a level (public, reader, management) at a device. Raises KeyError for another word."""
    profile = devices.meter.site.profile
    credentials = devices.meter.records.credentials
    name = LEVELS[level].name.lower()
    allowed = getattr(profile.wire.associations, name)
    return Access(
        host=devices.address[0],
        port=devices.address[1],
        profile=profile,
        server=server,
        client=allowed.client,
        public_client=profile.wire.associations.public.client,
        authentication=allowed.authentication,
        policy=allowed.policy,
        physical_address=profile.wire.hdlc.physical_address,
        password=devices.meter.site.password(name) if allowed.authentication == "lls" else b"",
        encryption_key=credentials.encryption_key,
        authentication_key=credentials.authentication_key,
        master_key=credentials.master_key,
    )

"""Commands of keys and policies."""

from emulator.device.commands.declaring import Command, command


@command("Update Security Credentials")
class UpdateSecurityCredentials(Command, frozen=True):
    """Replace keys of the device, all or none (services 6.15 and 6.23); a key is 16 octets, None stays."""

    encryption_key: bytes | None = None
    authentication_key: bytes | None = None
    master_key: bytes | None = None


@command("Activate Security Policy")
class ActivateSecurityPolicy(Command, frozen=True):
    """Strengthen the security policy of the management association; it can never be weakened."""

    policy: int


COMMANDS: tuple[type[Command], ...] = (
    UpdateSecurityCredentials,
    ActivateSecurityPolicy,
)

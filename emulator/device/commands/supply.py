"""Commands of the supply."""

from emulator.device.commands.declaring import Command, Sender, command


@command("Enable Supply")
class EnableSupply(Command, frozen=True):
    """Close the load switch from afar (service 7.1); electricity only."""


@command("Disable Supply")
class DisableSupply(Command, frozen=True):
    """Open the load switch; the consumer cannot close it (service 7.2)."""


@command("Arm Supply")
class ArmSupply(Command, frozen=True):
    """Let the consumer close an open load switch (service 7.3)."""


@command("Restore Supply", Sender.CONSUMER)
class RestoreSupply(Command, frozen=True):
    """Close an armed load switch at the meter's own buttons."""


COMMANDS: tuple[type[Command], ...] = (
    EnableSupply,
    DisableSupply,
    ArmSupply,
    RestoreSupply,
)

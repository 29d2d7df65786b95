"""Commands of the communications hub: its device log and its network key."""

from emulator.device.commands.declaring import Command, command


@command("Add Device")
class AddDevice(Command, frozen=True):
    """Put a device on the device log, or open its time to join anew (service 8.11); the install code is hex."""

    eui64: str
    device: str
    install_code: str
    join_time_s: int = 90


@command("Remove Device")
class RemoveDevice(Command, frozen=True):
    """Take a device off the device log; it leaves the home area network (service 8.11)."""

    eui64: str


@command("Rotate Network Key")
class RotateNetworkKey(Command, frozen=True):
    """Replace the network key; who misses two of them in a row must join anew."""


@command("Set Push Destination")
class SetPushDestination(Command, frozen=True):
    """Name the head end that alerts are sent to, as host:port; an empty one is none, and alerts stay to be polled."""

    destination: str


COMMANDS: tuple[type[Command], ...] = (AddDevice, RemoveDevice, RotateNetworkKey, SetPushDestination)

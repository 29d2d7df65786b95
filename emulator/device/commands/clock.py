"""Commands of the clock."""

from emulator.device.commands.declaring import Command, command


@command("Set Clock")
class SetClock(Command, frozen=True):
    """Set the clock to an instant (service 6.11), refused where that moves it further than the tolerance."""

    to: int
    tolerance_s: int | None = None


@command("Shift Clock")
class ShiftClock(Command, frozen=True):
    """Move the clock by some seconds, forward or back."""

    by_s: int


@command("Align Clock")
class AlignClock(Command, frozen=True):
    """Set the clock to the nearest whole multiple of a period (a quarter hour, the measuring period, a minute)."""

    period_s: int


@command("Preset Clock")
class PresetClock(Command, frozen=True):
    """Hold a time ready, to be taken over by Apply Preset Clock inside its validity interval."""

    to: int
    valid_from: int
    valid_until: int


@command("Apply Preset Clock")
class ApplyPresetClock(Command, frozen=True):
    """Set the clock to the preset time, if the clock stands inside the validity interval."""


@command("Commission Device")
class Commission(Command, frozen=True):
    """Set the clock when a device is commissioned (service 8.1.1), within a tolerance."""

    to: int
    tolerance_s: int | None = None


COMMANDS: tuple[type[Command], ...] = (
    SetClock,
    ShiftClock,
    AlignClock,
    PresetClock,
    ApplyPresetClock,
    Commission,
)

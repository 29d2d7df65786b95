"""Commands of the reading schedules that some meters hold themselves (device dossier 3.2 b)."""

from emulator.device.commands.declaring import Command, command
from emulator.device.profiles.profile_schedules import ScheduleKind


@command("Set Read Schedule")
class SetReadSchedule(Command, frozen=True):
    """Have the meter read itself and send the reading (a maker's function; not one of the 37 services).

    `day` is 1 to 7 of a weekly schedule (1 is Monday), 1 to 28 of a monthly one.
    """

    number: int
    kind: ScheduleKind
    day: int = 1


@command("Clear Read Schedule")
class ClearReadSchedule(Command, frozen=True):
    """Take a reading schedule away (a maker's function; not one of the 37 services)."""

    number: int


COMMANDS: tuple[type[Command], ...] = (SetReadSchedule, ClearReadSchedule)

"""Commands of the displays in the home: what a consumer asks there, and what a supplier writes there (6.1, 6.4)."""

from emulator.device.commands.declaring import Command, Sender, command
from emulator.device.load.recorded import Fuel


@command("Send Top-Up", Sender.CONSUMER)
class SendTopUp(Command, frozen=True):
    """Hand a top-up code to a meter, now or once the meter can be heard: it refuses a code it has had (6.4)."""

    code: str
    fuel: Fuel = "electricity"


@command("Send Emergency Credit", Sender.CONSUMER)
class SendEmergencyCredit(Command, frozen=True):
    """Ask a meter for emergency credit from a PPMID (6.4)."""

    fuel: Fuel = "electricity"


@command("Send Supply On", Sender.CONSUMER)
class SendSupplyOn(Command, frozen=True):
    """Ask the electricity meter to close an armed switch from a PPMID; gas is opened at its meter (6.4)."""

    fuel: Fuel = "electricity"


@command("Show Message")
class ShowMessage(Command, frozen=True):
    """Put a supplier's message on a display (service 3.1, elective)."""

    text: str


COMMANDS: tuple[type[Command], ...] = (SendTopUp, SendEmergencyCredit, SendSupplyOn, ShowMessage)

"""Commands: what a supplier, a network or a consumer may ask of a device, each declared once.

The class is the command's name, its fields its parameters (units in their names), `command` its title and who may
send it, its docstring its one line of meaning. The command line, the head end, the bindings and the documentation
read `COMMANDS`. Titles are those of the SMETS1 functional reference, section 5.
"""

from emulator.device.commands import (
    account_change,
    clock,
    consumer,
    electricity,
    gas,
    hub,
    prepay,
    schedules,
    security,
    settings,
    supply,
    tariff,
)
from emulator.device.commands.account_change import *
from emulator.device.commands.clock import *
from emulator.device.commands.consumer import *
from emulator.device.commands.declaring import NOBODY as NOBODY
from emulator.device.commands.declaring import Command as Command
from emulator.device.commands.declaring import Reason as Reason
from emulator.device.commands.declaring import Sender as Sender
from emulator.device.commands.electricity import *
from emulator.device.commands.gas import *
from emulator.device.commands.hub import *
from emulator.device.commands.prepay import *
from emulator.device.commands.schedules import *
from emulator.device.commands.security import *
from emulator.device.commands.settings import *
from emulator.device.commands.supply import *
from emulator.device.commands.tariff import *

COMMANDS = (
    *supply.COMMANDS,
    *clock.COMMANDS,
    *tariff.COMMANDS,
    *prepay.COMMANDS,
    *settings.COMMANDS,
    *security.COMMANDS,
    *hub.COMMANDS,
    *electricity.COMMANDS,
    *gas.COMMANDS,
    *consumer.COMMANDS,
    *schedules.COMMANDS,
    *account_change.COMMANDS,
)

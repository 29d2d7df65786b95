"""Happenings: what the journal can say, a module a subject; `HAPPENINGS` is all of them.

A new one is a class in its subject's module and its name in that module's union; nothing here changes.
"""

from emulator.device.happenings.clock import *
from emulator.device.happenings.conduct import *
from emulator.device.happenings.display import *
from emulator.device.happenings.errors import *
from emulator.device.happenings.faults import *
from emulator.device.happenings.firmware import *
from emulator.device.happenings.gas import *
from emulator.device.happenings.happening import Happening as Happening
from emulator.device.happenings.hub import *
from emulator.device.happenings.mishaps import *
from emulator.device.happenings.money import *
from emulator.device.happenings.power import *
from emulator.device.happenings.security import *
from emulator.device.happenings.settings import *
from emulator.device.happenings.sms import *
from emulator.device.happenings.supply import *
from emulator.device.happenings.tamper import *
from emulator.device.happenings.tariff import *
from emulator.device.happenings.voltage import *

HAPPENINGS = (
    ERRORS
    | SUPPLY
    | CLOCK
    | TARIFF
    | SETTINGS
    | SECURITY
    | MONEY
    | HUB
    | POWER
    | TAMPER
    | VOLTAGE
    | GAS
    | DISPLAY
    | FAULTS
    | FIRMWARE
    | SMS
    | CONDUCT
    | MISHAPS
)

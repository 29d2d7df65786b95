"""The equivalent steps of every service, by the wire a family speaks; what has none there is not supported.

A family's own departures are read from its profile by the steps, never from its name.
"""

from collections.abc import Mapping
from typing import Final

from emulator.adapter import firmware
from emulator.adapter.errand import Step
from emulator.adapter.steps import (
    balances,
    billing,
    by_sms,
    device,
    joining,
    prepayment,
    profiles,
    registers,
    settings,
    supply,
    tariff_reads,
    tariffs,
)

BY_PROTOCOL: Final[Mapping[str, Mapping[str, Step]]] = {
    "dlms": {
        **supply.STEPS,
        **prepayment.STEPS,
        **settings.STEPS,
        **device.STEPS,
        **firmware.STEPS,
        **joining.STEPS,
        **balances.STEPS,
        **billing.STEPS,
        **profiles.STEPS,
        **registers.STEPS,
        **tariff_reads.STEPS,
        **tariffs.STEPS,
    },
    "sms": by_sms.STEPS,
}

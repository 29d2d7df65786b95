"""What an electricity meter remembers of its voltage, as small frozen values; voltages in tenths of a volt."""

import msgspec


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """A threshold, and for longer than which period it must be passed."""

    threshold_dv: int
    period_s: int


class VoltageSettings(msgspec.Struct, frozen=True):
    """The thresholds and periods of functional reference 2.12, with the defaults of 7.3."""

    average_over_dv: int = 2_640
    average_under_dv: int = 2_000
    average_period_s: int = 1_800
    extreme_over: Limit = Limit(2_870, 30)
    extreme_under: Limit = Limit(1_800, 30)
    sag: Limit = Limit(2_160, 30)
    swell: Limit = Limit(2_530, 30)


class Disturbance(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of time in which the network holds another voltage than it would."""

    since: int
    until: int
    voltage_dv: int


class Voltage(msgspec.Struct, frozen=True):
    """Settings, counters, what the network does, and where the search for the next excursion stands.

    The log of averages begins at `log_since`. A stretch beyond a threshold counts from `watching_since` at the
    earliest; all that was found up to `told_at` has been told.
    """

    settings: VoltageSettings = VoltageSettings()
    over_count: int = 0
    under_count: int = 0
    log_since: int = 0
    watching_since: int = 0
    told_at: int = 0
    disturbances: tuple[Disturbance, ...] = ()

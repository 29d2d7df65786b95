"""What requests for logs share: PERIOD, and the key that some may carry (service requests, section 5)."""

from typing import Annotated

from emulator.services.body import Future, Period, text

Base64 = Annotated[str, text(20_000, r"^[A-Za-z0-9+/]+={0,2}$", "base64")]


class LogRead(Future, frozen=True, kw_only=True):
    """A read of a log between two instants."""

    read_log_period: Period


class KeyedLogRead(LogRead, frozen=True, kw_only=True):
    """A read of a log whose reply could be encrypted. For SMETS1 the key has no purpose: the reply is clear."""

    ka_public_security_credentials: Base64 | None = None

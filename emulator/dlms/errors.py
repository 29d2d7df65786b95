"""What a broken peer causes above the framing: an APDU that cannot be read."""


class PduError(Exception):
    """An APDU, or data inside one, that breaks its encoding. The session answers it with the protocol's own error."""

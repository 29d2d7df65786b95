"""Framing: from a stream of octets to addressed APDUs and back. It does not know what an APDU says."""

"""Encodings: A-XDR octets, COSEM data, COSEM dates and times, BER. They know no service and no object."""

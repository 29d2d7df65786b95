"""DLMS/COSEM without I/O: framing, codec, APDUs, security, associations, objects, sessions."""

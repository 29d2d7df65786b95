"""Transports: move octets between a peer and a session. They import nothing of ours."""

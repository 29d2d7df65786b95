"""Faults as data (architecture D11): what labs complain about, by name, with parameters, a start and a stop."""

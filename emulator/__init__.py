"""Meterfarm: emulated first-generation (SMETS1) British smart meters, on the wire as real ones are."""

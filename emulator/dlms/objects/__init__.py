"""COSEM objects: where a device's values and commands live on the wire, and nothing about what they mean."""

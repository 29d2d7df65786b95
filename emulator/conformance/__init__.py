"""The conformance suite: cases act through an adapter, and assert on its answers, the wire and the device's truth."""

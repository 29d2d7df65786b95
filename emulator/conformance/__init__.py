"""The conformance suite: cases that act through an adapter and assert on its answers, the wire and the device's truth."""

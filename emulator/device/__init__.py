"""The device: pure records, rules and a journal. It knows no protocol, no file, no socket and no clock."""

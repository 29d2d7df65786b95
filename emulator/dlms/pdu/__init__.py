"""APDUs: what a message says, as values, with their octets. They know no object and no association."""

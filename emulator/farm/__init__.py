"""The farm: many homes, one clock, one listening socket, one durable journal."""

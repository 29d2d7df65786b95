"""What only an electricity meter has: load limit, voltage, mains."""

"""What only a gas meter has: volume and conversion, valve, battery, wakes, the network data log."""

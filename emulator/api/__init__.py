"""Ways to reach a running farm other than the meters' own wire."""

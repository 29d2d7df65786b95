"""What a home uses: a seeded function, or a recording."""

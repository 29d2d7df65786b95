"""Displays, the meters' own among them, and the person in front of them."""

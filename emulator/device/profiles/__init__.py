"""The blocks of a profile, a module a subject."""

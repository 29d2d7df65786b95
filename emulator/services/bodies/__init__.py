"""The bodies of requests and replies, a module a subject; each ends with its rows of the catalogue."""

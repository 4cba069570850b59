"""The table of routes, a file a subject."""

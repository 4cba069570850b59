"""Speed, measured: real processes, real syncs, every check on. Never part of the tests."""

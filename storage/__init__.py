"""Bytes under keys in LevelDB, and the small files beside it. Knows no bills and no votes."""

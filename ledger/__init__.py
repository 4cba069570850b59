"""The law: what each transaction means. Pure; no clock, no disk, no network."""

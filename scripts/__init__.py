"""Chores that use the installed programs from outside, as an operator would."""

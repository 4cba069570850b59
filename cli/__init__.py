"""The operator's hand: talks to a node over HTTP."""

"""The bank's receiver: hears what the payment company says and records it on the ledger.

Rule: what it heard is on disk before it answers; a notice is answered with success only when its
fact is on the ledger; every step may be cut off and tried again without harm.
"""

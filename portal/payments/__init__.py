"""Payments of patients: the merchant's side, the bank's receiver, a simulated payment company.

Rule: money is integer fen; what a payment company says counts only with its signature; nothing
that names a person stands in a number, an address or a log line.
"""

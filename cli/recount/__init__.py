"""An independent recount of the ledger from its raw blocks; knows nothing of `ledger`."""

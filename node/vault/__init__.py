"""The vault: sealed details of the bills this agency issued, in files."""

"""What an outsider can check with nothing but the genesis. Pure; needs no node and no store."""

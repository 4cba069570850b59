"""What an outsider can check with nothing but the genesis. Pure."""

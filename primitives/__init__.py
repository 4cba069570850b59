"""The words that every floor shares: units, hashes, keys, codec and errors. Pure."""

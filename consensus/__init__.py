"""How validators agree on opaque blocks: QBFT's messages, sans-IO. Pure."""

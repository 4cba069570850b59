"""Where a node's main thread spends its time, by the floor or library the code belongs to.

Rule: time of a function itself, not of what it calls; waiting for sockets is told apart. The
profiler slows Python code more than C code, so the shares are a guide and the rates of such a run
do not count.
"""

import pstats
from collections import Counter
from pathlib import Path

FLOORS = ("primitives", "ledger", "consensus", "storage", "proofs", "exchange", "node")
LIBRARIES = ("aiohttp", "asyncio", "nacl", "msgspec", "plyvel", "ssl")
_BUILTIN_OWNERS = (
    ("crypto_sign_open", "Ed25519 checks"),
    ("crypto_sign", "Ed25519 signatures"),
    ("msgspec", "encoding and decoding"),
    ("hashlib", "SHA-256"),
    ("HASH", "SHA-256"),
    ("_ssl", "TLS"),
    ("socket", "sockets"),
    ("queue", "handing work to the disk thread"),
)


def shares(profile: Path) -> list[tuple[str, float]]:
    """Return owner and share of the busy time, largest first.

    Args:
        profile: what cProfile wrote.
    """
    busy: Counter[str] = Counter()
    for (file, _, name), (_, _, own_s, _, _) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]
        if "poll" not in name:
            busy[_owner(file, name)] += own_s
    total = sum(busy.values())
    return [(owner, own_s / total) for owner, own_s in busy.most_common()]


def _owner(file: str, name: str) -> str:
    if file == "~":
        return next(
            (owner for mark, owner in _BUILTIN_OWNERS if mark in name), "built-in functions"
        )
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    owners = [part for part in parts[:-1] if part in FLOORS or part in LIBRARIES]
    return owners[-1] if owners else "Python's library"

"""How many votes are enough.

Of n validators, at most f = (n - 1) // 3 may lie. A quorum is the smallest count such that any
two quorums share at least one honest validator; that is ceil(2n / 3) for every n.

Source: QBFT formal specification, node_auxiliary_functions.dfy, f and quorum.
"""

VALIDATORS_MIN = 4
"""The smallest set that tolerates a liar."""
VALIDATORS_MAX = 128
"""An index of a validator on the wire lies below this."""


def faulty_max(validators: int) -> int:
    """Return f: how many of `validators` (at least 1) may lie without harm."""
    return (validators - 1) // 3


def quorum_size(validators: int) -> int:
    """Return how many distinct validators make a quorum.

    Args:
        validators: size of the validator set; at least 1.

    Returns:
        The smallest q with 2q - n > f; never more than n - f.
    """
    return (2 * validators + 2) // 3


def weak_size(validators: int) -> int:
    """Return f + 1: the smallest count that holds at least one honest validator."""
    return faulty_max(validators) + 1

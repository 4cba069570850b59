"""The exact bytes under each consensus signature.

Rule: prefix (kind, chain) ‖ height u64 ‖ round u32 ‖ tail, big-endian, of fixed length per kind and
without optional fields, so that no two kinds, chains, heights or rounds share bytes.
"""

from primitives.signing import Signed, signing_prefix


def block_vote_bytes(kind: Signed, chain: bytes, height: int, round_: int, hash_: bytes) -> bytes:
    """Return what is signed by a Proposal, a Prepare or a Commit.

    Args:
        kind: PROPOSAL, PREPARE or COMMIT.
        chain: chain id, 32 bytes.
        height: of the block.
        round_: of the vote.
        hash_: header hash, 32 bytes.
    """
    return (
        signing_prefix(kind, chain) + height.to_bytes(8, "big") + round_.to_bytes(4, "big") + hash_
    )


def round_change_bytes(
    chain: bytes, height: int, *, round_: int, prepared_round_plus_1: int, prepared_hash: bytes
) -> bytes:
    """Return what is signed by a RoundChange.

    Args:
        chain: chain id, 32 bytes.
        height: of the round change.
        round_: the target round.
        prepared_round_plus_1: round of the sender's lock plus one; 0 without a lock.
        prepared_hash: header hash of the lock; 32 zero bytes without one.
    """
    return (
        signing_prefix(Signed.ROUND_CHANGE, chain)
        + height.to_bytes(8, "big")
        + round_.to_bytes(4, "big")
        + prepared_round_plus_1.to_bytes(4, "big")
        + prepared_hash
    )


def status_answer_bytes(chain: bytes, nonce: bytes, held: bytes) -> bytes:
    """Return what a peer signs when it tells the highest vote of ours that it holds.

    Args:
        chain: chain id, 32 bytes.
        nonce: the asker's 16 fresh bytes.
        held: hash of the vote's bytes; 32 zero bytes for none.
    """
    return signing_prefix(Signed.STATUS_ANSWER, chain) + nonce + held

from consensus.sign_bytes import block_vote_bytes, round_change_bytes, status_answer_bytes
from primitives.signing import Signed

CHAIN = bytes(range(32))


def test_a_commit_signs_these_very_bytes():
    signed = block_vote_bytes(Signed.COMMIT, CHAIN, 258, 3, b"\xaa" * 32)
    assert signed.hex() == (
        "7069616f6c69616e"
        "01"
        "03"
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        "0000000000000102"
        "00000003" + "aa" * 32
    )


def test_a_round_change_signs_these_very_bytes():
    signed = round_change_bytes(
        CHAIN, 1, round_=2, prepared_round_plus_1=1, prepared_hash=b"\xbb" * 32
    )
    assert signed[8:10].hex() == "0104"
    assert signed[42:].hex() == "0000000000000001" + "00000002" + "00000001" + "bb" * 32


def test_no_two_kinds_share_bytes():
    votes = {
        block_vote_bytes(kind, CHAIN, 1, 0, bytes(32))
        for kind in (Signed.PROPOSAL, Signed.PREPARE, Signed.COMMIT)
    }
    assert len(votes) == 3


def test_a_status_answer_binds_the_nonce():
    one = status_answer_bytes(CHAIN, b"n" * 16, bytes(32))
    two = status_answer_bytes(CHAIN, b"m" * 16, bytes(32))
    assert one != two
    assert len(one) == 42 + 48

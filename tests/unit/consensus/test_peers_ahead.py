from consensus.peers_ahead import PEERS_MAX, PeersAhead, RateLimit


def test_the_newest_claim_replaces_the_older_one():
    ahead = PeersAhead()
    ahead.note("dora", 10**9)
    ahead.note("bert", 7)
    assert ahead.above(5) == ("bert", "dora")
    ahead.note("dora", 5)
    assert ahead.above(5) == ("bert",)


def test_the_number_of_peers_is_bounded():
    ahead, limit = PeersAhead(), RateLimit()
    for number in range(PEERS_MAX + 10):
        ahead.note(f"peer-{number}", 9)
        assert limit.allows(f"peer-{number}", 0) is (number < PEERS_MAX)
    assert len(ahead.above(0)) == PEERS_MAX


def test_a_peer_is_served_once_in_300_ms():
    limit = RateLimit()
    assert [limit.allows("dora", now) for now in (0, 1, 299, 300, 301, 600)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]
    assert limit.allows("bert", 301)


def test_a_clock_set_back_does_not_lock_a_peer_out():
    limit = RateLimit()
    assert limit.allows("dora", 10_000)
    assert limit.allows("dora", 5_000)

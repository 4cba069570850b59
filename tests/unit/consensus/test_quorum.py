from consensus.quorum import faulty_max, quorum_size, weak_size


def test_any_two_quorums_share_more_than_the_liars():
    for n in range(1, 300):
        assert 2 * quorum_size(n) - n > faulty_max(n)
        assert quorum_size(n) <= n - faulty_max(n)


def test_a_weak_quorum_holds_an_honest_validator():
    assert [weak_size(n) for n in (1, 4, 5, 6, 7, 10, 100)] == [1, 2, 2, 2, 3, 4, 34]

from node.members import BAN_S, Member


def test_faults_cost_score_and_time_wins_it_back():
    member = Member("health")
    assert member.lose("consensus.bad_signature", 0.0) == 50
    assert member.score == 50
    assert member.lose("link.closed", 100.0) == 0
    assert member.score == 70
    assert member.reason == "consensus.bad_signature"


def test_a_ban_ends_and_the_next_one_lasts_twice_as_long():
    member = Member("health")
    member.lose("hello.wrong_chain", 0.0)
    assert member.score == 0
    assert member.ban(10.0) == BAN_S
    assert member.is_banned(10.0 + BAN_S - 1)
    assert not member.is_banned(10.0 + BAN_S)
    assert member.ban(100.0) == 2 * BAN_S


def test_where_another_key_answers_the_member_may_still_call_us():
    member = Member("health")
    member.lose("link.wrong_key", 0.0)
    member.ban(0.0)
    assert not member.is_banned(1.0)
    assert member.call_after > 1.0
    status = member.status(1.0, 1_000)
    assert (status.ban_reason, status.banned_until_ms) == ("link.wrong_key", 30_000)

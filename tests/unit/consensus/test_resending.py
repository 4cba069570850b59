from consensus.effects import Send, StartTimer, TimerKind
from consensus.inputs import PeerConnected
from consensus.messages import Commit, Prepare, Proposal, RoundChange, Status
from tests.support.consensus_lab import Lab


def _kinds(effects) -> list[type]:
    return [type(effect.message) for effect in effects if isinstance(effect, Send)]


def test_own_messages_that_still_matter_go_out_again_with_our_place():
    lab = Lab(height=4)
    lab.fire(TimerKind.BLOCK)
    block = lab.known[lab.votes(Prepare)[0].hash]
    lab.receive(lab.forge.prepare(1, 0, block), lab.forge.prepare(2, 0, block))
    effects = lab.fire(TimerKind.RESEND)
    assert _kinds(effects) == [Proposal, Prepare, Commit, Status]
    lab.time_out(0)
    effects = lab.fire(TimerKind.RESEND)
    assert _kinds(effects) == [Commit, RoundChange, Status]
    assert effects[-2].message == Status(4, 1)
    assert effects[-1] == StartTimer(TimerKind.RESEND, 4, 0, 1_000)
    assert all(send.message.signature for send in lab.of(Send, effects[:-2]))


def test_only_the_latest_round_change_is_sent_again():
    lab = Lab()
    lab.time_out(0)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    lab.time_out(1)
    effects = lab.fire(TimerKind.RESEND)
    assert [send.message.round for send in lab.sends(RoundChange, effects)] == [2]


def test_a_vote_still_with_the_voter_is_not_sent():
    lab = Lab()
    lab.is_voting = False
    lab.receive(lab.forge.proposal(1, 0, lab.block()))
    assert len(lab.votes(Prepare)) == 1
    assert _kinds(lab.fire(TimerKind.RESEND)) == [Status]


def test_a_peer_that_comes_back_gets_what_it_missed_alone():
    lab = Lab()
    lab.time_out(0)
    effects = lab.give(PeerConnected("cora", lab.now_ms))
    assert _kinds(effects) == [RoundChange, Status]
    assert {send.to for send in lab.of(Send, effects)} == {("cora",)}


def test_a_decided_height_is_silent():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.fire(TimerKind.RESEND) == []
    assert lab.give(PeerConnected("cora", lab.now_ms)) == []

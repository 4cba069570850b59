import msgspec

from consensus.effects import FetchCertificates, SendDecided, StopSigning, TimerKind
from consensus.engine import Engine
from consensus.inputs import Received, TimerFired, WorkAvailable, WorkGone
from consensus.messages import (
    BlockBody,
    GetBody,
    GetCertificates,
    GetVoteOfMine,
    Prepare,
    RoundChange,
    Status,
)
from tests.support.consensus_forge import Forge
from tests.support.consensus_lab import Lab


def test_nothing_happens_before_the_first_height():
    engine = Engine()
    assert engine.state is None
    assert engine.handle(WorkAvailable(1)) == ()
    assert engine.handle(Received(Status(1, 0), "bert", 1, 1)) == ()


def test_what_the_nodes_store_answers_is_not_the_engines():
    lab = Lab()
    for message in (
        GetBody(1, bytes(32)),
        GetCertificates(1, 1),
        BlockBody(b"h", b""),
        GetVoteOfMine(bytes(16)),
    ):
        assert lab.receive(message) == []


def test_a_message_under_our_key_that_we_never_signed_stops_all_signing():
    lab = Lab()
    x = lab.block()
    [stop] = lab.of(StopSigning, lab.receive(lab.forge.prepare(0, 0, x), sender="bert"))
    assert (stop.height, stop.round, stop.hash) == (1, 0, x.hash)
    assert lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.votes(Prepare) == []
    lab.time_out(0)
    assert lab.votes(RoundChange) == []
    assert lab.receive(lab.forge.prepare(0, 0, lab.block("Y")), sender="bert") == []


def test_the_alarm_lasts_beyond_the_height():
    lab = Lab()
    lab.receive(lab.forge.prepare(0, 0, lab.block()), sender="bert")
    lab.height, lab.forge = 2, Forge(lab.keys, 2)
    lab.start()
    lab.receive(lab.forge.proposal(2, 0, lab.block()))
    assert lab.votes(Prepare) == []


def test_another_payload_under_our_key_is_an_alarm_and_the_same_is_not():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.receive(lab.forge.prepare(0, 0, x), sender="bert") == []
    assert len(lab.of(StopSigning, lab.receive(lab.forge.prepare(0, 0, y)))) == 1


def test_own_messages_of_forgotten_rounds_are_neither_alarm_nor_vote():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*lab.forge.round_changes(100, (1, 2)))
    assert lab.receive(lab.forge.prepare(0, 0, x), sender="bert") == []
    assert lab.of(StopSigning) == []


def test_in_quarantine_our_own_lost_votes_count_like_anybodys():
    lab = Lab(sign_from=9)
    x = lab.block()
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (0, 1, 2)))
    assert lab.of(StopSigning) == []
    assert lab.decided() == [x.hash]


def test_what_another_hands_back_of_ours_does_not_replace_what_the_voter_gave():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    lab.time_out(0)
    mine = next(m for m in lab.sent if isinstance(m, RoundChange))
    tampered = msgspec.structs.replace(mine, prepared=lab.forge.lock(0, x, (1, 2, 3)))
    assert lab.receive(tampered, sender="dora") == []
    [send] = lab.sends(RoundChange, lab.fire(TimerKind.RESEND))
    assert send.message == mine


def test_two_heights_ahead_or_more_certificates_are_fetched_at_once():
    lab = Lab()
    far = Forge(lab.keys, 3)
    [ask] = lab.of(FetchCertificates, lab.receive(far.prepare(1, 0, lab.block()), sender="bert"))
    assert (ask.height, ask.sources) == (1, ("bert",))
    near = Forge(lab.keys, 2)
    assert lab.receive(near.prepare(2, 0, lab.block()), sender="cora") == []


def test_late_votes_of_the_height_just_decided_are_not_answered_but_round_changes_are():
    lab = Lab(height=7)
    late = Forge(lab.keys, 6)
    x = lab.block()
    assert lab.receive(late.commit(1, 0, x), sender="bert") == []
    assert lab.receive(late.round_change(1, 1), sender="bert") == [SendDecided(6, "bert")]
    older = Forge(lab.keys, 5)
    assert lab.receive(older.commit(2, 0, x), sender="cora") == [SendDecided(5, "cora")]


def test_timers_of_other_heights_are_stale():
    lab = Lab(height=4)
    for kind in TimerKind:
        assert lab.give(TimerFired(kind, 3, 0, lab.now_ms)) == []


def test_work_that_is_gone_is_not_built_on():
    lab = Lab(height=4)
    lab.give(WorkGone(lab.now_ms))
    assert lab.fire(TimerKind.BLOCK) == []
    assert lab.give(WorkAvailable(lab.now_ms)) != []


def test_after_the_decision_work_waits_for_the_next_height():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.give(WorkAvailable(lab.now_ms)) == []
    assert lab.answer(x) == []
    assert lab.receive(Status(3, 0), sender="bert") == []


def test_a_decision_in_the_replay_leaves_the_rest_of_the_buffer_alone():
    lab = Lab()
    later = Lab(height=2, is_started=False)
    y = later.block("Y")
    lab.known[y.hash] = y
    lab.receive(*(later.forge.commit(i, 0, y) for i in (1, 2, 3)))
    lab.receive(later.forge.round_change(3, 1))
    lab.height, lab.forge = 2, later.forge
    lab.start()
    assert lab.decided() == [y.hash]


def test_the_same_inputs_give_the_same_effects():
    lab = Lab(height=3)
    x = lab.block()
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    lab.receive(*lab.forge.round_changes(1, (1, 2, 3)))
    engine = Engine()
    made = [effect for input_ in lab.inputs for effect in engine.handle(input_)]
    assert made == lab.effects

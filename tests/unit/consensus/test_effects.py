import dataclasses
import typing

from consensus import effects
from consensus.effects import TimerKind


def test_every_effect_carries_its_height_from_the_moment_it_is_made():
    for kind in typing.get_args(effects.Effect):
        assert "height" in {field.name for field in dataclasses.fields(kind)}, kind


def test_every_effect_about_a_block_carries_its_round_and_hash():
    for kind in (effects.Vote, effects.Send, effects.CheckBlock, effects.Decide, effects.Halt):
        assert {"height", "round", "hash"} <= {field.name for field in dataclasses.fields(kind)}


def test_effects_are_frozen():
    assert all(kind.__dataclass_params__.frozen for kind in typing.get_args(effects.Effect))
    assert [kind.value for kind in TimerKind] == [1, 2, 3, 4]

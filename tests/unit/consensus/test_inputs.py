import dataclasses
import typing

from consensus import inputs


def _kinds() -> set[type]:
    return {inputs.HeightStarted, *typing.get_args(inputs.HeightInput)}


def test_every_input_says_when():
    for kind in _kinds():
        assert "now_ms" in {field.name for field in dataclasses.fields(kind)}, kind


def test_inputs_are_frozen_so_that_a_journal_can_replay_them():
    assert all(kind.__dataclass_params__.frozen for kind in _kinds())

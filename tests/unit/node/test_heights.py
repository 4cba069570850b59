"""The lowest heights come first, each once, whatever comes and goes."""

from node.heights import Heights


def test_the_lowest_come_first_and_stay_until_they_are_done() -> None:
    heights = Heights()
    for height in (5, 3, 9, 3):
        heights.add(height)
    assert heights.lowest(2) == [3, 5]
    assert heights.lowest(9) == [3, 5, 9]
    heights.discard(5)
    assert heights.lowest(9) == [3, 9]
    assert len(heights) == 2
    assert 5 not in heights


def test_a_height_that_comes_back_stands_there_once() -> None:
    heights = Heights()
    heights.add(3)
    heights.discard(3)
    heights.add(3)
    assert heights.lowest(9) == [3]
    heights.discard(3)
    heights.discard(3)
    assert heights.lowest(1) == []
    assert len(heights) == 0

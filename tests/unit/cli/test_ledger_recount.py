"""`piaolian ledger recount` beside a node's books."""

from cli.commands.ledger import ledger
from cli.recount.comparing import differences

ROW = {"code": "46060126", "first": 1, "blue": 2, "blue_fen": 300}


def test_the_recount_is_a_command_of_the_ledger():
    assert "recount" in ledger.commands


def test_equal_rows_have_no_differences_whatever_else_the_node_tells():
    assert differences([ROW], [{**ROW, "state": "active"}], ("code", "first")) == []


def test_a_difference_names_its_row_and_figures_without_the_amounts():
    told = [{**ROW, "blue": 3, "blue_fen": 301}]
    assert differences([ROW], told, ("code", "first")) == ["46060126 1: blue, blue_fen"]


def test_a_row_that_one_side_lacks_is_named():
    other = {**ROW, "first": 9}
    assert differences([ROW], [other], ("code", "first")) == [
        "46060126 1: not in the node's books",
        "46060126 9: not in the blocks",
    ]

"""Looking at final blocks."""

BLOCK = {"height": 7, "time_ms": 0, "hash": "ab" * 32, "signers": ["hospital", "finance"],
         "transaction_ids": ["01" * 40, "02" * 40]}  # fmt: skip


def test_a_block_is_shown_with_its_signers_and_transactions(piaolian, node):
    node.answers["/v1/blocks/7"] = BLOCK
    ran = piaolian("block", "get", 7, "--node", node.address)
    assert "hospital finance" in ran.out
    assert "02" * 40 in ran.out


def test_blocks_are_listed(piaolian, node):
    node.answers["/v1/blocks"] = {"items": [BLOCK], "next": None}
    ran = piaolian("block", "list", "--node", node.address, "-o", "jsonl")
    assert ran.objects == [BLOCK]
    assert len(piaolian("block", "list", "--node", node.address).out.splitlines()) == 2

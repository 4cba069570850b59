"""A fifth validator: the bank gets a vote by the votes of the others.

Rule: only governance keys vote, and no node holds one: each is named on the command line.
"""

import json
from pathlib import Path
from typing import Any, Final

from scripts.demo_run import BANK, ISSUER, PAYER, SUPERVISOR, Demo

VOTERS: Final = (ISSUER, PAYER)
"""Whose votes make, with the proposer's, three of four."""
SIGN_WAIT_S: Final = 150.0
"""Two empty blocks, should nobody else have anything to say."""


def vote_in(demo: Demo) -> None:
    """Let three members give the bank a vote; its node has signalled by itself that it is ready."""
    demo.teller.begin("members vote on a fifth validator")
    demo.until("the bank's node to signal that it is ready", lambda: _has_signalled(demo))
    answer = json.loads(
        _signed(demo, SUPERVISOR, "gov", "propose", "add-validator", BANK, "-o", "json")
    )
    proposal = answer["results"][0]["proposal"]
    for agency in VOTERS:
        _signed(demo, agency, "gov", "vote", proposal, "yes")
    found = json.loads(demo.nodes[SUPERVISOR].get(f"/v1/proposals/{proposal}") or b"{}")
    yes = [ballot["agency"] for ballot in found["ballots"] if ballot["approves"]]
    told = f"{', '.join(yes)} voted: {BANK} has a vote from block {found['effective_height']} on"
    demo.teller.done(told)


def wait_for_signature(demo: Demo) -> None:
    """Wait until a block has the fifth validator's signature."""
    demo.teller.begin("the fifth validator signs")
    block = demo.until("a block that the bank signed", lambda: _signed_by(demo), wait_s=SIGN_WAIT_S)
    told = f"{BANK} signed block {block['height']}; five validators vote, four decide"
    demo.teller.done(told)


def _has_signalled(demo: Demo) -> bool:
    log = demo.logs / f"{BANK}.log"
    return "readiness.signalled" in log.read_text("utf-8", "replace")


def _signed_by(demo: Demo) -> dict[str, Any] | None:
    blocks = demo.nodes[BANK].items("/v1/blocks?limit=100")
    return next((block for block in blocks if BANK in block["signers"]), None)


def _signed(demo: Demo, agency: str, *arguments: str | Path) -> str:
    key = demo.folder / agency / "keys" / "governance.key"
    return demo.piaolian(agency, *arguments, "--sign-with", key)

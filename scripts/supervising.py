"""What finance and a payer do with the day's bills: endorse, claim, take back, write off, recount.

Rule: every step shows what the ledger allows beside what it refuses.
"""

import json
from typing import Any, Final

from scripts.demo_run import ISSUER, PAYER, SUPERVISOR, Demo, Failed, yuan

ENDORSE_WAIT_S: Final = 180.0
CLAIM_FEN: Final = 100
"""A bill of which its holder bears as much may be claimed."""
FORM: Final = ("--paper-code", "4601", "--paper-number", "0000123")
"""A paper form of the hospital."""

Bill = dict[str, Any]


def wait_for_endorsement(demo: Demo) -> None:
    """Wait until finance's node has endorsed all blocks and the hospital's anchored originals."""
    demo.teller.begin("finance's node endorses, the hospital's anchors originals")

    def is_done() -> bool:
        unendorsed = demo.nodes[SUPERVISOR].figure("piaolian_open_unendorsed_blocks")
        unanchored = demo.nodes[ISSUER].figure("piaolian_open_unanchored_blocks")
        return unendorsed == 0.0 and unanchored == 0.0

    demo.until("endorsements and originals", is_done, wait_s=ENDORSE_WAIT_S)
    demo.bills = bills = _bills(demo)
    endorsed = sum(bill["endorsement"] == "endorsed" for bill in bills)
    delivered = sum(bill["delivered"] for bill in bills)
    told = f"finance's node endorsed {endorsed:,} bills, the hospital's anchored"
    demo.teller.done(f"{told} {delivered:,} signed originals")


def claim(demo: Demo) -> None:
    """Let the insurance bureau settle a claim; a second is refused, another let go."""
    settled, held = _claimable(demo)
    refused = 0
    if settled is None:
        demo.teller.line("  – no bill to claim: nobody bears a part of one")
    else:
        demo.teller.begin("the insurance bureau reviews claims")
        where, amount = _name(settled), _half(settled)
        lock = ("--class", "basic_insurance", "--amount", amount)
        reference = ("--reference", "S-2026-0001")
        demo.piaolian(PAYER, "claim", "lock", *where, *lock)
        demo.piaolian(PAYER, "claim", "settle", *where, "--amount", amount, *reference)
        code = demo.refusal(PAYER, "claim", "lock", *where, *lock)
        refused += 1
        told = f"the insurance bureau settled {amount} yuan on bill {' '.join(where)}"
        demo.teller.done(f"{told}; a second claim was refused: {code}")
    if held is not None:
        demo.held = _name(held)
        lock = ("--class", "basic_insurance", "--amount", _half(held))
        demo.piaolian(PAYER, "claim", "lock", *demo.held, *lock)
    demo.summary["claims_refused"] = refused


def write_off(demo: Demo) -> None:
    """Let finance close the books of the small range: not while a payer holds a bill of it."""
    found = _small_range(demo)
    if found is None:
        demo.teller.line("  – no range to write off")
        return
    name = (found["code"], str(found["first"]))
    demo.teller.begin("finance writes a range off")
    if found["state"] != "exhausted":
        demo.piaolian(SUPERVISOR, "range", "return", *name)
    told = f"finance wrote off {found['allotted']} numbers of {name[0]} ({found['state']})"
    if demo.held:
        refusal = demo.refusal(SUPERVISOR, "range", "write-off", *name)
        demo.piaolian(PAYER, "claim", "release", *demo.held)
        told += f", once the payer let go of a bill: {refusal} before"
    demo.piaolian(SUPERVISOR, "range", "write-off", *name)
    demo.teller.done(told)


def take_back(demo: Demo, order: dict[str, Any] | None) -> None:
    """Let the hospital take a bill back: not while a paper of it is out; its money goes back."""
    name = None if order is None else (order["bill"]["code"], order["bill"]["number"])
    if name is None:
        found = next(
            (bill for bill in _own(demo, _bills(demo)) if bill["claim"]["state"] == "free"), None
        )
        name = None if found is None else _name(found)
    if name is None:
        demo.teller.line("  – no bill to take back")
        return
    demo.teller.begin("the hospital takes a bill back")
    demo.piaolian(ISSUER, "paper", "exchange", *name, *FORM)
    reverse = ("bill", "reverse", *name, "--reason", "refund")
    code = demo.refusal(ISSUER, *reverse)
    demo.piaolian(ISSUER, "paper", "void", *name, *FORM)
    answer = json.loads(demo.piaolian(ISSUER, *reverse, "-o", "json"))
    red = answer["results"][0]
    told = f"the hospital took bill {' '.join(name)} back by red bill {red['number']}"
    demo.teller.done(f"{told}; while its paper was out: {code}")


def count_bills(demo: Demo) -> None:
    """Count settled claims and bills taken back, as finance's node told them last."""
    bills = demo.bills
    parts = [part for bill in bills for part in bill["claim"].get("settlements", ())]
    demo.summary["claims_settled"] = sum(not part["reversed"] for part in parts)
    demo.summary["reversed"] = sum(bill["validity"] == "reversed" for bill in bills)


def recount(demo: Demo) -> None:
    """Count the whole ledger again from its raw blocks, and show the report of ranges."""
    demo.teller.begin("finance counts the ledger again from its raw blocks")
    told = json.loads(demo.piaolian(SUPERVISOR, "ledger", "recount", "-o", "json"))
    if not told["equal"]:
        raise Failed("blocks and books differ: " + "; ".join(told["differences"][:5]))
    demo.teller.done(f"{told['height']:,} blocks counted again: blocks and books are equal")
    rows = [("range", "state", "allotted", "blue", "red", "unused", "issued yuan", "taken back")]
    for item in _ranges(demo):
        counts = [f"{item[name]:,}" for name in ("allotted", "blue", "red", "unused")]
        sums = [yuan(item["blue_fen"]), yuan(-item["red_fen"])]
        rows.append((f"{item['code']} {item['first']:010d}", item["state"], *counts, *sums))
    if len(rows) > 1:
        demo.teller.table(rows)


def _claimable(demo: Demo) -> tuple[Bill | None, Bill | None]:
    """Return a bill to settle and one to hold, the latter of the small range if there is one."""
    found = [bill for bill in _own(demo, demo.bills) if _burden(bill) >= CLAIM_FEN]
    small = _small_range(demo)
    held = next((bill for bill in found if small and _is_of(bill, small)), None)
    rest = [bill for bill in found if bill is not held]
    return (rest[0], held) if rest else (held, None)


def _own(demo: Demo, bills: list[Bill]) -> list[Bill]:
    """Return those of the day that are not the shown patient's."""
    shown = demo.login.get("resident_id", "")
    return [
        bill
        for bill in bills
        if demo.day.bills.get(bill["business_number"], {"idCardNo": shown}).get("idCardNo") != shown
        and bill["endorsement"] == "endorsed"
        and bill["validity"] == "issued"
    ]


def _small_range(demo: Demo) -> dict[str, Any] | None:
    """Return what became of the small range; None when there is none."""
    found = [item for item in _ranges(demo) if (item["code"], item["first"]) == demo.small]
    return found[0] if found else None


def _is_of(bill: Bill, numbers: dict[str, Any]) -> bool:
    is_within = int(bill["number"]) in range(numbers["first"], numbers["last"] + 1)
    return is_within and bool(bill["code"] == numbers["code"])


def _ranges(demo: Demo) -> list[dict[str, Any]]:
    return demo.jsonl(SUPERVISOR, "ledger", "report", "ranges")


def _bills(demo: Demo) -> list[Bill]:
    return demo.jsonl(SUPERVISOR, "bill", "list", "--all")


def _burden(bill: Bill) -> int:
    amounts: dict[str, int] = bill["amounts"]
    return amounts["own_fen"] + amounts["account_fen"]


def _half(bill: Bill) -> str:
    return yuan(_burden(bill) // 2).replace(",", "")


def _name(bill: Bill) -> tuple[str, str]:
    return bill["code"], bill["number"]

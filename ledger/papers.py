"""Paper (换开纸质票据): an electronic bill handed out on a numbered paper form.

Rule: at most one paper of a bill is live. Handing out a new one voids the old one; a form never
serves twice.
"""

from typing import Final

import msgspec

from ledger.axes import Axis, No
from ledger.bills import VALIDITY, Bill, Paper, own_bill
from ledger.ranges import Code, Number
from ledger.references import Reference, ReferenceUse, paper_key
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives.codec import Message
from primitives.errors import Refused

E_ONLY: Final = 0
LIVE: Final = 1
VOID: Final = 2

_NONE_OUT: Final = No("paper.none_out", "no paper of this bill is out")
PAPER: Final = Axis(
    "paper",
    "纸质票据",
    ("E_ONLY 仅电子", "PAPER_LIVE 已换开", "PAPER_VOID 纸质作废"),
    {
        "ExchangeForPaper": ((LIVE,), (LIVE,), (LIVE,)),
        "VoidPaper": (_NONE_OUT, (VOID,), _NONE_OUT),
        "ReverseBill": (
            (E_ONLY,),
            No("bill.paper_is_out", "take its paper back and void it first"),
            (VOID,),
        ),
    },
)
"""Whether a paper of a bill is out."""


class ExchangeForPaper(Message, tag=9):
    """A hospital hands a bill out on paper; a paper that is out is void from then on."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    paper_code: Reference
    """Code of the paper form."""
    paper_number: Reference
    """Its number."""


class VoidPaper(Message, tag=10):
    """A hospital took a paper back, or declares it void (作废)."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    paper_code: Reference
    """Code of the paper form."""
    paper_number: Reference
    """Its number."""


def check_exchange_for_paper(
    facts: Facts, operation: ExchangeForPaper, context: Context
) -> Changes:
    """Hand a bill out on paper.

    Raises:
        Refused: `bill.unknown`, `bill.not_yours`, `paper.form_used`, or as `VALIDITY` says.
    """
    key, bill = own_bill(facts, operation.code, operation.number, context.sender)
    VALIDITY.move(bill.validity, "ExchangeForPaper", field="number")
    state = PAPER.move(_state(bill), "ExchangeForPaper")
    form = paper_key(context.sender, operation.paper_code, operation.paper_number)
    if facts.leaf(form, ReferenceUse) is not None:
        raise Refused("paper.form_used", "each form serves once", "paper_number")
    count = 1 if bill.paper is None else bill.paper.count + 1
    paper = Paper(state, operation.paper_code, operation.paper_number, context.time_ms, count)
    return Changes(
        (
            (key, msgspec.structs.replace(bill, paper=paper)),
            (form, ReferenceUse(operation.code, operation.number)),
        ),
        Done(),
    )


def check_void_paper(facts: Facts, operation: VoidPaper, context: Context) -> Changes:
    """Declare a paper void.

    Raises:
        Refused: `bill.unknown`, `bill.not_yours`, `paper.none_out`, `paper.other_form`, or as
            `VALIDITY` says.
    """
    key, bill = own_bill(facts, operation.code, operation.number, context.sender)
    VALIDITY.move(bill.validity, "VoidPaper", field="number")
    state = PAPER.move(_state(bill), "VoidPaper", field="paper_number")
    paper = bill.paper
    assert paper is not None, "a live paper stands in its bill"
    if (paper.code, paper.number) != (operation.paper_code, operation.paper_number):
        raise Refused("paper.other_form", "another form of this bill is out", "paper_number")
    void = msgspec.structs.replace(paper, state=state)
    return Changes(((key, msgspec.structs.replace(bill, paper=void)),), Done())


def require_no_paper(bill: Bill) -> None:
    """Refuse with `bill.paper_is_out` while a paper of the bill is out."""
    PAPER.move(_state(bill), "ReverseBill", field="number")


def _state(bill: Bill) -> int:
    return E_ONLY if bill.paper is None else bill.paper.state

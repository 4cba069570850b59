"""The public check (查验) by five elements: what stands on a bill's face against the ledger.

Rule: whoever knows not all five elements learns nothing, not even which one is wrong; the work is
the same for a bill that exists and one that does not. Checks are limited a caller.
"""

import hmac
from typing import Final

from ledger.bills import REVERSED, Bill, bill_key
from ledger.claims import FREE
from ledger.dates import date_text
from ledger.papers import LIVE
from node.api.bill_answers import Check, CheckRequest
from node.api.bill_face import claim_state
from node.api.call import Call
from primitives.units import format_yuan

_NOBODY: Final = "00000000|0|000000|00000000|0.00"
"""What is compared with where no bill is."""


async def check_bill(call: Call) -> Check:
    """Tell whether five elements are those of one bill, and how that bill stands."""
    call.services.checks.count(call.caller.name, call.services.clock.now_ms())
    asked = await call.body(CheckRequest)
    number = int(asked.number)
    bill = call.services.view.leaf(bill_key(asked.code, number), Bill)
    said = "|".join((asked.code, str(number), asked.check_code, asked.date, asked.amount))
    known = _NOBODY if bill is None else _elements(bill, asked.code, number)
    is_same = hmac.compare_digest(said.encode(), known.encode())
    if bill is None or not is_same:
        return Check(consistent=False)
    return Check(
        consistent=True,
        reversed=bill.validity == REVERSED,
        on_paper=bill.paper is not None and bill.paper.state == LIVE,
        claimed=claim_state(bill.claim, call.services.node.head.time_ms) != FREE,
    )


def _elements(bill: Bill, code: str, number: int) -> str:
    """Return the five elements as they are compared."""
    date, amount = date_text(bill.time_ms), format_yuan(bill.amounts.total)
    return "|".join((code, str(number), bill.check_code, date, amount))

"""Transactions: hand in, wait, look up."""

import asyncio
from collections.abc import Sequence

from ledger import governance, issuing, payments, ranges, reversal
from ledger.checks import Accepted, SignatureCheck, signature_check
from ledger.governance import PROPOSAL
from ledger.operations import Result
from ledger.receipt import decode_receipt
from ledger.results import Done as LedgerDone
from ledger.transaction import decode_transaction
from node.answers import CommittedReceipt, Outcome, Submission
from node.api.answers import (
    BillIssued,
    BillReversed,
    Done,
    NumbersAllotted,
    OperationResult,
    PaymentRecorded,
    ProposalMade,
    Transaction,
    TransactionList,
    Transactions,
    VoteCounted,
)
from node.api.call import Call, Services
from node.api.encoding import base64url, from_base64url, from_hex
from node.api.problems import problem_of
from node.judging import judge
from primitives.errors import PeerFault, Refused, Unavailable
from primitives.signing import verify

REQUEST_TRANSACTIONS_MAX = 50


async def submit_transactions(call: Call) -> TransactionList:
    """Hand in up to 50 signed transactions; with `wait_ms` wait until they are final."""
    request = await call.body(Transactions)
    count = len(request.transactions)
    if not 1 <= count <= REQUEST_TRANSACTIONS_MAX:
        raise Refused("request.too_many_items", "hand in 1 to 50 transactions", "transactions")
    wait_ms = call.wait_ms()
    data = [
        from_base64url(text, f"transactions[{place}]")
        for place, text in enumerate(request.transactions)
    ]
    if call.integer("dry_run", 0, 1):
        return TransactionList(items=[_try(call.services, transaction) for transaction in data])
    submissions: list[Submission | Unavailable] = []
    for transaction in data:
        try:
            submissions.append(call.services.node.submit(transaction))
        except Unavailable as error:
            submissions.append(error)
        await asyncio.sleep(0)
    if all(isinstance(submission, Unavailable) for submission in submissions):
        assert isinstance(submissions[0], Unavailable)
        raise submissions[0]
    return TransactionList(items=await _final_answers(call.services, submissions, wait_ms))


def lawful_answer(accepted: Accepted) -> Transaction:
    """Return the answer to a dry run: what would come of it."""
    return Transaction(
        id="",
        status="lawful",
        results=results_answer(accepted.results),
        changes=sorted(key.decode("ascii") for key in accepted.draft.facts),
    )


def _try(services: Services, data: bytes) -> Transaction:
    """Return what a signed transaction would bring about."""
    now_ms = services.clock.now_ms()
    try:
        transaction = decode_transaction(data, services.desk.chain)
        _require_signature(signature_check(services.view, transaction, now_ms))
        return lawful_answer(judge(services.node, transaction, now_ms))
    except (Refused, PeerFault) as error:
        return Transaction(id="", status="refused", problem=problem_of(error))


def _require_signature(check: SignatureCheck) -> None:
    if not verify(check.public_key, check.message, check.signature):
        raise Refused("transaction.bad_signature", "the key did not sign this", "signature")


async def _final_answers(
    services: Services, submissions: Sequence[Submission | Unavailable], wait_ms: int
) -> list[Transaction]:
    """Wait for one after another with one deadline for all: no task a transaction."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_ms / 1000
    answers = []
    for submission in submissions:
        left_ms = max(1, int((deadline - loop.time()) * 1000)) if wait_ms else 0
        answers.append(await final_answer(services, submission, left_ms))
    return answers


async def get_transaction(call: Call) -> Transaction:
    """Return where a transaction stands; with `wait_ms` wait until it is final."""
    transaction_id = from_hex(call.path("id"), "id", 40)
    submission = call.services.node.outcome(transaction_id)
    if submission.status is not Outcome.COMMITTED and call.wait_ms():
        committed = await call.services.node.wait(transaction_id, call.wait_ms())
        if committed is not None:
            return committed_answer(call.services, transaction_id, committed)
        submission = call.services.node.outcome(transaction_id)
    return answer_of(call.services, submission)


async def final_answer(
    services: Services, submission: Submission | Unavailable, wait_ms: int
) -> Transaction:
    """Return the answer to a submission, waiting while it is in line.

    When the time is over before it is final, the outcome is unknown.
    """
    if isinstance(submission, Unavailable):
        return Transaction(id="", status="refused", problem=problem_of(submission))
    if submission.status is not Outcome.ACCEPTED or not wait_ms:
        return answer_of(services, submission)
    committed = await services.node.wait(submission.id, wait_ms)
    if committed is None:
        return Transaction(id=submission.id.hex(), status="unknown")
    return committed_answer(services, submission.id, committed)


def answer_of(services: Services, submission: Submission) -> Transaction:
    """Return the answer to a submission as it stands."""
    if submission.receipt is not None:
        return committed_answer(services, submission.id, submission.receipt)
    problem = problem_of(submission.refusal) if submission.refusal is not None else None
    return Transaction(id=submission.id.hex(), status=submission.status.value, problem=problem)


def committed_answer(
    services: Services, transaction_id: bytes, committed: CommittedReceipt
) -> Transaction:
    """Return the answer to a committed transaction."""
    receipt = decode_receipt(committed.receipt)
    return Transaction(
        id=transaction_id.hex(),
        status="committed",
        height=committed.height,
        index=committed.index,
        results=results_answer(receipt.results),
        receipt=base64url(committed.receipt),
        certificate=services.blocks.certificate_text(committed.height),
    )


def results_answer(results: Sequence[Result]) -> list[OperationResult]:
    """Return what each operation brought about."""
    return [_result(result) for result in results]


def _result(result: Result) -> OperationResult:
    match result:
        case ranges.NumbersAllotted(code, first, last):
            return NumbersAllotted(code=code, first=first, last=last)
        case issuing.BillIssued(code, number):
            return BillIssued(code=code, number=f"{number:010d}")
        case reversal.BillReversed(code, number):
            return BillReversed(code=code, number=f"{number:010d}")
        case payments.PaymentRecorded(state, reason):
            is_applied = state == payments.APPLIED
            return PaymentRecorded(state="applied" if is_applied else "unapplied", reason=reason)
        case governance.ProposalMade(proposal, state):
            return ProposalMade(proposal=proposal, state=PROPOSAL.state_name(state))
        case governance.VoteCounted(state):
            return VoteCounted(state=PROPOSAL.state_name(state))
        case LedgerDone():
            return Done()

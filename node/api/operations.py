"""Any operation of the ledger, signed with the node's own key: hand in, or only try.

Rule: the body is read by `ledger.operation_json` alone. With an `Idempotency-Key` the same request
answers with its first transaction, after a restart too.
"""

import hashlib
from functools import partial

from ledger.agencies import DESK, PROVIDER
from ledger.operation_json import operation_from_json
from ledger.operations import Operation
from ledger.transaction import OPERATIONS_MAX, Transaction
from node.answers import Submission
from node.api import answers
from node.api.answers import TransactionList
from node.api.call import Call
from node.api.problems import problem_of
from node.api.strict_json import decode_object
from node.api.transactions import final_answer, lawful_answer
from node.judging import judge
from node.kept_requests import KeptRequest, request_name
from primitives.errors import Refused, Unavailable

KEY_MAX = 200
"""Characters of an Idempotency-Key."""
_PURPOSES = (DESK, PROVIDER)


async def submit_operations(call: Call) -> TransactionList:
    """Sign operations with this node's key and hand them in as one transaction, or only try them.

    With `dry_run` nothing is handed in: the answer tells what they would bring about now.
    """
    body = await call.bytes()
    operations, purpose = read_request(body)
    if purpose == PROVIDER:
        call.caller.require("payments")
    is_trial = call.integer("dry_run", 0, 1) == 1
    wait_ms, key = call.wait_ms(), _idempotency_key(call)
    try:
        if is_trial:
            return TransactionList(items=[_try(call, operations, purpose)])
        submission = await _hand_in(call, body, operations, purpose=purpose, key=key)
    except Refused as error:
        if error.code == "request.idempotency_conflict":
            raise
        return TransactionList(items=[_refused(error, len(operations))])
    if submission.refusal is not None:
        return TransactionList(items=[_refused(submission.refusal, len(operations))])
    return TransactionList(items=[await final_answer(call.services, submission, wait_ms)])


def read_request(body: bytes) -> tuple[list[Operation], str]:
    """Return the operations of a request and the purpose of the key that signs them.

    Raises:
        Refused: `request.*`, `operation.*`.
    """
    request = decode_object(body)
    for name in request:
        if name not in ("operations", "purpose"):
            raise Refused("operation.unknown_field", "known are operations, purpose", name[:200])
    items = request.get("operations")
    if not isinstance(items, list) or not 1 <= len(items) <= OPERATIONS_MAX:
        raise Refused("request.wrong_value", f"hand in 1 to {OPERATIONS_MAX}", "operations")
    purpose = request.get("purpose", DESK)
    if purpose not in _PURPOSES:
        raise Refused("request.wrong_value", "write desk or provider", "purpose")
    read = [operation_from_json(item, f"operations[{place}]") for place, item in enumerate(items)]
    return read, purpose


def _try(call: Call, operations: list[Operation], purpose: str) -> answers.Transaction:
    """Return what operations would bring about."""
    services = call.services
    transaction = services.desk.transaction(operations, purpose)
    accepted = judge(services.node, transaction, services.clock.now_ms())
    return lawful_answer(accepted)


async def _hand_in(
    call: Call, body: bytes, operations: list[Operation], *, purpose: str, key: str
) -> Submission:
    services = call.services
    if not key:
        return services.node.submit(services.desk.transaction(operations, purpose).data)
    name = request_name(call.caller.name, key)
    body_hash = hashlib.sha256(body).digest()
    async with services.requests.lock:
        kept = await services.vault_thread.run(partial(services.requests.find, name))
        if kept is not None:
            if kept.body_hash != body_hash:
                raise Refused(
                    "request.idempotency_conflict",
                    "this key was used with another body",
                    "Idempotency-Key",
                )
            return services.node.submit(kept.transaction)
        transaction = services.desk.transaction(operations, purpose)
        await services.vault_thread.run(partial(_keep, call, name, body_hash, transaction))
        return await _first(call, name, transaction)


async def _first(call: Call, name: str, transaction: Transaction) -> Submission:
    """Hand in what was kept; what the node does not take is forgotten."""
    services = call.services
    try:
        submission = services.node.submit(transaction.data)
    except Unavailable:
        await services.vault_thread.run(partial(services.requests.forget, name))
        raise
    if submission.refusal is not None:
        await services.vault_thread.run(partial(services.requests.forget, name))
    return submission


def _keep(call: Call, name: str, body_hash: bytes, transaction: Transaction) -> None:
    call.services.requests.keep(
        name,
        KeptRequest(body_hash, transaction.data),
        expiry_ms=transaction.envelope.expiry_ms,
        now_ms=call.services.clock.now_ms(),
    )


def _idempotency_key(call: Call) -> str:
    """Return the request's own key; empty without one."""
    key = call.request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not (1 <= len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
        raise Refused(
            "request.wrong_value", f"write 1 to {KEY_MAX} printable characters", "Idempotency-Key"
        )
    return key


def _refused(error: Refused, count: int) -> answers.Transaction:
    """Return the answer to operations that are refused, the field with its operation's place."""
    place = error.facts.get("operation")
    field = error.field
    if isinstance(place, int) and count > 1:
        field = f"operations[{place}].{field}".rstrip(".")
    told = Refused(error.code, error.detail, field, **error.facts)
    return answers.Transaction(id="", status="refused", problem=problem_of(told))

"""Routes about the node and the chain: status, blocks, transactions, operations."""

from node.api import answers
from node.api.blocks import get_block, get_blocks, get_body
from node.api.events import get_events
from node.api.operations import submit_operations
from node.api.proof import get_fact
from node.api.routes import CURSOR, DRY_RUN, FROM, IDEMPOTENCY, LIMIT, WAIT, Route
from node.api.status import (
    get_genesis,
    get_livez,
    get_metrics,
    get_peers,
    get_readyz,
    get_status,
    get_validators,
)
from node.api.transactions import get_transaction, submit_transactions

CHAIN = (
    Route("GET", "/livez", get_livez, "Tell that the process answers.", answer=answers.Alive),
    Route(
        "GET",
        "/readyz",
        get_readyz,
        "Tell whether work may be handed in.",
        answer=answers.Status,
    ),
    Route("GET", "/metrics", get_metrics, "Metrics in Prometheus' text form.", media="text/plain"),
    Route("GET", "/v1/genesis", get_genesis, "The genesis file, byte for byte."),
    Route(
        "GET",
        "/v1/status",
        get_status,
        "Where the node stands.",
        scope="read",
        answer=answers.Status,
    ),
    Route(
        "GET",
        "/v1/peers",
        get_peers,
        "The other members' nodes.",
        scope="read",
        answer=answers.Peers,
    ),
    Route(
        "GET",
        "/v1/validators",
        get_validators,
        "Who votes on the next height.",
        scope="read",
        answer=answers.Validators,
    ),
    Route(
        "GET",
        "/v1/blocks",
        get_blocks,
        "Final blocks, newest first.",
        scope="read",
        answer=answers.Blocks,
        query=(CURSOR, LIMIT),
    ),
    Route(
        "GET",
        "/v1/blocks/{height}",
        get_block,
        "One final block.",
        scope="read",
        answer=answers.Block,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/blocks/{height}/body",
        get_body,
        "A final block's body, byte for byte; header and certificate in the headers.",
        scope="read",
        media="application/octet-stream",
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/facts/{key}",
        get_fact,
        "The portable receipt of any state key: what stands there, or that nothing does.",
        scope="read",
    ),
    Route(
        "POST",
        "/v1/transactions",
        submit_transactions,
        "Hand in up to 50 signed transactions.",
        scope="desk",
        answer=answers.TransactionList,
        body=answers.Transactions,
        query=(WAIT, DRY_RUN),
    ),
    Route(
        "GET",
        "/v1/transactions/{id}",
        get_transaction,
        "Where a transaction stands.",
        scope="read",
        answer=answers.Transaction,
        query=(WAIT,),
    ),
    Route(
        "GET",
        "/v1/events",
        get_events,
        "Final blocks as they come.",
        scope="read",
        media="text/event-stream",
        query=(FROM,),
    ),
    Route(
        "POST",
        "/v1/operations",
        submit_operations,
        "Sign operations with this node's key and hand them in as one transaction.",
        scope="desk",
        answer=answers.TransactionList,
        schema="OperationsRequest",
        headers=(IDEMPOTENCY,),
        query=(WAIT, DRY_RUN),
        refusals=(409,),
    ),
)
"""Routes of the chain."""

"""Routes about charge orders, payments and refunds."""

from node.api import money_answers
from node.api.orders import INSTALMENTS_MAX, get_order, get_orders, open_orders
from node.api.payments import get_owed_refunds, get_payments, record_payment, record_refund
from node.api.routes import CURSOR, LIMIT, TEXT, WAIT, Parameter, Route

_STATE = Parameter("state", TEXT, "Only those in this state.")

MONEY = (
    Route(
        "POST",
        "/v1/orders",
        open_orders,
        "Open charge orders, idempotently by business number.",
        scope="desk",
        answer=money_answers.OpenedOrders,
        lines="A line of the hospital's system as it wrote it; as NDJSON up to 1,000 lines.",
        query=(
            WAIT,
            Parameter("sort", {"enum": ["charge", "deposit"]}, "`charge` without."),
            Parameter(
                "instalments",
                {"type": "integer", "minimum": 1, "maximum": INSTALMENTS_MAX},
                "How many payments may make the amount due; 1 without.",
            ),
            Parameter(
                "expires_ms",
                {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
                "The last time at which they may be paid; the longest the ledger allows without.",
            ),
        ),
    ),
    Route(
        "GET",
        "/v1/orders",
        get_orders,
        "Charge orders by hospital and number.",
        scope="read",
        answer=money_answers.Orders,
        query=(
            CURSOR,
            LIMIT,
            Parameter("hospital", TEXT, "Only this hospital's."),
            _STATE,
            Parameter("money", TEXT, "Only those whose money is in this state."),
        ),
    ),
    Route(
        "GET",
        "/v1/orders/{hospital}/{order}",
        get_order,
        "One charge order and its money.",
        scope="read",
        answer=money_answers.Order,
        refusals=(404,),
    ),
    Route(
        "POST",
        "/v1/payments",
        record_payment,
        "Record that somebody paid; at a provider.",
        scope="payments",
        answer=money_answers.Recorded,
        body=money_answers.PaymentRequest,
        query=(WAIT,),
        refusals=(409,),
    ),
    Route(
        "GET",
        "/v1/payments",
        get_payments,
        "Recorded payments: a provider's own, elsewhere all.",
        scope="payments",
        answer=money_answers.Payments,
        query=(
            CURSOR,
            LIMIT,
            Parameter("provider", TEXT, "Only those that this agency recorded."),
            _STATE,
        ),
    ),
    Route(
        "POST",
        "/v1/refunds",
        record_refund,
        "Record that money went back; at the payment's provider.",
        scope="payments",
        answer=money_answers.Recorded,
        body=money_answers.RefundRequest,
        query=(WAIT,),
        refusals=(409,),
    ),
    Route(
        "GET",
        "/v1/refunds/owed",
        get_owed_refunds,
        "What a provider owes back, payment by payment.",
        scope="payments",
        answer=money_answers.OwedRefunds,
        query=(
            CURSOR,
            LIMIT,
            Parameter("provider", TEXT, "Whose debts; this agency's without."),
        ),
    ),
)
"""Routes of money."""

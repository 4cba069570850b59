"""The receiver's file: trades looked for, payments heard, refunds, days."""

STEPS = (
    """
    CREATE TABLE watched (
        out_trade_no TEXT NOT NULL PRIMARY KEY, until_ms INTEGER NOT NULL,
        next_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX watched_due ON watched (next_ms);
    CREATE TABLE payments (
        reference TEXT NOT NULL PRIMARY KEY, out_trade_no TEXT NOT NULL,
        payee TEXT NOT NULL, order_number TEXT NOT NULL, amount_fen INTEGER NOT NULL,
        paid_ms INTEGER NOT NULL, evidence BLOB NOT NULL, is_recorded INTEGER NOT NULL DEFAULT 0,
        next_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX payments_by_number ON payments (out_trade_no);
    CREATE INDEX payments_due ON payments (next_ms) WHERE is_recorded = 0;
    CREATE TABLE refunds (
        out_refund_no TEXT NOT NULL PRIMARY KEY, payment TEXT NOT NULL, ordinal INTEGER NOT NULL,
        amount_fen INTEGER NOT NULL, state TEXT NOT NULL, refund_id TEXT NOT NULL DEFAULT '',
        refunded_ms INTEGER NOT NULL DEFAULT 0, evidence BLOB NOT NULL DEFAULT x'',
        next_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refunds_by_payment ON refunds (payment);
    CREATE INDEX refunds_due ON refunds (next_ms) WHERE state IN ('asked', 'paid');
    CREATE TABLE days (
        day TEXT NOT NULL PRIMARY KEY, is_closed INTEGER NOT NULL DEFAULT 0,
        next_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)
"""The schema, step by step."""

"""The company's file: trades, refunds, notices and when they are sent."""

STEPS = (
    """
    CREATE TABLE trades (
        out_trade_no TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL, attach TEXT NOT NULL, notify_url TEXT NOT NULL,
        amount_fen INTEGER NOT NULL, opened_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
        state TEXT NOT NULL, transaction_id TEXT UNIQUE, openid TEXT NOT NULL DEFAULT '',
        paid_ms INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX trades_by_day ON trades (paid_ms) WHERE paid_ms > 0;
    CREATE TABLE refunds (
        out_refund_no TEXT NOT NULL PRIMARY KEY, refund_id TEXT NOT NULL UNIQUE,
        out_trade_no TEXT NOT NULL REFERENCES trades, amount_fen INTEGER NOT NULL,
        notify_url TEXT NOT NULL, status TEXT NOT NULL, asked_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL, refunded_ms INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refunds_by_trade ON refunds (out_trade_no);
    CREATE INDEX refunds_by_day ON refunds (asked_ms);
    CREATE TABLE notices (
        id TEXT NOT NULL PRIMARY KEY, url TEXT NOT NULL, body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE sendings (
        id INTEGER PRIMARY KEY, notice TEXT NOT NULL REFERENCES notices, due_ms INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX sendings_due ON sendings (due_ms);
    """,
)
"""The schema, step by step."""

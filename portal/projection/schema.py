"""Tables of the projection.

Rule: a new step drops what the steps before it made: all of it can be read again from the node.
"""

from typing import Final

STEPS: Final = (
    """
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        chain TEXT NOT NULL, height INTEGER NOT NULL, hash TEXT NOT NULL, time_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE bills (
        patient BLOB NOT NULL, code TEXT NOT NULL, number TEXT NOT NULL,
        check_code BLOB NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, place TEXT NOT NULL,
        time_ms INTEGER NOT NULL, total_fen INTEGER NOT NULL, own_fen INTEGER NOT NULL,
        state TEXT NOT NULL, height INTEGER NOT NULL,
        PRIMARY KEY (code, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bills_of_patient ON bills (patient, time_ms DESC, code DESC, number DESC);
    """,
    """
    DROP TABLE bills;
    DELETE FROM head;
    CREATE TABLE bills (
        patient BLOB NOT NULL, code TEXT NOT NULL, number TEXT NOT NULL,
        check_code BLOB NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, place TEXT NOT NULL,
        time_ms INTEGER NOT NULL, total_fen INTEGER NOT NULL, own_fen INTEGER NOT NULL,
        height INTEGER NOT NULL, validity TEXT NOT NULL, endorsement TEXT NOT NULL,
        is_delivered INTEGER NOT NULL, is_on_paper INTEGER NOT NULL, lock_class TEXT NOT NULL,
        lock_until_ms INTEGER NOT NULL, claimed TEXT NOT NULL, books TEXT NOT NULL,
        counterpart TEXT NOT NULL, replaces TEXT NOT NULL, replaced_by TEXT NOT NULL,
        order_number TEXT NOT NULL, changed INTEGER NOT NULL,
        PRIMARY KEY (code, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bills_of_patient ON bills (patient, time_ms DESC, code DESC, number DESC);
    CREATE INDEX bills_of_block ON bills (height);
    CREATE TABLE orders (
        patient BLOB NOT NULL, number TEXT NOT NULL PRIMARY KEY, hospital TEXT NOT NULL,
        sort TEXT NOT NULL, state TEXT NOT NULL, money TEXT NOT NULL, kind TEXT NOT NULL,
        place TEXT NOT NULL, total_fen INTEGER NOT NULL, fund_fen INTEGER NOT NULL,
        other_fen INTEGER NOT NULL, account_fen INTEGER NOT NULL, due_fen INTEGER NOT NULL,
        paid_fen INTEGER NOT NULL, refunded_fen INTEGER NOT NULL, owed_fen INTEGER NOT NULL,
        due_by_ms INTEGER NOT NULL, opened_ms INTEGER NOT NULL, expiry_ms INTEGER NOT NULL,
        bill TEXT NOT NULL, changed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX orders_of_patient ON orders (patient, opened_ms DESC, number DESC);
    CREATE TABLE payments (
        provider TEXT NOT NULL, reference TEXT NOT NULL, order_number TEXT NOT NULL,
        is_applied INTEGER NOT NULL, amount_fen INTEGER NOT NULL, owed_fen INTEGER NOT NULL,
        refunded_fen INTEGER NOT NULL, due_by_ms INTEGER NOT NULL, paid_ms INTEGER NOT NULL,
        PRIMARY KEY (provider, reference)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX payments_of_order ON payments (order_number);
    """,
    """
    DROP TABLE bills;
    DROP TABLE orders;
    DROP TABLE payments;
    DELETE FROM head;
    CREATE TABLE bills (
        patient BLOB NOT NULL, code TEXT NOT NULL, number TEXT NOT NULL,
        check_code BLOB NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, place TEXT NOT NULL,
        time_ms INTEGER NOT NULL, total_fen INTEGER NOT NULL, own_fen INTEGER NOT NULL,
        height INTEGER NOT NULL, validity TEXT NOT NULL, endorsement TEXT NOT NULL,
        is_delivered INTEGER NOT NULL, is_on_paper INTEGER NOT NULL, lock_class TEXT NOT NULL,
        lock_until_ms INTEGER NOT NULL, claimed TEXT NOT NULL, books TEXT NOT NULL,
        counterpart TEXT NOT NULL, replaces TEXT NOT NULL, replaced_by TEXT NOT NULL,
        order_number TEXT NOT NULL, visit BLOB NOT NULL, changed INTEGER NOT NULL,
        PRIMARY KEY (code, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bills_of_patient ON bills (patient, time_ms DESC, code DESC, number DESC);
    CREATE INDEX bills_of_block ON bills (height);
    CREATE INDEX bills_of_visit ON bills (patient, visit);
    CREATE TABLE orders (
        patient BLOB NOT NULL, number TEXT NOT NULL PRIMARY KEY, hospital TEXT NOT NULL,
        sort TEXT NOT NULL, state TEXT NOT NULL, money TEXT NOT NULL, kind TEXT NOT NULL,
        place TEXT NOT NULL, total_fen INTEGER NOT NULL, fund_fen INTEGER NOT NULL,
        other_fen INTEGER NOT NULL, account_fen INTEGER NOT NULL, due_fen INTEGER NOT NULL,
        paid_fen INTEGER NOT NULL, refunded_fen INTEGER NOT NULL, owed_fen INTEGER NOT NULL,
        due_by_ms INTEGER NOT NULL, opened_ms INTEGER NOT NULL, expiry_ms INTEGER NOT NULL,
        bill TEXT NOT NULL, changed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX orders_of_patient ON orders (patient, opened_ms DESC, number DESC);
    CREATE TABLE payments (
        provider TEXT NOT NULL, reference TEXT NOT NULL, order_number TEXT NOT NULL,
        is_applied INTEGER NOT NULL, amount_fen INTEGER NOT NULL, owed_fen INTEGER NOT NULL,
        refunded_fen INTEGER NOT NULL, due_by_ms INTEGER NOT NULL, paid_ms INTEGER NOT NULL,
        PRIMARY KEY (provider, reference)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX payments_of_order ON payments (order_number);
    CREATE TABLE documents (
        patient BLOB NOT NULL, document TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL,
        size_class INTEGER NOT NULL, time_ms INTEGER NOT NULL, height INTEGER NOT NULL,
        sequence INTEGER NOT NULL, state TEXT NOT NULL, supersedes TEXT NOT NULL,
        superseded_by TEXT NOT NULL, visit BLOB NOT NULL, changed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX documents_of_patient ON documents (patient, height DESC, sequence DESC);
    CREATE INDEX documents_changed ON documents (patient, changed);
    CREATE INDEX documents_of_visit ON documents (patient, visit);
    """,
)
"""The schema, step by step."""

TABLES: Final = ("bills", "orders", "payments", "documents", "head")
"""All that is dropped when another past is read."""

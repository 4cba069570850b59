"""Writes one block's news into the tables, inside the transaction that writes its height.

Rule: what is told is how things stand now, so a row replaces the one before it. `changed` is the
block that last touched what a patient sees.
"""

import dataclasses
import sqlite3
from collections.abc import Iterable

from portal.projection.rows import (
    BillRow,
    DocumentRow,
    HeightNews,
    News,
    OrderRow,
    PaymentRow,
)

_Row = BillRow | OrderRow | PaymentRow | DocumentRow


def write_news(connection: sqlite3.Connection, news: News, height: int) -> frozenset[bytes]:
    """Write what a block made or changed; return the patients who see something new."""
    _replace(connection, "bills", news.bills, (height,))
    _replace(connection, "orders", news.orders, (height,))
    _replace(connection, "payments", news.payments, ())
    _replace(connection, "documents", news.documents, (height,))
    for told in news.heights:
        _write_height(connection, told, height)
    for payment in news.payments:
        connection.execute(
            "UPDATE orders SET changed = ? WHERE number = ?", (height, payment.order_number)
        )
    patients = {row.patient for row in news.bills} | {row.patient for row in news.orders}
    patients |= {row.patient for row in news.documents}
    patients |= {patient for told in news.heights for patient in _patients_of(connection, told)}
    for payment in news.payments:
        patients |= _column(
            connection, "SELECT patient FROM orders WHERE number = ?", payment.order_number
        )
    return frozenset(patients)


def columns(row: type[_Row]) -> str:
    """Return the names of a row's columns, for a query."""
    return ", ".join(field.name for field in dataclasses.fields(row))


def _replace(
    connection: sqlite3.Connection, table: str, rows: Iterable[_Row], more: tuple[int, ...]
) -> None:
    values = [(*dataclasses.astuple(row), *more) for row in rows]
    if values:
        marks = ",".join("?" * len(values[0]))
        connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)  # noqa: S608


def _write_height(connection: sqlite3.Connection, told: HeightNews, height: int) -> None:
    connection.execute(
        "UPDATE bills SET endorsement = ?, is_delivered = ?, changed = ? WHERE height = ?",
        (told.endorsement, told.is_delivered, height, told.height),
    )
    connection.executemany(
        "UPDATE bills SET endorsement = 'withheld' WHERE code = ? AND number = ?", told.withheld
    )


def _patients_of(connection: sqlite3.Connection, told: HeightNews) -> set[bytes]:
    return _column(connection, "SELECT patient FROM bills WHERE height = ?", told.height)


def _column(connection: sqlite3.Connection, query: str, value: str | int) -> set[bytes]:
    return {patient for (patient,) in connection.execute(query, (value,))}

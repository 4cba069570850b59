"""Reads one event of the node's stream into rows.

Rule: an event of another form is refused whole, before anything is written.
"""

import base64
import binascii
from typing import Any

from portal.node_client import document_parts, is_bill_name, is_order_number
from portal.projection.rows import (
    BillRow,
    DocumentRow,
    Head,
    HeightNews,
    News,
    OrderRow,
    PaymentRow,
)
from portal.pseudonyms import Pseudonyms
from primitives.errors import Unavailable

HASH_SIZE = 32
OPERATIONS_MAX = 10_000
"""Operations of a transaction are counted with four digits."""


def read_event(event: dict[str, Any], chain: str, pseudonyms: Pseudonyms) -> tuple[Head, News]:
    """Return which block an event tells, and what the block made or changed.

    Raises:
        Unavailable: `node.malformed`.
    """
    try:
        head = Head(chain, int(event["height"]), str(event["hash"]), int(event["time_ms"]))
        news = News(
            bills=tuple(_bill(told, pseudonyms) for told in event["bills"]),
            orders=tuple(_order(told) for told in event["orders"]),
            payments=tuple(_payment(told) for told in event["payments"]),
            heights=tuple(_height(told) for told in event["heights"]),
            documents=tuple(_document(told) for told in event["documents"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise Unavailable("node.malformed", "an event has another form") from error
    return head, news


def _bill(told: dict[str, Any], pseudonyms: Pseudonyms) -> BillRow:
    code, number, amounts = str(told["code"]), str(told["number"]), told["amounts"]
    if not is_bill_name(code, number):
        raise ValueError
    claim = told["claim"]
    lock = claim.get("lock") or {}
    classes = [str(item["payer_class"]) for item in claim["settlements"] if not item["reversed"]]
    return BillRow(
        patient=_patient(told),
        code=code,
        number=number,
        check_code=pseudonyms.check_code(code, number, str(told["check_code"])),
        kind=str(told["kind"]),
        issuer=str(told["issuer"]),
        place=str(told["place"]),
        time_ms=int(told["time_ms"]),
        total_fen=int(amounts["total_fen"]),
        own_fen=int(amounts["own_fen"]),
        height=int(told["height"]),
        validity=str(told["validity"]),
        endorsement=str(told["endorsement"]),
        is_delivered=int(told["delivered"]),
        is_on_paper=int((told.get("paper") or {}).get("state") == "paper_live"),
        lock_class=str(lock.get("payer_class", "")),
        lock_until_ms=int(lock.get("until_ms", 0)),
        claimed=" ".join(dict.fromkeys(classes)),
        books=str(told["books"]["state"]),
        counterpart=_name(told.get("counterpart")),
        replaces=_name(told.get("replaces")),
        replaced_by=_name(told.get("replaced_by")),
        order_number=str(told.get("order") or ""),
        visit=_hash(told["visit"]),
    )


def _order(told: dict[str, Any]) -> OrderRow:
    amounts, number = told["amounts"], str(told["order"])
    if not is_order_number(number):
        raise ValueError
    return OrderRow(
        patient=_patient(told),
        number=number,
        hospital=str(told["hospital"]),
        sort=str(told["sort"]),
        state=str(told["state"]),
        money=str(told["money"]),
        kind=str(told["kind"]),
        place=str(told["place"]),
        total_fen=int(amounts["total_fen"]),
        fund_fen=int(amounts["fund_fen"]),
        other_fen=int(amounts["other_fen"]),
        account_fen=int(amounts["account_fen"]),
        due_fen=int(told["due_fen"]),
        paid_fen=int(told["paid_fen"]),
        refunded_fen=int(told["refunded_fen"]),
        owed_fen=int(told["owed_fen"]),
        due_by_ms=int(told.get("due_by_ms") or 0),
        opened_ms=int(told["opened_ms"]),
        expiry_ms=int(told["expiry_ms"]),
        bill=_name(told.get("bill")),
    )


def _payment(told: dict[str, Any]) -> PaymentRow:
    return PaymentRow(
        provider=str(told["provider"]),
        reference=str(told["reference"]),
        order_number=str(told["order"]),
        is_applied=int(told["state"] == "applied"),
        amount_fen=int(told["amount_fen"]),
        owed_fen=int(told["owed_fen"]),
        refunded_fen=int(told["refunded_fen"]),
        due_by_ms=int(told.get("due_by_ms") or 0),
        paid_ms=int(told["paid_ms"]),
    )


def _document(told: dict[str, Any]) -> DocumentRow:
    document, state = str(told["document"]), str(told["state"])
    height, transaction, operation = document_parts(document)
    supersedes, superseded_by = told["supersedes"] or "", told["superseded_by"] or ""
    for name in filter(None, (supersedes, superseded_by)):
        document_parts(name)
    is_whole = height == told["height"] and len(_patient(told)) == HASH_SIZE
    if not (is_whole and state == ("superseded" if superseded_by else "published")):
        raise ValueError
    return DocumentRow(
        patient=_patient(told),
        document=document,
        kind=str(told["kind"]),
        size_class=int(told["size_class"]),
        time_ms=int(told["time_ms"]),
        height=height,
        sequence=transaction * OPERATIONS_MAX + operation,
        state=state,
        supersedes=supersedes,
        superseded_by=superseded_by,
        visit=_hash(told["visit"]),
    )


def _height(told: dict[str, Any]) -> HeightNews:
    return HeightNews(
        height=int(told["height"]),
        endorsement=str(told["endorsement"]),
        withheld=tuple((str(item["code"]), str(item["number"])) for item in told["withheld"]),
        is_delivered=int(told["delivered"]),
    )


def _name(told: dict[str, Any] | None) -> str:
    if told is None:
        return ""
    code, number = str(told["code"]), str(told["number"])
    if not is_bill_name(code, number):
        raise ValueError
    return f"{code}/{number}"


def _hash(text: str) -> bytes:
    """Return a keyed hash; empty for none."""
    data = base64.urlsafe_b64decode(text + "==")
    if len(data) not in (0, HASH_SIZE):
        raise ValueError
    return data


def _patient(told: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64decode(str(told["patient"]) + "==")

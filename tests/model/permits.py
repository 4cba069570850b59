"""Who may do what, told again from the law's table."""

from tests.model.people import at_work
from tests.model.province import Act, Province, need, refuse

ANY = ("finance", "hospital", "insurer", "health", "audit", "provider")
PERMITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "request_numbers": (("hospital",), ("desk",)),
    "decline_request": (("finance",), ("desk",)),
    "allot_numbers": (("finance",), ("desk",)),
    "freeze_range": (("finance",), ("desk",)),
    "release_range": (("finance",), ("desk",)),
    "return_range": (("finance",), ("desk",)),
    "write_off_range": (("finance",), ("desk",)),
    "freeze_unit": (("finance",), ("desk",)),
    "release_unit": (("finance",), ("desk",)),
    "void_number": (("hospital",), ("desk",)),
    "issue_bill": (("hospital",), ("desk",)),
    "reverse_bill": (("hospital",), ("desk",)),
    "exchange_for_paper": (("hospital",), ("desk",)),
    "void_paper": (("hospital",), ("desk",)),
    "endorse_bills": (("finance",), ("desk",)),
    "anchor_originals": (("hospital",), ("desk",)),
    "open_order": (("hospital",), ("desk",)),
    "cancel_order": (("hospital", "provider"), ("desk", "provider")),
    "record_payment": (("provider",), ("provider",)),
    "record_refund": (("provider",), ("provider",)),
    "reconcile_payments": (("provider",), ("provider",)),
    "lock_claim": (("insurer",), ("desk",)),
    "settle_claim": (("insurer",), ("desk",)),
    "release_claim": (("insurer", "finance"), ("desk",)),
    "reverse_settlement": (("insurer",), ("desk",)),
    "rotate_holder": (ANY, ("desk",)),
    "book_bill": (("insurer",), ("desk",)),
    "archive_bill": (("hospital", "insurer"), ("desk",)),
    "publish_document": (("hospital",), ("desk",)),
    "supersede_document": (("hospital",), ("desk",)),
    "issue_key": (ANY, ("governance",)),
    "limit_key": (ANY, ("governance",)),
    "revoke_key": (ANY, ("governance",)),
    "rotate_key": (ANY, ("governance",)),
    "rotate_certificate": (ANY, ("governance",)),
    "signal_readiness": (ANY, ("desk",)),
    "propose": (ANY, ("governance",)),
    "vote": (ANY, ("governance",)),
}
"""Roles that may, and purposes of the key that signs."""


def check(p: Province, act: Act, name: str) -> None:
    """Refuse whom the table does not let."""
    member = p.members.get(act.sender)
    if member is None:
        refuse("no member")
    need(member.standing == "active", "not an active member")
    purpose = member.keys.get(act.key)
    if purpose is not None:
        end = member.ends.get(act.key)
        need(end is None or act.now < end, "the key is over")
    else:
        person = member.people.get(act.key)
        if person is None or person["revoked"] or act.now >= person["until"]:
            refuse("no such key")
        need(at_work(person, act.now), "not at this hour")
        purpose = person["purpose"]
    roles, purposes = PERMITS[name]
    need(any(role in member.roles for role in roles), "not in this role")
    need(purpose in purposes, "not with this key")

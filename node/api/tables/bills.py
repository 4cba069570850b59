"""Routes about bills."""

from node.api import answers, bill_answers
from node.api.bills import get_bill, get_bills, issue_bills
from node.api.checking import check_bill
from node.api.details import get_details, get_sealed
from node.api.exports import FORMATS, export_bill, lift_withheld
from node.api.proof import get_absence, get_proof
from node.api.routes import (
    CODE_QUERY,
    CURSOR,
    LIMIT,
    NUMBER_QUERY,
    TEXT,
    WAIT,
    Parameter,
    Route,
)

_BILL = "/v1/bills/{code}/{number}"

BILLS = (
    Route(
        "POST",
        "/v1/bills",
        issue_bills,
        "Issue bills, idempotently by business number.",
        scope="desk",
        answer=bill_answers.IssuedBills,
        lines="A line of the hospital's system as it wrote it; as NDJSON up to 1,000 lines.",
        query=(WAIT,),
    ),
    Route(
        "GET",
        "/v1/bills",
        get_bills,
        "Bills by code and number.",
        scope="read",
        answer=bill_answers.Faces,
        query=(
            CURSOR,
            LIMIT,
            Parameter("issuer", TEXT, "Only bills of this hospital."),
            Parameter(
                "business_number",
                TEXT,
                "Only the bill with this business number, of `issuer` or of this agency.",
            ),
        ),
    ),
    Route(
        "GET",
        _BILL,
        get_bill,
        "The face of a bill.",
        scope="read",
        answer=bill_answers.Face,
        refusals=(404,),
    ),
    Route(
        "GET",
        _BILL + "/details",
        get_details,
        "A bill's details; at its issuer. Each opening is recorded.",
        scope="details",
        answer=bill_answers.Details,
        refusals=(404,),
    ),
    Route(
        "GET",
        _BILL + "/sealed",
        get_sealed,
        "A bill's sealed details with their key; at its issuer.",
        scope="details",
        answer=bill_answers.Sealed,
        refusals=(404,),
    ),
    Route(
        "GET",
        _BILL + "/proof",
        get_proof,
        "The portable receipt of a bill.",
        scope="read",
        query=(
            Parameter("details", {"type": "string", "enum": ["0", "1"]}, "1 puts the details in."),
        ),
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/absence",
        get_absence,
        "The proof that no bill has a code and number.",
        scope="read",
        query=(CODE_QUERY, NUMBER_QUERY),
    ),
    Route(
        "GET",
        _BILL + "/export",
        export_bill,
        "A bill in a format of the outside world; at its issuer. Each opening is recorded.",
        scope="details",
        media=", ".join(sorted({form.media for form in FORMATS.values()})),
        query=(Parameter("format", {"enum": list(FORMATS)}, "`xml` without."),),
        refusals=(404,),
    ),
    Route(
        "POST",
        "/v1/endorsements/lift",
        lift_withheld,
        "Endorse bills after all that finance withheld; at finance.",
        scope="desk",
        answer=answers.Transaction,
        body=bill_answers.LiftRequest,
    ),
    Route(
        "POST",
        "/v1/check",
        check_bill,
        "Whether five elements are those of one bill, and how it stands.",
        scope="read",
        answer=bill_answers.Check,
        body=bill_answers.CheckRequest,
        refusals=(429,),
    ),
)
"""Routes of bills."""

"""Routes about medical records."""

from exchange.fhir_bundle import BUNDLE_SIZE_MAX
from node.api import record_answers
from node.api.records import (
    PATIENT_NUMBER,
    get_bill_openings,
    get_portal_record,
    get_record,
    get_record_history,
    get_record_openings,
    get_record_text,
    get_records,
    publish_records,
)
from node.api.routes import CURSOR, LIMIT, TEXT, WAIT, Parameter, Route

_RECORD = "/v1/records/{custodian}/{document}"
_SESSION = Parameter("session", TEXT, "The portal's opaque name of the session.")

RECORDS = (
    Route(
        "POST",
        "/v1/records",
        publish_records,
        "Publish a patient's records, idempotently by the names of their resources.",
        scope="desk",
        answer=record_answers.PublishedRecords,
        bundle="A FHIR R4 bundle of one patient, of 16 MiB at most.",
        query=(
            WAIT,
            Parameter(
                "amend",
                {"type": "integer", "minimum": 0, "maximum": 1},
                "1: what says something else than before takes the place of its document.",
            ),
        ),
        headers=(Parameter(PATIENT_NUMBER, TEXT, "The hospital's own number of the patient."),),
        size_max_bytes=BUNDLE_SIZE_MAX,
    ),
    Route(
        "GET",
        "/v1/records",
        get_records,
        "Own documents as the chain knows them, oldest first.",
        scope="read",
        answer=record_answers.RecordFaces,
        query=(CURSOR, LIMIT),
    ),
    Route(
        "GET",
        _RECORD,
        get_record,
        "A document as the chain knows it.",
        scope="read",
        answer=record_answers.RecordFace,
        refusals=(404,),
    ),
    Route(
        "GET",
        f"{_RECORD}/history",
        get_record_history,
        "A document with those that it amends and that amend it.",
        scope="read",
        answer=record_answers.RecordHistory,
        refusals=(404,),
    ),
    Route(
        "GET",
        f"{_RECORD}/text",
        get_record_text,
        "An own document's text, its seed in the header Document-Seed. Each opening is recorded.",
        scope="details",
        media="application/json",
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/portal/records/{document}",
        get_portal_record,
        "A document's text for a logged-in patient's session, its seed in Document-Seed.",
        scope="portal",
        media="application/json",
        query=(_SESSION,),
        refusals=(404, 429),
    ),
    Route(
        "GET",
        "/v1/portal/records/{document}/openings",
        get_record_openings,
        "Who opened a document of late.",
        scope="portal",
        answer=record_answers.Openings,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/portal/bills/{code}/{number}/openings",
        get_bill_openings,
        "Who opened a bill's details of late.",
        scope="portal",
        answer=record_answers.Openings,
        refusals=(404,),
    ),
)
"""Routes of records."""

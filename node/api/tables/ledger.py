"""Routes about members, keys, numbers, rules and votes, and finance's reports."""

from node.api import answers, bill_answers, ledger_answers, report_answers
from node.api.members import (
    get_agencies,
    get_agency,
    get_bills_of_key,
    get_keys,
    get_parameters,
    get_proposal,
    get_proposals,
    get_units,
)
from node.api.ranges import allot_numbers, get_ranges, get_requests
from node.api.reports import get_days_report, get_open_report, get_ranges_report
from node.api.routes import CURSOR, LIMIT, TEXT, WAIT, Parameter, Route

_UNIT = Parameter("unit", TEXT, "Only this hospital's.")
_STATE = Parameter("state", TEXT, "Only those in this state.")
_AGENCY = Parameter("agency", TEXT, "Whose; this agency's without.")
_DAY = {"type": "string", "pattern": "^[0-9]{8}$"}

LEDGER = (
    Route(
        "GET",
        "/v1/agencies",
        get_agencies,
        "All members.",
        scope="read",
        answer=ledger_answers.Agencies,
    ),
    Route(
        "GET",
        "/v1/agencies/{agency}",
        get_agency,
        "One member.",
        scope="read",
        answer=ledger_answers.Agency,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/keys",
        get_keys,
        "People's keys with their limits and what they did lately.",
        scope="read",
        answer=ledger_answers.PersonKeys,
        query=(CURSOR, LIMIT, _AGENCY),
    ),
    Route(
        "GET",
        "/v1/keys/{key_id}/bills",
        get_bills_of_key,
        "The bills that a key issued or reversed.",
        scope="read",
        answer=bill_answers.Faces,
        query=(CURSOR, LIMIT, _AGENCY),
    ),
    Route(
        "GET",
        "/v1/parameters",
        get_parameters,
        "The chain's parameters.",
        scope="read",
        answer=ledger_answers.LedgerParameters,
    ),
    Route(
        "GET",
        "/v1/proposals",
        get_proposals,
        "What members proposed, oldest first.",
        scope="read",
        answer=ledger_answers.Proposals,
        query=(CURSOR, LIMIT, _STATE),
    ),
    Route(
        "GET",
        "/v1/proposals/{proposal}",
        get_proposal,
        "One proposal with its votes.",
        scope="read",
        answer=ledger_answers.Proposal,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/v1/requests",
        get_requests,
        "What units asked finance for.",
        scope="read",
        answer=ledger_answers.NumberRequests,
        query=(CURSOR, LIMIT, _UNIT, _STATE),
    ),
    Route(
        "GET",
        "/v1/ranges",
        get_ranges,
        "All allotted number ranges.",
        scope="read",
        answer=report_answers.NumberRanges,
        query=(_UNIT, _STATE),
    ),
    Route(
        "POST",
        "/v1/ranges",
        allot_numbers,
        "Allot a number range; at finance.",
        scope="desk",
        answer=answers.Transaction,
        body=report_answers.RangeRequest,
        query=(WAIT,),
    ),
    Route(
        "GET",
        "/v1/units",
        get_units,
        "All hospitals, and whether they may issue.",
        scope="read",
        answer=ledger_answers.Units,
    ),
    Route(
        "GET",
        "/v1/reports/ranges",
        get_ranges_report,
        "What became of every number: allotted = blue + red + void + unused.",
        scope="read",
        answer=report_answers.RangesReport,
        query=(_UNIT,),
    ),
    Route(
        "GET",
        "/v1/reports/days",
        get_days_report,
        "What units issued and reversed a day.",
        scope="read",
        answer=report_answers.DaysReport,
        query=(
            CURSOR,
            LIMIT,
            _UNIT,
            Parameter("first", _DAY, "From this day on, yyyymmdd."),
            Parameter("last", _DAY, "Up to this day, yyyymmdd."),
        ),
    ),
    Route(
        "GET",
        "/v1/reports/open",
        get_open_report,
        "What somebody must still settle.",
        scope="read",
        answer=report_answers.OpenReport,
        query=(CURSOR, LIMIT),
    ),
)
"""Routes of the ledger."""

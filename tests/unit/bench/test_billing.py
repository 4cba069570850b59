"""The lines of the benchmark's hospital are new bills, and else those of a real day."""

import json
from itertools import islice

from bench.billing import day_bills, fresh_lines, is_committed
from bench.run import HIS_FILE
from ledger.bill_details import read_bill_line
from ledger.parameters import Parameters

NOW_MS = 1_790_000_000_000


def test_the_day_goes_round_with_numbers_that_never_come_again() -> None:
    day = day_bills(HIS_FILE)[:3]
    bills = [
        read_bill_line(line, Parameters(), NOW_MS) for line in islice(fresh_lines(day, "x"), 7)
    ]
    numbers = [bill.business_number for bill in bills]
    lines = [number for bill in bills for number in bill.line_numbers]
    assert len(set(numbers)) == 7
    assert len(set(lines)) == len(lines) >= 7


def test_what_else_a_line_says_stays() -> None:
    day = day_bills(HIS_FILE)[:1]
    told = json.loads(next(fresh_lines(day, "x")))
    changed = {name for name, value in told.items() if value != day[0][name]}
    assert changed == {"busNo", "listDetail"}


def test_an_answer_counts_when_all_its_bills_are_final() -> None:
    done, waiting = {"status": "committed"}, {"status": "unknown"}
    assert is_committed([done, done])
    assert not is_committed([done, waiting])
    assert not is_committed([])

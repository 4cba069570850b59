"""The whole PDF: the same bytes twice, fonts inside, every line there."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.bill import StatusBlock
from exchange.pdf import bill_pdf
from primitives.errors import NodeFault
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.pdf_pages import fonts_of, text_of
from tests.support.refusals import refused

ROOT = Path(__file__).parents[3]
ANEW = """
import hashlib
from exchange.pdf import bill_pdf
from tests.support.exchange_bills import good_bill
print(hashlib.sha256(bill_pdf(good_bill())).hexdigest())
"""


def test_the_same_bill_gives_the_same_bytes_whatever_was_made_between() -> None:
    first = bill_pdf(good_bill())
    bill_pdf(red_bill(bill_of_line(hospital_day()[7])))
    assert bill_pdf(good_bill()) == first
    assert bill_pdf(replace(good_bill(), check_code="000000")) != first


def test_another_process_makes_the_same_bytes() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ANEW],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    digest = hashlib.sha256(bill_pdf(good_bill())).hexdigest()
    assert told.stdout.decode().strip() == digest


def test_every_font_is_embedded_and_only_in_part(tmp_path: Path) -> None:
    pdf = bill_pdf(good_bill())
    fonts = fonts_of(pdf, tmp_path)
    assert fonts
    assert all("WenQuanYiMicroHei" in font[0] and font[-5:-2] == ["yes"] * 3 for font in fonts)
    assert len(pdf) < 100_000


def test_the_longest_list_stands_in_it_to_the_last_line(tmp_path: Path) -> None:
    line = max(hospital_day(), key=len)
    pages = text_of(bill_pdf(bill_of_line(line)), tmp_path).split("\f")
    items = json.loads(line)["listDetail"]
    assert len(items) == 353
    assert f"第1/{len(pages) - 2}页" in "".join(pages[1].split())
    found = [row.split()[0] for page in pages[1:] for row in page.splitlines() if row.strip()]
    assert [code for code in found if code.isdigit()] == [item["code"] for item in items]


def test_a_reversed_bill_is_marked_on_every_page(tmp_path: Path) -> None:
    status = StatusBlock(is_reversed=True, reversal_code="46060226", reversal_number=900)
    marked = bill_pdf(replace(good_bill(), status=status))
    assert marked.count(b"/ca .16") == 2
    assert b"/ca " not in bill_pdf(good_bill())
    first, second, _ = text_of(marked, tmp_path).split("\f")
    assert "已作废（冲红），红字票据 46060226 0000000900" in first
    assert all(sign in first and sign in second for sign in "已冲红")


def test_a_bill_without_a_list_is_one_page(tmp_path: Path) -> None:
    line = good_line()
    del line["listDetail"]
    assert text_of(bill_pdf(bill_of_line(encoded(line))), tmp_path).count("\f") == 1


def test_classes_that_the_face_has_no_room_for_stand_in_the_list(tmp_path: Path) -> None:
    line: dict[str, Any] = good_line()
    del line["listDetail"]
    line["chargeDetail"] = [
        {"chargeCode": f"{n}", "chargeName": f"费用{n:02d}", "amt": "1.00"} for n in range(30)
    ]
    bill = replace(bill_of_line(encoded(line)), total_fen=3000)
    _, pages, _ = text_of(bill_pdf(bill), tmp_path).split("\f")
    assert all(f"费用{n:02d}" in pages for n in range(30))


def test_the_title_names_the_bill_and_nobody(tmp_path: Path) -> None:
    told = bill_pdf(good_bill())
    (tmp_path / "a.pdf").write_bytes(told)
    info = subprocess.run(
        ["pdfinfo", str(tmp_path / "a.pdf")], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    assert "医疗收费电子票据 46060226 0000000001" in info
    assert "马娜" not in info


def test_without_a_font_or_with_wrong_amounts_there_is_no_pdf() -> None:
    with pytest.raises(NodeFault, match="fonts-wqy-microhei"):
        bill_pdf(good_bill(), font_paths=["/nowhere.ttf"])
    with refused("xml.sum_of_items"):
        bill_pdf(replace(good_bill(), total_fen=1))

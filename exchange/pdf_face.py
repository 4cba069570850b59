"""The face (票面) of the PDF: one page that reads like the bill people know.

Rule: every figure is the bill's own text; amounts of a red bill stand with their sign. No seal
is drawn: who signed is said in words and proven by the XML.
Source: the layout of the national medical fee e-bill, outpatient and inpatient.
"""

from typing import Final

from exchange.amount_words import amount_words
from exchange.bill import ExchangeBill, issue_date, turned
from exchange.hospital_line import Fields, HospitalLine
from exchange.national_values import form_defaults, handling_person
from exchange.pdf_marks import draw_qr
from exchange.pdf_pen import FORM, INK, PALE, Pen
from exchange.qr_text import qr_text
from primitives.units import format_yuan, parse_fen

WIDTH: Final = 595.28
HEIGHT: Final = 419.53
"""A5, lying: as wide as the A4 of the list."""
LEFT: Final = 30.0
RIGHT: Final = WIDTH - 30.0
ROWS: Final = 7
"""Rows of the item table; there are two tables side by side."""
ROW_HEIGHT: Final = 15.5
_TOP: Final = 288.0
_QR_SIDE: Final = 66.0
_SIZE: Final = 8.5
CARE_TYPES: Final = {
    "01": "职工医保",
    "02": "居民医保",
    "03": "新农合",
    "04": "贫困救助",
    "05": "商业保险",
    "06": "全公费",
    "07": "全自费",
    "99": "其他",
}
"""medCareTypeCode as connectors have it."""
_MORE: Final = "其余项目（见清单）"


def draw_face(pen: Pen, bill: ExchangeBill, line: HospitalLine) -> None:
    """Draw the face of a bill on the current page."""
    _head(pen, bill, line)
    bottom = _items(pen, bill, line)
    bottom = _total(pen, bill, bottom)
    _others(pen, bill, line, bottom)
    _foot(pen, bill, line)


def day_text(date: str) -> str:
    """Return yyyyMMdd as a day on paper; a text of another form as it is."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 else date


def masked(number: str) -> str:
    """Return an id number of which the middle is hidden."""
    return number if len(number) < 12 else f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def status_words(bill: ExchangeBill) -> list[str]:
    """Return what became of a bill, a sentence each."""
    status = bill.status
    words = ["财政监制：已核验" if status.is_endorsed else "财政监制：尚未核验"]
    if bill.is_red:
        words.append(f"红字票据，冲销 {bill.related_code} {bill.related_number:010d}")
    if status.is_reversed:
        red = f"{status.reversal_code} {status.reversal_number:010d}"
        words.append(f"已作废（冲红），红字票据 {red}")
    if status.is_exchanged:
        words.append(f"已换开纸质票据 {status.paper_code} {status.paper_number}")
    if status.is_accounted:
        booked = format_yuan(status.accounted_fen)
        words.append(f"已入账 {day_text(status.accounted_date)}，{booked} 元")
    return words


def face_rows(bill: ExchangeBill, line: HospitalLine) -> list[tuple[str, str, str]]:
    """Return name, quantity and amount of each row of the item table, at most twice `ROWS`."""
    rows = [_row(bill, row) for row in line.charges]
    if len(rows) <= 2 * ROWS:
        return rows
    kept = rows[: 2 * ROWS - 1]
    rest_fen = sum(parse_fen(row["amt"], "amt") for row in line.charges[len(kept) :])
    return [*kept, (_MORE, "", format_yuan(-rest_fen if bill.is_red else rest_fen))]


def _row(bill: ExchangeBill, row: Fields) -> tuple[str, str, str]:
    figures = [row.get("number", ""), row.get("amt", "")]
    quantity, amount = (turned(text) if bill.is_red else text for text in figures)
    return row.get("chargeName", row.get("chargeCode", "")), quantity, amount


def _head(pen: Pen, bill: ExchangeBill, line: HospitalLine) -> None:
    draw_qr(pen, (LEFT + 4, HEIGHT - 30 - _QR_SIDE), _QR_SIDE, qr_text(bill))
    middle = WIDTH / 2
    pen.write_middle((middle, HEIGHT - 46), "医疗收费电子票据", 19, FORM)
    wide = pen.width("医疗收费电子票据", 19) / 2 + 14
    for y in (HEIGHT - 54, HEIGHT - 56.5):
        pen.rule((middle - wide, y), (middle + wide, y), 0.7)
    form = {**form_defaults(bill, line), **dict(bill.form_values)}
    pen.write_middle((middle, HEIGHT - 69), form["EInvoiceName"], 9, FORM)
    if bill.supervisor_name:
        pen.write_middle((middle, HEIGHT - 81), f"监制：{bill.supervisor_name}", 7.5, FORM)
    fields = line.fields
    left = (
        ("票据代码", bill.code),
        ("交款人证件", masked(fields.get("idCardNo", ""))),
        ("交款人", fields.get("payer", "")),
    )
    right = (
        ("票据号码", bill.number_text),
        ("校验码", bill.check_code),
        ("开票日期", day_text(issue_date(bill.time_ms))),
    )
    for index in range(3):
        y = _TOP + 36 - 13.5 * index
        _pair(pen, (LEFT + 84, y), left[index], 200)
        _pair(pen, (RIGHT - 150, y), right[index], 150)


def _pair(pen: Pen, place: tuple[float, float], pair: tuple[str, str], width: float) -> None:
    """Write a printed word and what is filled in behind it."""
    label = f"{pair[0]}："
    wide = pen.width(label, _SIZE)
    pen.write(place, label, _SIZE, FORM)
    pen.write_fitted((place[0] + wide, place[1]), pair[1], _SIZE, width - wide)


def _items(pen: Pen, bill: ExchangeBill, line: HospitalLine) -> float:
    """Draw the table of charge classes and return where it ends."""
    half = (RIGHT - LEFT) / 2
    edges = [LEFT, LEFT + 0.52 * half, LEFT + 0.68 * half, LEFT + half]
    ys = [_TOP - ROW_HEIGHT * row for row in range(ROWS + 2)]
    pen.grid([*edges, *(x + half for x in edges[1:])], ys)
    rows = face_rows(bill, line)
    for side in (0, 1):
        shift = side * half
        for text, start, end in zip(
            ("项目名称", "数量", "金额（元）"), edges, edges[1:], strict=False
        ):
            pen.write_middle((shift + (start + end) / 2, _TOP - 11), text, _SIZE, FORM)
        for index, (name, quantity, amount) in enumerate(rows[side * ROWS : (side + 1) * ROWS]):
            y = _TOP - ROW_HEIGHT * (index + 2) + 4.5
            width = edges[1] - edges[0] - 8
            pen.write_fitted((shift + edges[0] + 4, y), name, _SIZE, width)
            pen.write_right((shift + edges[2] - 4, y), quantity, _SIZE)
            pen.write_right((shift + edges[3] - 4, y), amount, _SIZE)
    return ys[-1]


def _total(pen: Pen, bill: ExchangeBill, top: float) -> float:
    bottom = top - 18
    pen.grid([LEFT, RIGHT], [top, bottom])
    y = bottom + 5.5
    pen.write((LEFT + 4, y), "金额合计（大写）", _SIZE, FORM)
    pen.write_fitted((LEFT + 78, y), amount_words(bill.total_fen), 9.5, 270)
    pen.write((RIGHT - 150, y), "（小写）", _SIZE, FORM)
    pen.write_right((RIGHT - 6, y), f"¥ {format_yuan(bill.total_fen)}", 9.5)
    return bottom


def other_pairs(bill: ExchangeBill, line: HospitalLine) -> list[tuple[str, str]]:
    """Return what stands in the box below the total: who pays what, and the visit."""
    fields = line.fields

    def figure(key: str) -> str:
        text = fields.get(key, "")
        return turned(text) if bill.is_red else text

    care_type = fields.get("medCareTypeCode", "")
    stay = [day_text(fields.get(key, "")) for key in ("inHospitalDate", "outHospitalDate")]
    visit = (
        [("住院号", fields.get("hospitalizationNumber", "")), ("住院日期", " 至 ".join(stay))]
        if line.is_inpatient
        else [
            ("门诊号", fields.get("patientNo", "")),
            ("就诊日期", day_text(fields.get("consultationDate", ""))),
        ]
    )
    return [
        ("医保统筹基金支付", format_yuan(bill.fund_fen)),
        ("其他支付", format_yuan(bill.other_fen)),
        ("业务流水号", bill.business_number),
        ("个人账户支付", format_yuan(bill.account_fen)),
        ("个人现金支付", format_yuan(bill.own_fen)),
        visit[0],
        ("个人自付", figure("selfPayAmt")),
        ("个人自费", figure("selfConceitedAmt")),
        visit[1],
        ("性别", fields.get("sex", "")),
        ("医保类型", CARE_TYPES.get(care_type, care_type)),
        ("医保编号", fields.get("medicalInsuranceID", "")),
    ]


def _others(pen: Pen, bill: ExchangeBill, line: HospitalLine, top: float) -> None:
    bottom = top - 62
    pen.grid([LEFT, LEFT + 20, RIGHT], [top, bottom])
    for index, sign in enumerate("其他信息"):
        pen.write_middle((LEFT + 10, top - 16 - 12 * index), sign, _SIZE, FORM)
    widths = (150.0, 140.0, RIGHT - LEFT - 20 - 290)
    for index, pair in enumerate(other_pairs(bill, line)):
        row, column = divmod(index, 3)
        x = LEFT + 26 + sum(widths[:column])
        _pair(pen, (x, top - 14.5 - 13.5 * row), pair, widths[column] - 8)


def _foot(pen: Pen, bill: ExchangeBill, line: HospitalLine) -> None:
    y = 55.0
    _pair(pen, (LEFT, y), ("收款单位", bill.issuer_name), 280)
    checker = line.fields.get("checker", "")
    _pair(pen, (LEFT + 290, y), ("复核人", checker), 110)
    _pair(pen, (LEFT + 405, y), ("收款人", line.fields.get("payee") or handling_person(line)), 130)
    pen.write_fitted((LEFT, 40), "；".join(status_words(bill)), 7.5, RIGHT - LEFT, INK)
    small = (
        f"统一社会信用代码 {bill.issuer_uscc}。本页为电子票据的版式，以单位签名的 XML 原件为准。"
    )
    pen.write_fitted((LEFT, 28), small, 6.5, RIGHT - LEFT, PALE)

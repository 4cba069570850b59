"""Bills, their papers, claims and books, told again from the law."""

from typing import Any

from tests.model import money, numbers, people
from tests.model.province import Act, Province, need, refuse

Name = tuple[str, int]


def issue_bill(
    p: Province,
    act: Act,
    place: str,
    kind: str,
    business_number: str,
    amounts: tuple[int, int, int, int, int],
    document: int,
    holder: str,
    explicit: tuple[str, int, int] | None = None,
    replaces: Name | None = None,
    order: str | None = None,
    insurance: tuple[str, str] | None = None,
) -> Name:
    """Issue a bill; return its name."""
    need(not p.members[act.sender].is_frozen, "the unit is frozen")
    check_amounts(amounts)
    existing = p.latest.get((act.sender, business_number))
    need(existing is None or existing == replaces, "the business number has a bill")
    if explicit is not None:
        code, number, first = numbers.take_explicit(p, act, explicit, place, kind, amounts[0])
    else:
        code, number, first = numbers.take_number(p, act, place, kind, amounts[0])
    people.use(p, act, kind, place, amounts[0])
    name = (code, number)
    if order is not None:
        terms = (place, kind, amounts, document, holder)
        money.bill_order(p, act, order, terms, replaces, name, first)
    if replaces is not None:
        old = p.bill(replaces, act.sender)
        need(old["validity"] == "reversed" and old["replaced_by"] is None, "nothing to replace")
        old["replaced_by"] = name
    if insurance is not None:
        _insure(p, insurance, amounts, name)
    p.bills[name] = {
        "issuer": act.sender,
        "place": place,
        "kind": kind,
        "business_number": business_number,
        "amounts": amounts,
        "document": document,
        "holder": holder,
        "height": act.height,
        "range_first": first,
        "key": act.key,
        "validity": "issued",
        "counterpart": None,
        "replaces": replaces,
        "replaced_by": None,
        "order": order,
        "paper": None,
        "lock": None,
        "settlements": [],
        "bookings": [],
        "archive": None,
    }
    p.latest[act.sender, business_number] = name
    p.faces.setdefault(act.height, []).append(name)
    return name


def _insure(p: Province, insurance: tuple[str, str], amounts: tuple[int, ...], name: Name) -> None:
    insurer = p.members.get(insurance[0])
    need(insurer and "insurer" in insurer.roles, "no such insurer")
    need(amounts[1] > 0, "the fund pays nothing")
    used = p.references.get(insurance)
    need(used is None or p.bills[used]["validity"] != "issued", "the settlement is used")
    claimed = [] if used is None else p.bills[used]["settlements"]
    mine = [(item["payer"], item["reference"]) for item in claimed]
    need(insurance not in mine, "the settlement was one of a claim")
    p.references[insurance] = name


def check_amounts(amounts: tuple[int, ...]) -> None:
    need(amounts[0] == sum(amounts[1:]) and min(amounts[1:]) >= 0, "amounts do not add up")


def reverse_bill(p: Province, act: Act, name: Name) -> Name:
    """Take a bill back; return the red one's name."""
    blue = p.bill(name, act.sender)
    need(blue["validity"] == "issued", "it does not count any more")
    lock = blue["lock"]
    need(lock is None or lock["until"] <= act.now, "a claim holds it")
    need(not standing(blue), "a claim was paid on it")
    need(blue["paper"] is None or blue["paper"]["state"] != "live", "its paper is out")
    mirrored = tuple(-amount for amount in blue["amounts"])
    code, number, first = numbers.take_number(
        p, act, blue["place"], blue["kind"], mirrored[0], red=True
    )
    people.use(p, act, blue["kind"], blue["place"], blue["amounts"][0])
    red = (code, number)
    p.bills[red] = {
        **blue,
        "amounts": mirrored,
        "height": act.height,
        "range_first": first,
        "key": act.key,
        "validity": "red",
        "counterpart": name,
        "holder": blue["holder"],
        "replaces": None,
        "replaced_by": None,
        "order": None,
        "paper": None,
        "lock": None,
        "settlements": [],
        "bookings": [],
        "archive": None,
        "moved": None,
    }
    blue["validity"], blue["counterpart"] = "reversed", red
    if blue["order"] is not None:
        money.reverse_order(p, act, blue["order"], name)
    p.faces.setdefault(act.height, []).append(red)
    return red


def exchange_for_paper(p: Province, act: Act, name: Name, code: str, number: str) -> None:
    bill = p.bill(name, act.sender)
    need(bill["validity"] == "issued", "it does not count")
    need((act.sender, code, number) not in p.forms, "the form is used")
    p.forms.add((act.sender, code, number))
    count = bill["paper"]["count"] + 1 if bill["paper"] else 1
    bill["paper"] = {"state": "live", "form": (code, number), "count": count}


def void_paper(p: Province, act: Act, name: Name, code: str, number: str) -> None:
    bill = p.bill(name, act.sender)
    need(bill["validity"] != "red", "a red bill has no paper")
    paper = bill["paper"]
    need(paper and paper["state"] == "live", "no paper is out")
    need(paper["form"] == (code, number), "another form is out")
    bill["paper"] = {**paper, "state": "void"}


def standing(bill: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the settlements that were not taken back."""
    return [item for item in bill["settlements"] if not item["reversed"]]


def lock_claim(
    p: Province,
    act: Act,
    name: Name,
    payer_class: int,
    amount: int,
    until: int,
    grant: dict[str, Any] | None,
) -> None:
    bill = p.bill(name)
    need(bill["validity"] == "issued", "it does not count")
    lock = bill["lock"]
    need(lock is None or lock["until"] <= act.now, "another holds it")
    withheld = p.endorsed.get(bill["height"])
    need(withheld is not None and name not in withheld, "finance did not endorse it")
    if grant is None:
        need((act.sender, payer_class) in p.settings.statutory, "no power and no grant")
    else:
        need(grant["until"] >= act.now, "the grant is over")
        said = (grant["bill"], grant["payer"], grant["class"], grant["by"])
        need(said == (name, act.sender, payer_class, holder_of(bill)), "the holder did not say so")
    need(act.now < until <= act.now + p.settings.claim_lease_max_ms, "no such lease")
    paid = standing(bill)
    need(all(item["class"] != payer_class for item in paid), "the class has paid")
    need(len(bill["settlements"]) < 16, "too many settlements")
    burden = bill["amounts"][3] + bill["amounts"][4]
    need(amount <= burden - sum(item["amount"] for item in paid), "more than the burden")
    if lock is None:
        p.range_of(name)["counts"]["locked"] += 1
    bill["lock"] = {"payer": act.sender, "class": payer_class, "amount": amount, "until": until}


def settle_claim(p: Province, act: Act, name: Name, amount: int, reference: str) -> None:
    bill = p.bill(name)
    lock = bill["lock"]
    need(lock and lock["payer"] == act.sender, "you do not hold it")
    need(act.now < lock["until"], "the lease is over")
    need(amount <= lock["amount"], "more than was locked")
    need((act.sender, reference) not in p.references, "the settlement number is used")
    p.references[act.sender, reference] = name
    bill["settlements"].append(
        {
            "payer": act.sender,
            "class": lock["class"],
            "amount": amount,
            "reference": reference,
            "reversed": False,
        }
    )
    bill["lock"] = None
    p.range_of(name)["counts"]["locked"] -= 1


def release_claim(p: Province, act: Act, name: Name) -> None:
    bill = p.bill(name)
    lock = bill["lock"]
    need(lock, "nobody holds it")
    finance = "finance" in p.members[act.sender].roles and lock["until"] <= act.now
    need(lock["payer"] == act.sender or finance, "another holds it")
    bill["lock"] = None
    p.range_of(name)["counts"]["locked"] -= 1


def reverse_settlement(p: Province, act: Act, name: Name, reference: str) -> None:
    paid = standing(p.bill(name))
    mine = [item for item in paid if item["reference"] == reference]
    need(mine and mine[0]["payer"] == act.sender, "no such settlement of yours")
    mine[0]["reversed"] = True


def holder_of(bill: dict[str, Any]) -> str:
    """Return the name of the key that speaks for the holder."""
    moved = bill.get("moved")
    return moved if moved is not None else bill["holder"]


def rotate_holder(p: Province, act: Act, name: Name, new: str, until: int, by: str) -> None:
    bill = p.bill(name)
    need(bill["validity"] == "issued", "it does not count")
    need(new != holder_of(bill), "it is this key already")
    need(until >= act.now and by == holder_of(bill), "the holder did not say so")
    bill["moved"] = new


def book_bill(p: Province, act: Act, name: Name, date: int, amount: int) -> None:
    bill = p.bill(name)
    need(bill["validity"] == "issued" and bill["archive"] is None, "not to be booked")
    need(all(item["unit"] != act.sender for item in bill["bookings"]), "booked before")
    need(len(bill["bookings"]) < 16, "too many bookings")
    paid = sum(item["amount"] for item in standing(bill) if item["payer"] == act.sender)
    need(0 < paid == amount, "book what you paid")
    need(is_day(date), "no such day")
    bill["bookings"].append({"unit": act.sender, "date": date, "amount": amount})


def archive_bill(p: Province, act: Act, name: Name, until_year: int) -> None:
    bill = p.bill(name)
    need(bill["bookings"] and bill["archive"] is None, "not to be archived")
    units = {bill["issuer"], *(item["unit"] for item in bill["bookings"])}
    need(act.sender in units, "you do not hold it")
    need(until_year >= 2000 + int(act.year), "too short")
    bill["archive"] = (act.sender, until_year)


def is_day(date: int) -> bool:
    """Tell whether yyyymmdd names a day."""
    year, rest = divmod(date, 10_000)
    month, day = divmod(rest, 100)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1800 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= days[month - 1]


def endorse_bills(p: Province, act: Act, height: int, withheld: list[Name], right: bool) -> None:
    """Endorse a block; `right` tells whether root and signature are those of its faces."""
    faces = p.faces.get(height)
    need(faces and right, "no such faces")
    assert faces is not None
    need(withheld == sorted(set(withheld)), "each once, ascending")
    need(all(name in faces for name in withheld), "another block's bill")
    before = p.endorsed.get(height)
    if before is None:
        changed = dict.fromkeys(withheld, 1)
    else:
        need(set(withheld) < set(before), "not fewer than before")
        changed = {name: -1 for name in before if name not in withheld}
    for name, more in changed.items():
        p.range_of(name)["counts"]["withheld"] += more
    p.endorsed[height] = list(withheld)


def anchor_originals(p: Province, act: Act, height: int, count: int) -> None:
    own = [name for name in p.faces.get(height, ()) if p.bills[name]["issuer"] == act.sender]
    if not own or count != len(own) or (height, act.sender) in p.anchored:
        refuse("nothing to anchor so")
    p.anchored.add((height, act.sender))

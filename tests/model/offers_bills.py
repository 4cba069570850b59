"""Offers about bills that were issued: reversal, paper, endorsement, claims, books."""

from tests.model import bills
from tests.model.offering import INSURERS, Offer, Offering
from tests.model.province import DAY_MS


class BillOffers(Offering):
    """What becomes of a bill."""

    def reverse_bill(self) -> Offer:
        name = self._pick(self._bills() if self.r.random() < 0.85 else list(self.p.bills))
        unit = self.p.bills[name]["issuer"] if name else "hospital"
        return unit, self._desk(unit), {"name": name or ("46060126", 1)}

    def exchange_for_paper(self) -> Offer:
        name = self._pick(self._bills() if self.r.random() < 0.8 else list(self.p.bills))
        unit = self.p.bills[name]["issuer"] if name else "hospital"
        form = self.new("f") if self.r.random() < 0.8 else f"f{self.r.randrange(5)}"
        words = {"name": name or ("46060126", 1), "code": "P46", "number": form}
        return unit, self._desk(unit), words

    def void_paper(self) -> Offer:
        papers = [n for n, b in self.p.bills.items() if b["paper"]]
        live = [n for n in papers if self.p.bills[n]["paper"]["state"] == "live"]
        name = self._pick(live if self.r.random() < 0.75 else papers or list(self.p.bills))
        bill = self.p.bills.get(name) if name else None
        unit = bill["issuer"] if bill else "hospital"
        code, number = bill["paper"]["form"] if bill and bill["paper"] else ("P46", "f0")
        words = {"name": name or ("46060126", 1), "code": code, "number": number}
        return unit, self._desk(unit), words

    def endorse_bills(self) -> Offer:
        fresh = [height for height in self.p.faces if height not in self.p.endorsed]
        again = [height for height, names in self.p.endorsed.items() if names]
        pool = fresh if fresh and self.r.random() < 0.7 else again or list(self.p.faces)
        height = self._pick(pool) or 1
        names = sorted(self.p.faces.get(height, ()))
        before = self.p.endorsed.get(height)
        if before:
            names = before[1:]
        elif self.r.random() < 0.7:
            names = []
        words = {"height": height, "withheld": names, "right": self.r.random() < 0.95}
        return "finance", self._desk("finance"), words

    def anchor_originals(self) -> Offer:
        unit = self._hospital()
        own = {
            height: [n for n in names if self.p.bills[n]["issuer"] == unit]
            for height, names in self.p.faces.items()
        }
        fresh = [h for h, names in own.items() if names and (h, unit) not in self.p.anchored]
        height = self._pick(fresh if self.r.random() < 0.8 else list(own)) or 1
        words = {"height": height, "count": len(own.get(height, ())) or 1}
        return unit, self._desk(unit), words

    def lock_claim(self) -> Offer:
        good = [
            name
            for name in self._bills()
            if name not in self.p.endorsed.get(self.p.bills[name]["height"], [name])
            and self._left(name) > 0
        ]
        name = self._pick(good if self.r.random() < 0.85 else list(self.p.bills))
        payer = self.r.choice(INSURERS)
        payer_class = self.r.choice((1, 3)) if payer == "mutual" else self.r.choice((1, 1, 2))
        left = self._left(name) if name else 1
        amount = max(1, self.r.choice((left, left // 2, left + 1 if self.r.random() < 0.2 else 1)))
        until = self.now + self.r.choice((60_000, 29 * DAY_MS, 29 * DAY_MS))
        grant = None
        if payer == "mutual" or self.r.random() < 0.3:
            by = bills.holder_of(self.p.bills[name]) if name else "nobody"
            if self.r.random() < 0.1:
                by = "somebody"
            grant = {
                "bill": name or ("46060126", 1),
                "payer": payer,
                "class": payer_class,
                "by": by,
                "until": self.now + self.r.choice((DAY_MS, DAY_MS, -1)),
            }
        words = {
            "name": name or ("46060126", 1),
            "payer_class": payer_class,
            "amount": amount,
            "until": until,
            "grant": grant,
        }
        return payer, self._desk(payer), words

    def _left(self, name: tuple[str, int]) -> int:
        bill = self.p.bills[name]
        paid = sum(item["amount"] for item in bills.standing(bill))
        return int(bill["amounts"][3] + bill["amounts"][4] - paid)

    def _locked(self) -> tuple[tuple[str, int] | None, str]:
        held = [name for name, bill in self.p.bills.items() if bill["lock"]]
        live = [name for name in held if self.p.bills[name]["lock"]["until"] > self.now]
        name = self._pick(live if live and self.r.random() < 0.9 else held or list(self.p.bills))
        lock = self.p.bills[name]["lock"] if name else None
        return name, lock["payer"] if lock else "bureau"

    def settle_claim(self) -> Offer:
        name, payer = self._locked()
        lock = self.p.bills[name]["lock"] if name else None
        amount = lock["amount"] if lock else 1
        words = {
            "name": name or ("46060126", 1),
            "amount": self.r.randint(1, amount),
            "reference": self.new("s") if self.r.random() < 0.9 else "s1",
        }
        return payer, self._desk(payer), words

    def release_claim(self) -> Offer:
        name, payer = self._locked()
        sender = "finance" if self.r.random() < 0.2 else payer
        return sender, self._desk(sender), {"name": name or ("46060126", 1)}

    def reverse_settlement(self) -> Offer:
        paid = [name for name, bill in self.p.bills.items() if bill["settlements"]]
        name = self._pick(paid)
        items = self.p.bills[name]["settlements"] if name else []
        open_ = [item for item in items if not item["reversed"]]
        item = self._pick(open_ or items)
        payer = item["payer"] if item else "bureau"
        words = {"name": name or ("46060126", 1), "reference": item["reference"] if item else "s1"}
        return payer, self._desk(payer), words

    def rotate_holder(self) -> Offer:
        name = self._pick(self._bills() if self.r.random() < 0.8 else list(self.p.bills))
        by = bills.holder_of(self.p.bills[name]) if name else "nobody"
        if self.r.random() < 0.1:
            by = "somebody"
        words = {
            "name": name or ("46060126", 1),
            "new": self.new("own"),
            "until": self.now + self.r.choice((DAY_MS, DAY_MS, -1)),
            "by": by,
        }
        sender = self.r.choice(("hospital", "health", "mutual"))
        return sender, self._desk(sender), words

    def book_bill(self) -> Offer:
        paid = [
            (name, payer)
            for name, bill in self.p.bills.items()
            for payer in {item["payer"]: None for item in bills.standing(bill)}
        ]
        fresh = [
            (name, payer)
            for name, payer in paid
            if all(item["unit"] != payer for item in self.p.bills[name]["bookings"])
        ]
        found = self._pick(fresh if fresh and self.r.random() < 0.9 else paid)
        name, payer = found or (("46060126", 1), "bureau")
        items = bills.standing(self.p.bills[name]) if found else []
        amount = sum(item["amount"] for item in items if item["payer"] == payer)
        date = self.r.choice((20260921, 20260921, 20260921, 20260230))
        return payer, self._desk(payer), {"name": name, "date": date, "amount": max(1, amount)}

    def archive_bill(self) -> Offer:
        booked = [name for name, bill in self.p.bills.items() if bill["bookings"]]
        fresh = [name for name in booked if self.p.bills[name]["archive"] is None]
        name = self._pick(fresh if fresh and self.r.random() < 0.8 else list(self.p.bills))
        bill = self.p.bills.get(name) if name else None
        unit = bill["issuer"] if bill else "hospital"
        if bill and bill["bookings"] and self.r.random() < 0.5:
            unit = bill["bookings"][0]["unit"]
        words = {
            "name": name or ("46060126", 1),
            "until_year": self.r.choice((2056, 2056, 2056, 2020)),
        }
        return unit, self._desk(unit), words

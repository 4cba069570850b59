"""Offers about numbers, units and the issue of bills."""

from tests.model.offering import HOSPITALS, INSURERS, KINDS, PLACES, Offer, Offering, Words


class NumberOffers(Offering):
    """Ranges, requests, units, issuing."""

    def request_numbers(self) -> Offer:
        unit = self._hospital()
        known = [request for owner, request in self.p.requests if owner == unit]
        request = self._pick(known) if known and self.r.random() < 0.3 else self.new("q")
        words = {"request": request, "place": "p1", "kind": "01", "count": 100}
        return unit, self._desk(unit), words

    def decline_request(self) -> Offer:
        return "finance", self._desk("finance"), self._request()

    def _request(self) -> Words:
        asked = [n for n, r in self.p.requests.items() if r["state"] == "requested"]
        name = self._pick(asked) if self.r.random() < 0.7 else self._pick(list(self.p.requests))
        unit, request = name or ("hospital", "none")
        return {"unit": unit, "request": request}

    def allot_numbers(self) -> Offer:
        kind, offline = self.r.choice(KINDS), self.r.random() < 0.35
        code = f"4606{kind}{self.year}"
        first = self.p.highest.get(code, 0) + self.r.choice((1, 1, 1, 1, 5, 0))
        words = {
            "unit": self._hospital(),
            "place": self.r.choice(PLACES),
            "kind": kind,
            "code": code,
            "first": first,
            "last": first + self.r.choice((0, 1, 2, 5, 40, 40, 200)),
            "offline": offline,
            "request": None,
        }
        if self.p.requests and self.r.random() < 0.25:
            asked = self._request()
            words |= {"unit": asked["unit"], "request": asked["request"]}
        return "finance", self._desk("finance"), words

    def _range(self, *states: str) -> Words:
        fit = [name for name, r in self.p.ranges.items() if r["state"] in states]
        if not fit or self.r.random() < 0.25:
            fit = list(self.p.ranges)
        code, first = self._pick(fit) or ("46060126", 1)
        return {"code": code, "first": first}

    def freeze_range(self) -> Offer:
        return "finance", self._desk("finance"), self._range("allotted", "active")

    def release_range(self) -> Offer:
        return "finance", self._desk("finance"), self._range("frozen")

    def return_range(self) -> Offer:
        return "finance", self._desk("finance"), self._range("allotted", "active", "frozen")

    def write_off_range(self) -> Offer:
        return "finance", self._desk("finance"), self._range("exhausted", "returned")

    def freeze_unit(self) -> Offer:
        free = [u for u in HOSPITALS if not self.p.members[u].is_frozen]
        return "finance", self._desk("finance"), {"unit": self._pick(free) or "hospital"}

    def release_unit(self) -> Offer:
        frozen = [u for u in HOSPITALS if self.p.members[u].is_frozen]
        return "finance", self._desk("finance"), {"unit": self._pick(frozen) or "hospital"}

    def _offline(self, unit: str) -> tuple[str, int, int] | None:
        fit = [
            (name, r)
            for name, r in self.p.ranges.items()
            if r["offline"] and r["unit"] == unit and r["state"] in ("allotted", "active")
        ]
        if not fit:
            return None
        (code, first), r = self.r.choice(fit)
        return code, first, self.r.randint(first, r["last"])

    def void_number(self) -> Offer:
        unit = self._hospital()
        code, first, number = self._offline(unit) or ("46060126", 1, 1)
        return unit, self._desk(unit), {"code": code, "first": first, "number": number}

    def issue_bill(self) -> Offer:
        unit = self._hospital()
        way = self.r.random()
        place, kind = self._served(unit)
        words: Words = {
            "place": place,
            "kind": kind,
            "business_number": self.new("b"),
            "amounts": self._amounts(),
            "document": self.r.randrange(50),
            "holder": self.new("holder"),
        }
        if way < 0.15:
            self._explicit(unit, words)
        elif way < 0.3:
            self._replacing(unit, words)
        elif way < 0.65:
            self._for_order(unit, words)
        elif way < 0.73 and words["amounts"][1]:
            insurer = self.r.choice((*INSURERS, "bank"))
            words["insurance"] = (insurer, f"s{self.r.randrange(30)}")
        elif way < 0.77 and self.p.latest:
            words["business_number"] = self.r.choice([n for _, n in self.p.latest])
        return unit, self._desk(unit), words

    def _explicit(self, unit: str, words: Words) -> None:
        wanted = self._offline(unit)
        if wanted is not None:
            r = self.p.ranges[wanted[0], wanted[1]]
            words |= {"explicit": wanted, "place": r["place"], "kind": r["kind"]}

    def _replacing(self, unit: str, words: Words) -> None:
        old = self._pick(self._bills(validity="reversed", issuer=unit, replaced_by=None))
        if old is not None:
            bill = self.p.bills[old]
            words |= {"business_number": bill["business_number"], "replaces": old}
            words["order"] = bill["order"]
            if bill["order"] is not None:
                held = self.p.orders[unit, bill["order"]]
                own = self._within(max(0, held["paid"] - held["refunded"]))
                words["amounts"] = (own, 0, 0, 0, own)

    def _is_ready(self, order: Words) -> bool:
        """Tell whether an order may be billed; now and then of any that it may."""
        ready = order["money"] == "paid" or (order["deposit"] and order["money"] == "prepay")
        return bool(ready) or self.r.random() < 0.1

    def _within(self, held: int) -> int:
        """Return an amount that is covered, or now and then barely not."""
        return held + 1 if self.r.random() < 0.2 else self.r.choice((held, held // 2))

    def _for_order(self, unit: str, words: Words) -> None:
        ready = [
            (name, order)
            for (owner, name), order in self.p.orders.items()
            if owner == unit and order["state"] == "open" and self._is_ready(order)
        ]
        if not ready:
            return
        name, order = self.r.choice(ready)
        place, kind, amounts, document, holder = order["terms"]
        if order["deposit"]:
            own = self._within(order["paid"])
            amounts = (own, 0, 0, 0, own)
        words |= {"place": place, "kind": kind, "amounts": amounts, "order": name}
        words |= {"document": document, "holder": holder}

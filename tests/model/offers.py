"""Offers about money, keys and government, and all offers together."""

from typing import Any

from tests.model.offering import (
    CANDIDATES,
    HOSPITALS,
    PROVIDERS,
    Offer,
    Offering,
    Words,
)
from tests.model.offers_bills import BillOffers
from tests.model.offers_documents import DocumentOffers
from tests.model.offers_numbers import NumberOffers
from tests.model.province import DAY_MS


class MoneyOffers(Offering):
    """Orders, payments, refunds."""

    def open_order(self) -> Offer:
        unit = self._hospital()
        number = self.new("o")
        known = [order for owner, order in self.p.orders if owner == unit]
        if known and self.r.random() < 0.15:
            number = self.r.choice(known)
        place, kind = self._served(unit)
        words = {
            "order": number,
            "deposit": self.r.random() < 0.3,
            "terms": (
                place,
                kind,
                self._due_amounts() if self.r.random() < 0.9 else self._amounts(),
                self.r.randrange(50),
                self.new("holder"),
            ),
            "instalments": self.r.choice((1, 1, 3)),
            "expiry": self.now + self.r.choice((3_600_000, 30 * DAY_MS, 170 * DAY_MS)),
        }
        return unit, self._desk(unit), words

    def _order(self, *states: str) -> tuple[tuple[str, str], dict[str, Any] | None]:
        fit = [name for name, order in self.p.orders.items() if order["state"] in states]
        name = self._pick(fit if fit and self.r.random() < 0.8 else list(self.p.orders))
        return name or ("hospital", "none"), self.p.orders.get(name) if name else None

    def cancel_order(self) -> Offer:
        (hospital, order), _ = self._order("open")
        sender = self.r.choice(PROVIDERS) if self.r.random() < 0.3 else hospital
        key = self._program(sender, "provider") if sender in PROVIDERS else self._desk(sender)
        return sender, key, {"hospital": hospital, "order": order}

    def record_payment(self) -> Offer:
        (payee, order), found = self._order("open")
        amount = self.r.randrange(1, 50_000)
        if found is not None and self.r.random() < 0.85:
            left = found["terms"][2][4] - found["paid"]
            amount = max(1, self.r.choice((left, left, left // 2)))
        provider = self.r.choice(PROVIDERS)
        known = [reference for owner, reference in self.p.payments if owner == provider]
        reference = self.new("t")
        if known and self.r.random() < 0.2:
            reference = self.r.choice(known)
        words = {
            "payee": payee,
            "order": order if self.r.random() < 0.95 else "nothing",
            "amount": amount,
            "reference": reference,
            "paid_at": self.now - self.r.choice((0, 1000, -501)),
        }
        return provider, self._program(provider, "provider"), words

    def record_refund(self) -> Offer:
        owed = []
        for name, payment in self.p.payments.items():
            left = payment["amount"] - payment["refunded"]
            order = self.p.orders.get((payment["payee"], payment["order"]))
            due = order["owed"] if payment["applied"] and order else payment["owed"]
            if min(left, due):
                owed.append((name, min(left, due)))
        if owed and self.r.random() < 0.8:
            (provider, payment), most = self.r.choice(owed)
        else:
            provider, payment = self._pick(list(self.p.payments)) or ("bank", "none")
            most = 100
        amount = self.r.choice((most, most, max(1, most // 2), most + 1))
        words = {"payment": payment, "reference": self.new("x"), "amount": amount}
        return provider, self._program(provider, "provider"), words

    def reconcile_payments(self) -> Offer:
        provider = self.r.choice(PROVIDERS)
        own = [reference for owner, reference in self.p.payments if owner == provider]
        chosen = self.r.sample(own, min(len(own), self.r.randint(1, 3))) or ["none"]
        if self.r.random() < 0.25:
            chosen.append("none")
        return provider, self._program(provider, "provider"), {"references": chosen}


class PeopleOffers(Offering):
    """Keys of people and programs, certificates, readiness."""

    def _limits(self) -> dict[str, Any]:
        return {
            "kinds": self.r.choice(((), (), ("01",))),
            "places": self.r.choice(((), (), ("p1",))),
            "amount": self.r.choice((10**9, 10**9, 40_000)),
            "day": self.r.choice((1_000, 3)),
            "minute": self.r.choice((100, 2)),
            "hours": self.r.choice(((0, 1440), (0, 1440), (480, 1080), (1200, 300))),
        }

    def issue_key(self) -> Offer:
        agency = self.r.choice(("hospital", "clinic", "bureau", "finance"))
        known = list(self.p.members[agency].people)
        key = self.new(f"{agency}/person")
        if known and self.r.random() < 0.25:
            key = self.r.choice(known)
        words = {
            "key": key,
            "purpose": self.r.choice(("desk", "desk", "checker")),
            "limits": self._limits(),
            "until": self.now + self.r.choice((400 * DAY_MS, DAY_MS, -1)),
        }
        return agency, self._program(agency, "governance"), words

    def _person(self) -> tuple[str, str]:
        known = [(a, k) for a, member in self.p.members.items() for k in member.people]
        good = [(a, k) for a, k in known if not self.p.members[a].people[k]["revoked"]]
        found = self._pick(good if good and self.r.random() < 0.7 else known)
        return found or ("hospital", "hospital/nobody")

    def limit_key(self) -> Offer:
        agency, key = self._person()
        until = self.now + self.r.choice((400 * DAY_MS, 400 * DAY_MS, -1))
        words = {"key": key, "limits": self._limits(), "until": until}
        return agency, self._program(agency, "governance"), words

    def revoke_key(self) -> Offer:
        agency, key = self._person()
        return agency, self._program(agency, "governance"), {"key": key}

    def rotate_key(self) -> Offer:
        agency = self.r.choice(list(self.p.members))
        purpose = self.r.choice(("desk", "desk", "governance", "validator", "provider", "node"))
        new = self.new(f"{agency}/{purpose}")
        if self.r.random() < 0.1:
            new = f"{agency}/desk"
        words = {
            "purpose": purpose,
            "old": self._program(agency, purpose),
            "new": new,
            "overlap": self.r.choice((0, 60_000, DAY_MS, 31 * DAY_MS)),
        }
        return agency, self._program(agency, "governance"), words

    def rotate_certificate(self) -> Offer:
        agency = self.r.choice(list(self.p.members))
        words = {"new": self.new("certificate"), "overlap": self.r.choice((0, 60_000, 31 * DAY_MS))}
        return agency, self._program(agency, "governance"), words

    def signal_readiness(self) -> Offer:
        agency = self.r.choice(CANDIDATES)
        words = {
            "right": self.r.random() < 0.8,
            "height": self.height - 1 if self.r.random() < 0.85 else self.height,
            "by": self._newest(agency, "validator"),
        }
        return agency, self._desk(agency), words

    def _newest(self, agency: str, purpose: str) -> str:
        """Return the key of a purpose that was registered last and counts."""
        member = self.p.members[agency]
        keys = [
            key
            for key, value in member.keys.items()
            if value == purpose and (key not in member.ends or self.now < member.ends[key])
        ]
        return keys[-1] if keys else f"{agency}/{purpose}"


class Offers(NumberOffers, BillOffers, MoneyOffers, DocumentOffers, PeopleOffers):
    """All offers."""

    def propose(self) -> Offer:
        agency = self.r.choice(list(self.p.members))
        words = {
            "change": self._change(),
            "effective": self.r.choice((0, 0, self.height + 2, self.height + 9, self.height + 1)),
            "until": self.now + self.r.choice((30 * DAY_MS, 30 * DAY_MS, DAY_MS, -1)),
        }
        return agency, self._program(agency, "governance"), words

    def vote(self) -> Offer:
        open_ = [id_ for id_, made in self.p.proposals.items() if made["state"] == "open"]
        id_ = self._pick(open_ if self.r.random() < 0.85 else list(self.p.proposals))
        voters = [agency for agency, _ in self.p.validators[0]]
        cast = [agency for agency, _ in self.p.proposals[id_]["ballots"]] if id_ else []
        left = [agency for agency in voters if agency not in cast]
        agency = self._pick(left if self.r.random() < 0.85 else list(self.p.members)) or "finance"
        words = {"id_": id_ or "000000000001-0000-0000", "approves": self.r.random() < 0.8}
        return agency, self._program(agency, "governance"), words

    def _change(self) -> Words:
        kind = self.r.choice(
            ("add_agency", "suspend", "restore", "remove", "set_roles")
            + ("add_validator", "remove_validator", "set_parameter") * 2
        )
        validators = [agency for agency, _ in self.p.validators[1]]
        agency = self.r.choice(validators if kind == "remove_validator" else CANDIDATES)
        if kind == "add_agency":
            return self._new_agency()
        if kind in ("suspend", "remove"):
            others = [a for a in self.p.members if a.startswith("new")]
            agency = self._pick(others) or self.r.choice(HOSPITALS)
        if kind == "restore":
            out = [a for a, m in self.p.members.items() if m.standing == "suspended"]
            agency = self._pick(out) or agency
        words: Words = {"kind": kind, "agency": agency}
        if kind == "set_roles":
            words["roles"] = self.p.members[agency].roles
        if kind == "set_parameter":
            name, value = self.r.choice(
                (
                    ("instalments_max", 3),
                    ("claim_lease_max_ms", 10 * DAY_MS),
                    ("refund_due_ms", 2 * DAY_MS),
                    ("person_bills_per_minute", 5),
                    ("document_kinds", (("01", 10), ("02", 30), ("03", 30))),
                    ("statutory", (("bureau", 1), ("bureau", 2))),
                )
            )
            words |= {"name": name, "value": value, "right": self.r.random() < 0.9}
        return words

    def _new_agency(self) -> Words:
        self.count += 1
        agency = f"new-{self.count}" if self.r.random() < 0.9 else "health"
        return {
            "kind": "add_agency",
            "agency": agency,
            "roles": ("health",),
            "certificate": f"{agency}/certificate",
            "keys": [(purpose, f"{agency}/{purpose}") for purpose in ("governance", "desk")],
            "number": 100 + self.count,
            "right": self.r.random() < 0.9,
        }

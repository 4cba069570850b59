"""What the agencies offer at random: mostly what is lawful as things stand, often a little wrong.

Rule: every choice comes from the given generator, so that a seed replays a run.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.model.province import DAY_MS, Act, Province

Words = dict[str, Any]
Offer = tuple[str, str, Words]
"""Sender, key, words."""
PLACES, KINDS = ("p1", "p2"), ("01", "02")
HOSPITALS, INSURERS, PROVIDERS = ("hospital", "clinic"), ("bureau", "mutual"), ("bank", "pay")
CANDIDATES = ("clinic", "mutual", "bank", "pay")


class Offering:
    """Makes offers about a province.

    Args:
        p: as it stands; never changed here.
        random: every choice.
    """

    def __init__(self, p: Province, random: Random) -> None:
        self.p = p
        self.r = random
        self.count = 0

    def make(self, name: str, now: int, year: str, height: int) -> tuple[Act, Words]:
        """Return an offer of one operation."""
        self.now, self.year, self.height = now, year, height
        maker: Callable[[], Offer] = getattr(self, name)
        sender, key, words = maker()
        if self.r.random() < 0.04:
            sender = self.r.choice(list(self.p.members))
            key = f"{sender}/{self.r.choice(('desk', 'governance', 'provider', 'checker'))}"
        elif self.r.random() < 0.3:
            words = self._spoiled(words)
        return Act(sender, key, now, year, height), words

    def new(self, prefix: str) -> str:
        """Return a name that was not used yet."""
        self.count += 1
        return f"{prefix}{self.r.randrange(10**6)}.{self.count}"

    def _spoiled(self, words: Words) -> Words:
        """Return words with one of them a little wrong, if there is one that can be."""
        name = self.r.choice(list(words))
        value = words[name]
        if isinstance(value, bool):
            value = not value
        elif isinstance(value, int):
            value = max(1, value + self.r.choice((-DAY_MS, -1, 1, DAY_MS * 200)))
            limits = {"amount": 10**9, "number": 10**10 - 1, "first": 10**10 - 1}
            value = min(value, limits.get(name, value))
            if name in ("until_year", "payer_class", "instalments", "count"):
                value = {"until_year": 1990, "payer_class": 6}.get(name, 99)
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int):
            value = (value[0], value[1] % 9_999_999_999 + 1)
        elif name in ("place", "kind", "unit", "hospital", "code"):
            other = {"place": PLACES, "kind": KINDS, "unit": (*HOSPITALS, "bank", "nobody")}
            value = self.r.choice(other.get(name, (value,)))
        return {**words, name: value}

    def _hospital(self) -> str:
        free = [u for u in HOSPITALS if not self.p.members[u].is_frozen]
        return self.r.choice(free if free and self.r.random() < 0.85 else HOSPITALS)

    def _pick(self, items: list[Any]) -> Any:
        return self.r.choice(items) if items else None

    def _desk(self, agency: str) -> str:
        """Return a desk key of an agency: a program's, or now and then a person's."""
        member = self.p.members[agency]
        desks = [
            key
            for key, person in member.people.items()
            if person["purpose"] == "desk" and (not person["revoked"] or self.r.random() < 0.1)
        ]
        if desks and self.r.random() < 0.25:
            return str(self.r.choice(desks))
        return self._program(agency, "desk")

    def _program(self, agency: str, purpose: str) -> str:
        member = self.p.members[agency]
        keys = [k for k, v in member.keys.items() if v == purpose and k not in member.ends]
        return keys[-1] if keys else f"{agency}/{purpose}"

    def _bills(self, *, validity: str = "issued", **same: Any) -> list[tuple[str, int]]:
        return [
            name
            for name, bill in self.p.bills.items()
            if bill["validity"] == validity and all(bill[k] == v for k, v in same.items())
        ]

    def _amounts(self) -> tuple[int, int, int, int, int]:
        parts = [self.r.choice((0, self.r.randrange(1, 90_000))) for _ in range(4)]
        wrong = self.r.choice((1, -1)) if self.r.random() < 0.03 else 0
        return (sum(parts) + wrong, parts[0], parts[1], parts[2], parts[3])

    def _due_amounts(self) -> tuple[int, int, int, int, int]:
        own = self.r.randrange(2, 50_000)
        fund = self.r.choice((0, 700))
        return (fund + own, fund, 0, 0, own)

    def _served(self, unit: str) -> tuple[str, str]:
        """Return a place and kind, mostly one that has numbers left."""
        served = [
            (r["place"], r["kind"])
            for (code, _), r in self.p.ranges.items()
            if r["unit"] == unit and code[6:] == self.year and r["state"] in ("allotted", "active")
        ]
        if served and self.r.random() < 0.95:
            return self.r.choice(served)
        return self.r.choice(PLACES), self.r.choice(KINDS)

"""One run: the same offers to the ledger and to the second telling, compared after each."""

import copy
from collections import Counter
from random import Random
from typing import Any

from primitives.units import civil_date
from tests.model import bills, documents, government, money, numbers, people, permits
from tests.model.chain import PURPOSES, LedgerSide
from tests.model.offers import Offers
from tests.model.province import DAY_MS, Act, Member, No, Province
from tests.model.reading import Plain, plain, read

MEMBERS: dict[str, tuple[str, ...]] = {
    "finance": ("finance",),
    "hospital": ("hospital",),
    "bureau": ("insurer",),
    "health": ("health",),
    "clinic": ("hospital",),
    "mutual": ("insurer",),
    "bank": ("provider",),
    "pay": ("provider",),
}
VALIDATORS = ("finance", "hospital", "bureau", "health")
STATUTORY = (("bureau", 1),)
OPERATIONS: dict[str, Any] = {
    name: getattr(module, name)
    for module in (bills, documents, government, money, numbers, people)
    for name in permits.PERMITS
    if hasattr(module, name)
}
assert OPERATIONS.keys() == permits.PERMITS.keys()
PAUSES_MS = (50, 50, 1_000, 30_000, 3_600_000, 3_600_000, DAY_MS // 2, 2 * DAY_MS)
OFTEN = {
    "allot_numbers": 4,
    "issue_bill": 8,
    "endorse_bills": 4,
    "lock_claim": 6,
    "release_claim": 3,
    "settle_claim": 4,
    "reverse_settlement": 2,
    "book_bill": 3,
    "archive_bill": 3,
    "open_order": 3,
    "record_payment": 4,
    "exchange_for_paper": 2,
    "reverse_bill": 2,
    "publish_document": 2,
    "supersede_document": 2,
    "issue_key": 2,
    "propose": 2,
    "vote": 3,
    "release_unit": 2,
    "void_number": 2,
}
KINDS = [name for name in OPERATIONS for _ in range(OFTEN.get(name, 1))]
"""Operations, those that others build on more often."""
PRELUDE = ["allot_numbers"] * 16 + ["issue_bill", "open_order", "record_payment"] * 8


def new_province() -> Province:
    """Return the model at the genesis."""
    members = {
        name: Member(
            roles,
            keys={f"{name}/{purpose}": purpose for purpose in PURPOSES},
            certificates=[(f"{name}/certificate", 0)],
        )
        for name, roles in MEMBERS.items()
    }
    province = Province(members, [(name, f"{name}/validator") for name in VALIDATORS])
    province.settings.statutory = STATUTORY
    return province


class Twice:
    """Both tellings, side by side.

    Args:
        counts: told how often each operation was lawful (True) and refused.
    """

    def __init__(self, counts: Counter[tuple[str, bool]]) -> None:
        self.counts = counts
        self.province = new_province()
        self.ledger = LedgerSide(MEMBERS, VALIDATORS, STATUTORY)
        self.seen: Plain = {}
        self._compare()

    def prelude(self, seed: int) -> None:
        """Let there be numbers and bills to begin with."""
        random = Random(seed)
        for name in PRELUDE:
            self.step(name, random.randrange(2**32))

    def step(self, name: str, seed: int) -> None:
        """Offer one operation, or now and then two in one transaction, to both."""
        random = Random(seed)
        tip = self.ledger.chain.tip
        now = tip.time_ms + random.choice(PAUSES_MS)
        year = f"{civil_date(now)[0] % 100:02d}"
        offers = Offers(self.province, random)
        offers.count = len(self.ledger.chain.headers) * 100 + len(self.counts)
        act, words = offers.make(name, now, year, tip.height + 1)
        batch = [(name, words)]
        if random.random() < 0.05:
            other = random.choice(list(OPERATIONS))
            second, more = offers.make(other, now, year, tip.height + 1)
            if (second.sender, second.key) == (act.sender, act.key):
                batch.append((other, more))
        answer = self.ledger.offer(act, batch)
        if answer is None:
            return
        lawful = not isinstance(answer, str)
        for operation, _ in batch:
            self.counts[operation, lawful] += 1
        if lawful:
            self._apply(self.province, act, batch)
            self._compare()
            return
        try:
            self._apply(copy.deepcopy(self.province), act, batch)
        except No:
            return
        raise AssertionError(f"the ledger refuses with {answer} what the law allows: {act} {batch}")

    def _apply(self, province: Province, act: Act, batch: list[tuple[str, Any]]) -> None:
        before = province.validators
        for place, (name, _) in enumerate(batch):
            act.place = (0, place)
            permits.check(province, act, name)
        for place, (name, words) in enumerate(batch):
            act.place = (0, place)
            OPERATIONS[name](province, act, **words)
        government.end_of_block(province, act.now, act.height, before)

    def _compare(self) -> None:
        for key, value in self.ledger.changed.items():
            found = read(key, value)
            if found is not None:
                self.seen[found[0]] = found[1]
        expected = plain(self.province)
        if self.seen != expected:
            names = self.seen.keys() | expected.keys()
            different = {
                name: (self.seen.get(name), expected.get(name))
                for name in names
                if self.seen.get(name) != expected.get(name)
            }
            raise AssertionError(f"ledger and law differ (ledger, law): {different}")

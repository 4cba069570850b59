"""Offers about sealed documents."""

from tests.model.offering import HOSPITALS, Offer, Offering, Words

YEARS = {"01": (15, 15, 10), "02": (30,), "03": (30,)}
"""Years that a kind is kept by one vote or another."""


class DocumentOffers(Offering):
    """Documents and their amendments."""

    def publish_document(self) -> Offer:
        unit = self.r.choice(HOSPITALS)
        return unit, self._desk(unit), self._document()

    def supersede_document(self) -> Offer:
        newest = [n for n, it in self.p.documents.items() if it["superseded_by"] is None]
        name = self._pick(newest if self.r.random() < 0.8 else list(self.p.documents))
        unit, *place = name or ("hospital", 1, 0, 0)
        if self.r.random() < 0.1:
            which = self.r.randrange(3)
            place[which] += self.r.choice((1, (10**12, 10**5, 10**4)[which]))
        sender = unit if self.r.random() < 0.85 else self.r.choice(HOSPITALS)
        return sender, self._desk(sender), {"old": (unit, *place), **self._document()}

    def _document(self) -> Words:
        kind = self.r.choice(list(YEARS))
        size = self.r.choice((1024, 4096, 65_536, 131_072, 256 * 65_536, 512 * 65_536))
        if self.r.random() < 0.05:
            size = self.r.choice((512, 3072, 98_304, 513 * 65_536))
        settled = dict(self.p.settings.document_kinds)
        years = settled[kind] if self.r.random() < 0.95 else self.r.choice(YEARS[kind])
        return {"kind": kind, "size": size, "document": self.r.randrange(50), "years": years}

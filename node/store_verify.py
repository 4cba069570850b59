"""`store verify`: is a stopped store what it should be, from its bytes to its meaning?

Rule: nothing is changed and nothing is believed: after the bytes (storage.verify) every header is
linked to its parent and certified, every body matches its header, the trie is walked against the
leaves, indexes and receipts are recomputed, and sealed details are opened against their
commitments. Memory is bounded: everything is read in order, once.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.bills import RED, Bill, bill_key
from ledger.execution import ORDER_PREFIX, PAYMENT_LEAF, payment_row
from ledger.genesis import Genesis
from ledger.originals import Originals, originals_key
from ledger.payments import Payment
from ledger.publishing import PublishedDocument, name_of_document
from ledger.trie import open_root, state_root_of, walk
from node.config import Config
from node.keys import SEALING_KEY, read_key
from node.store_create import load_genesis
from node.vault.packs import committed_path
from node.vault.places import place_of_document, sealed_place
from node.vault.seals import SealShelf
from node.vault.shelf import Shelf
from node.verify_chain import BlockCheck, Document, StoredFacts
from primitives.codec import decode
from primitives.errors import HouseError, NodeFault
from primitives.trie import leaf_hash, nibbles_of, value_hash
from storage import keys
from storage.database import Reader, prefix_end
from storage.disk import DiskFiles
from storage.findings import Finding
from storage.leveldb import LevelDatabases
from storage.store import StateView
from storage.verify import StoreReport, verify_bytes

Progress = Callable[[str], None]
FINDINGS_MAX = 1_000
"""More are not listed: a store with so many is set aside anyway."""
LEAF_SIZE_MAX = 1024 * 1024
EVERY = 10_000
"""Blocks or leaves between two signs of progress."""


@dataclass(slots=True)
class VerifyReport:
    """What `store verify` found."""

    place: str
    """The data directory."""
    findings: list[Finding]
    """Damage, and harmless traces of a crash."""
    counts: dict[str, int] = field(default_factory=dict)
    """What was checked."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return all(finding.harmless for finding in self.findings)

    def add(self, place: str, reason: str) -> None:
        """Note a damage."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(place, -1, reason))

    def count(self, what: str, by: int = 1) -> None:
        """Note that something was checked."""
        self.counts[what] = self.counts.get(what, 0) + by

    def document(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            "store": self.place,
            "sound": self.is_sound,
            "checked": self.counts,
            "findings": [
                {
                    "file": finding.file,
                    "offset": finding.offset,
                    "reason": finding.reason,
                    "harmless": finding.harmless,
                }
                for finding in self.findings
            ],
        }

    def table(self) -> str:
        """Return the report for people."""
        lines = [f"{what:28} {count:>12,}" for what, count in self.counts.items()]
        for finding in self.findings:
            place = finding.file if finding.offset < 0 else f"{finding.file} @ {finding.offset}"
            kind = "harmless" if finding.harmless else "DAMAGED"
            lines.append(f"{kind:9} {place}: {finding.reason}")
        lines.append(f"{self.place}: {'sound' if self.is_sound else 'DAMAGED; set it aside'}")
        return "\n".join(lines)


def verify_store(config: Config, progress: Progress | None = None) -> VerifyReport:
    """Check everything of a stopped node's store.

    Args:
        config: the node's settings.
        progress: told what is being checked.

    Raises:
        NodeFault: `store.missing`, `store.locked` (exit 78), `storage.permission` (exit 77), or
            what is wrong with settings, genesis and keys.
    """
    tell = progress or (lambda _: None)
    _, genesis = load_genesis(config.node.genesis)
    data = config.node.data
    tell("bytes of both databases, vote log and markers")
    found = verify_bytes(data, genesis.chain)
    report = VerifyReport(str(data), list(found.findings))
    for database, prefix, count in found.rows:
        report.count(f"rows {database}/{prefix}", count)
    if found.is_sound and found.head is not None:
        try:
            _verify_meaning(config, genesis, found=found, report=report, tell=tell)
        except HouseError as error:
            report.add(str(data), f"{error.code}: {error.detail}")
    return report


def _verify_meaning(
    config: Config, genesis: Genesis, *, found: StoreReport, report: VerifyReport, tell: Progress
) -> None:
    data = config.node.data
    assert found.head is not None
    with ExitStack() as stack:
        databases = LevelDatabases(data)
        blocks = databases.open(keys.BLOCKS)
        stack.callback(blocks.close)
        state = databases.open(keys.STATE)
        stack.callback(state.close)
        view = StateView(state)
        check = BlockCheck(genesis, view, blocks, report.add)
        tell(f"{found.head.height:,} blocks: links, certificates, bodies, receipts, faces")
        for height in range(1, found.head.height + 1):
            check.block(height)
            if height % EVERY == 0:
                tell(f"block {height:,}")
        check.finish(found.head)
        check.proposals()
        report.counts |= check.counts
        tell("state trie against its leaves")
        root = check.state_root if found.head.height else found.head.state_root
        _check_trie(state, view, state_root=root, report=report)
        tell("business numbers against bills")
        own = _check_bills(state, view, agency=config.node.agency, report=report)
        tell("vault against commitments")
        _check_vault(config, view, check, own, report=report)
        _check_seals(config, view, report=report)


def _check_trie(state: Reader, view: StateView, *, state_root: bytes, report: VerifyReport) -> None:
    """Walk the trie from the certified root beside the leaves and the records, all in order."""
    root = open_root(view.node, state_root)
    assert state_root_of(root) == state_root
    leaves = state.scan(b"s", prefix_end(b"s"))
    records = state.scan(b"t", prefix_end(b"t"))
    first = next(records, None)
    branches = iter([] if first is None or first[0] == b"t" else [first])
    for node in walk(view.node, root):
        if node.is_leaf:
            report.count("leaves")
            key, value = next(leaves, (b"", b""))
            is_same = nibbles_of(key[1:]) == node.path and node.hash == leaf_hash(
                key[1:], value_hash(value)
            )
        else:
            report.count("trie branches")
            if node.path == b"":
                continue
            key, _ = next(branches, None) or next(records, (b"", b""))
            is_same = key[1:] == node.path
        if not is_same:
            report.add("state", "the trie and what lies beside it differ; no further comparison")
            return
    if next(leaves, None) is not None:
        report.add("state", "a leaf stands outside the trie")
    if next(records, None) is not None:
        report.add("state", "a trie record stands outside the trie")


def _check_bills(state: Reader, view: StateView, *, agency: str, report: VerifyReport) -> int:
    """Compare the index of business numbers with the newest bills under each.

    A red bill stands under no number, and a bill that another under its number replaced no more.

    Returns:
        How many documents the agency sealed: its bills and orders, each document once.
    """
    facts = StoredFacts(view)
    bills = newest = own = 0
    for key, value in view.leaves(b"b/"):
        bills += 1
        bill = decode(value, Bill, LEAF_SIZE_MAX)
        if bill.validity == RED:
            continue
        own += bill.issuer == agency and sealed_place(facts, bill)[:2] == _place_of(bill)
        is_newest = not _is_replaced(facts, bill)
        newest += is_newest
        name = key.removeprefix(b"b/").replace(b"/", b"")
        if (view.bill_of(bill.issuer, bill.business_number) == name) != is_newest:
            report.add("state", f"bill {name.decode()}: its business number leads elsewhere")
    _check_payments(state, view, report=report)
    orders = sum(1 for _ in view.leaves(f"d/{agency}/".encode()))
    numbers = sum(1 for _ in state.scan(b"n", prefix_end(b"n")))
    report.count("bills", bills)
    report.count("own orders", orders)
    if numbers != newest:
        report.add("state", f"{numbers} business numbers for {newest} bills")
    return own + orders


def _check_payments(state: Reader, view: StateView, *, report: VerifyReport) -> None:
    """Compare the index of payments by order with the payments."""
    payments = 0
    for key, value in view.leaves(PAYMENT_LEAF):
        payments += 1
        if state.get(payment_row(key, decode(value, Payment, LEAF_SIZE_MAX))) is None:
            report.add("state", f"payment {key.decode()}: its order does not lead to it")
    rows = sum(1 for _ in state.scan(ORDER_PREFIX, prefix_end(ORDER_PREFIX)))
    report.count("payments", payments)
    if rows != payments:
        report.add("state", f"{rows} rows of orders' payments for {payments} payments")


def _is_replaced(facts: StoredFacts, bill: Bill) -> bool:
    """Tell whether another bill stands under this one's business number."""
    name = bill.replaced_by
    after = None if name is None else facts.leaf(bill_key(name.code, name.number), Bill)
    return after is not None and after.business_number == bill.business_number


def _place_of(bill: Bill) -> tuple[int, int]:
    return bill.height, bill.transaction_index


def _check_vault(
    config: Config, view: StateView, check: BlockCheck, own: int, *, report: VerifyReport
) -> None:
    """Open every pack's details and records against what the chain commits to."""
    files = DiskFiles(config.node.data)
    shelf = Shelf(files, read_key(config.keys.directory / SEALING_KEY))
    own += _check_records(view, shelf, config.node.agency, report=report)
    opened = 0
    for height, index in shelf.committed():
        documents = check.documents_of(height, index)
        place = f"vault/packs/{height}-{index}.pack"
        if not documents:
            report.add(place, "the chain has no bills or records at this place")
            continue
        for document in documents:
            fault = _opening_fault(shelf, document)
            if fault:
                report.add(place, fault)
            else:
                opened += 1
    report.count("details opened", opened)
    report.count("own bills, orders and records not here", max(0, own - opened))
    for path in _unreadable_waiting(shelf):
        report.add(path, "a waiting pack is damaged")


def _check_records(view: StateView, shelf: Shelf, agency: str, *, report: VerifyReport) -> int:
    """Look for the pack of each record, for nobody else has it; return how many records are own."""
    count, gone = 0, set()
    for _, value in view.leaves(f"j/{agency}/".encode()):
        document = decode(value, PublishedDocument, LEAF_SIZE_MAX)
        count += 1
        place = place_of_document(name_of_document(agency, document))
        if not shelf.has(place):
            gone.add(committed_path(place.height, place.transaction_index))
    for path in sorted(gone):
        report.add(path, "it is gone, and records are sealed in it; restore it")
    report.count("own records", count)
    return count


def _check_seals(config: Config, view: StateView, *, report: VerifyReport) -> None:
    """Read the signatures of the originals, and compare their number with what is anchored."""
    shelf = SealShelf(DiskFiles(config.node.data))
    agency = config.node.agency
    for height in shelf.heights():
        place = f"vault/originals/{height}.seals"
        value = view.leaf(originals_key(height, agency))
        try:
            seals = shelf.read(height)
        except HouseError as error:
            report.add(place, f"{error.code}: {error.detail}")
            continue
        assert seals is not None, "it is listed"
        report.count("originals' signatures", len(seals.originals))
        anchored = None if value is None else decode(value, Originals, LEAF_SIZE_MAX)
        if anchored is not None and anchored.count != len(seals.originals):
            report.add(place, "more or fewer signatures than originals are anchored")


def _opening_fault(shelf: Shelf, document: Document) -> str:
    try:
        shelf.open(*document)
    except HouseError as error:
        return f"{error.code}: {error.detail}"
    return ""


def _unreadable_waiting(shelf: Shelf) -> Iterator[str]:
    for transaction_id in shelf.waiting():
        try:
            shelf.read_waiting(transaction_id)
        except NodeFault:
            yield str(Path("vault/waiting") / f"{transaction_id.hex()}.pack")

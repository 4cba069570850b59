"""`piaolian bill verify`: a receipt checked offline, with nothing but the genesis."""

import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import click

from cli.exits import CommandError, Exit
from cli.options import Ask, shows
from cli.render import Output, fix_of, local_time, printable, write, yuan
from ledger.leaf_types import read_leaf
from ledger.operation_json import message_to_json
from ledger.publishing import DOCUMENT, write_document_name
from proofs.chain import CHECKPOINT_SIZE_MAX, Checkpoint, load_checkpoint
from proofs.errors import VerificationFailed
from proofs.receipt import (
    RECEIPT_SIZE_MAX,
    BillFact,
    Fact,
    LeafFact,
    NoBillFact,
    NoLeafFact,
    load_receipt,
)
from proofs.verify import STEPS, ProvedDocument, Verified, verify_receipt

GENESIS_SIZE_MAX = 16 * 1024 * 1024
SHOWN_MAX = 100
"""Opened fields and lines shown to people."""
VALUE_SHOWN_MAX = 1000
"""Characters of one of them; a resource of a record may have millions."""

_MEANING = {
    "receipt": "the file has the form of a receipt",
    "genesis": "it is of the chain that we trust",
    "validators": "who may certify",
    "certificate": "a quorum of them signed the block",
    "header": "the block is the one they signed",
    "trie": "the path leads to the block's state",
    "leaf": "the fact stands in that state",
    "document": "the details are those that were sealed",
}

_File = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_File, metavar="FILE")
@click.option("--genesis", type=_File, help="The genesis file: trust starts there.")
@click.option("--checkpoint", type=_File, help="A dated checkpoint that agencies published.")
@shows
def verify(ask: Ask, file: Path, genesis: Path | None, checkpoint: Path | None) -> int:
    """Check a receipt offline. Exit code 0 when it proves its fact, 5 when it does not.

    No node is asked: the receipt carries the whole proof, and trust starts at the genesis, or at a
    checkpoint that several agencies publish. Each check is named; the first that fails ends it.

    \b
    Examples:
      piaolian bill verify receipt.json --genesis genesis.json
      piaolian bill verify receipt.json --checkpoint checkpoint.json -o json
    """  # noqa: D301
    if (genesis is None) == (checkpoint is None):
        raise click.UsageError("name one start of trust: --genesis FILE or --checkpoint FILE")
    start: bytes | Checkpoint
    try:
        if checkpoint is not None:
            start = load_checkpoint(_read(checkpoint, CHECKPOINT_SIZE_MAX, "--checkpoint"))
        else:
            assert genesis is not None
            start = _read(genesis, GENESIS_SIZE_MAX, "--genesis")
        verified = verify_receipt(load_receipt(_read(file, RECEIPT_SIZE_MAX, "FILE")), start)
    except VerificationFailed as failed:
        _tell_failure(ask.output, failed)
        return Exit.VERIFICATION_FAILED
    _tell(ask.output, verified)
    return Exit.DONE


def _tell(output: Output, verified: Verified) -> None:
    if output.form != "table":
        output.json(_document(verified))
        return
    for step in verified.steps:
        write(f"  ok      {step:<12} {_MEANING[step]}")
    for step in STEPS[len(verified.steps) :]:
        write(f"  –       {step:<12} the receipt shows no details")
    write("")
    _tell_fact(verified)
    write(
        f"True after block {verified.height} of {local_time(verified.time_ms)}"
        f"{_age(verified)}; certified by {', '.join(verified.signers)}; "
        f"trust starts at the {verified.trust.start}."
    )
    for line in verified.shown[:SHOWN_MAX]:
        write(printable(f"  {line.path}: {_shortened(line.value)}"))
    if len(verified.shown) > SHOWN_MAX:
        write(f"  … and {len(verified.shown) - SHOWN_MAX} more; -o json shows all of them")


def _shortened(value: str) -> str:
    if len(value) <= VALUE_SHOWN_MAX:
        return value
    return f"{value[:VALUE_SHOWN_MAX]} … and {len(value) - VALUE_SHOWN_MAX} characters more"


def _tell_document(proved: ProvedDocument) -> None:
    name, leaf = proved
    published = local_time(leaf.time_ms)
    write(f"VERIFIED: {name.custodian} published document {write_document_name(name)}, kind")
    write(f"{leaf.kind}, on {published}, to be kept {leaf.document.retention_years} years.")
    if leaf.supersedes is not None:
        write(f"It amends {write_document_name(leaf.supersedes)}.")
    if leaf.superseded_by is not None:
        newer = write_document_name(leaf.superseded_by)
        write(f"SUPERSEDED: it is not in force; {newer} took its place.")


def _tell_fact(verified: Verified) -> None:
    bill = verified.bill
    if verified.document is not None:
        _tell_document(verified.document)
        return
    match verified.fact:
        case BillFact(code=code, number=number) if bill is not None:
            issued = local_time(bill.time_ms)
            write(f"VERIFIED: bill {code} {number:010d} was issued by {bill.issuer} on {issued},")
            write(f"check code {bill.check_code}, total {yuan(bill.amounts.total)} yuan.")
        case BillFact(code=code, number=number) | NoBillFact(code=code, number=number):
            write(f"VERIFIED: no bill {code} {number:010d} existed.")
        case LeafFact(key=key):
            assert verified.value is not None
            write(printable(f"VERIFIED: under {key.decode('ascii', 'replace')} stands this fact:"))
            write(printable(_words_of(bytes(key), verified.value)))
        case NoLeafFact(key=key):
            write(printable(f"VERIFIED: nothing stands under {key.decode('ascii', 'replace')}."))


def _words_of(key: bytes, value: bytes) -> str:
    """Return a leaf by its fields; as hex under a key that this program does not know."""
    leaf = read_leaf(key, value)
    if leaf is None:
        return value.hex()
    return f"{type(leaf).__name__} {json.dumps(message_to_json(leaf), ensure_ascii=False)}"


def _tell_failure(output: Output, failed: VerificationFailed) -> None:
    if output.form != "table":
        document = {"verified": False, "step": failed.step, "code": failed.code}
        output.json({**document, "detail": failed.detail})
        return
    done = STEPS[: STEPS.index(failed.step)] if failed.step in STEPS else ()
    for step in done:
        write(f"  ok      {step:<12} {_MEANING[step]}")
    meaning = _MEANING.get(failed.step, "")
    write(printable(f"  FAILED  {failed.step:<12} {meaning}: {failed.detail}"))
    write("")
    write(printable(f"NOT VERIFIED: {failed.code}. This file proves nothing."))
    if fix := fix_of(failed.code):
        write(f"  -> {fix}")


def _document(verified: Verified) -> dict[str, Any]:
    fact, bill = verified.fact, verified.bill
    document: dict[str, Any] = {
        "verified": True,
        "fact": type(fact).__struct_config__.tag,
        **_name(fact),
        "steps": list(verified.steps),
        "height": verified.height,
        "time_ms": verified.time_ms,
        "header_hash": verified.header_hash.hex(),
        "signers": list(verified.signers),
        "trust": verified.trust.start,
        "chain": verified.trust.chain.hex(),
    }
    if bill is None and verified.value is not None:
        document["value"] = _base64url(verified.value)
    if bill is not None or verified.document is not None:
        document["shown"] = [{"path": line.path, "value": line.value} for line in verified.shown]
    if verified.document is not None:
        document["document"] = _published(verified.document)
    if bill is not None:
        document |= {
            "issuer": bill.issuer,
            "check_code": bill.check_code,
            "business_number": bill.business_number,
            "issued_ms": bill.time_ms,
            "total_fen": bill.amounts.total,
            "commitment": _base64url(bill.document.commitment),
        }
    return document


def _published(proved: ProvedDocument) -> dict[str, Any]:
    name, leaf = proved
    return {
        "custodian": name.custodian,
        "name": write_document_name(name),
        "kind": leaf.kind,
        "published_ms": leaf.time_ms,
        "retention_years": leaf.document.retention_years,
        "state": DOCUMENT.state_name(leaf.state),
        "supersedes": leaf.supersedes and write_document_name(leaf.supersedes),
        "superseded_by": leaf.superseded_by and write_document_name(leaf.superseded_by),
        "commitment": _base64url(leaf.document.commitment),
    }


def _name(fact: Fact) -> dict[str, str]:
    if isinstance(fact, BillFact | NoBillFact):
        return {"code": fact.code, "number": f"{fact.number:010d}"}
    return {"key": _base64url(fact.key)}


def _age(verified: Verified) -> str:
    days = verified.age_ms(time.time_ns() // 1_000_000) // 86_400_000
    return f" ({days} days ago)" if days > 0 else ""


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(file: Path, size_max: int, what: str) -> bytes:
    """Return a file's bytes, one more than `size_max` at most."""
    try:
        with file.open("rb") as stream:
            return stream.read(size_max + 1)
    except PermissionError as error:
        raise CommandError(
            Exit.PERMISSION, "file.unreadable", f"{file} may not be read by this user", field=what
        ) from error
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.missing", f"{file}: {error.strerror}", field=what
        ) from error

"""What makes an original the same again: the unit's signatures, and what stood beside the chain.

    vault/originals/<height>.seals   encoded `Seals` ‖ SHA-256 over it

An original is a function of the bill's face, its details and these: names, division and key may
change later, the original must not. The document itself is written anew whenever it is wanted.

Rule: durable before its hashes are anchored, never changed after; it holds nothing personal.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from ledger.ranges import Code, Number
from primitives.codec import Key32, KeyId, Message, Signature64, decode, encode
from primitives.errors import NodeFault
from storage.files import Files

SEALS_SIZE_MAX: Final = 2 * 1024 * 1024
"""5,000 bills take half a megabyte."""
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class SealedOriginal(Message):
    """One bill's."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    signature: Signature64
    """Of the unit, as in the document."""


class Seals(Message, tag=1):
    """Those of the issuer's bills of one block, in block order."""

    issuer_name: _Text
    """收款单位."""
    issuer_uscc: _Text
    """Its unified social credit code."""
    supervisor_name: _Text
    """财政部门."""
    area_code: _Text
    """SupervisorAreaCode."""
    key_id: KeyId
    """The key that signed."""
    public_key: Key32
    """The same, whole: the register forgets keys of the past."""
    originals: Annotated[tuple[SealedOriginal, ...], msgspec.Meta(max_length=5_000)]
    """In block order."""


class SealShelf:
    """The seals of one agency's originals.

    Args:
        files: the data directory.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, height: int) -> Seals | None:
        """Return the seals of a block; None when none were made (disk).

        Raises:
            NodeFault: `vault.damaged`.
        """
        data = self._files.read(_path(height))
        if data is None:
            return None
        body, checksum = data[:-32], data[-32:]
        if len(data) <= 32 or sha256(body).digest() != checksum:
            detail = f"{_path(height)} is not what was written; restore it"
            raise NodeFault("vault.damaged", detail, "vault")
        return decode(body, Seals, SEALS_SIZE_MAX)

    def heights(self) -> Iterator[int]:
        """Yield the blocks of which there are seals (disk)."""
        for path in self._files.list("vault/originals/"):
            yield int(path.rpartition("/")[2].removesuffix(".seals"))

    def write(self, height: int, seals: Seals) -> None:
        """Keep the seals of a block (disk, synced)."""
        body = encode(seals)
        self._files.write_atomically(_path(height), body + sha256(body).digest())


def _path(height: int) -> str:
    return f"vault/originals/{height}.seals"

"""The one codec of wire and disk: strict, bounded MessagePack.

Rule: a message has exactly one byte form. Typed messages are frozen, slotted, array-like structs
with an integer tag; what would encode differently (non-minimal numbers, trailing bytes, extra or
missing fields, another tag) is refused. Limits on bytes stand at each call, limits on items and
depth in the types.
Source: the MessagePack specification; RFC 8949, section 4.2, for why one form.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, dataclass_transform

import msgspec

from primitives.errors import PeerFault

T = TypeVar("T")

Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""A SHA-256 hash."""
Key32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""An Ed25519 or X25519 public key."""
KeyId = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
"""The first bytes of a public key's tagged hash."""
Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
"""An Ed25519 signature."""
Nonce16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""Random bytes that make an envelope unique."""
UInt = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A height, a time in milliseconds, a count."""
UInt32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
"""A round or an index."""
AgencyId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,30}\Z")]
"""Short ASCII name of an agency: `hospital`."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Base of every typed message: an array whose first element is the subclass's integer tag."""


def _new_decoder(type_: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(type_)


_decoder: Callable[[Any], msgspec.msgpack.Decoder[Any]] = functools.lru_cache(512)(_new_decoder)
_ENCODER = msgspec.msgpack.Encoder()


def encode(message: Any) -> bytes:
    """Return the one byte form of a typed message."""
    return _ENCODER.encode(message)


def decode(data: bytes, type_: type[T], size_max: int) -> T:
    """Read one message of `type_` (a struct, or a union of structs) and validate it.

    Args:
        data: exactly the message's bytes.
        type_: what it must be.
        size_max: more bytes are refused unread.

    Raises:
        PeerFault: `codec.too_long`, `codec.malformed` or `codec.not_canonical`.
    """
    if len(data) > size_max:
        raise PeerFault("codec.too_long", f"{len(data)} bytes, at most {size_max} are read")
    try:
        message: T = _decoder(type_).decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PeerFault("codec.malformed", "not a message of the expected form") from error
    if _ENCODER.encode(message) != data:
        raise PeerFault("codec.not_canonical", "the same message has a shorter form")
    return message

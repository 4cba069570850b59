"""Whether a bundle's text may be read at all: its size, its depth, how many entries it can hold.

Rule: one pass over the bytes in pieces, before any parser sees them; no recursion, and no more
memory than a piece, however the text is made.
"""

from itertools import accumulate
from typing import Final

from primitives.errors import Refused

BUNDLE_SIZE_MAX: Final = 16 * 1024 * 1024
"""Bytes."""
DEPTH_MAX: Final = 64
"""Levels of objects and lists, the bundle's own being the first."""
ENTRIES_MAX: Final = 20_000
_OTHER_COMMAS_MAX: Final = 1_000
"""Commas at the depth of entries that part other fields of the bundle."""
_ENTRY_DEPTH: Final = 2
_PIECE: Final = 64 * 1024
_STEPS: Final = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1, ord(","): 0}
_ALL_BUT_STEPS: Final = bytes(set(range(256)) - _STEPS.keys())
_COMMA: Final = ord(",")


def require_limits(data: bytes) -> None:
    """Require of a bundle's text what its reading will cost.

    Raises:
        Refused: `record.too_large`, and what `require_depth` raises.
    """
    if len(data) > BUNDLE_SIZE_MAX:
        raise Refused("record.too_large", f"at most {BUNDLE_SIZE_MAX // 1024 // 1024} MiB")
    require_depth(data)


def require_depth(data: bytes | memoryview) -> None:
    """Require that a JSON text is neither too deep nor too wide.

    Raises:
        Refused: `record.too_deep`, `record.too_many_entries`, `record.not_fhir`.
    """
    depth = commas = 0
    escape, is_text = b"", False
    for start in range(0, len(data), _PIECE):
        piece = escape + bytes(data[start : start + _PIECE])
        # A backslash at the end escapes what the next piece begins with.
        is_cut = (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 1
        escape, piece = (b"\\", piece[:-1]) if is_cut else (b"", piece)
        steps, is_text = _steps_of(piece, is_text)
        depths = list(accumulate(map(_STEPS.__getitem__, steps), initial=depth))
        if max(depths) > DEPTH_MAX:
            raise Refused("record.too_deep", f"at most {DEPTH_MAX} levels")
        if min(depths) < 0:
            raise Refused("record.not_fhir", "more is closed than was opened")
        depth = depths[-1]
        commas += sum(
            step == _COMMA and level == _ENTRY_DEPTH
            for step, level in zip(steps, depths, strict=False)
        )
        if commas > ENTRIES_MAX + _OTHER_COMMAS_MAX:
            raise Refused("record.too_many_entries", f"at most {ENTRIES_MAX} entries", "entry")


def _steps_of(piece: bytes, is_text: bool) -> tuple[bytes, bool]:
    """Return the brackets and commas of a piece that stand in no text, and whether one is open.

    Escapes go first; then every quote left begins or ends a text.
    """
    parts = piece.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    outside = b"".join(parts[is_text::2]).translate(None, _ALL_BUT_STEPS)
    return outside, is_text ^ (len(parts) % 2 == 0)

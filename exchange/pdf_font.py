"""The font of the PDF: a Chinese one, embedded, of which only the used signs travel.

Rule: the font is found on the machine and never guessed at: without it there is no PDF. What it
has no sign for stands as 〓, as in print shops, so that a gap is seen.
Source: Debian's package fonts-wqy-microhei (WenQuanYi Micro Hei, GPL-3 with font exception or
Apache-2.0).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from primitives.errors import NodeFault

FONT_PATHS: Final = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
)
"""Where the font lies on Debian and on others; the first one there is used."""
PACKAGE: Final = "fonts-wqy-microhei"
MISSING_SIGN: Final = "〓"


def find_font(paths: Sequence[str]) -> str:
    """Return the first path at which a font lies.

    Raises:
        NodeFault: `pdf.font_missing`, with the Debian package that has it.
    """
    for path in paths:
        if Path(path).is_file():
            return path
    raise NodeFault("pdf.font_missing", f"install the Debian package {PACKAGE}", "font_paths")


@lru_cache(maxsize=4)
def load_font(path: str) -> Any:
    """Return the font of a file, registered under its path.

    Raises:
        NodeFault: `pdf.font_unusable` when the file is no TrueType font.
    """
    try:
        font = TTFont(path, path, subfontIndex=0)
    except (TTFError, OSError, ValueError, LookupError) as error:
        raise NodeFault(
            "pdf.font_unusable", "the file is no TrueType font", "font_paths"
        ) from error
    pdfmetrics.registerFont(font)
    return font


def shown(font: Any, text: str) -> str:
    """Return a text in which what the font cannot show is 〓."""
    known = font.face.charToGlyph
    return "".join(sign if ord(sign) in known else MISSING_SIGN for sign in text)

"""A pen for one PDF page: text that fits, rules, columns.

Rule: nothing is cut silently: a text that is too long gets smaller, then ends with …; where
every sign counts it is wrapped instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from exchange.pdf_font import shown

Color = tuple[float, float, float]

INK: Final[Color] = (0.12, 0.12, 0.14)
"""What was filled in."""
FORM: Final[Color] = (0.55, 0.17, 0.13)
"""What was printed before: the red brown of fiscal bills."""
TINT: Final[Color] = (0.97, 0.94, 0.92)
"""Behind what heads a part of a list."""
PALE: Final[Color] = (0.45, 0.45, 0.48)
"""Small print."""
SIZE_MIN: Final = 5.0
"""Points; below nobody reads."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on the current page of a canvas; the origin is the lower left corner, in points."""

    canvas: Any
    """reportlab's."""
    font: Any
    """reportlab's, registered."""

    def write(self, place: tuple[float, float], text: str, size: float, color: Color = INK) -> None:
        """Write a text from a place to the right."""
        self.canvas.setFillColorRGB(*color)
        self.canvas.setFont(self.font.fontName, size)
        self.canvas.drawString(*place, shown(self.font, text))

    def write_right(
        self, place: tuple[float, float], text: str, size: float, color: Color = INK
    ) -> None:
        """Write a text that ends at a place."""
        x, y = place
        self.write((x - self.width(text, size), y), text, size, color)

    def write_middle(
        self, place: tuple[float, float], text: str, size: float, color: Color = INK
    ) -> None:
        """Write a text around a place."""
        x, y = place
        self.write((x - self.width(text, size) / 2, y), text, size, color)

    def write_fitted(
        self,
        place: tuple[float, float],
        text: str,
        size: float,
        width: float,
        color: Color = INK,
    ) -> None:
        """Write a text within a width: smaller if need be, at last with … at its end."""
        while size > SIZE_MIN and self.width(text, size) > width:
            size -= 0.5
        if self.width(text, size) > width:
            while text and self.width(text + "…", size) > width:
                text = text[:-1]
            text += "…"
        self.write(place, text, size, color)

    def wrapped(self, text: str, size: float, width: float) -> list[str]:
        """Return a text in lines no wider than a width; at least one line."""
        if self.width(text, size) <= width:
            return [text]
        lines, left = [""], width
        for sign in text:
            wide = self.width(sign, size)
            if lines[-1] and wide > left:
                lines.append("")
                left = width
            lines[-1] += sign
            left -= wide
        return lines

    def width(self, text: str, size: float) -> float:
        """Return how wide a text is."""
        wide: float = self.font.stringWidth(shown(self.font, text), size)
        return wide

    def rule(self, start: tuple[float, float], end: tuple[float, float], weight: float) -> None:
        """Draw a line."""
        self.canvas.setStrokeColorRGB(*FORM)
        self.canvas.setLineWidth(weight)
        self.canvas.line(*start, *end)

    def tint(self, place: tuple[float, float], size: tuple[float, float]) -> None:
        """Fill a rectangle with a pale tint of the form's color."""
        self.canvas.setFillColorRGB(*TINT)
        self.canvas.rect(*place, *size, stroke=0, fill=1)

    def grid(self, xs: Sequence[float], ys: Sequence[float], weight: float = 0.5) -> None:
        """Draw the lines of a table whose columns end at `xs` and rows at `ys`."""
        for x in xs:
            self.rule((x, ys[0]), (x, ys[-1]), weight)
        for y in ys:
            self.rule((xs[0], y), (xs[-1], y), weight)

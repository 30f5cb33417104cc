"""A drawing as SVG text: rectangles, lines, dots and words, in colours that stay apart for colour-blind eyes."""

import math
from xml.sax.saxutils import escape, quoteattr

# Okabe and Ito, "Color Universal Design", 2008; black left out, grey added.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
INK, DIM, FAINT, GRID, TRACK, PAPER = "#222222", "#666666", "#999999", "#e4e4e4", "#f3f3f1", "#ffffff"
FONT_PX = 12
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_HATCH = (
    '<defs><pattern id="stall" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="2" height="4" fill="{PAPER}" fill-opacity="0.75"/></pattern></defs>'
)


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """At most `count` multiples of 1, 2 or 5 times a power of ten from low to high."""
    span = high - low
    if span <= 0 or count < 1:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(s * power for s in (1, 2, 5, 10, 20) if math.floor(span / (s * power) + 1e-9) < count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


class Drawing:
    """Collects shapes; coordinates in pixels from the upper left corner. `title` is read out by screen readers."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height = width, height
        self._title = title
        self._shapes: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, fill: str, hint: str = "") -> None:
        """A filled rectangle; `hint` is shown where the mouse rests on it."""
        place = f'x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}"'
        if hint:
            self._shapes.append(f'<rect {place} fill="{fill}"><title>{escape(hint)}</title></rect>')
        else:
            self._shapes.append(f'<rect {place} fill="{fill}"/>')

    def hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Stripes over what is drawn already."""
        self._shapes.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}" fill="url(#stall)"/>'
        )

    def area(self, corners: list[tuple[float, float]], fill: str, opacity: float = 1.0) -> None:
        """A filled polygon."""
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
        self._shapes.append(f'<polygon points="{points}" fill="{fill}" fill-opacity="{opacity:g}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = FAINT, width: float = 1) -> None:
        """A straight line."""
        self._shapes.append(
            f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}" stroke-width="{width}"/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str, hint: str = "") -> None:
        """A filled circle."""
        self._shapes.append(
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius}" fill="{fill}" fill-opacity="0.75">'
            f"<title>{escape(hint)}</title></circle>"
        )

    def text(
        self, x: float, y: float, words: str, anchor: str = "start", colour: str = INK, weight: str = "normal"
    ) -> None:
        """Words whose base line begins (start), is centred (middle) or ends (end) at a point."""
        self._shapes.append(
            f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
            f"{escape(words)}</text>"
        )

    @property
    def svg(self) -> str:
        """The whole drawing as one element."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(self._title)} '
            f'font-family="{FONTS}" font-size="{FONT_PX}">'
        )
        paper = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        return "\n".join((head, _HATCH, paper, *self._shapes, "</svg>")) + "\n"

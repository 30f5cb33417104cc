"""Painting only what changed. Textual sends a changed stretch of a row from the left edge of its widget on; over a slow
line that is most of the bytes, so our screens crop it on the left too.

`Screen._compositor` and `Compositor.render_partial_update` are Textual's own; its minor version is pinned.
"""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class ExactUpdate(ChopsUpdate):
    """Exactly the dirty stretches of every row."""

    def render_segments(self, console: Console) -> str:
        """Terminal sequences: for each stretch, the cursor's place and its cells."""
        found: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, first), min(end, last)
                if strip is not None and left < right:
                    found.append(Control.move_to(left, y).segment.text)
                    found.append(strip.crop(left - x, right - x).render(console))
        return "".join(found)


class ExactCompositor(Compositor):
    """A compositor whose partial updates are exact."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What to send for the regions that are dirty; None where nothing is."""
        update = super().render_partial_update()
        return ExactUpdate(update.chops, update.spans, update.chop_ends) if update is not None else None

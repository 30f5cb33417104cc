"""Putting a widget where the layout says."""

from textual.widget import Widget

from workbench.tui.layout import Box


def place(widget: Widget, box: Box | None) -> None:
    """Show a widget in a box; None: it is not shown."""
    widget.display = box is not None
    if box is not None:
        styles = widget.styles
        styles.offset = (box.x, box.y)
        styles.width = box.width
        styles.height = box.height

"""Writes docs/keys.md from the table of actions: `python -m workbench.tui.keys_page`."""

from pathlib import Path

from workbench.tui.actions import keys_page


def main() -> None:
    """Write the page of this checkout."""
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(keys_page(), encoding="utf-8")


if __name__ == "__main__":
    main()

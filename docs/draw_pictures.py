"""Draw the pictures of README.md and docs/ from the running app: `python docs/draw_pictures.py`.

Starts the real screen on the main job with a real engine and a real search of fixed seed, and exports what it shows.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (120, 40)
DESIGN = Path(__file__).resolve().parent.parent / "saves" / "mixed-u280.toml"


async def draw() -> None:
    """Main screen with a search under way, then one picture per screen."""
    from workbench.tui.app import WorkbenchApp
    from workbench.tui.opening import open_path

    app = WorkbenchApp(open_path(DESIGN))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.session.state.score is not None and app.session.state.scored)
        await pilot.press("3", "minus", "4", "s")
        await until(pilot, lambda: (shown := app.session.state.snapshot) is not None and shown.generation > 40)
        save(app, "main")
        await pilot.press("space")
        for name, key in (("explain", "e"), ("schedule", "S"), ("layers", "l"), ("help", "question_mark")):
            await pilot.press(key)
            await pilot.pause(1.5)
            save(app, name)
            await pilot.press("escape")
        await pilot.press("4", "s")
        await pilot.pause(1.0)


def save(app: object, name: str) -> None:
    """Write one picture."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(app.export_screenshot(title="workbench"), encoding="utf-8")  # type: ignore[attr-defined]
    print(f"docs/pictures/{name}.svg")


async def until(pilot: object, met: object, seconds: float = 90.0) -> None:
    """Wait for a condition; gives up loudly."""
    for _ in range(int(seconds * 10)):
        if met():  # type: ignore[operator]
            return
        await pilot.pause(0.1)  # type: ignore[attr-defined]
    sys.exit("the screen did not get there")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.environ["XDG_STATE_HOME"] = home
        asyncio.run(draw())

"""Keys pressed at random, one by one and many at once, by a monkey with the real engine: it breaks nothing."""

import random
from pathlib import Path

import pytest
from packets import at_once

from workbench.design.design import Design, SubAccelerator
from workbench.design.file import load_design, save_design
from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened

STEPS = 120
SIZES = [(80, 24), (120, 40), (200, 60), (60, 20), (40, 10)]
KEYS = [
    *"1234+-tTrvIfad[]xwlLceFSo/jkgGmpuyBH%W?PN059. ",
    *"escape enter tab shift+tab left right up down pageup pagedown home end backspace delete".split(),  # noqa: SIM905
    *"ctrl+r ctrl+p ctrl+s ctrl+o f4 ctrl+c ctrl+u ctrl+k ctrl+w".split(),  # noqa: SIM905
]  # no search, which would outlive the test, no $EDITOR, no way out
WORDS = [
    "SpatialMap(1,1) K;",
    "Cluster(4);",
    "flexible;",
    "board",
    "zcu102",
    "cloud",
    "99999",
    "nan",
    "[red]",
    "x[/].toml",
]
CORES = {"u280": ("B512", "flexible;\nauto;\n"), "edge": ("nvdla-64", "SpatialMap(T_K, T_K) K;\nauto;\n")}


@pytest.mark.parametrize("seed", range(4))
async def test_a_monkey_breaks_nothing(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    board, (core, text) = sorted(CORES.items())[seed % 2]
    for name, content in {
        "cut": b"[a",
        "empty": b"",
        "binary": bytes(range(256)),
        "[b]bold[b]": b"schema = 99\n",
    }.items():
        (tmp_path / f"{name}.toml").write_bytes(content)
    tiny = Design("tiny", board, (SubAccelerator("A", core, 1, 2, text),), tenants=(("mobilenetv2", 1, 1, None),))
    app = WorkbenchApp(Opened(tiny, "tiny"))
    async with app.run_test(size=draw.choice(SIZES)) as pilot:
        for _ in range(STEPS):
            match draw.choices(["key", "burst", "word", "click", "resize"], [80, 8, 5, 4, 3])[0]:
                case "key":
                    await pilot.press(draw.choice(KEYS))
                case "click":
                    await pilot.click(offset=(draw.randrange(app.size.width), draw.randrange(app.size.height)))
                case "resize":
                    await pilot.resize_terminal(*draw.choice(SIZES))
                case kind:
                    keys = draw.choice(WORDS) if kind == "word" else draw.choices(KEYS, k=draw.randrange(2, 20))
                    await at_once(app, pilot, *keys)
        design = app.session.state.design
        await pilot.press(*["escape"] * 6, "3")
        assert app.screen is app.main
    save_design(design, tmp_path / "kept.toml")
    assert load_design(tmp_path / "kept.toml", unfinished=True).design == design

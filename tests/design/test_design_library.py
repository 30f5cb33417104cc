"""What there is to open, and what an unexpected end leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.design import library
from workbench.design.library import Shelf


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shelves() -> list[tuple[Shelf, str]]:
    return [(entry.shelf, entry.name) for entry in library.entries() if entry.shelf is not Shelf.EXAMPLE]


def test_saved_and_recent_designs_are_listed_newest_first(home: Path) -> None:
    (home / "saves").mkdir()
    for age, name in enumerate(("new", "old")):
        (home / "saves" / f"{name}.toml").write_text("x")
        os.utime(home / "saves" / f"{name}.toml", (1e9 - age, 1e9 - age))
    (home / "saves" / "notes.txt").write_text("x")
    library.note_recent("gone.toml")
    library.note_recent("saves/old.toml")
    assert library.recent_files() == [str(home / "saves/old.toml"), str(home / "gone.toml")]
    assert shelves() == [(Shelf.RECENT, "old"), (Shelf.SAVED, "new"), (Shelf.SAVED, "old")]


def test_the_list_of_recent_files_is_short_and_survives_damage(home: Path) -> None:
    for number in range(30):
        library.note_recent(f"{number}.toml")
    assert len(library.recent_files()) == library.MOST_RECENT
    library.places()["recent"].write_text("{")
    assert library.recent_files() == []


def test_the_config_names_another_folder(home: Path) -> None:
    library.places()["config"].parent.mkdir(parents=True)
    library.places()["config"].write_text(f'[files]\nsaves = "{home}/elsewhere"\n')
    assert library.saves_folder() == home / "elsewhere"
    library.places()["config"].write_text("[files\n")
    assert library.saves_folder() == Path("saves")


def test_recovery_files_of_dead_sessions_are_offered_once() -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    library.write_recovery("mine")
    left = library.write_recovery("left behind", dead.pid)
    assert [entry.path for entry in library.recoveries()] == [left]
    aside = library.take_recovery(left)
    assert aside.read_text() == "left behind"
    assert library.recoveries() == ()
    library.drop_recovery()
    library.drop_recovery()
    assert not library.recovery_path().exists()

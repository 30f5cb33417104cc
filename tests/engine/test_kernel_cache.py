"""Old machine code goes, what is in use and what is not ours stays."""

import os
from pathlib import Path

from workbench.engine.kernel_cache import UNUSED_S, mark_used

NOW_S = 2e9


def folder(path: Path, unused_s: float) -> Path:
    path.mkdir(parents=True)
    (path / "kernel.nbc").write_bytes(b"machine code")
    os.utime(path, (NOW_S - unused_s, NOW_S - unused_s))
    return path


def test_kernels_unused_for_long_are_removed(tmp_path: Path) -> None:
    own = folder(tmp_path / "0123456789ab", 2 * UNUSED_S)
    old = folder(tmp_path / "ba9876543210", 1.01 * UNUSED_S)
    recent = folder(tmp_path / "aaaaaaaaaaaa", 0.99 * UNUSED_S)
    foreign = folder(tmp_path / "notes", 9 * UNUSED_S)
    assert mark_used(own, NOW_S) == [old]
    assert not old.exists()
    assert own.exists()
    assert recent.exists()
    assert foreign.exists()
    assert mark_used(recent, NOW_S + UNUSED_S / 2) == []  # `own` is marked as used now


def test_a_place_the_user_has_chosen_is_left_alone(tmp_path: Path) -> None:
    own = folder(tmp_path / "my-kernels", 0.0)
    other = folder(tmp_path / "0123456789ab", 9 * UNUSED_S)
    assert mark_used(own, NOW_S) == []
    assert other.exists()


def test_no_folder_yet_is_no_error(tmp_path: Path) -> None:
    assert mark_used(tmp_path / "0123456789ab", NOW_S) == []

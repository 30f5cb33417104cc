"""The one place that knows where presets lie: beside the package in a checkout, inside it in a wheel."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def presets_root() -> Path:
    """Folder that holds networks/, workloads/, boards/, cores/, dataflows/, energy/, designs/ and best_known/."""
    inside = _PACKAGE / "presets"
    return inside if inside.is_dir() else _PACKAGE.parent / "presets"


def preset_names(kind: str, suffix: str) -> list[str]:
    """Names of all presets of a kind (a folder of the root), sorted."""
    return sorted(p.name.removesuffix(suffix) for p in (presets_root() / kind).glob(f"*{suffix}"))


def preset_path(kind: str, name: str, suffix: str) -> Path:
    """Path of one preset; it need not exist."""
    return presets_root() / kind / f"{name}{suffix}"

"""Where the workbench keeps what it keeps: one list, printed by `workbench info`."""

import os
import tomllib
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path

from workbench.presets_finder import presets_root

APPLICATION = "workbench"
SAVES = "saves"  # below the working folder, unless the config says otherwise


def config_file() -> Path:
    """The user's settings; it need not exist."""
    return user_config_path(APPLICATION) / "config.toml"


def saves_folder() -> Path:
    """Where designs are saved: `saves` in the config's [files], else below the working folder.

    A config that cannot be read counts as none here; whoever shows settings reports it.
    """
    try:
        with config_file().open("rb") as file:
            files = tomllib.load(file).get("files", {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        files = {}
    chosen = files.get("saves") if isinstance(files, dict) else None
    return Path(os.path.expanduser(chosen)) if isinstance(chosen, str) and chosen else Path(SAVES)


def places() -> dict[str, Path]:
    """Every path the workbench reads or writes by itself, by name."""
    state = user_state_path(APPLICATION)
    return {
        "config": config_file(),
        "state": state,
        "runs": state / "runs",
        "recovery": state / "recovery",
        "recent": state / "recent.json",
        "session": state / "session.json",
        "cache": user_cache_path(APPLICATION),
        "kernels": Path(os.environ.get("NUMBA_CACHE_DIR", str(user_cache_path(APPLICATION) / "kernels"))),
        "presets": presets_root(),
        "saves": saves_folder().absolute(),
    }

"""The user's settings: config.toml under the XDG config path.

theme = "dark"          # dark, light, ansi
ascii = false           # glyphs every terminal can draw
slow = false            # one update of the search a second
mouse = true
[keys]                  # ids as in docs/keys.md; several keys with commas
"grid.turn" = "R"
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from platformdirs import user_config_path

THEMES = ("dark", "light", "ansi")


class ConfigError(ValueError):
    """config.toml cannot be used; the message names the place and what is allowed."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything config.toml may say."""

    theme: str = "dark"
    ascii: bool = False
    slow: bool = False
    mouse: bool = True
    keys: dict[str, str] = field(default_factory=dict)


def config_path() -> Path:
    """Where it is looked for."""
    return user_config_path("workbench") / "config.toml"


def read_config(path: Path | None = None) -> Config:
    """The settings; the defaults where there is no file. Raises ConfigError."""
    path = path or config_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    unknown = sorted(set(data) - set(Config.__dataclass_fields__))
    if unknown:
        raise ConfigError(f"{path}: {unknown[0]}: unknown; allowed: {', '.join(Config.__dataclass_fields__)}")
    try:
        config = msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from None
    if config.theme not in THEMES:
        raise ConfigError(f"{path}: theme: found {config.theme!r}; allowed: {', '.join(THEMES)}")
    return config

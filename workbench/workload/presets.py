"""Networks and workloads by name or by path: the one way in for everything that runs."""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec

from workbench.presets_finder import preset_names, preset_path
from workbench.workload.csv_rows import read_text
from workbench.workload.network import Network
from workbench.workload.table_error import TableError, close_matches, quoted
from workbench.workload.table_file import read_network
from workbench.workload.workload import Tenant, Workload

MAX_BATCH = 4096
MAX_INSTANCES = 4096
MAX_LATENCY_MS = 1e9
LABEL = r"^(?!none\Z)([A-Za-z][A-Za-z0-9_-]{0,15})?\Z"  # of isolation; empty: none
MAX_JOBS = 200_000  # a hundred times the largest preset workload; beyond it a schedule takes minutes


class UnknownPresetError(ValueError):
    """A name that is neither a preset nor a file; the text lists close matches."""


class TenantEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant as files write it; `network` is a preset's name or the path of a table."""

    network: str
    batch: Annotated[int, msgspec.Meta(ge=1, le=MAX_BATCH)] = 1
    instances: Annotated[int, msgspec.Meta(ge=1, le=MAX_INSTANCES)] = 1
    latency_limit_ms: Annotated[float, msgspec.Meta(gt=0, le=MAX_LATENCY_MS)] | None = None
    isolation: Annotated[str, msgspec.Meta(pattern=LABEL)] = ""


class _WorkloadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tenants: Annotated[list[TenantEntry], msgspec.Meta(min_length=1)]
    name: Annotated[str, msgspec.Meta(min_length=1)] | None = None


def network_names() -> list[str]:
    """Names of all preset networks, sorted."""
    return preset_names("networks", ".csv")


def workload_names() -> list[str]:
    """Names of all preset workloads, sorted."""
    return preset_names("workloads", ".toml")


def load_network(name_or_path: str | Path, relative_to: Path | None = None) -> Network:
    """A network by its preset's name, or by the path of a layer table in any of the accepted formats.

    A relative path counts from `relative_to` (default: the working folder). Repeated loads of an unchanged file are
    free. Raises UnknownPresetError for an unknown name, TableError for a table that cannot be used.
    """
    path = _find("networks", ".csv", "network", str(name_or_path), relative_to)
    return _network(path, _version(path))


def load_workload(name_or_path: str | Path, relative_to: Path | None = None) -> Workload:
    """A workload by its preset's name, or by the path of a TOML file with `name` and `[[tenants]]`.

    Tables named in the file by path count from the file's own folder. Raises UnknownPresetError and TableError.
    """
    path = _find("workloads", ".toml", "workload", str(name_or_path), relative_to)
    text = read_text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: numbers beyond Python's limits, too
        raise TableError(path, f"is not valid TOML: {error}") from error
    try:
        file = msgspec.convert(content, _WorkloadFile)
    except msgspec.ValidationError as error:
        raise TableError(
            path, f"{error}; expected name and [[tenants]] with network, batch, instances, latency_limit_ms, isolation"
        ) from error
    try:
        return make_workload(file.name or path.stem, file.tenants, path.parent)
    except TableError:
        raise
    except ValueError as error:
        raise TableError(path, str(error)) from error


def make_workload(name: str, entries: list[TenantEntry], relative_to: Path | None = None) -> Workload:
    """A workload from its tenants' entries, networks loaded. Raises ValueError (UnknownPresetError and TableError
    included), also if it has more than MAX_JOBS jobs."""
    tenants = tuple(
        Tenant(
            network=load_network(entry.network, relative_to),
            batch=entry.batch,
            instances=entry.instances,
            latency_limit_s=None if entry.latency_limit_ms is None else entry.latency_limit_ms / 1e3,
            isolation=entry.isolation,
        )
        for entry in entries
    )
    if not name.isprintable():
        raise ValueError(f"the workload's name {quoted(name)} holds characters that cannot be shown")
    workload = Workload(name, tenants)
    if workload.jobs > MAX_JOBS:
        raise ValueError(f"workload {name} has {workload.jobs} jobs; at most {MAX_JOBS}: use fewer instances")
    return workload


def _find(folder: str, suffix: str, what: str, text: str, relative_to: Path | None) -> Path:
    """The file that a name or path means: a preset if there is one of that name, else a file."""
    is_path = text.endswith(suffix) or "/" in text or os.sep in text
    if not is_path:
        preset = preset_path(folder, text, suffix)
        if text and "\0" not in text and _is_file(preset):
            return preset
    path = (relative_to or Path()) / _home_expanded(text)
    if is_path or (text and _exists(path)):
        return path
    hint = close_matches(text, preset_names(folder, suffix))
    raise UnknownPresetError(
        f"{quoted(text)} is neither a preset {what} nor a file{hint} ('workbench presets' lists all names)"
    )


def _home_expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home of a user that does not exist
        return Path(text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _network(path: Path, version: tuple[int, int]) -> Network:  # noqa: ARG001  a changed file is another key
    return read_network(path)

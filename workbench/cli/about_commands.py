"""`workbench presets`, `workbench info` and `workbench completion`."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from platformdirs import user_cache_path, user_config_path, user_state_path

from workbench.cli.ending import DONE
from workbench.cli.options import Json
from workbench.cli.output import print_json, print_line
from workbench.dataflow.library import load_dataflows
from workbench.engine.runs import runs_root
from workbench.hardware.board import Family
from workbench.hardware.presets import board_names, core_names, energy_names
from workbench.presets_finder import preset_names, presets_root
from workbench.workload.presets import network_names, workload_names

Kind = Literal["networks", "workloads", "boards", "cores", "dataflows", "energy", "designs"]


def preset_table() -> dict[str, list[str]]:
    """Names of everything that comes with the workbench, by kind."""
    return {
        "networks": network_names(),
        "workloads": workload_names(),
        "boards": board_names(),
        "cores": [*core_names(Family.FPGA), *core_names(Family.ASIC)],
        "dataflows": [dataflow.name for dataflow in load_dataflows()],
        "energy": energy_names(),
        "designs": preset_names("designs", ".toml"),
    }


def presets(
    kind: Annotated[Kind | None, Parameter(help="Only the names of one kind, one per line.")] = None,
    /,
    *,
    json: Json = False,
) -> int:
    """Names of all networks, workloads, boards, cores, dataflows, energy tables and designs."""
    table = preset_table()
    if json:
        print_json({kind: table[kind]} if kind else table)
    elif kind:
        for name in table[kind]:
            print_line(name)
    else:
        for name, found in table.items():
            print_line(f"{name}: {', '.join(found)}")
    return DONE


def paths() -> dict[str, Path]:
    """Every path the workbench reads or writes by itself, by name."""
    cache = user_cache_path("workbench")
    state = user_state_path("workbench")
    return {
        "config": user_config_path("workbench") / "config.toml",
        "state": state,
        "runs": runs_root(),
        "recovery": state / "recovery",
        "recent": state / "recent.txt",
        "crash report": state / "crash.txt",
        "cache": cache,
        "kernels": Path(os.environ.get("NUMBA_CACHE_DIR") or cache / "kernels"),
        "presets": presets_root(),
        "saves": Path("saves").absolute(),
    }


def info(*, json: Json = False) -> int:
    """Version and every path the workbench reads or writes by itself."""
    if json:
        print_json({"version": version("workbench"), "paths": {name: str(path) for name, path in paths().items()}})
        return DONE
    print_line(f"workbench {version('workbench')}")
    for name, path in paths().items():
        print_line(f"{name:<13} {path}")
    return DONE


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="The shell the script is for.")], /
) -> int:
    """Print a completion script; a shell loads it from the folder its manual names, or with eval."""
    from workbench.cli.commands import build_app

    print_line(build_app().generate_completion(shell=shell))
    return DONE

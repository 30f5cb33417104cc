"""presets, info, --version, --help, completion; and how commands end."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Run
from workbench import __version__
from workbench.cli.commands import COMMANDS


def test_presets_are_listed_for_people_and_programs(run: Run) -> None:
    table = json.loads(run("presets", "--json").stdout)
    assert {"networks", "workloads", "boards", "cores", "dataflows", "energy"} <= set(table)
    assert "mixed" in table["workloads"]
    assert run("presets", "boards").stdout.split() == table["boards"]
    wrong = run("presets", "board")
    assert wrong.returncode == 2
    assert "boards" in wrong.stderr


def test_info_prints_every_path(run: Run, state: Path) -> None:
    found = json.loads(run("info", "--json").stdout)
    assert found["version"] == __version__
    assert found["paths"]["runs"].startswith(str(state))
    assert all(path in run("info").stdout for path in found["paths"].values())


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout.strip() == __version__
    listing = run("--help")
    assert listing.returncode == 0
    assert all(name in listing.stdout for name, *_ in COMMANDS)


@pytest.mark.parametrize("name", [name for name, *_ in COMMANDS])
def test_every_command_explains_itself(name: str, run: Run) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    assert f"workbench {name}" in done.stdout
    assert done.stderr == ""


def test_completion_scripts_are_made_for_three_shells(run: Run) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).stdout
        assert "explain" in script


def test_a_reader_that_goes_away_is_no_mistake(environment: dict[str, str]) -> None:
    child = subprocess.Popen(
        [COMMAND, "presets", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait(30) == 0


def test_control_c_ends_a_command_quietly(environment: dict[str, str], tmp_path: Path) -> None:
    arguments = [COMMAND, "explain", tmp_path / "pipe.toml"]
    import os

    os.mkfifo(tmp_path / "pipe.toml")  # the command waits in reading it
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    writer = os.open(tmp_path / "pipe.toml", os.O_WRONLY)
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    os.close(writer)
    assert child.stderr is not None
    assert child.stderr.read() == b""

"""What the documents say can be done: their commands exist, their links lead somewhere, their code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WORKBENCH = str(Path(sys.executable).parent / "workbench")
COMMAND = re.compile(r"(?:^|`|&& |bin/)workbench ([a-z]+)\b", re.MULTILINE)


def known_commands() -> set[str]:
    done = subprocess.run([WORKBENCH, "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"^│ ([a-z]+) ", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_command_that_is_named_exists() -> None:
    known = known_commands()
    assert {"score", "search", "new"} <= known
    for page in PAGES:
        named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
        assert named <= known, f"{page.name} names {sorted(named - known)}"


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("## Without a screen", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    lines = [line.split("#")[0].strip() for line in block.splitlines()]
    ran = [line for line in lines if line.startswith("workbench ")]
    assert len(ran) >= 5
    for line in ran:
        words = line.replace("--evaluations 4096", "--evaluations 96").split()[1:]
        done = subprocess.run([WORKBENCH, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"

"""What the documents say can be done: commands exist and take these arguments, links lead somewhere, every block runs.

The first word behind a fence says what a block is:

* `sh`: its commands are run one after the other in a folder of the page's own, searches cut short;
* `sh long`: too long for a test; its commands' arguments are checked;
* `python`: run, all blocks of a page one after the other, searches cut short;
* `toml`: a design's file, read and scored; tables that it leaves out are those of its page's first file;
* `json`: an object that `score --json` prints: its keys are those printed;
* `text`: nothing to run.
"""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from cyclopts import CycloptsError, MissingArgumentError

from workbench.cli.commands import build_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WORKBENCH = str(Path(sys.executable).parent / "workbench")
COMMAND = re.compile(r"(?:^|`|&& |bin/)workbench ([a-z]+)\b", re.MULTILINE)
KINDS = ("sh", "sh long", "python", "toml", "json", "text")
INSTALL = "python3 -m venv .venv && "  # .ci/run itself runs the README's command for tests, in a fresh clone
PLACEHOLDERS = {"VALUE": "1", "N": "1", "KIND": "networks", "NAME": "score"}  # of which a command knows all values
SHORT = (
    (r"--evaluations \d+", "--evaluations 60"),
    (r"--seconds \d+", "--seconds 1"),
    (r"evaluations=\d+", "evaluations=20"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    kind: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """Words of every `workbench` command with arguments in it, `workbench` itself left out."""
        lines = [line.split(" #")[0].strip() for line in self.text.splitlines()]
        return [shlex.split(line)[1:] for line in lines if line.startswith("workbench ")]


def blocks_of(page: Path) -> Iterator[Block]:
    kind: str | None = None
    start, lines = 0, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            lines.append(line)
        elif kind is None:
            kind, start, lines = line[3:].strip(), number, []
        else:
            yield Block(page, start, kind, "\n".join(lines) + "\n")
            kind = None
    assert kind is None, f"{page.name}:{start}: the block does not end"


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def pages_with(kind: str) -> list[Path]:
    return [page for page in PAGES if any(b.page == page and b.kind == kind for b in BLOCKS)]


def shortened(text: str) -> str:
    for long, short in SHORT:
        text = re.sub(long, short, text)
    return text


def check_arguments(words: list[str], fragment: bool = False) -> None:
    """Read a command line as the command would, without doing what it says; a fragment may leave out what it needs."""
    try:
        build_app(words[0]).parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        if fragment and isinstance(error, MissingArgumentError):
            return
        pytest.fail(f"workbench {' '.join(words)}: {error}")


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


def test_every_block_says_what_it_is_and_no_code_hides_in_indents() -> None:
    for block in BLOCKS:
        assert block.kind in KINDS, f"{block.page.name}:{block.line}: {block.kind!r} is none of {', '.join(KINDS)}"
    for page in PAGES:
        outside = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        assert not re.search(r"\n\n {4,}\S", outside), f"{page.name} has an indented block: fence it"


def test_arguments_of_long_commands_and_of_commands_in_sentences_are_taken() -> None:
    checked = 0
    for block in BLOCKS:
        for words in block.commands if block.kind == "sh long" else ():
            check_arguments(words)
            checked += 1
    for page in PAGES:
        for text in re.findall(r"`workbench ([a-z]+ [^`\[…]+)`", page.read_text(encoding="utf-8")):
            check_arguments(shlex.split(text), fragment=True)
            checked += 1
    assert checked >= 10


def test_the_table_of_commands_takes_what_it_says() -> None:
    known = known_commands()
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    usages = [usage for row in rows for usage in re.findall(r"`([^`]+)`", row)]
    assert {usage.split()[0] for usage in usages} >= known - {"reproduce", "trust", "completion"}
    for usage in usages:
        words = re.sub(r"[\[\]…]", "", re.sub(r"\\\|\S+?(?=[\s\]]|$)", "", usage))
        check_arguments(shlex.split(re.sub(r"\b[A-Z]+\b", lambda name: PLACEHOLDERS.get(name[0], name[0]), words)))


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with the files that pages take for granted."""
    sys.path.insert(0, str(ROOT / "tests" / "exchange"))
    from onnx_models import ModelMaker

    model = ModelMaker()
    image = model.input("image", ["batch", 3, 32, 32])
    model.save(tmp_path / "net.onnx", model.conv(model.conv(image, 3, 16), 16, 32, stride=2))
    return tmp_path


@pytest.mark.parametrize("page", pages_with("sh"), ids=lambda page: page.name)
def test_commands_run_one_after_the_other(page: Path, given: Path) -> None:
    ran = 0
    for block in (b for b in BLOCKS if b.page == page and b.kind == "sh"):
        for words in block.commands:
            words = shlex.split(shortened(shlex.join(words)))
            done = subprocess.run([WORKBENCH, *words], cwd=given, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{page.name}:{block.line}: workbench {shlex.join(words)}\n{done.stderr}"
            ran += 1
        lines = [line for line in block.text.splitlines() if line.strip()]
        others = [line for line in lines if not line.startswith(("workbench ", INSTALL))]
        assert not others, f"{page.name}:{block.line}: not run: {others}"
    assert ran


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.name)
def test_python_runs(page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    for block in (b for b in BLOCKS if b.page == page and b.kind == "python"):
        exec(compile(shortened(block.text), f"{page.name}:{block.line}", "exec"), names)
    if page.name == "api.md":
        from workbench import score

        assert names["best"].evaluations == 20
        printed = capsys.readouterr().out.split()
        assert float(printed[0]) == score(names["design"]).edp_j_s


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.kind == "toml"], ids=lambda b: f"{b.page.name}:{b.line}")
def test_designs_are_read_and_scored(block: Block, tmp_path: Path) -> None:
    from workbench import load, score

    path = tmp_path / "design.toml"
    whole = next(tomllib.loads(b.text) for b in BLOCKS if b.page == block.page and b.kind == "toml")
    path.write_text(tomli_w.dumps({**whole, **tomllib.loads(block.text)}), encoding="utf-8")
    found = score(load(path))
    assert found.feasible or found.reason


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.kind == "json"], ids=lambda b: f"{b.page.name}:{b.line}")
def test_json_has_the_keys_that_score_prints(block: Block) -> None:
    from workbench import load, score
    from workbench.design.report_json import score_json

    def check(shown: object, printed: object, place: str) -> None:
        if isinstance(shown, dict):
            assert isinstance(printed, dict), place
            for key, value in shown.items():
                assert key in printed, f"{place}.{key}"
                check(value, printed[key], f"{place}.{key}")
        elif isinstance(shown, list):
            assert isinstance(printed, list), place
            for value in shown:
                check(value, printed[0], f"{place}[0]")

    check(json.loads(block.text), score_json(score(load(ROOT / "saves" / "mixed-u280.toml"))), "")

"""Saved designs: what is written is read back, and every mistake in a file is named."""

import os
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.design.designs import designs
from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.design.file import (
    DesignFileError,
    Provenance,
    SavedScore,
    design_text,
    load_design,
    parse_design,
    preset_fingerprints,
    save_design,
)
from workbench.toml_places import key_lines

GOOD = """\
schema = 1

[workload]
name = "mixed"

[board]
base = "u280"

[[subaccelerator]]
id = "A"
core = "B512"
rows = 3
cols = 4
wires = ["weight-multicast"]
dataflow = '''
SpatialMap(T_P, T_P) P;
Cluster(cols);
SpatialMap(T_K, T_K) K;
auto;
'''

[[subaccelerator]]
id = "B"
core = "B3136"
rows = 1
cols = 2
dataflow = "SpatialMap(T_K, T_K) K; auto;"

[scheduler]
alpha = 0.5

[search]
frozen = ["A.core"]

[score]
edp_j_s = 1.5e-3
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(design=designs())
def test_a_design_comes_back_from_its_file(design: Design, tmp_path: Path) -> None:
    save_design(design, tmp_path / "d.toml")
    assert load_design(tmp_path / "d.toml").design == design


def test_the_file_is_one_a_person_can_read() -> None:
    loaded = parse_design(GOOD, "d.toml")
    assert design_text(loaded.design).startswith('schema = 1\n\n[workload]\nname = "mixed"\n\n[board]\nbase = "u280"\n')
    assert "dataflow = '''\nSpatialMap(T_P, T_P) P;\nCluster(cols);\n" in design_text(loaded.design)
    assert loaded.saved_score == SavedScore(True, 1.5e-3, None, None)


def test_provenance_comes_back_and_changed_presets_are_named(tmp_path: Path) -> None:
    design = parse_design(GOOD, "d.toml").design
    told = Provenance(
        "9.9", "2026-01-02", "cma", 7, 4096, "r1", ("A: 3 rows", 'with "quotes"'), preset_fingerprints(design)
    )
    save_design(design, tmp_path / "d.toml", provenance=told)
    loaded = load_design(tmp_path / "d.toml")
    assert loaded.provenance == told
    assert loaded.notes == ()
    text = (tmp_path / "d.toml").read_text()
    (tmp_path / "d.toml").write_text(text.replace(dict(told.presets)["network/resnet50"], "0" * 16))
    assert load_design(tmp_path / "d.toml").notes == ("changed since the design was saved: network/resnet50",)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


MISTAKES = {
    "negative count": (changed("rows = 3", "rows = -3"), 12, "subaccelerator[1].rows", "found -3; allowed: a whole"),
    "pinned": (changed("rows = 3", "pinned_uram = -1\nrows = 3"), 12, "subaccelerator[1].pinned_uram", "found -1"),
    "pinned too much": (changed("rows = 3", "pinned_uram = 2000\nrows = 3"), 12, None, "from 0 to 1024"),
    "zero": (changed("cols = 2", "cols = 0"), 26, "subaccelerator[2].cols", "found 0; allowed"),
    "a million cores": (changed("rows = 3", "rows = 1000000"), 12, "subaccelerator[1].rows", "found 1000000; allowed"),
    "many cores": (changed("rows = 3\ncols = 4", "rows = 300\ncols = 400"), 12, None, "are 120000 cores; allowed"),
    "wrong type": (changed("rows = 3", 'rows = "three"'), 12, "subaccelerator[1].rows", 'found "three"; allowed'),
    "truth for a number": (changed("rows = 3", "rows = true"), 12, "subaccelerator[1].rows", "found true; allowed"),
    "unknown key": (changed("rows = 3", "row = 3\nrows = 3"), 12, "subaccelerator[1].row", "(did you mean rows?)"),
    "unknown table": (GOOD + "\n[scheduling]\n", 38, "scheduling", "(did you mean scheduler?)"),
    "missing key": (changed('core = "B512"\n', ""), 9, "subaccelerator[1].core", "missing; allowed: a core's name"),
    "unknown core": (changed("B3136", "B3137"), 24, "subaccelerator[2].core", "core 'B3137': not known; allowed: "),
    "core of another family": (changed("B3136", "nvdla-64"), 24, "subaccelerator[2].core", "asic boards"),
    "unknown board": (changed('"u280"', '"u281"'), 7, "board.base", "u280"),
    "unknown workload": (changed('"mixed"', '"mixd"'), 4, "workload.name", "did you mean mixed?"),
    "unknown network": (
        changed('name = "mixed"', 'tenants = [\n  { network = "resnet50" },\n  { network = "resnet51" },\n]'),
        6,
        "workload.tenants[2].network",
        "resnet50",
    ),
    "empty workload": (changed('name = "mixed"', "tenants = []"), 4, "workload.tenants", "at least one tenant"),
    "no instances": (
        changed('name = "mixed"', 'tenants = [{ network = "resnet50", instances = 0 }]'),
        4,
        "workload.tenants[1].instances",
        "found 0; allowed: a whole number from 1",
    ),
    "no workload": (changed('[workload]\nname = "mixed"', ""), None, "workload", "missing"),
    "no sub-accelerator": (GOOD.split("[[sub")[0], None, "subaccelerator", "at least one"),
    "duplicate id": (changed('id = "B"', 'id = "A"'), 23, "subaccelerator[2].id", "taken: A"),
    "reserved id": (changed('id = "B"', 'id = "scheduler"'), 23, "subaccelerator[2].id", "allowed"),
    "dataflow": (changed("SpatialMap(T_K, T_K) K;", "SpatialMap(T_K, T_K) Q;"), 18, "A.dataflow", "column"),
    "dataflow on one line": (changed("K; auto;", "K; aut;"), 27, "B.dataflow", "column"),
    "literal cluster": (changed("Cluster(cols)", "Cluster(5)"), 17, "A.dataflow", "4"),
    "wire": (changed("weight-multicast", "weight-multicats"), 14, "subaccelerator[1].wires", "weight-multicast?"),
    "board field": (changed('base = "u280"', 'base = "u280"\nstatic = 3'), 8, "board.static", "static_w"),
    "board value": (changed('base = "u280"', 'base = "u280"\nstatic_w = -3'), 8, "board.static_w", "at least 0"),
    "board list": (changed('base = "u280"', 'base = "u280"\nregions = [1]'), 8, "board.regions", "board file"),
    "dotted board value": (
        changed('base = "u280"', 'base = "u280"\nregions.SLR9.lut = 3'),
        8,
        "board.regions.SLR9.lut",
        "SLR0|SLR1|SLR2",
    ),
    "frozen": (changed('"A.core"]', '"C.core"]'), 33, "search.frozen", "A.core"),
    "bounds of nothing": (
        changed('core"]', 'core"]\nbounds.C.cols = [1, 2]'),
        34,
        "search.bounds.C.cols",
        "one of A, B",
    ),
    "bounds of words": (
        changed('core"]', 'core"]\nbounds.A.cols = "few"'),
        34,
        "search.bounds.A.cols",
        "[lowest, high",
    ),
    "bounds the wrong way": (
        changed('core"]', 'core"]\nbounds.A.cols = [4, 2]'),
        34,
        "search.bounds.A.cols",
        "no range",
    ),
    "bounds beyond": (changed('core"]', 'core"]\nbounds.A.cols = [nan, 2]'), 34, "search.bounds.A.cols", "1 to 1024"),
    "bounds of no table": (changed('core"]', 'core"]\nbounds.A = 3'), 34, "search.bounds.A", "allowed: a table"),
    "weights": (changed("alpha = 0.5", "alpha = nan"), 30, "scheduler.alpha", "found nan"),
    "newer schema": (changed("schema = 1", "schema = 2"), 1, "schema", "reads up to schema 1"),
    "odd schema": (changed("schema = 1", 'schema = "1"'), 1, "schema", "whole number"),
    "schedule": (
        GOOD + '\n[[job]]\ntenant = 0\ninstance = 0\nlayer = 0\nsubaccelerator = "A"\nrows = 4\ncols = 1\n',
        43,
        "job[1].rows",
        "found 4; allowed: a whole number from 1 to 3",
    ),
    "same job twice": (
        GOOD + '\n[[job]]\ntenant=0\ninstance=0\nlayer=0\nsubaccelerator="A"\nrows=1\ncols=1\n' * 2,
        49,
        "job[2].layer",
        "job[1]",
    ),
    "not TOML": (changed("rows = 3", "rows = = 3"), 12, None, "not TOML at column 8"),
    "truncated": (GOOD[: GOOD.index("auto;")], 18, None, "cut off"),
    "empty": ("", None, None, "is empty"),
    "spaces": ("\n  \n", None, None, "is empty"),
    "something else": ('{"schema": 1}', 1, None, "not TOML"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_named_with_its_line_and_key(name: str) -> None:
    text, line, key, words = MISTAKES[name]
    with pytest.raises(DesignFileError) as caught:
        parse_design(text, "d.toml")
    error = caught.value
    assert error.line == line
    if key is not None:
        assert error.key == key
    assert words in error.message
    assert str(error).startswith("d.toml:" if line is None else f"d.toml:{line}: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize("name", ["unknown core", "unknown board", "core of another family"])
def test_a_wrong_name_is_said_once(name: str) -> None:
    with pytest.raises(DesignFileError) as caught:
        parse_design(MISTAKES[name][0], "d.toml")
    assert caught.value.message.count("allowed") <= 1
    assert "board: " not in caught.value.message


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    with pytest.raises(DesignFileError) as caught:
        parse_design(changed('"B512"', '"\\u001b[31mB512"'), "d.toml")
    assert "\x1b" not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    text = GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        middle = data.draw(st.sampled_from(PIECES) | st.text(max_size=3))
        text = text[:start] + middle + text[end:]
    words, design = "read", None
    try:
        design = parse_design(text, "d.toml").design
    except DesignFileError as error:
        words = str(error)
    assert words.isprintable()
    if design is not None:
        assert parse_design(design_text(design), "d.toml").design == design


PIECES = [
    "",
    "[",
    "]",
    "{",
    "}",
    "=",
    '"',
    "'''",
    "\n",
    "1",
    "-1",
    "1e999",
    "nan",
    "true",
    "[[job]]\n",
    "\x1b",
    "#",
    ".",
]


def test_a_save_that_is_killed_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    code = (
        "import sys; from dataclasses import replace; from workbench.design.file import *\n"
        "d = load_design(sys.argv[1]).design; print(flush=True)\n"
        "for n in range(10**9): save_design(replace(d, board=('u200', 'u280')[n % 2]), sys.argv[1])"
    )
    path.write_text(GOOD)
    for patience_s in (0.01, 0.02, 0.03):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(patience_s)
            child.kill()
        assert load_design(path).design.board in ("u200", "u280")


def test_an_older_file_is_lifted_and_says_so() -> None:
    loaded = parse_design(GOOD.removeprefix("schema = 1\n"), "d.toml")
    assert loaded.design == parse_design(GOOD, "d.toml").design
    assert "schema 0" in loaded.notes[0]


def test_a_half_typed_dataflow_is_a_note_where_asked_for() -> None:
    text = changed("auto;\n", "aut\n")
    loaded = parse_design(text, "d.toml", unfinished=True)
    assert loaded.design.subaccelerators[0].dataflow.endswith("aut\n")
    assert loaded.notes[0].startswith("line 19: A.dataflow: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DesignFileError, match="no such file"):
        load_design(tmp_path / "none.toml")
    with pytest.raises(DesignFileError, match="is a folder"):
        load_design(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"schema = 1\n# caf\xe9\n")
    with pytest.raises(DesignFileError, match=r"latin\.toml:2: is not UTF-8"):
        load_design(tmp_path / "latin.toml")
    with open(tmp_path / "huge.toml", "wb") as file:
        file.truncate(64 << 20)
    with pytest.raises(DesignFileError, match="larger than 16 MiB"):
        load_design(tmp_path / "huge.toml")
    with pytest.raises(DesignFileError):
        load_design("a\0b.toml")
    (tmp_path / "secret.toml").write_text(GOOD)
    (tmp_path / "secret.toml").chmod(0)
    if os.geteuid() != 0:
        with pytest.raises(DesignFileError, match="Permission denied"):
            load_design(tmp_path / "secret.toml")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    design = parse_design(GOOD, "d.toml").design
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(DesignFileError, match="cannot be written"):
        save_design(design, tmp_path / "folder.toml")
    (tmp_path / "file").write_text("")
    with pytest.raises(DesignFileError, match="cannot be written"):
        save_design(design, tmp_path / "file" / "d.toml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.toml"]


def test_saving_keeps_a_link_and_its_mode(tmp_path: Path) -> None:
    design = parse_design(GOOD, "d.toml").design
    save_design(design, tmp_path / "real.toml")
    (tmp_path / "real.toml").chmod(0o640)
    (tmp_path / "link.toml").symlink_to("real.toml")
    save_design(replace(design, board="u200"), tmp_path / "link.toml")
    assert (tmp_path / "link.toml").is_symlink()
    assert load_design(tmp_path / "real.toml").design.board == "u200"
    assert (tmp_path / "real.toml").stat().st_mode & 0o777 == 0o640


def test_paths_count_from_the_files_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    table = Path(__file__).parents[2] / "presets" / "networks" / "resnet18.csv"
    (here / "net.csv").write_bytes(table.read_bytes())
    (here / "card.toml").write_text('[board]\nbase = "u280"\nstatic_w = 1.0\n')
    text = changed('name = "mixed"', 'tenants = [{ network = "./net.csv" }]').replace('"u280"', '"./card.toml"')
    (here / "d.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    loaded = load_design("here/d.toml")
    assert loaded.design.tenants[0][0] == str(here / "net.csv")
    assert loaded.design.board == str(here / "card.toml")
    save_design(loaded.design, "here/again.toml")
    assert '"./net.csv"' in (here / "again.toml").read_text()
    save_design(loaded.design, "elsewhere.toml")
    assert load_design("elsewhere.toml").design == loaded.design


def test_every_key_of_a_file_has_its_line() -> None:
    text = (
        """# [a] = {\n"q.x" = 'it"s'\n[a.b]\nx.y = 1 # = 2\n[[row]]\nk = '''\n[z]\n'''\n"""
        "l = [1,\n {m = 2, n = [3]}\n]\n"
        '[[row]]\nk = """\\"""" \n[row.sub]\nv = 1979-05-27T07:32:00Z\n'
    )
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines[("q.x",)] == 2
    assert lines[("a", "b", "x", "y")] == 4
    assert lines[("row", 0)] == 5
    assert lines[("row", 0, "l")] == 9
    assert lines[("row", 0, "l", 0)] == 9
    assert lines[("row", 0, "l", 1, "n")] == 10
    assert lines[("row", 1, "k")] == 13
    assert lines[("row", 1, "sub", "v")] == 15
    assert ("z",) not in lines


def test_a_text_with_quotes_and_odd_ends_survives(tmp_path: Path) -> None:
    base = load_dataflow("auto-k").text
    for text in (base + "// '''\n", base + "// it's '", base + '// \\ " \t end', base.replace("\n", "\r\n")):
        design = Design("mixed", "u280", (SubAccelerator("A", "B512", 1, 2, text, wires=(Wire.INPUT_MULTICAST,)),))
        save_design(design, tmp_path / "d.toml")
        assert load_design(tmp_path / "d.toml").design == design

"""Board presets and files: what is loaded, and that every mistake names file, key, value and what is allowed."""

from pathlib import Path

import pytest

from workbench.hardware.board import Board, Family, PortRule
from workbench.hardware.presets import PresetError, board_names, load_board, load_energy, override_board, read_board
from workbench.presets_finder import presets_root

EXPECTED = {
    "u200", "u250", "u280", "u50", "zcu102", "zcu102-04", "zcu104", "kv260", "ultra96", "h3m-cores", "edge", "mobile",
    "cloud",
}  # fmt: skip


@pytest.mark.parametrize("name", board_names())
def test_every_preset_loads_and_names_its_sources(name: str) -> None:
    board = load_board(name)
    load_energy(board.energy)
    sourced = {key for key, _ in board.sources}
    assert {"regions", "memory", "clock_hz"} <= sourced
    for key in board.unconfirmed:
        assert hasattr(board, key.split(".")[0]), key


def test_all_expected_boards_are_there() -> None:
    assert set(board_names()) >= EXPECTED


def test_figures_of_the_cards() -> None:
    u200, u280 = load_board("u200"), load_board("u280")
    assert [region.resources.dsp for region in u200.regions] == [2265, 1317, 2265]
    assert u200.bandwidth_bytes_per_s == pytest.approx(77e9)
    assert u280.bandwidth_bytes_per_s == pytest.approx(460e9)
    assert sum(region.resources.lut for region in u280.regions) == pytest.approx(1304e3)
    assert {"static_w", "clock_hz"} <= set(u200.unconfirmed) & set(u280.unconfirmed)


@pytest.mark.parametrize(("name", "pes", "rate", "buffer"), [
    ("edge", 1024, 16e9, 4), ("mobile", 4096, 64e9, 8), ("cloud", 16384, 256e9, 16),
])  # fmt: skip
def test_classes_of_chips(name: str, pes: int, rate: float, buffer: int) -> None:
    board = load_board(name)
    assert board.family is Family.ASIC
    assert board.regions[0].resources.pes == pes
    assert board.bandwidth_bytes_per_s == rate
    assert board.global_buffer_bytes == buffer << 20


def test_an_override_is_typed_and_confirms_the_field() -> None:
    board = load_board("u200", [("static_w", 41), ("port_rule", "shared"), ("regions.SLR0.shell.lut", 0)])
    assert board.static_w == 41.0
    assert board.port_rule is PortRule.SHARED
    assert board.regions[0].shell.lut == 0 < board.regions[2].shell.lut
    assert "static_w" not in board.unconfirmed
    assert dict(board.sources)["static_w"] == "board override"
    assert load_board("u200").static_w == 30.0


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("clock_hz", "fast", ["clock_hz", "'fast'", "a number"]),
        ("clock_hz", 300, ["clock_hz", "300", "1e6"]),
        ("clock_hz", float("nan"), ["clock_hz", "finite"]),
        ("static_w", True, ["static_w", "True", "a number"]),
        ("static_w", -1, ["static_w", "-1", "at least 0"]),
        ("usable_share", 1.2, ["usable_share", "1.2", "at most 1"]),
        ("port_rule", "wide", ["port_rule", "'wide'", "per-core", "shared"]),
        ("energy", "free", ["energy", "'free'", "split"]),
        ("resource_curve", "mine", ["resource_curve", "pg338", "tpds"]),
        ("memory.DDR4.bytes_per_s_per_channel", 0, ["DDR4", "more than 0"]),
        ("memory.DDR4.channels", 0, ["DDR4.channels", "at least 1"]),
        ("memory.HBM.channels", 2, ["memory.HBM.channels", "DDR4"]),
        ("regions.SLR9.lut", 1, ["SLR9", "SLR0"]),
        ("regions.SLR0.shell.lut", 1e9, ["shell.lut", "354690"]),
        ("regions", [], ["regions", "[[regions]]"]),
        ("memory", 3, ["memory", "3"]),
        ("colour", "blue", ["colour", "clock_hz"]),
        ("core_cost.lut", "x", ["core_cost.lut", "'x'"]),
        ("port_bytes_per_cycle", 0, ["port_bytes_per_cycle", "shared"]),
        ("split_columns", -4, ["split_columns", "-4", "at least 0"]),
        ("split_columns", 4, ["split_columns", "4", "row_pipeline"]),
    ],
)
def test_a_wrong_override_says_what_is_allowed(key: str, value: object, said: list[str]) -> None:
    with pytest.raises(PresetError) as caught:
        override_board(load_board("u200"), {key: value}, "my.toml")
    assert all(text in str(caught.value) for text in ["my.toml", *said]), str(caught.value)


def board_file(folder: Path, text: str) -> Board:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_board(path, "mine")


def test_a_file_starts_from_a_base(tmp_path: Path) -> None:
    board = board_file(tmp_path, '[board]\nbase = "u280"\nclock_hz = 250e6\n[sources]\nclock_hz = "my card"\n')
    assert (board.name, board.clock_hz) == ("mine", 250e6)
    assert board.memory == load_board("u280").memory
    assert dict(board.sources)["clock_hz"] == "my card"
    assert "clock_hz" not in board.unconfirmed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[board]\nclock_hz =\n", ["not TOML", "line 2"]),
        ('[board]\nclock_hz = 1e9\n', ["board.family", "base"]),
        ('[board]\nfamily = "fpga"\nclock_hz = 1e8\n', ["memory", "[[memory]]"]),
        ('[board]\nfamily = "gpu"\nclock_hz = 1e8\n', ["board.family", "'gpu'", "fpga", "asic"]),
        ('[board]\nbase = "u281"\n', ["u281", "u280"]),
        ('[board]\nbase = "mine.toml"\n', ["circle"]),
        ('[board]\nbase = "u280"\nhbm = 1\n', ["hbm", "1", "clock_hz"]),
        ('[board]\nbase = "u280"\n[power]\nx = 1\n', ["power", "[[regions]]"]),
        ('[board]\nbase = "edge"\nglobal_buffer_bytes = 0\n', ["global_buffer_bytes", "more than 0"]),
        ('[board]\nfamily = "fpga"\nclock_hz = 1e8\n[[memory]]\nname = "D"\nbytes_per_s_per_channel = 1e9\n'
         '[[regions]]\nname = "R"\nlut = 1000\nff = 1000\nbram = 10\n', ["dsp", "more than 0"]),
    ],
)  # fmt: skip
def test_a_wrong_file_says_where_and_what(tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(PresetError) as caught:
        board_file(tmp_path, text)
    assert all(part in str(caught.value) for part in said), str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('# a card\n[board]\nbase = "u280"\nclock_hz = 0\n', ":4: clock_hz: found 0.0; allowed: Hz"),
        ('[board]\nclock_hz = 1e9\n', ":1: board.family: found None"),
        ('[board]\nbase = "u280"\n[[memory]]\nname = "A"\nbytes_per_s_per_channel = 1e9\n\n[[memory]]\nname = "B"\n'
         'channels = 0\nbytes_per_s_per_channel = 1e9\n', ":9: memory.B.channels: found 0; allowed: at least 1"),
        ('[board]\nbase = "u280"\n[[regions]]\nname = "R"\nlut = 5\nff = 5\nbram = 5\ndsp = 5\n'
         '[regions.shell]\nff = 6\n',
         ":10: regions.R.shell.ff: found 6.0; allowed: at most the region's 5"),
        ('[board]\nbase = "u280"\n\n[sources]\nclock_hz = 3\n', ":5: sources.clock_hz: found 3"),
        ('[board]\nbase = "u280"\n\nmemory_eff = 0.5\n', ":4: memory_eff: no field of a board; did you mean m"),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PresetError) as caught:
        board_file(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'mine.toml'}{said}")


def test_a_wrong_field_of_a_base_is_told_with_the_base_and_its_line(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('[board]\nbase = "u280"\nusable_share = 2\n', encoding="utf-8")
    with pytest.raises(PresetError, match=r"base\.toml:3: usable_share: found 2\.0"):
        board_file(tmp_path, '[board]\nbase = "base.toml"\n')


def test_a_wrong_energy_table_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[energy]\nslot_j = 1e-12\n\nbram_j = -4\n", encoding="utf-8")
    with pytest.raises(PresetError, match=r"mine\.toml:4: energy\.bram_j: found -4; allowed: joules"):
        load_energy(str(path))


def test_a_missing_file_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match="cannot be read"):
        load_board(str(tmp_path / "none.toml"))


def test_an_unknown_board_is_named_once() -> None:
    with pytest.raises(PresetError) as caught:
        load_board("u28")
    assert str(caught.value).startswith("board 'u28': not known; allowed: cloud, ")
    assert str(caught.value).count("board") == 1


def test_an_unknown_base_of_a_board_file_says_which_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[board]\nbase = "u28"\n')
    with pytest.raises(PresetError, match=r"mine\.toml: board 'u28': not known; allowed: "):
        load_board(str(path))


@pytest.mark.parametrize("name", board_names())
def test_a_preset_says_nothing_of_the_folder_it_lies_in(name: str) -> None:
    root = str(presets_root().parent)
    assert all(root not in text for _, text in load_board(name).sources)

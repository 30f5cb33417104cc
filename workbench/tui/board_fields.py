"""The fields of a board that a user may change: what each is called, its unit, and the values one steps through."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workbench.design.design import Design
from workbench.hardware.board import Board, Family
from workbench.hardware.dpu_resources import ResourceCurve
from workbench.hardware.presets import energy_names, load_board, load_energy
from workbench.tui import numbers

Value = str | int | float | bool
FACTORS = (0.5, 0.8, 1.25, 2.0)  # of a number, where other values are tried
PLACES = 10  # decimals that survive a step: 0.85 + 0.05 is 0.9


@dataclass(frozen=True, slots=True)
class BoardField:
    """One field. A number is shown divided by `scale`; `step` is in shown units; `choices` are all there are."""

    key: str
    label: str
    unit: str = ""
    scale: float = 1.0
    step: float = 0.0
    choices: tuple[Value, ...] = ()
    most: float = float("inf")  # in shown units
    family: Family | None = None  # None: both

    @property
    def fact(self) -> str:
        """The name under which sources and marks know it."""
        return self.key.split(".")[0]


_FLAG: tuple[Value, ...] = (False, True)
_FPGA, _ASIC = Family.FPGA, Family.ASIC
_FIELDS = (
    BoardField("port_rule", "port rule", choices=("per-core", "fixed", "proportional", "shared"), family=_FPGA),
    BoardField("port_bytes_per_cycle", "port width", "B/cycle", choices=(8.0, 16.0, 32.0, 64.0)),
    BoardField("port_duplex", "port in both directions", choices=_FLAG),
    BoardField("bandwidth_rule", "bandwidth rule", choices=("max-min", "proportional")),
    BoardField("memory_efficiency", "memory efficiency", "%", 0.01, 5, most=100),
    BoardField("clock_hz", "clock", "MHz", 1e6, 25),
    BoardField("weights_overlap", "weights overlap", choices=_FLAG),
    BoardField("layer_overhead_cycles", "layer overhead", "cycles", 1, 500),
    BoardField("overlap_rest", "not overlapped", "%", 0.01, 5, most=100, family=_FPGA),
    BoardField("double_buffer", "double buffers", choices=_FLAG),
    BoardField("keep_activations", "activations kept on chip", choices=_FLAG),
    BoardField("psum_link_bytes_per_cycle", "partial-sum link", "B/cycle", choices=(0.0, 8.0, 16.0, 32.0)),
    BoardField("span_slr", "cores across regions", choices=_FLAG, family=_FPGA),
    BoardField("span_slr_clock_factor", "clock across regions", "%", 0.01, 5, most=100, family=_FPGA),
    BoardField("usable_share", "usable share", "%", 0.01, 5, most=100, family=_FPGA),
    BoardField("resource_curve", "resource curve", choices=tuple(c.value for c in ResourceCurve), family=_FPGA),
    BoardField("sub_accelerator_cost.lut", "per sub-accelerator", "LUT", 1, 500, family=_FPGA),
    BoardField("core_cost.lut", "interconnect per core", "LUT", 1, 250, family=_FPGA),
    BoardField("ports", "memory ports", "", 1, 1),
    BoardField("static_w", "static power", "W", 1, 1),
    BoardField("idle_w_per_klut", "idle power", "mW/kLUT", 1e-3, 5, family=_FPGA),
    BoardField("idle_w_per_pe", "idle power", "µW/PE", 1e-6, 10, family=_ASIC),
    BoardField("power_limit_w", "power limit", "W", 1, 5),
    BoardField("global_buffer_bytes", "global buffer", "kB", 1024, 64, family=_ASIC),
)


def board_fields(board: Board) -> list[BoardField]:
    """The fields of a board, its memory groups and energy tables among them."""
    found = [f for f in _FIELDS if f.family in (None, board.family)]
    memory = [
        BoardField(f"memory.{g.name}.{part}", f"{g.name} {words}", unit, scale, 1)
        for g in board.memory
        for part, words, unit, scale in (
            ("channels", "channels", "", 1.0), ("bytes_per_s_per_channel", "a channel", "GB/s", 1e9),
        )
    ]  # fmt: skip
    at = next(k for k, f in enumerate(found) if f.key == "memory_efficiency")
    energy = BoardField("energy", "energy table", choices=tuple(energy_names()))
    return [*found[:at], *memory, *found[at:], energy]


def value_of(board: Board, field: BoardField) -> Value:
    """A field's value in the board's own units."""
    head, *rest = field.key.split(".")
    found: object = getattr(board, head)
    if head == "memory":
        found = next(g for g in board.memory if g.name == rest[0])
    if rest:
        found = getattr(found, rest[-1])
    if isinstance(found, StrEnum):
        return found.value
    assert isinstance(found, str | int | float)
    return found


def words_of(field: BoardField, value: Value) -> str:
    """A value with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    shown = round(value / field.scale, PLACES)
    decimals = next((d for d in range(4) if round(shown, d) == round(shown, 4)), 4)
    return f"{numbers.number(shown, decimals)} {field.unit}".rstrip()


def plain_words(field: BoardField, value: Value) -> str:
    """A value as it is typed: no unit, no thousands."""
    return f"{round(float(value) / field.scale, PLACES):.10g}"


def read_value(field: BoardField, text: str) -> Value:
    """A typed number in shown units. Raises ValueError in words."""
    try:
        shown = float(text.replace(",", "").removesuffix(field.unit).strip())
    except ValueError:
        raise ValueError(f"{field.label}: found {text!r}; allowed: a number, in {field.unit or 'pieces'}") from None
    return _kept(field, shown)


def _kept(field: BoardField, shown: float) -> Value:
    value = round(shown, PLACES) * field.scale
    return round(value) if field.key.endswith(("ports", "channels", "_bytes")) else float(f"{value:.12g}")


def stepped(field: BoardField, value: Value, step: int) -> Value:
    """The value one step up or down; choices go round."""
    if field.choices:
        at = field.choices.index(value) if value in field.choices else -1
        return field.choices[(at + step) % len(field.choices)]
    shown = float(value) / field.scale + step * field.step
    return _kept(field, min(field.most, max(shown, _least(field))))


def _least(field: BoardField) -> float:
    """The least value in shown units: a step where nothing runs at zero."""
    positive = (field.unit == "%" and field.key != "overlap_rest") or field.fact in ("clock_hz", "memory")
    return field.step if positive else 0.0


def other_values(field: BoardField, value: Value) -> tuple[Value, ...]:
    """Values to try in its place: all choices, or the number halved, a little less, a little more and doubled."""
    if field.choices:
        return tuple(c for c in field.choices if c != value)
    shown = float(value) / field.scale
    if shown == 0:
        tried: Iterable[float] = (field.step, 2 * field.step, 4 * field.step)
    else:
        tried = (shown * factor for factor in FACTORS)
    kept = dict.fromkeys(_kept(field, min(field.most, max(each, _least(field)))) for each in tried)
    return tuple(each for each in kept if each != value)


def is_set(design: Design, field: BoardField) -> bool:
    """Whether the design sets the field itself."""
    return field.key in dict(design.board_overrides)


def own_value(design: Design, field: BoardField) -> Value:
    """What the board says without the design's word."""
    return value_of(load_board(design.board), field)


def source_words(board: Board, field: BoardField) -> str:
    """Where the value comes from, in words; empty where it is a default of the model."""
    if field.key == "energy":
        return load_energy(board.energy).source
    sources = dict(board.sources)
    source = sources.get(field.key, sources.get(field.fact, ""))
    return source.rpartition("/")[2] if source.endswith(".toml") else source

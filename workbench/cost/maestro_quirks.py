"""What MAESTRO's slips and refusals are called, in words a user can act on (docs/model-maestro.md §6)."""

from functools import cache

from workbench.cost.maestro_findings import Failure, Quirk
from workbench.cost.maestro_layout import MAX_LEVELS, MAX_MAPS
from workbench.dataflow.mapping import Dim

QUIRK_NAMES: dict[Quirk, str] = {
    Quirk.ENERGY_COLUMN: "Q0-energy-column",
    Quirk.STRIDE_TILE: "Q1-stride-tile",
    Quirk.STRIDE_OVER_KERNEL: "Q1b-stride-over-kernel",
    Quirk.PARTIAL_UNIT: "Q2-partial-unit",
    Quirk.MISSING_RELOAD: "Q3-missing-reload",
    Quirk.OVERFLOW: "Q4-overflow",
    Quirk.SKIPPED: "Q7-skipped-steps",
    Quirk.MULTICAST: "Q10-multicast",
    Quirk.OFF_CHIP_TIME: "Q11-off-chip-time",
    Quirk.EDGE_TILE: "Q13-edge-tile",
    Quirk.MAP_OVER_DIM: "Q14-map-over-dimension",
    Quirk.OUTPUT_BUFFER: "Q15-output-buffer",
    Quirk.TWO_SPATIAL: "Q17-two-spatial-maps",
    Quirk.SUM_OVERFLOW: "Q21-sum-overflow",
    Quirk.IDLE_PES: "idle-pes",
    Quirk.MACS: "macs",
}

QUIRK_WORDS: dict[Quirk, str] = {
    Quirk.ENERGY_COLUMN: "energy_csv_nj and what follows from it leave out the L1 energy of mappings with a Cluster",
    Quirk.STRIDE_TILE: "a tile of t outputs along a strided dimension counts as (t − 1)·min(stride, kernel) + 1",
    Quirk.STRIDE_OVER_KERNEL: "with a stride over the kernel's size, edge tiles are counted wrongly",
    Quirk.PARTIAL_UNIT: "the last, partly filled unit of a fold is not counted",
    Quirk.MISSING_RELOAD: "reloads of input or weights when an outer loop that does not touch them moves count as zero",
    Quirk.OVERFLOW: "the number of steps of a case overflowed 32 bits: all totals are wrong",
    Quirk.SKIPPED: "steps whose tile is smaller than the kernel are left out of time and MACs",
    Quirk.MULTICAST: "L1 writes of multicast data are counted once, not once per unit",
    Quirk.OFF_CHIP_TIME: "the whole L2 working set is charged to off-chip time at every step",
    Quirk.EDGE_TILE: "edge tiles of temporal maps are fetched as full tiles",
    Quirk.MAP_OVER_DIM: "a map larger than its dimension with a smaller offset miscounts the edge",
    Quirk.OUTPUT_BUFFER: "the output's L1 size is that of the input tile",
    Quirk.TWO_SPATIAL: "two SpatialMaps in one level move together, as a diagonal",
    Quirk.SUM_OVERFLOW: "a buffer size overflowed 32 bits",
    Quirk.IDLE_PES: "PEs beyond a multiple of the Cluster sizes are never used",
    Quirk.MACS: "num_macs is not the layer's number of MACs",
}

_DIM_WORDS = {Dim.Y_OUT: "Y'", Dim.X_OUT: "X'", Dim.GEMM_N: "N"}
_NOTHING_WORDS = (
    "every tile is smaller than the kernel (Y below R or X below S), or its map is larger than the dimension and its "
    "offset is not"
)


def dim_word(dim: int) -> str:
    """How a dimension is written in a mapping."""
    return _DIM_WORDS.get(Dim(dim), Dim(dim).name)


def quirk_words(bits: int, macs: int, true_macs: int) -> str:
    """The warnings of a row, separated by `; `: the names of its quirks, MACs first where they are not the layer's."""
    names = _quirk_names(bits)
    if not (bits >> _MACS) & 1:
        return names
    wrong = f"macs: {macs} counted, the layer has {true_macs}"
    return f"{wrong}; {names}" if names else wrong


_MACS = int(Quirk.MACS)


@cache  # a batch has far fewer sets of quirks than rows
def _quirk_names(bits: int) -> str:
    return "; ".join(QUIRK_NAMES[quirk] for quirk in Quirk if (bits >> quirk) & 1 and quirk is not Quirk.MACS)


@cache  # a batch has far fewer mistakes than rows
def failure_words(failure: Failure, level: int, dim: int) -> str:
    """Why a mapping cannot be evaluated, and what to do; `level` counts Cluster lines above the place."""
    where = "above the first Cluster" if level == 0 else f"below Cluster {level}"
    name = dim_word(dim)
    match failure:
        case Failure.TOO_FEW_PES:
            return "fewer PEs than the product of the Cluster sizes: make a Cluster smaller or hw_num_pes larger"
        case Failure.TOO_MANY_LEVELS:
            return f"more than {MAX_LEVELS - 1} Cluster lines: MAESTRO has at most {MAX_LEVELS} levels"
        case Failure.NO_SPATIAL:
            return f"no SpatialMap {where}: every level needs one"
        case Failure.TOO_MANY_SPATIAL:
            return f"more than two SpatialMaps {where}: put Cluster between them"
        case Failure.DIM_MISSING:
            return f"dimension {name} is not known {where}: the layer lacks it, or a tile above does not hold it"
        case Failure.KERNEL_TILE:
            return (
                f"TemporalMap of {name} {where} must cover the whole kernel: write TemporalMap(Sz({name}), Sz({name}))"
            )
        case Failure.NO_KERNEL_MAP:
            kernel = "S" if Dim(dim) is Dim.X_OUT else "R"
            return (
                f"{name} is mapped {where} without {kernel}: add TemporalMap(Sz({kernel}), Sz({kernel})) {kernel} there"
            )
        case Failure.TOO_MANY_MAPS:
            return f"too many maps {where}: at most {MAX_MAPS - len(Dim)} in one level, inherited ones included"
        case Failure.BAD_SIZE:
            return f"a size or offset of {name} {where} is zero: the layer lacks the dimension that Sz() names"
        case Failure.UNIQUE_ZERO:
            return f"{name} {where} is taken as never moving, but it moves: map it with its offset equal to its size"
        case Failure.OVERFLOW:
            return "Q4-overflow: more than 2³¹ steps in one case, MAESTRO's counter overflows; map larger tiles"
        case Failure.NOTHING_INSIDE:
            return f"Q7-skipped-steps: {where} nothing is computed: {_NOTHING_WORDS}"
        case Failure.NOTHING_AT_ALL:
            return f"Q7-skipped-steps: nothing is computed: {_NOTHING_WORDS}"
        case Failure.TOO_LARGE:
            return "the layer has more than 2⁶² MACs"
        case Failure.NOT_FETCHED:
            return "Q7-skipped-steps: input, weights or outputs are never moved in any step that computes, no result"
        case Failure.NEGATIVE:
            return "Q7-skipped-steps: a tile smaller than the kernel makes counts negative; map Y ≥ R and X ≥ S"
        case _:
            return ""

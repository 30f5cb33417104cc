"""The words of the directive language. Keywords and dimensions are read in any case; constants are not."""

from functools import lru_cache

SPATIAL = "SpatialMap"
TEMPORAL = "TemporalMap"
CLUSTER = "Cluster"
CONSTANT = "Constant"
AUTO = "auto"
FLEXIBLE = "flexible"
SZ = "Sz"

STATEMENT_WORDS = (SPATIAL, TEMPORAL, CLUSTER, CONSTANT, AUTO, FLEXIBLE)
GRID_WORDS = ("rows", "cols", "planes")
CLUSTER_LETTERS = ("P", "L")  # physical or logical: no difference in any model

DIMENSION_WORDS = {
    "P": "batch × output rows (over cores)",
    "N": "batch; the columns of a GEMM",
    "G": "groups",
    "K": "output channels; the reduction of a GEMM",
    "C": "input channels",
    "R": "kernel rows",
    "S": "kernel columns",
    "Y": "input rows",
    "X": "input columns",
    "Y'": "output rows",
    "X'": "output columns",
    "M": "rows of a GEMM",
}
DIMENSIONS = tuple(DIMENSION_WORDS)

STATEMENT_OF = {word.lower(): word for word in STATEMENT_WORDS}
GRID_OF = {word: word for word in GRID_WORDS}
_DIMENSION_OF = {spelling: dim for dim in DIMENSIONS for spelling in (dim, dim.lower())}
_DIMENSION_OF |= {dim[0] + mark: dim for dim in ("Y'", "X'") for mark in ("’", "′")}
_DIMENSION_OF |= {dim[0].lower() + mark: dim for dim in ("Y'", "X'") for mark in ("’", "′")}


def dimension(word: str) -> str | None:
    """The dimension a word names, None if it names none."""
    return _DIMENSION_OF.get(word)


def tile_word(word: str) -> tuple[str, str] | None:
    """("T" or "B", dimension) of `T_D` (balanced tile) and `B_D` (largest tile), else None."""
    if len(word) > 2 and word[1] == "_" and word[0] in "TBtb":
        dim = _DIMENSION_OF.get(word[2:])
        if dim is not None:
            return word[0].upper(), dim
    return None


@lru_cache(maxsize=512)
def closest(word: str, choices: tuple[str, ...]) -> str | None:
    """The choice that looks most like a mistyped word, None if none does."""
    from difflib import get_close_matches

    by_lower = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None

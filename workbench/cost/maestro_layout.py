"""MAESTRO: where things lie in the work row of a level.

A level's tables share one int64 row, so that a kernel takes one array. Column c of entry i of a table of WIDTH columns
is w[c + i · WIDTH]: w[M_SIZE + i * MAP] is the size of map i, w[MAPPED + dim * TILE] what a dimension maps.
"""

from workbench.dataflow.mapping import Dim

DIMS = len(Dim)
MAX_LEVELS = 4  # more than three Cluster lines end MAESTRO
MAX_MAPS = 32  # of one level, inherited ones included

# The level: number of maps; sub-units n; units at the spatial edge ne; indices of the SpatialMaps (-1: none); the map
# whose state rules the spatial edge of input, filter and output (-1: not spatial); bits of the dimensions whose edge
# tile differs from the full one; whether a dimension has two maps; coupled dimensions of the three tensors as bits.
L_MAPS, L_UNITS, L_EDGE_UNITS, L_SPATIAL_A, L_SPATIAL_B, L_RULER, _, _, L_EDGE_DIMS, L_TWICE, L_MASK, _, _ = range(13)

# The class that is being met, and the level's sums. F_OUT, F_MACS, F_EDGES: products and edge key of the maps that do
# not move. F_KNOWN: bits of the spatial factors that are known. F_INIT_EDGE, F_PARTIAL: of the first SpatialMap.
(
    F_MOVING, F_POSITION, F_COMBINATION, F_AT_EDGE, F_COMBINATIONS, F_RUNTIME, F_OCCURRENCES, F_FIRSTS,
    F_KEY, F_OVERFLOW, F_OUT, F_MACS, F_EDGES, F_KNOWN, F_INIT_EDGE, F_PARTIAL,
) = range(13, 29)  # fmt: skip

# Sizes of the dimensions: Z of the static tables, z of the cases.
SIZES = 29
CASE_SIZES = SIZES + DIMS

# Tiles per dimension: mapped and unique elements, inside and at the edge. The outputs along Y and X have entries of
# their own: a map of Y' beside one of Y is one of a further dimension.
_TILES = CASE_SIZES + DIMS
MAPPED, UNIQUE, EDGE_MAPPED, EDGE_UNIQUE = range(_TILES, _TILES + 4)
TILE = 4
Y_OUTPUTS, X_OUTPUTS = DIMS, DIMS + 1

# Maps: 1 if spatial, dimension, size, offset, last map of the same dimension, 1 if the first map of the same dimension
# is spatial; then its states: occurrences of Steady, number of states, whether Init is at the edge, whether the last
# unit at the edge is partly filled, whether it has an Edge.
_MAPS = _TILES + TILE * (DIMS + 2)
M_SPATIAL, M_DIM, M_SIZE, M_OFFSET, M_OWNER, M_ACROSS = range(_MAPS, _MAPS + 6)
S_STEADY, S_STATES, S_INIT_EDGE, S_EDGE_PARTIAL, S_HAS_EDGE = range(_MAPS + 6, _MAPS + 11)
MAP = 11

# Moving maps, outermost first; before them, as entry -1, the first step, in which none moves. Of each the map and
# whether it has an Edge; inside and at the edge its occurrences, its bits of the sub-level's key, SpatialMap 1 or 2,
# its factors in outputs and MACs, and their products with those of all maps within; of input and filter what one unit
# fetches when it moves (NO_UNIQUE: MAESTRO gives up), which spatial factor that is to be multiplied with, and whether a
# map within moves the tensor too.
_MOVING = _MAPS + MAP * MAX_MAPS
MOVER = 22
V_MAP, V_HAS_EDGE = range(_MOVING + MOVER, _MOVING + MOVER + 2)
V_TIMES, V_KEY, V_SPATIAL, V_OUT, V_MACS, V_OUT_ALL, V_MACS_ALL, V_FETCH, V_FACTOR, V_WRAPPED = range(
    V_MAP + 2, V_MAP + MOVER, 2
)
NO_UNIQUE = -1

# Spatial factors, kept while the level is open: of ingress at (tensor · 4 + bits) · FACTORS + V_FACTOR, then three of
# outputs per pair of Edge bits. ALIKE is always 1: all units share the tensor, or nothing is fetched.
FETCH_FACTORS = _MOVING + MOVER * (DIMS + 1)
FACTORS, ALIKE = 6, 5
MADE_FACTORS = FETCH_FACTORS + 8 * FACTORS
MADE = 3
MADE_KNOWN = 8 * FACTORS  # bits of F_KNOWN from here on are those of the outputs' factors
ALIKE_KNOWN = sum(1 << (i * FACTORS + ALIKE) for i in range(8))

WORK = MADE_FACTORS + 4 * MADE

# Columns of a combination of edges of the maps outside the moving one: occurrences, products, edge key, spatial edges
# (bit 0 and 1), positions at their edge. A table of its own, since there may be many.
C_OCCURRENCES, C_OUT, C_MACS, C_KEY, C_SPATIAL, C_EDGES = range(6)
COMBINATION = 6
MAX_COMBINATIONS = 1 << DIMS

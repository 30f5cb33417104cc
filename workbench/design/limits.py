"""How far the numbers of a design may go; beyond them a file or an edit is a slip of the key, not a design."""

MAX_SUBACCELERATORS = 16  # the search goes up to 4; every one costs a column of options per layer
MAX_GRID_SIDE = 1024
MAX_CORES = 1024  # of one sub-accelerator; no card of the library holds more than a few dozen
MAX_PINNED_URAM = 1024  # blocks of one core; the largest card of the library has 960
MAX_THETA = 1e6  # options slower than theta × the best wait: beyond it nothing ever waits
MAX_ALPHA = 16.0  # exponent of cores × LUT
MAX_DATAFLOW_CHARACTERS = 20_000
MAX_ID_CHARACTERS = 16

"""Columns of the tables between cost/pe_array.py and its kernels."""

from enum import IntEnum

PRODUCT, CHANNELWISE, MOVES, NOTHING = range(4)  # kinds of layers: product, depthwise, memory-bound, address work


class ShapeColumn(IntEnum):
    """A layer as int64; channels are per group. A line is one row of pixels, the batch joined to it."""

    KIND = 0
    BATCH = 1
    GROUPS = 2  # channels of a depthwise or memory-bound layer
    C = 3
    K = 4
    ROWS = 5
    COLUMNS = 6
    R = 7
    S = 8
    STRIDE_Y = 9
    STRIDE_X = 10
    LINE = 11
    REPEAT = 12
    ACTIVATIONS = 13  # the second operand is no weight
    INPUT_ELEMENTS = 14  # of all images, all operands of a memory-bound layer
    OUTPUT_ELEMENTS = 15
    STEPS = 16  # operations of a memory-bound layer, all images
    MACS = 17  # of one use, all images


class PlatformColumn(IntEnum):
    """The platform as float64: bytes, bytes per cycle, cycles, hertz, joules."""

    CLOCK = 0
    PORT = 1
    LINK = 2
    BUFFER = 3  # of the global buffer, one core's part
    CAST_WEIGHTS = 4
    CAST_INPUTS = 5
    WEIGHTS_OVERLAP = 6
    OVERHEAD = 7
    MAC_J = 8
    L1_J = 9
    L2_J = 10
    NOC_J = 11
    OFF_J = 12
    NETWORK_J = 13


class ShareColumn(IntEnum):
    """How much of the grid an option really uses, int64."""

    USED_P = 0
    USED_C = 1
    USED_G = 2
    USED_K = 3
    MACS = 4  # of one core's share


SHAPE_COLUMNS = len(ShapeColumn)
PLATFORM_COLUMNS = len(PlatformColumn)
SHARE_COLUMNS = len(ShareColumn)

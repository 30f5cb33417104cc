"""What a row of the MAESTRO model may be refused for, and what may be wrong with its numbers."""

from enum import IntEnum


class Failure(IntEnum):
    """Why a row has no result; words are in maestro_quirks."""

    NONE = 0
    TOO_FEW_PES = 1
    TOO_MANY_LEVELS = 2
    NO_SPATIAL = 3
    TOO_MANY_SPATIAL = 4
    DIM_MISSING = 5
    KERNEL_TILE = 6
    NO_KERNEL_MAP = 7
    TOO_MANY_MAPS = 8
    BAD_SIZE = 9
    UNIQUE_ZERO = 10
    OVERFLOW = 11
    NOTHING_INSIDE = 12
    NOTHING_AT_ALL = 13
    TOO_LARGE = 14
    NOT_FETCHED = 15
    NEGATIVE = 16


class Quirk(IntEnum):
    """Bits of a row's warnings; names and words are in maestro_quirks."""

    ENERGY_COLUMN = 0
    STRIDE_TILE = 1
    STRIDE_OVER_KERNEL = 2
    PARTIAL_UNIT = 3
    MISSING_RELOAD = 4
    OVERFLOW = 5
    SKIPPED = 6
    MULTICAST = 7
    OFF_CHIP_TIME = 8
    EDGE_TILE = 9
    MAP_OVER_DIM = 10
    OUTPUT_BUFFER = 11
    TWO_SPATIAL = 12
    SUM_OVERFLOW = 13
    IDLE_PES = 14
    MACS = 15

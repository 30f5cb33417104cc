"""Columns of what the MAESTRO model says of a row."""

from enum import IntEnum


class Count(IntEnum):
    """Columns of the integer results. Per tensor in the order input, filter, output."""

    RUNTIME = 0
    MACS = 1
    L1_READ = 2  # 3 tensors
    L1_WRITE = 5
    L2_READ = 8
    L2_WRITE = 11
    L2_SIZE = 14
    L1_SIZE = 17
    INGRESS_MIN = 20
    INGRESS_MAX = 21
    INGRESS_MEAN = 22
    EGRESS_MIN = 23
    EGRESS_MAX = 24
    EGRESS_MEAN = 25
    COMPUTE_MIN = 26
    COMPUTE_MAX = 27
    COMPUTE_MEAN = 28
    PEAK_BANDWIDTH = 29
    OFF_CHIP_BANDWIDTH = 30
    LEVELS = 31  # evaluated ones: 1 if no sub-level was
    TRUE_MACS = 32
    FAILURE = 33
    FAILURE_LEVEL = 34
    FAILURE_DIM = 35
    QUIRKS = 36  # bits


class Rate(IntEnum):
    """Columns of the floating-point results."""

    MEAN_BANDWIDTH = 0
    ACTIVE_UNITS = 1
    INTENSITY = 2


COUNTS = 37
RATES = len(Rate)

"""The three published insights as rules on a winning design, the same for every board and assumption.

The poster names B512 and B800 for vision (many small cores), B3136 and B800 for NLP (a large core and small ones),
B4096 and B3136 for both mixed (large cores). The limits are those cores' sizes, so that cores of other libraries count.
"""

from workbench.design.design import Design
from workbench.hardware.presets import load_core

SMALL_MACS_PER_CYCLE = 400  # B800 and smaller
LARGE_MACS_PER_CYCLE = 1568  # B3136 and larger
MANY = 8  # cores
MOST = 0.5  # of a design's peak

INSIGHTS = {
    "vision": "many small cores",
    "nlp": "a large core and small cores",
    "mixed": "large cores",
}


def insight_holds(workload: str, design: Design) -> bool:
    """Whether a winning design is what the poster says of its workload. Raises KeyError for other workloads."""
    small, large, peak = 0.0, 0.0, 0.0
    small_cores = 0
    for sub in design.subaccelerators:
        macs = load_core(sub.core).macs_per_cycle
        peak += macs * sub.cores
        if macs <= SMALL_MACS_PER_CYCLE:
            small += macs * sub.cores
            small_cores += sub.cores
        if macs >= LARGE_MACS_PER_CYCLE:
            large += macs * sub.cores
    rules = {
        "vision": small > MOST * peak and small_cores >= MANY,
        "nlp": small > 0 and large > 0,
        "mixed": large > MOST * peak,
    }
    return rules[workload]

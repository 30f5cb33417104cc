"""The running jobs of a schedule, and where every job of it stands."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel
from workbench.schedule.problem import Floats, Ints


class Room(NamedTuple):
    """Working memory of one run. A slot is a running job."""

    position: Ints  # [J] place in the order
    pending: Ints  # [J] producers that have not ended
    group: Ints  # [J] of Groups
    keep: Ints  # [J] option of its chained consumer, −1: none
    arrived: Ints  # [J] jobs that have become ready
    free_at: Ints  # [subs] Choices' table_start + free cores
    job: Ints  # [slots] and all below
    work: Ints
    sub: Ints
    memory: Ints
    loading: Ints  # whether it loads its weights, 0 or 1
    left: Floats  # seconds at full speed to the end of the phase
    done_at: Floats  # what may be left of the phase when it counts as finished
    demand: Floats  # bytes/s at full speed
    rate: Floats
    level: Floats


@allocating_kernel
def room_to_run(jobs: int, subs: int, slots: int) -> Room:
    """Room for the jobs of any design."""
    return Room(
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(subs, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots),
        np.empty(slots),
        np.empty(slots),
        np.empty(slots),
        np.empty(slots),
    )

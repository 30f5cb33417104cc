"""Starting at once whatever ready jobs fit the free cores (docs/model-schedule.md §2)."""

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.bound import Bindings, choose_on
from workbench.schedule.choices import Choices
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays
from workbench.schedule.ready import Groups, Ready, Started, first_startable, remove_first


@kernel
def start_what_fits(
    entered: int,
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    order: Ints,
    price: Floats,
    free_at: Ints,
    table: Choices,
    groups: Groups,
    ready: Ready,
    started: Started,
) -> int:
    """Start ready jobs in order, each on the free option of least price·t·(cores·size)^alpha, until none fits.

    Equal costs go to fewer cores, then to the earlier sub-accelerator. They are `started` from place `entered` on;
    returns the place after the last.
    """
    subs = designs.sub_start[design + 1] - designs.sub_start[design]
    cores, choice, cost = options.cores, table.option, table.cost
    width = table.table_start[subs]
    while True:
        g = first_startable(free_at, subs, groups, ready.first, ready.some)
        if g < 0:
            return entered
        job = order[ready.first[g]]
        remove_first(g, ready.bits, ready.first, ready.jobs, ready.some)
        row = jobs.klass[job] * width
        pick, pick_sub, pick_at = -1, -1, -1
        wanted_sub = forced.sub[design, job] if len(forced.sub) > 0 else -1
        if wanted_sub < 0:
            least = np.inf
            for s in range(subs):
                at = row + free_at[s]
                value = cost[at] * price[s]
                if value < least or (value == least and pick >= 0 and cores[choice[at]] < cores[pick]):
                    least, pick, pick_sub, pick_at = value, choice[at], s, at
        elif forced.option[design, job] < 0:
            pick = choose_on(wanted_sub, design, jobs.klass[job], free_at, jobs, options, designs, table)
            pick_sub = wanted_sub
        else:
            pick, pick_sub = forced.option[design, job], wanted_sub
        free_at[pick_sub] -= cores[pick]
        started.job[entered], started.option[entered] = job, pick
        started.sub[entered], started.at[entered] = pick_sub, pick_at
        entered += 1

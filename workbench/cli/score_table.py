"""A score as text for a person."""

from collections.abc import Sequence

from workbench.cli.output import print_line, print_table
from workbench.design.report import Score
from workbench.tui import numbers

NO_LABEL = "(none)"  # tenants without an isolation label
NAMES = {"lut": "LUT", "ff": "FF", "bram": "BRAM", "uram": "URAM", "dsp": "DSP", "pes": "PE", "area_um2": "area µm²"}
NAMES |= {"power_w": "power W"}


def headline(score: Score) -> str:
    """EDP, latency, energy on one line, or why there is none."""
    if not score.feasible:
        return f"does not fit or run: {score.reason}"
    return (
        f"EDP {numbers.edp_mj_s(score.edp_j_s)} mJ·s   latency {numbers.latency_ms(score.latency_s)} ms   "
        f"energy {numbers.energy_j(score.energy_j)} J   power {numbers.power_w(score.power_w)} W"
    )


def print_score(score: Score) -> None:
    """The whole score."""
    print_line(f"{score.workload} on {score.board}")
    print_line(headline(score))
    if score.bound:
        print_line(f"bound by {score.bound}")
    if score.fix is not None:
        print_line(f"fix: {score.fix.words} (--set {score.fix.variable}={score.fix.value})")
    print_line()
    _resources(score)
    if score.feasible:
        _groups(score)
        _tenants(score)
        if score.energy:
            parts = "   ".join(f"{part.name} {numbers.energy_j(part.value)}" for part in score.energy)
            print_line(f"energy (J): {parts}")
    for words in notes(score):
        print_line(words)


def notes(score: Score) -> Sequence[str]:
    """What a reader of the figures should know."""
    found = [score.headroom] if score.headroom else []
    found += [f"warning: {warning}" for warning in score.warnings]
    if score.unconfirmed:
        found.append(f"rests on unconfirmed facts: {', '.join(score.unconfirmed)}")
    if score.assumptions:
        found.append("assumes: " + ", ".join(f"{name} {value}" for name, value in score.assumptions))
    return found


def _resources(score: Score) -> None:
    rows = []
    for use in score.resources:
        used, suffix = numbers.amount(use.used, use.available)
        available, _ = numbers.amount(use.available)
        rows.append((NAMES.get(use.name, use.name), used + suffix, available + suffix, numbers.percent(use.share)))
    if rows:
        print_table(("resource", "used", "available", "share"), rows, (1, 2, 3))
        print_line()


def _groups(score: Score) -> None:
    isolated = _isolated(score)
    rows = [
        (
            sub.id, f"{sub.cores}×{sub.core}", numbers.percent(sub.busy), sub.bound,
            *((sub.serves or NO_LABEL,) if isolated else ()), sub.dataflow,
        )
        for sub in score.subaccelerators
    ]  # fmt: skip
    serves = ("serves",) if isolated else ()
    print_table(("group", "cores", "busy", "bound", *serves, "dataflow"), rows, (2,))
    print_line()


def _isolated(score: Score) -> bool:
    """Whether the isolation rule keeps tenants apart."""
    return len({tenant.isolation for tenant in score.tenants}) > 1


def _tenants(score: Score) -> None:
    rows = []
    isolated = _isolated(score)
    for tenant in score.tenants:
        limit = "" if tenant.latency_limit_s is None else numbers.latency_ms(tenant.latency_limit_s)
        late = tenant.latency_limit_s is not None and tenant.latency_s > tenant.latency_limit_s
        rows.append(
            (
                tenant.network,
                str(tenant.instances),
                str(tenant.batch),
                numbers.latency_ms(tenant.latency_s),
                limit + (" late" if late else ""),
                numbers.energy_j(tenant.energy_j),
                numbers.percent(tenant.time_share),
                tenant.bound,
                *((tenant.isolation or NO_LABEL,) if isolated else ()),
            )
        )
    header = ("tenant", "instances", "batch", "latency ms", "limit ms", "energy J", "time", "bound")
    print_table((*header, *(("isolation",) if isolated else ())), rows, (1, 2, 3, 4, 5, 6))
    print_line()

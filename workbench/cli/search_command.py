"""`workbench search`: a search in a process of its own, watched until it ends."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from workbench.cli.designs import groups_words, read_design, with_changes
from workbench.cli.ending import DONE, FAILED, INTERRUPTED, UsageError, say
from workbench.cli.options import Changes, Json, option, whole
from workbench.cli.output import on_engine_event, print_json, print_line
from workbench.cli.run_commands import follow
from workbench.cli.score_table import headline
from workbench.cli.targets import Force, check_target
from workbench.design.design import Design, Objective
from workbench.design.edit import freeze, set_board, set_objective
from workbench.design.first import first_design
from workbench.design.report_json import score_json
from workbench.engine.client import RunError, read_snapshot, resume_run, score_once, send_command, start_run
from workbench.engine.messages import OPTIMIZERS, RunCommand, RunOptions, Snapshot
from workbench.engine.runs import read_header, run_directory

DEFAULT_EVALUATIONS = 4096  # a first answer within a minute on the mixed preset
DEFAULT_BOARD = "u280"


def search(
    start: Annotated[str, option("A workload's name or file, or a design's file to begin with.")] = "",
    /,
    *,
    board: Annotated[str | None, Parameter(help="A board's name or file; default: the design's, or u280.")] = None,
    out: Annotated[Path | None, Parameter(help="Where to write the best design.")] = None,
    evaluations: Annotated[int | None, whole("Designs to evaluate; default 4096 without --seconds.")] = None,
    seconds: Annotated[float | None, Parameter(help="End after this time (the answer then depends on it).")] = None,
    seed: Annotated[int, whole("Same seed, same answer.")] = 1,
    optimizer: Annotated[str, Parameter(help=f"One of {', '.join(OPTIMIZERS)}.")] = OPTIMIZERS[0],
    objective: Annotated[Objective | None, Parameter(help="What to minimise; default: the design's own.")] = None,
    freeze_: Annotated[
        tuple[str, ...],
        option(
            "Variables to leave alone: A, A.core, A.rows, B.dataflow, scheduler, subaccelerators …",
            name="--freeze", consume_multiple=True,
        ),
    ] = (),
    bound: Annotated[
        tuple[str, ...],
        option("Limits NAME=LOW:HIGH of A.cores, A.bandwidth_share, scheduler.alpha …"),
    ] = (),
    set_: Changes = (),
    population: Annotated[int | None, whole("Designs per generation; default: the optimiser's own.")] = None,
    groups: Annotated[int, whole("Most sub-accelerators a design may have.")] = 4,
    begin: Annotated[
        tuple[Path, ...], option("Further designs to begin with; the result is never worse.")
    ] = (),
    power_limit_w: Annotated[float | None, Parameter(help="Designs that draw more do not count as fitting.")] = None,
    polish: Annotated[int, whole("Evaluations of local search on the best design's schedule afterwards.")] = 0,
    delay_exponent: Annotated[float, Parameter(help="n of energy × delay^n, where EDP is minimised.")] = 1.0,
    threads: Annotated[int | None, whole("Default: one per processor; never changes the answer.")] = None,
    resume: Annotated[str | None, Parameter(help="Go on with an interrupted run, by its id.")] = None,
    force: Force = False,
    detach: Annotated[bool, option("Start the search, print its id and return.")] = False,
    json: Json = False,
) -> int:  # fmt: skip
    """Search for the design of least energy-delay product on a board.

    The search runs in a process of its own: closing the terminal does not end it (workbench attach, workbench runs).
    ^C stops it, and its best design is written. Exit status 1 if no design fits.
    """
    if resume:
        if start:
            raise UsageError("search: give a workload or design, or --resume RUN, not both")
        run = resume_run(resume)
    else:
        check_target(out, force)
        _check_numbers(evaluations=evaluations, seconds=seconds, population=population, groups=groups, threads=threads)
        _check_numbers(power_limit_w=power_limit_w, delay_exponent=delay_exponent)
        if polish < 0:
            raise UsageError(f"--polish {polish}: allowed: 0 or more")
        if not 0 <= seed < 2**63:
            raise UsageError(f"--seed {seed}: allowed: a whole number from 0")
        if optimizer not in OPTIMIZERS:
            raise UsageError(f"--optimizer {optimizer}: allowed: {', '.join(OPTIMIZERS)}")
        design = with_changes(_base(start, board), set_)
        design = design if objective is None else set_objective(design, objective)
        for name in freeze_:
            design = freeze(design, name)
        if evaluations is None and seconds is None:
            evaluations = DEFAULT_EVALUATIONS
        options = RunOptions(
            evaluations=evaluations,
            seconds=seconds,
            seed=seed,
            optimizer=optimizer,
            population=population,
            out=None if out is None else str(out.absolute()),
            bounds=tuple(_bounds(text) for text in bound),
            max_subaccelerators=groups,
            warm_start=tuple(read_design(path).design for path in begin),
            power_limit_w=power_limit_w,
            delay_exponent=delay_exponent,
            polish_evaluations=polish,
            threads=threads,
        )
        run = start_run(design, options)
    if detach:
        print_json({"run": run}) if json else print_line(run)
        return DONE
    interrupted = _watch(run)
    last = read_snapshot(run)
    if last is None:
        raise RunError(f"run {run} has written nothing; see {run_directory(run) / 'log.txt'}")
    status = _report(run, last, json)
    return INTERRUPTED if interrupted and status == DONE else status


def _base(start: str, board: str | None) -> Design:
    if not start:
        raise UsageError("search: give a workload's name, a design's file, or --resume RUN")
    if not _is_design(start):
        return first_design(start, board or DEFAULT_BOARD)
    design = read_design(Path(start)).design
    return design if board is None or board == design.board else set_board(design, board)


def _is_design(start: str) -> bool:
    """Whether a file holds a design rather than a workload; a file that cannot be read is called a design, whose
    reader says what is wrong."""
    if not start.endswith(".toml"):
        return False
    try:
        data = tomllib.loads(Path(start).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    return "tenants" not in data or "subaccelerator" in data


def _check_numbers(**numbers: float | None) -> None:
    for name, value in numbers.items():
        if value is not None and not value > 0:
            raise UsageError(f"--{name.replace('_', '-')} {value:g}: allowed: more than 0")


def _bounds(text: str) -> tuple[str, float, float]:
    name, _, limits = text.partition("=")
    low, _, high = limits.partition(":")
    try:
        limits_read = (float(low), float(high))
    except ValueError:
        raise UsageError(f"--bound {text}: expected NAME=LOW:HIGH, such as A.cores=1:8") from None
    if not 0 <= limits_read[0] <= limits_read[1]:
        raise UsageError(f"--bound {text}: {low} to {high} is no range; allowed: LOW from 0, HIGH not below it")
    return name.strip(), *limits_read


def _watch(run: str) -> bool:
    """Show the run until it ends; whether ^C ended it."""
    try:
        follow(run)
    except KeyboardInterrupt:
        say(f"stopping {run}; once more leaves it running (workbench attach {run})")
        send_command(run, RunCommand("stop"))
        follow(run)
        return True
    return False


def _report(run: str, last: Snapshot, json: bool) -> int:
    header = read_header(run_directory(run))
    if last.state == "failed":
        raise RunError(f"run {run} failed: {last.message}")
    if last.state == "interrupted":
        raise RunError(f"run {run} was interrupted: {last.message}; workbench search --resume {run} goes on with it")
    facts: dict[str, Any] = {
        "evaluations": last.evaluations,
        "seconds": last.elapsed_s,
        "seed": last.seed,
        "out": header.options.out,
        "run": run,
    }
    if not last.best:
        score = score_once(header.design, on_event=on_engine_event)
        if json:
            none = {"feasible": False, "edp_j_s": None, "latency_s": None, "energy_j": None}
            print_json({**score_json(score), **none, **facts})
        limit, bounds = header.options.power_limit_w, header.options.bounds
        if score.reason:
            reason = f"the first one: {score.reason}"
        elif limit is not None:
            reason = f"the first one: draws {score.power_w or 0:.0f} W, the limit is {limit:g} W"
        else:
            said = ", ".join(f"{name}={low:g}:{high:g}" for name, low, high in bounds)
            reason = f"widen the bounds ({said})" if bounds else "a tenant's latency limit cannot be kept"
        say(f"workbench: none of {last.evaluations} designs fits or runs; {reason}")
        return FAILED
    best = last.best[0].design
    score = score_once(best, on_event=on_engine_event)
    if json:
        print_json({**score_json(score), **facts})
    else:
        print_line(f"{score.workload} on {score.board}: {groups_words(best)}")
        print_line(headline(score))
        print_line(f"{last.evaluations} designs in {last.elapsed_s:.1f} s, seed {last.seed}, run {run}")
        if header.options.out:
            print_line(f"written to {header.options.out}")
    return DONE

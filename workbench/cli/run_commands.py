"""`workbench attach`, `workbench runs` and `workbench stop`."""

import msgspec

from workbench.cli.ending import DONE, CommandError, say
from workbench.cli.options import Json
from workbench.cli.output import print_json, print_line, print_table
from workbench.cli.progress import SearchProgress, words_of
from workbench.engine.client import list_runs, read_snapshot, send_command, watch_run
from workbench.engine.messages import RunCommand, Snapshot
from workbench.tui import numbers


def _running(run: str | None) -> str:
    """The run meant: the one named, or the only one that runs."""
    if run:
        return run
    living = [info.id for info in list_runs() if info.state == "running"]
    if len(living) == 1:
        return living[0]
    if living:
        raise CommandError(f"{len(living)} searches run; name one of {', '.join(living)}")
    raise CommandError("no search runs; workbench runs lists those that have ended")


def follow(run: str) -> Snapshot | None:
    """Show a run until it ends; its last snapshot."""
    last: Snapshot | None = None
    with SearchProgress() as progress:
        for snapshot in watch_run(run):
            last = snapshot
            progress.show(snapshot)
    return last


def attach(run: str | None = None, /, *, json: Json = False) -> int:
    """Look on at a search until it ends or you press ^C; the search goes on either way.

    Parameters
    ----------
    run
        A run's id or the beginning of one (see: workbench runs); not needed if only one runs.
    """
    id = _running(run)
    last = follow(id) or read_snapshot(id)
    if last is None:
        raise CommandError(f"run {id} has written nothing yet")
    if json:
        print_json({"run": last.run, "state": last.state, **_figures(last)})
    else:
        print_line(f"{last.run} {last.state}: {words_of(last)}")
    return DONE


def _figures(last: Snapshot) -> dict[str, object]:
    best = last.best[0].edp_j_s if last.best else None
    return {"evaluations": last.evaluations, "seconds": last.elapsed_s, "best_edp_j_s": best, "message": last.message}


def runs(*, json: Json = False) -> int:
    """List all searches, oldest first: running, finished, interrupted."""
    found = list_runs()
    if json:
        print_json([msgspec.to_builtins(info) for info in found])
        return DONE
    if not found:
        say("there are no runs; workbench search starts one")
        return DONE
    rows = [
        (
            info.id,
            info.state,
            info.workload,
            info.board,
            numbers.number(info.evaluations),
            numbers.edp_mj_s(info.best_edp_j_s),
            info.out or "",
        )
        for info in found
    ]
    print_table(("run", "state", "workload", "board", "designs", "best mJ·s", "out"), rows, (4, 5))
    return DONE


def stop(run: str | None = None, /, *, json: Json = False) -> int:
    """Stop a search for good; its best design is written where the search was told to.

    Parameters
    ----------
    run
        A run's id or the beginning of one; not needed if only one runs.
    """
    id = _running(run)
    send_command(id, RunCommand("stop"))
    last: Snapshot | None = None
    for snapshot in watch_run(id):
        last = snapshot
    last = last or read_snapshot(id)
    if json:
        print_json({"run": id, "state": last.state, **_figures(last)} if last else {"run": id})
    else:
        print_line(f"{id} stopped" + (f": {words_of(last)}" if last else ""))
    return DONE

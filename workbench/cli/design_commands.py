"""`workbench new` and `workbench score`."""

from pathlib import Path

from workbench.cli.designs import groups_words, provenance_now, read_design, with_changes
from workbench.cli.ending import DONE, say
from workbench.cli.options import Changes, Json
from workbench.cli.output import on_engine_event, print_json, print_line
from workbench.cli.targets import Force, check_target
from workbench.design.file import save_design, score_difference
from workbench.design.first import first_design
from workbench.design.report_json import score_json
from workbench.engine.client import score_once


def new(
    workload: str,
    /,
    *,
    board: str = "u280",
    out: Path | None = None,
    set_: Changes = (),
    force: Force = False,
    json: Json = False,
) -> int:
    """Write a sensible first design for a workload on a board, without a search.

    Parameters
    ----------
    workload
        A workload's name (see: workbench presets) or its TOML file.
    board
        A board's name or its TOML file.
    out
        Where to write the design; saves/WORKLOAD-BOARD.toml if not given.
    """
    path = out or Path("saves") / f"{Path(workload).stem}-{Path(board).stem}.toml"
    check_target(path, force)
    design = with_changes(first_design(workload, board), set_)
    save_design(design, path, provenance=provenance_now(design))
    if json:
        groups = [{"id": sub.id, "core": sub.core, "cores": sub.cores} for sub in design.subaccelerators]
        print_json({"out": str(path), "workload": design.workload, "board": design.board, "subaccelerators": groups})
    else:
        print_line(f"{path}: {groups_words(design)}")
    return DONE


def score(
    design: Path,
    /,
    *,
    set_: Changes = (),
    out: Path | None = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Score a design. A design that does not fit is scored as such: feasible false, exit status 0.

    Parameters
    ----------
    design
        The design's TOML file.
    out
        Save the design with its score, changes made; may be the design's own file.
    """
    from workbench.cli.score_table import print_score

    if out is not None and not (out.exists() and out.samefile(design)):
        check_target(out, force)
    loaded = read_design(design, set_)
    found = score_once(loaded.design, on_event=on_engine_event)
    difference = score_difference(loaded.saved_score, found)
    if difference:
        say(f"{design}: {difference}")
    if out is not None:
        edits = {"hand_edits": (*loaded.provenance.hand_edits, *set_)}
        save_design(loaded.design, out, found, provenance_now(loaded.design, loaded.provenance, **edits))
    if json:
        print_json(score_json(found))
    else:
        print_score(found)
    return DONE

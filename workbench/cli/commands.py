"""The table of commands, and how a command line becomes a call. Each command's module is loaded when it is used."""

import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Group

from workbench.cli.ending import DONE, UsageError, say
from workbench.cli.options import option

if TYPE_CHECKING:
    from collections.abc import Sequence

DESIGNS, SEARCHES, TABLES, ABOUT = (
    Group(name, sort_key=place) for place, name in enumerate(("Designs", "Searches", "Tables", "About"))
)

COMMANDS: tuple[tuple[str, str, Group, str], ...] = (
    ("new", "workbench.cli.design_commands:new", DESIGNS, "A sensible first design for a workload on a board."),
    ("score", "workbench.cli.design_commands:score", DESIGNS, "Score a design: EDP, latency, energy, resources."),
    ("check", "workbench.cli.check_command:check", DESIGNS, "Check a design's file, and whether the design fits."),
    ("compare", "workbench.cli.compare_commands:compare", DESIGNS, "Designs side by side."),
    (
        "explain",
        "workbench.cli.compare_commands:explain",
        DESIGNS,
        "What a score is made of, and what would better it.",
    ),
    (
        "layers",
        "workbench.cli.layers_command:layers",
        DESIGNS,
        "A design's layers, or every way one of them may run.",
    ),
    ("sweep", "workbench.cli.sweep_command:sweep", DESIGNS, "A design over all values of one or two variables."),
    ("search", "workbench.cli.search_command:search", SEARCHES, "Search for the design of least EDP."),
    ("attach", "workbench.cli.run_commands:attach", SEARCHES, "Look on at a search that runs."),
    ("runs", "workbench.cli.run_commands:runs", SEARCHES, "List the searches."),
    ("stop", "workbench.cli.run_commands:stop", SEARCHES, "Stop a search; its best design is written."),
    (
        "reproduce",
        "workbench.cli.campaign_commands:reproduce",
        SEARCHES,
        "The published comparison, every cell beside its published range.",
    ),
    ("trust", "workbench.cli.trust_command:trust", SEARCHES, "Evidence: nulls, optima, robustness, attribution."),
    ("cost", "workbench.cli.table_commands:cost", TABLES, "Cost every row of a CSV of layers and mappings."),
    ("estimate", "workbench.cli.table_commands:estimate", TABLES, "Latency and energy of a network on equal cores."),
    ("calibrate", "workbench.cli.calibrate_command:calibrate", TABLES, "Fit a board to latencies you measured."),
    ("bench", "workbench.cli.bench_command:bench", ABOUT, "Measure speed, search and accuracy on this machine."),
    ("import", "workbench.cli.exchange_commands:import_", TABLES, "Import a network: ONNX, MAESTRO, GAMMA, SCALE-Sim."),
    ("export", "workbench.cli.exchange_commands:export", TABLES, "Export a design: report, trace, JSON, CSV, MAESTRO."),
    ("presets", "workbench.cli.about_commands:presets", ABOUT, "Names of all networks, workloads, boards, cores …"),
    ("info", "workbench.cli.about_commands:info", ABOUT, "Version and every path the workbench uses."),
    ("completion", "workbench.cli.about_commands:completion", ABOUT, "Print a completion script for your shell."),
)
EPILOGUE = "Exit status: 0 done, 1 the work could not be done, 2 wrong usage."


def build_app(at_length: str = "") -> App:
    """The command line as cyclopts knows it; `at_length` names the command whose own words are wanted as its help."""
    app = App(
        name="workbench",
        help="Co-design of multi-tenant accelerators: dataflow, cores, schedule and search. Without a command: the "
        "screen, with the last design or the FILE.toml given.",
        help_epilogue=EPILOGUE,
        version=version("workbench"),
        version_flags=["--version", "-V"],
        help_format="plaintext",
        end_of_options_delimiter="--",
    )
    for name, target, group, words in COMMANDS:
        app.command(target, name=name, group=group, help=None if name == at_length else words)
    app.default(_no_command)
    return app


def _no_command(
    file: Annotated[str, option("A design's file; without one the last session is opened.")] = "",
    /,
    *,
    ascii: Annotated[bool, option("Draw with plain characters only.")] = False,
    slow: Annotated[bool, option("Send fewer bytes: one update a second.")] = False,
    no_mouse: Annotated[bool, option("Leave the mouse to the terminal.")] = False,
) -> int:
    """Open the screen."""
    from pathlib import Path

    if file and not file.endswith(".toml") and "/" not in file and not Path(file).exists():
        from difflib import get_close_matches

        near = get_close_matches(file, [name for name, *_ in COMMANDS], n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(near)}?" if near else "; workbench --help lists the commands"
        raise UsageError(f"there is no command and no file {file!r}{hint}")
    from workbench.cli.screen import open_screen

    return open_screen(file or None, ascii_only=ascii, slow=slow, mouse=not no_mouse)


def run_command(arguments: "Sequence[str]") -> int:
    """Read a command line and do what it says; gives the exit status. Raises UsageError and what commands raise."""
    app = build_app(next(iter(arguments), ""))
    try:
        result = app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        command = next((word for word in arguments if not word.startswith("-")), "")
        known = command in {name for name, *_ in COMMANDS}
        say(f"workbench: {' '.join(str(error).split())}")
        say(f"workbench: see workbench {command + ' ' if known else ''}--help")
        return 2
    except SystemExit as leaving:  # --help and --version
        return leaving.code if isinstance(leaving.code, int) else DONE
    sys.stdout.flush()
    return result if isinstance(result, int) else DONE

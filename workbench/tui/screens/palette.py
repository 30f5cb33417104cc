"""The command palette: every action that can be done now, and every variable, network, board and design by name."""

import math
from typing import TYPE_CHECKING

from workbench.design import edit
from workbench.design.bounds import boundable, bounds_of, set_bounds, widest
from workbench.design.design import Objective
from workbench.design.variables import get_variable, set_variable
from workbench.engine.messages import OPTIMIZERS
from workbench.hardware.board import Family
from workbench.hardware.presets import core_names
from workbench.tui import opening
from workbench.tui.actions import ACTIONS, Action, Context, find, key_label, keys_of
from workbench.tui.board_moves import boards
from workbench.tui.grid_edits import PINNED_URAM, bounds_words
from workbench.tui.screens.ask import AskText
from workbench.tui.screens.choose import Choice, Choose
from workbench.tui.searching import search_words, with_option
from workbench.workload.presets import network_names, workload_names

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

_PLACES = {
    Context.ANYWHERE: "Workbench", Context.WORKLOAD: "Workload", Context.DATAFLOW: "Dataflow", Context.GRID: "Grid",
    Context.SEARCH: "Search",
}  # fmt: skip
_LEFT_OUT = frozenset({"palette", "back", "column", "variable"})
SEARCH_DESIGNS = (1_000, 4_096, 20_000, 100_000)
SEARCH_MINUTES = (1, 5, 30)
_FROZEN_PARTS = ("core", "cores", "rows", "cols", "dataflow", "wires", "bandwidth_share")


class Palette(Choose):
    """^p."""

    verb = "run"

    def __init__(self, app: "WorkbenchApp") -> None:
        super().__init__("All commands", command_choices(app))


def command_choices(app: "WorkbenchApp") -> list[Choice]:
    """Everything the palette offers, the actions of the pane at hand first."""
    here = app.footer_context()
    actions = [a for a in ACTIONS if a.context in _PLACES and a.id not in _LEFT_OUT and app.can(a)]
    actions.sort(key=lambda a: (a.context is not here, a.context is not Context.ANYWHERE))
    return [_of_action(a) for a in actions] + _of_search(app) + _of_design(app) + _of_presets(app)


def _of_search(app: "WorkbenchApp") -> list[Choice]:
    """What the next search is bounded by and done with."""
    options = app.session.searching.options
    now = search_words(options)
    about = f"The next search: {now}."
    found = [
        Choice(f"evaluations={n}", f"Search {n:,} designs", "", f"option evaluations {n}", "Search", "", about)
        for n in SEARCH_DESIGNS
        if n != options.evaluations
    ]
    found += [
        Choice(f"seconds={m * 60}", f"Search for {m} min", "", f"option seconds {m * 60}", "Search", "", about)
        for m in SEARCH_MINUTES
    ]
    found += [
        Choice(f"optimizer={o}", f"Search with {o}", "", f"option optimizer {o}", "Search", "", about)
        for o in OPTIMIZERS
        if o != options.optimizer
    ]
    return found


def _of_action(action: Action) -> Choice:
    key = key_label(keys_of(action)[0]) if action.keys else ""
    return Choice(
        f"{action.context}.{action.id}", action.words, "", f"do {action.context} {action.id}",
        _PLACES[action.context], key, action.about or action.words + ".",
        " ".join((action.id.replace("_", " "), action.help, action.hint, *action.keys)),
    )  # fmt: skip


def _of_design(app: "WorkbenchApp") -> list[Choice]:
    design = app.session.state.design
    found = []
    for sub in design.subaccelerators:
        for part in _FROZEN_PARTS:
            name = f"{sub.id}.{part}"
            value = "" if part in ("dataflow", "wires") else str(get_variable(design, name) or "no cap")
            if name in design.frozen:
                words, about = f"Free {name} for the search", f"{name} is frozen. Free, the search may change it."
            else:
                words, about = f"Freeze {name}", f"The next search leaves {name} as it is."
            found.append(Choice(name, words, value, f"freeze {name}", "Grid", "", about))
    for name in ("scheduler", "subaccelerators"):
        words = f"Free {name}" if name in design.frozen else f"Freeze {name}"
        found.append(Choice(name, words, "", f"freeze {name}", "Search", "", words + " for the search."))
    for name in boundable(design):
        words = bounds_words(bounds_of(design, name))
        about = f"The next search keeps {name} between two values. Its bounds now: {words}."
        found.append(Choice(f"bounds {name}", f"Bound {name}", words, f"bound {name}", "Search", "", about))
    for sub in design.subaccelerators:
        for core in core_names(app.session.state.board.family):
            if core != sub.core:
                found.append(_setting(f"{sub.id}.core", core, sub.core, "Grid"))
        if app.session.state.board.family is Family.FPGA:
            other = "low" if sub.dsp == "high" else "high"
            found.append(_setting(f"{sub.id}.dsp", other, sub.dsp, "Grid"))
            found.append(_setting(f"{sub.id}.ram", "low" if sub.ram == "high" else "high", sub.ram, "Grid"))
            found.append(_setting(f"{sub.id}.uram", str(not sub.uram).lower(), str(sub.uram).lower(), "Grid"))
            for blocks in PINNED_URAM:
                if blocks != sub.pinned_uram:
                    found.append(_setting(f"{sub.id}.pinned_uram", str(blocks), str(sub.pinned_uram), "Grid"))
        for share in (None, 0.25, 0.5, 0.75):
            if share != sub.bandwidth_share:
                found.append(
                    _setting(f"{sub.id}.bandwidth_share", str(share).lower(), str(sub.bandwidth_share), "Grid")
                )
    found += [
        _setting("objective", o.value, design.objective.value, "Search") for o in Objective if o is not design.objective
    ]
    return found


def _setting(name: str, value: str, now: str, place: str) -> Choice:
    return Choice(
        f"{name}={value}", f"Set {name} to {value}", f"now {now}", f"set {name} {value}", place, "",
        f"{name} is {now} now.",
    )  # fmt: skip


def _of_presets(app: "WorkbenchApp") -> list[Choice]:
    state = app.session.state
    found = [Choice(n, f"Add network {n}", "", f"network {n}", "Workload") for n in network_names()]
    found += [
        Choice(n, f"Use workload {n}", "", f"set workload {n}", "Workload")
        for n in workload_names()
        if n != state.design.workload
    ]
    found += [
        Choice(f"board={name}", f"Set board to {name}", words, f"board {name}", "Board")
        for name, words in boards()
        if name != state.design.board
    ]
    for entry in opening.entries(app.session.recovery):
        if entry.leftover is None:
            found.append(Choice(str(entry.path), f"Open {entry.name}", entry.group, f"open {entry.path}", "Library"))
    return found


def _ask_bounds(app: "WorkbenchApp", name: str) -> None:
    """Ask for the lowest and highest value of a variable."""
    session = app.session
    low, high = widest(session.state.design, name)
    now = bounds_of(session.state.design, name)
    value = " ".join(f"{limit if bound is None else bound:g}" for bound, limit in zip(now, (low, high), strict=True))

    def typed(text: str | None) -> None:
        if text is None:
            return
        words = text.replace(",", " ").replace("to", " ").split()
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = [math.nan]
        if len(numbers) not in (0, 2) or any(map(math.isnan, numbers)):
            session.tell(f"bounds of {name}: found {text!r}; allowed: two numbers, or nothing for none", "warning")
            return
        lowest, highest = numbers or (None, None)
        session.edit(
            lambda d: (set_bounds(d, name, lowest, highest), f"{name} bounds {bounds_words((lowest, highest))}")
        )

    about = f"Lowest and highest value the search may give it, {low:g} to {high:g}. Nothing: no bounds."
    app.push_screen(AskText(f"Bounds of {name}", "" if now == (None, None) else value, about), typed)


def run_command(app: "WorkbenchApp", answer: str) -> None:
    """Do what a palette entry says."""
    verb, _, rest = answer.partition(" ")
    session = app.session
    match verb:
        case "do":
            context, _, action_id = rest.partition(" ")
            app.perform(find(action_id, Context(context)))
        case "freeze":
            session.edit(lambda d: (edit.toggle_frozen(d, rest), f"{rest} frozen or free"))
        case "bound":
            _ask_bounds(app, rest)
        case "set":
            name, _, value = rest.partition(" ")
            session.edit(lambda d: (set_variable(d, name, value), f"{name} → {value}"))
        case "option":
            name, _, value = rest.partition(" ")
            options = with_option(session.searching.options, name, value)
            session.searching.options = options
            session.tell(f"the next search: {search_words(options)}", "information")
            app.main.monitor.redraw()
        case "board":
            session.move_to_board(rest)
        case "network":
            session.edit(lambda d: (edit.add_tenant(d, rest), f"{rest} added"))
        case "open":
            app.open_file(rest)

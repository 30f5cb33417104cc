"""The one table of actions. Key bindings, footer, command palette, help screen and docs/keys.md are made from it.

An action is run by the method `action_<id>` of its context's owner: the pane or screen of that context, or the app.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import BindingType


class Context(StrEnum):
    """Where an action's keys work."""

    ANYWHERE = "anywhere"  # outside the editor and outside overlays
    WORKLOAD = "workload"
    DATAFLOW = "dataflow"
    EDITOR = "editor"
    GRID = "grid"
    SEARCH = "search"
    LIST = "list"  # every pane or screen with a list
    LAYERS = "layers"
    SCHEDULE = "schedule"
    COMPARE = "compare"
    TIMELINES = "timelines"
    EXPLAIN = "explain"
    ASSUMPTIONS = "assumptions"
    WAYS = "ways"
    SWEEP = "sweep"
    HELP = "help"


class Heading(StrEnum):
    """Where an action stands in the help."""

    PANE = "This pane"
    DESIGN = "Design"
    GO_TO = "Go to"
    LISTS = "In lists"
    SEARCH = "Search"
    WORKBENCH = "Workbench"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a user can do. `hint` is the footer's word; `words` what the palette calls it."""

    id: str
    keys: tuple[str, ...]
    context: Context
    heading: Heading
    help: str  # a few words for the help screen
    words: str  # a sentence for the palette
    hint: str = ""  # empty: not in the footer
    rank: int = 50  # footer order, lowest first
    about: str = ""  # what the palette says below the list


def _a(*fields: object, **more: object) -> Action:
    return Action(*fields, **more)  # type: ignore[arg-type]


_ANY, _P = Context.ANYWHERE, Heading.PANE

ACTIONS: tuple[Action, ...] = (
    # Design
    _a("save", ("ctrl+s",), _ANY, Heading.DESIGN, "save", "Save the design", rank=80,
       about="Writes the design to its own file; asks for a name the first time."),
    _a("save_as", ("W",), _ANY, Heading.DESIGN, "save as", "Save the design under another name"),
    _a("undo", ("u",), _ANY, Heading.DESIGN, "undo", "Undo the last edit of the design", "undo", 60),
    _a("redo", ("ctrl+r",), _ANY, Heading.DESIGN, "redo", "Redo the edit undone last"),
    _a("pin", ("p",), _ANY, Heading.DESIGN, "pin to compare", "Pin this design: every score is compared with it"),
    _a("copy", ("y",), _ANY, Heading.DESIGN, "copy as TOML", "Copy the design as TOML to the terminal's clipboard",
       about="By OSC 52, which works over SSH; inside tmux it needs `set -s set-clipboard on`."),
    _a("fix", ("f4",), _ANY, Heading.DESIGN, "apply the fix", "Apply the fix that is offered", "fix", 40),
    _a("board", ("B",), _ANY, Heading.DESIGN, "another board", "Choose the board",
       about="Cards and ASIC boards alike; undo brings the design before it back."),
    _a("workload", ("w",), Context.WORKLOAD, _P, "another workload", "Choose the workload", "workload", 16),
    _a("external_editor", ("E",), _ANY, Heading.DESIGN, "edit in $EDITOR", "Edit the dataflow in $EDITOR"),
    # Search, from anywhere
    _a("search", ("s",), _ANY, Heading.SEARCH, "start or stop", "Start or stop the search", "search", 10,
       about="The search runs in its own process and goes on when this terminal closes."),
    _a("pause", ("space",), Context.SEARCH, _P, "pause, resume", "Pause or resume the search", "pause", 11),
    _a("step", (".",), Context.SEARCH, _P, "one generation", "Run one generation of the paused search",
       "one generation", 12),
    _a("adopt", ("a",), Context.SEARCH, _P, "adopt the selected", "Adopt the selected design of the search",
       "adopt best", 13),
    _a("inject", ("i",), Context.SEARCH, _P, "inject yours", "Put the design at hand into the search",
       "inject yours", 14),
    _a("freeze_values", ("f",), Context.SEARCH, _P, "freeze, free all", "Freeze every variable, or free them all",
       "freeze", 15),
    _a("attach", ("A",), Context.SEARCH, _P, "another run", "Look at another run"),
    # Workload
    _a("tenant_more", ("+", "="), Context.WORKLOAD, _P, "one more", "One more instance of the network, or image",
       "+ - instances", 10),
    _a("tenant_less", ("-",), Context.WORKLOAD, _P, "one less", "One instance of the network, or image, less"),
    _a("column", ("left", "right"), Context.WORKLOAD, _P, "instances or batch", "Choose instances or batch",
       "← → choose", 11),
    _a("toggle_layers", ("enter", "space"), Context.WORKLOAD, _P, "open, close layers", "Open or close the layers",
       "layers", 12),
    _a("tenant_add", ("a",), Context.WORKLOAD, _P, "add a network", "Add a network to the workload", "add", 13),
    _a("tenant_remove", ("x", "delete"), Context.WORKLOAD, _P, "remove it", "Remove the selected network",
       "remove", 14),
    _a("import", ("i",), Context.WORKLOAD, _P, "import a network", "Import a network of another tool", "import", 15,
       "Reads ONNX, MAESTRO and layer tables of other tools."),
    _a("limit", ("L",), Context.WORKLOAD, _P, "latency limit", "Set the latency limit of the selected network"),
    _a("isolation", ("I",), Context.WORKLOAD, _P, "isolation label", "Set the isolation label of the selected network",
       about="Networks of different labels share no cores; which groups of cores serve whom is set in the core grid."),
    # Dataflow
    _a("edit_text", ("enter",), Context.DATAFLOW, _P, "edit the text", "Edit the dataflow's text", "edit", 10),
    _a("dataflow_library", ("d",), Context.DATAFLOW, _P, "named dataflows", "Choose a named dataflow", "library", 11),
    _a("loop_nest", ("n",), Context.DATAFLOW, _P, "loop nest", "Show the loop nest the dataflow stands for",
       "loop nest", 14),
    _a("level", ("i",), Context.DATAFLOW, _P, "cores, or PEs inside", "Show the text over cores or over PEs",
       "cores, PEs", 12, about="On boards edge, mobile and cloud a core is a PE array with directives of its own."),
    _a("models", ("b",), Context.DATAFLOW, _P, "both models' cycles", "Show MAESTRO's cycles beside the exact ones",
       "both models", 13),
    _a("leave_text", ("escape",), Context.EDITOR, _P, "leave the text", "Leave the editor", "done", 10),
    _a("complete", ("tab",), Context.EDITOR, _P, "complete the word", "Complete the word at the cursor",
       "complete", 11),
    # Core grid
    _a("more", ("+", "="), Context.GRID, _P, "one step up", "One step up of the selected variable", "+ - cores", 10),
    _a("less", ("-",), Context.GRID, _P, "one step down", "One step down of the selected variable"),
    _a("variable", ("left", "right"), Context.GRID, _P, "choose a variable", "Choose core, rows, cols or planes",
       "← → choose", 16),
    _a("core_next", ("t",), Context.GRID, _P, "next core type", "The next larger core type", "core type", 11),
    _a("core_previous", ("T",), Context.GRID, _P, "previous core type", "The next smaller core type"),
    _a("turn", ("r",), Context.GRID, _P, "turn the grid", "Turn the grid: rows become columns", "turn grid", 12),
    _a("wires", ("v",), Context.GRID, _P, "wires on, off", "Switch the multicast wires and the ring"),
    _a("serves", ("I",), Context.GRID, _P, "whom it serves", "Let it serve the next isolation label"),
    _a("freeze", ("f",), Context.GRID, _P, "freeze, free", "Freeze or free the selected variable", "freeze", 70),
    _a("bound_low", ("[",), Context.GRID, _P, "lower bound here", "Lower bound of the selected variable, on or off"),
    _a("bound_high", ("]",), Context.GRID, _P, "upper bound here", "Upper bound of the selected variable, on or off"),
    _a("sub_add", ("a",), Context.GRID, _P, "add a sub-accelerator", "Add a sub-accelerator", "add", 17),
    _a("sub_remove", ("x", "delete"), Context.GRID, _P, "remove it", "Remove the selected sub-accelerator"),
    _a("dataflow_library", ("d",), Context.GRID, _P, "its dataflow", "Choose its dataflow by name"),
    _a("pinned_uram", ("P",), Context.GRID, _P, "pin recurrent weights", "More URAM for recurrent weights, or none"),
    _a("sweep", ("w",), Context.GRID, _P, "sweep it", "Score every value of the selected variable", "sweep", 18),
    # Sweep
    _a("apply_cell", ("enter",), Context.SWEEP, _P, "apply the cell", "Apply the selected cell", "apply", 10),
    _a("second", ("v",), Context.SWEEP, _P, "second variable", "Another second variable, or none", "second", 11),
    _a("cell", ("left", "right", "up", "down"), Context.SWEEP, _P, "choose a cell", "Choose a cell", "← → choose", 12),
    # Lists
    _a("cursor_down", ("j", "down"), Context.LIST, Heading.LISTS, "down", "Next row"),
    _a("cursor_up", ("k", "up"), Context.LIST, Heading.LISTS, "up", "Previous row"),
    _a("cursor_first", ("g", "home"), Context.LIST, Heading.LISTS, "first", "First row"),
    _a("cursor_last", ("G", "end"), Context.LIST, Heading.LISTS, "last", "Last row"),
    _a("page_down", ("pagedown",), Context.LIST, Heading.LISTS, "a page down", "A page down"),
    _a("page_up", ("pageup",), Context.LIST, Heading.LISTS, "a page up", "A page up"),
    _a("filter", ("/",), Context.LIST, Heading.LISTS, "filter", "Filter the list"),
    # Layers
    _a("sort", ("o",), Context.LAYERS, _P, "sort by the next column", "Sort by the next column", "sort", 10),
    _a("ways", ("enter",), Context.LAYERS, _P, "ways to run it", "Show every way to run the layer", "ways to run", 11),
    _a("ways_sort", ("o",), Context.WAYS, _P, "sort by the next column", "Sort by the next column", "sort", 10),
    # Schedule
    _a("next_job", ("right", "l"), Context.SCHEDULE, _P, "next job", "The next job", "← → next job", 10),
    _a("previous_job", ("left", "h"), Context.SCHEDULE, _P, "previous job", "The previous job"),
    _a("row_down", ("down", "j"), Context.SCHEDULE, _P, "next core", "The next core"),
    _a("row_up", ("up", "k"), Context.SCHEDULE, _P, "previous core", "The previous core"),
    _a("zoom_in", ("+", "="), Context.SCHEDULE, _P, "zoom in", "Zoom in on the job", "+ - zoom", 11),
    _a("zoom_out", ("-",), Context.SCHEDULE, _P, "zoom out", "Zoom out"),
    _a("layer_of_job", ("enter",), Context.SCHEDULE, _P, "its layer", "Show the job's layer among all layers",
       "its layer", 12),
    _a("go_to_layer", ("g", "/"), Context.SCHEDULE, _P, "go to a layer", "Go to a layer", "go to layer", 13),
    _a("by_tenant", ("t",), Context.SCHEDULE, _P, "by tenant", "Join each tenant's jobs, or show every job",
       "by tenant", 14),
    # Compare
    _a("pin_yours", ("p",), Context.COMPARE, _P, "pin yours", "Pin the design at hand", "pin yours", 12),
    _a("swap", ("x",), Context.COMPARE, _P, "swap the two", "Make the pinned design the one at hand", "swap", 11),
    _a("take_value", ("enter",), Context.COMPARE, _P, "copy to yours", "Copy the pinned value to yours",
       "copy to yours", 10),
    _a("timelines", ("t",), Context.COMPARE, _P, "timelines", "Show both timelines above each other", "timelines", 13),
    # Timelines
    _a("swap", ("x",), Context.TIMELINES, _P, "swap the two", "Make the pinned design the one at hand", "swap", 11),
    # Explain
    _a("apply", ("enter",), Context.EXPLAIN, _P, "apply the step", "Apply the selected step", "apply", 10),
    _a("of_board", ("b",), Context.EXPLAIN, _P, "the board, the design", "What another board would do, or the design",
       "the board", 11),
    # Assumptions
    _a("value_edit", ("enter",), Context.ASSUMPTIONS, _P, "change it", "Change the value", "change", 10),
    _a("value_more", ("+", "=", "right"), Context.ASSUMPTIONS, _P, "one step up", "One step up, or the next choice",
       "+ - step", 11),
    _a("value_less", ("-", "left"), Context.ASSUMPTIONS, _P, "one step down", "One step down, or the choice before"),
    _a("value_reset", ("x", "delete"), Context.ASSUMPTIONS, _P, "the board's own", "Back to the board's own value",
       "board's own", 13),
    _a("other_values", ("w",), Context.ASSUMPTIONS, _P, "score at others", "Score the design at other values",
       "other values", 12),
    # Help
    _a("filter", ("/",), Context.HELP, _P, "filter", "Filter the help", "filter", 10),
    # Go to
    _a("pane_1", ("1",), _ANY, Heading.GO_TO, "workload", "Go to the workload"),
    _a("pane_2", ("2",), _ANY, Heading.GO_TO, "dataflow", "Go to the dataflow"),
    _a("pane_3", ("3",), _ANY, Heading.GO_TO, "core grid", "Go to the core grid"),
    _a("pane_4", ("4",), _ANY, Heading.GO_TO, "search", "Go to the search"),
    _a("jump", ("ctrl+o",), _ANY, Heading.GO_TO, "jump by letter", "Jump to a pane, sub-accelerator or tenant"),
    _a("maximise", ("m",), _ANY, Heading.GO_TO, "maximise, restore", "Maximise the pane, or restore all four"),
    _a("layers", ("l",), _ANY, Heading.GO_TO, "layers, roofline", "Show every layer and the roofline"),
    _a("schedule", ("S",), _ANY, Heading.GO_TO, "schedule", "Show the schedule"),
    _a("compare", ("c",), _ANY, Heading.GO_TO, "compare", "Compare with the pinned design", "compare", 85),
    _a("explain", ("e",), _ANY, Heading.GO_TO, "explain", "Explain the score and what would improve it"),
    _a("draws", ("%",), _ANY, Heading.DESIGN, "how sure it is best", "In what share of uncertain draws it is best"),
    _a("assumptions", ("F",), _ANY, Heading.GO_TO, "assumptions", "Show and change what is assumed of the board"),
    _a("history", ("H",), _ANY, Heading.DESIGN, "all edits, scores", "Go to any step of the edits, scores beside them"),
    _a("library", ("o",), _ANY, Heading.GO_TO, "library", "Open a saved or preset design"),
    _a("back", ("escape",), _ANY, Heading.GO_TO, "clear, back", "Back to the main screen", "", 80),
    # Workbench
    _a("palette", ("ctrl+p",), _ANY, Heading.WORKBENCH, "all commands", "All commands", "all commands", 90),
    _a("help", ("?", "f1"), _ANY, Heading.WORKBENCH, "this page", "Help for this pane", "help", 91),
    _a("next_theme", (), _ANY, Heading.WORKBENCH, "next theme", "Change the theme: dark, light, the terminal's own"),
    _a("leave", ("ctrl+q",), _ANY, Heading.WORKBENCH, "leave; search goes on", "Leave; a running search goes on",
       about="Quit, exit. What is not saved is offered again at the next start."),
)  # fmt: skip

# Keys that work while the text editor has the focus.
EVERYWHERE = frozenset({"save", "redo", "fix", "palette", "leave", "jump", "help"})

_WITH_KEY = frozenset({"column", "variable", "cell"})  # one action for all directions: it is told which key was pressed

_KEY_NAMES = {
    "+": "plus", "=": "equals_sign", "-": "minus", ".": "full_stop", "/": "slash", "?": "question_mark",
    "[": "left_square_bracket", "]": "right_square_bracket",
}  # fmt: skip
_KEY_LABELS = {
    "escape": "esc", "delete": "del", "pagedown": "pgdn", "pageup": "pgup", "left": "←", "right": "→", "up": "↑",
    "down": "↓",
}  # fmt: skip


def key_name(key: str) -> str:
    """Textual's name of a key of the table."""
    return _KEY_NAMES.get(key, key)


_changed: dict[str, tuple[str, ...]] = {}  # the user's keymap: binding id → keys


def change_keys(keymap: dict[str, str]) -> dict[str, str]:
    """Take a user's keymap (`"grid.turn" = "R"`, several keys with commas) and give it in Textual's names.

    Raises ValueError naming an id that is not in the table.
    """
    known = {binding_id(a): a for a in ACTIONS if a.id not in _WITH_KEY}
    for name in keymap:
        if name not in known:
            raise ValueError(f"[keys] {name}: there is no such action; docs/keys.md lists them")
    _changed.update({name: tuple(k.strip() for k in keys.split(",")) for name, keys in keymap.items()})
    return {name: ",".join(key_name(k) for k in keys) for name, keys in _changed.items()}


def binding_id(action: Action) -> str:
    """What a keymap calls an action: `grid.turn`."""
    return f"{action.context}.{action.id}"


def keys_of(action: Action) -> tuple[str, ...]:
    """An action's keys, the user's own where there are any."""
    return _changed.get(binding_id(action), action.keys)


def key_label(key: str) -> str:
    """How a key is written on the screen: `^s`, `F4`, `esc`."""
    if key.startswith("ctrl+"):
        return "^" + key[5:]
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _KEY_LABELS.get(key, key)


def actions_of(*contexts: Context) -> list[Action]:
    """Actions of contexts, in the table's order."""
    return [a for a in ACTIONS if a.context in contexts]


def find(action_id: str, context: Context | None = None) -> Action:
    """An action by id; of one context where several share the id. Raises KeyError."""
    for action in ACTIONS:
        if action.id == action_id and context in (None, action.context):
            return action
    raise KeyError(action_id)


def bindings(*contexts: Context) -> "list[BindingType]":
    """Textual's bindings of contexts; keys never take priority, so that text fields keep theirs."""
    from textual.binding import Binding

    found: list[BindingType] = []
    for a in actions_of(*contexts):
        if a.id in _WITH_KEY:
            found += [
                Binding(key_name(key), f"{a.id}('{key}')", a.help, show=False, id=f"{a.context}.{a.id}.{key}")
                for key in a.keys
            ]
        elif a.keys:
            keys = ",".join(key_name(key) for key in a.keys)
            found.append(Binding(keys, a.id, a.help, show=False, id=binding_id(a)))
    return found


FOOTER_MOST = 8
_SEARCH_RANK_ELSEWHERE = 75
# Contexts that are screens of their own: their footers speak of them and of the way back only.
OWN_SCREEN = frozenset(
    {
        Context.LAYERS, Context.WAYS, Context.SCHEDULE, Context.COMPARE, Context.EXPLAIN, Context.ASSUMPTIONS,
        Context.SWEEP, Context.HELP, Context.TIMELINES,
    }
)  # fmt: skip


def footer_actions(context: Context | None) -> list[Action]:
    """What the footer may show in a context, in order; the caller leaves out what cannot be done now."""

    def rank(action: Action) -> int:
        return _SEARCH_RANK_ELSEWHERE if action.id == "search" and context is not Context.SEARCH else action.rank

    contexts = [Context.ANYWHERE] + ([context] if context else [])
    shown = [a for a in actions_of(*contexts) if a.hint]
    if context in OWN_SCREEN:
        shown = [a for a in actions_of(context) if a.hint] + [find(i) for i in ("back", "palette", "help")]
        return sorted(shown, key=rank)
    if context is Context.EDITOR:
        shown = [a for a in shown if a.context is Context.EDITOR or a.id in EVERYWHERE]
    return sorted(shown, key=rank)


def keys_page() -> str:
    """docs/keys.md: every key, by context."""
    lines = [
        "# Keys",
        "",
        "Made from the table of actions (`workbench/tui/actions.py`); the help screen (`?`) shows the",
    ]
    lines += ["same. `config.toml` may change any of them by the id in the last column.", ""]
    titles = {
        Context.ANYWHERE: "Anywhere", Context.EDITOR: "In the dataflow's text", Context.LIST: "In lists",
        Context.SEARCH: "Search", Context.GRID: "Core grid",
    }  # fmt: skip
    for context in Context:
        lines += [f"## {titles.get(context, context.value.capitalize())}", "", "| key | does | id |", "|---|---|---|"]
        for a in actions_of(context):
            keys = " ".join(f"`{key_label(k)}`" for k in a.keys) or "palette only"
            lines.append(f"| {keys} | {a.words} | `{binding_id(a)}` |")
        lines.append("")
    return "\n".join(lines)

"""One table of actions: everything it names exists, no key means two things, and the text editor keeps its own keys."""

from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from workbench.tui.actions import (
    ACTIONS,
    EVERYWHERE,
    OWN_SCREEN,
    Context,
    actions_of,
    bindings,
    change_keys,
    find,
    footer_actions,
    key_label,
    key_name,
    keys_page,
)
from workbench.tui.app import WorkbenchApp
from workbench.tui.panes.dataflow import DataflowPane
from workbench.tui.panes.editor import DataflowEditor
from workbench.tui.panes.grid import GridPane
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.monitor import MonitorPane
from workbench.tui.panes.workload import WorkloadPane
from workbench.tui.screens.assumptions import AssumptionsPane
from workbench.tui.screens.compare import DifferencesPane
from workbench.tui.screens.explain import StepsPane
from workbench.tui.screens.help import HelpPane
from workbench.tui.screens.layers import LayersPane
from workbench.tui.screens.schedule import SchedulePane
from workbench.tui.screens.sweep import SweepPane
from workbench.tui.screens.timelines import TimelinesPane
from workbench.tui.screens.ways import WaysPane

OWNERS: dict[Context, type] = {
    Context.ANYWHERE: WorkbenchApp, Context.WORKLOAD: WorkloadPane, Context.DATAFLOW: DataflowPane,
    Context.EDITOR: DataflowEditor, Context.GRID: GridPane, Context.SEARCH: MonitorPane, Context.LIST: ListPane,
    Context.LAYERS: LayersPane, Context.SCHEDULE: SchedulePane, Context.COMPARE: DifferencesPane,
    Context.EXPLAIN: StepsPane, Context.ASSUMPTIONS: AssumptionsPane,
    Context.TIMELINES: TimelinesPane, Context.WAYS: WaysPane, Context.SWEEP: SweepPane, Context.HELP: HelpPane,
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: f"{a.context}.{a.id}")
def test_every_action_has_a_method_where_it_belongs(action: object) -> None:
    assert callable(getattr(OWNERS[action.context], f"action_{action.id}"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("context", list(Context))
def test_no_key_means_two_things_in_one_place(context: Context) -> None:
    keys = [key for action in actions_of(context) for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("context", [Context.WORKLOAD, Context.GRID, Context.SEARCH])
def test_panes_with_a_list_keep_the_keys_of_lists(context: Context) -> None:
    own = {key for action in actions_of(context) for key in action.keys}
    lists = {key for action in actions_of(Context.LIST) for key in action.keys}
    assert not own & lists


def _textual_keys(widget: type) -> set[str]:
    found: set[str] = set()
    for kind in widget.__mro__:
        for binding in kind.__dict__.get("BINDINGS", ()):
            keys = binding[0] if isinstance(binding, tuple) else binding.key
            found |= {key.strip() for key in keys.split(",")}
    return found


@pytest.mark.parametrize("widget", [TextArea, Input])
def test_keys_that_work_in_text_are_not_taken_by_text_fields(widget: type) -> None:
    taken = _textual_keys(widget)
    for action_id in EVERYWHERE:
        keys = [k for k in find(action_id).keys if len(k) > 1]  # single characters type
        assert keys
        assert not {key_name(key) for key in keys} & taken, action_id
    for action in actions_of(Context.EDITOR):
        assert not {key_name(k) for k in action.keys} & taken, action.id


def test_every_context_offers_help_and_all_commands_in_its_footer() -> None:
    for context in Context:
        if context is not Context.LIST:
            assert {"help", "palette"} <= {a.id for a in footer_actions(context)}, context


def test_own_screens_show_the_way_back() -> None:
    assert all("back" in {a.id for a in footer_actions(c)} for c in OWN_SCREEN)


def test_ids_of_bindings_are_unique_so_that_a_keymap_can_name_them() -> None:
    ids = [b.id for context in Context for b in bindings(context)]  # type: ignore[union-attr]
    assert len(ids) == len(set(ids))


def test_a_keymap_may_change_a_key_and_must_name_a_known_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.tui.actions._changed", {})
    assert change_keys({"grid.turn": "R, f5"}) == {"grid.turn": "R,f5"}
    with pytest.raises(ValueError, match=r"grid\.trun"):
        change_keys({"grid.trun": "R"})


def test_keys_are_written_as_on_the_screen() -> None:
    assert [key_label(k) for k in ("ctrl+s", "f4", "escape", "space", "a")] == ["^s", "F4", "esc", "space", "a"]


def test_the_keys_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == keys_page(), "write it again: python -m workbench.tui.keys_page"

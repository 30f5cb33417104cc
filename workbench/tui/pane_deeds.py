"""What the panes ask for by messages: edits of the design and commands to the search."""

from typing import TYPE_CHECKING, cast

from workbench.design import edit
from workbench.tui.first_steps import Step
from workbench.tui.panes.dataflow import DataflowPane
from workbench.tui.panes.grid import GridPane
from workbench.tui.panes.monitor import MonitorPane
from workbench.tui.panes.workload import WorkloadPane

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


class PaneDeeds:
    """Mixed into the app."""

    @property
    def _app(self) -> "WorkbenchApp":
        return cast("WorkbenchApp", self)

    def took(self, step: Step) -> None:
        """A newcomer's step; the first time, its hint goes."""
        app = self._app
        if app.first_steps.take(step):
            app.main.focused_pane().redraw()

    def on_grid_pane_edit(self, event: GridPane.Edit) -> None:
        """The core grid's keys."""
        self.took(Step.GRID)
        from workbench.tui.grid_edits import grid_edit

        session = self._app.session
        board, selected = session.state.board, session.state.selected
        session.edit(lambda d: grid_edit(d, selected, event.name, event.variable, board))

    def on_grid_pane_selected(self, event: GridPane.Selected) -> None:
        """Another sub-accelerator."""
        self._app.session.select(event.sub_id)

    def on_workload_pane_changed(self, event: WorkloadPane.Changed) -> None:
        """Instances or batch."""
        self.took(Step.WORKLOAD)
        session = self._app.session
        tenant = session.state.workload.tenants[event.tenant]
        old = getattr(tenant, event.field)
        new = max(1, old + event.step)
        setter = edit.set_instances if event.field == "instances" else edit.set_batch
        name = tenant.network.name
        session.edit(lambda d: (setter(d, event.tenant, new), f"{name} {event.field} {old} → {new}"))

    def on_workload_pane_removed(self, event: WorkloadPane.Removed) -> None:
        """A tenant goes."""
        session = self._app.session
        name = session.state.workload.tenants[event.tenant].network.name
        session.edit(lambda d: (edit.remove_tenant(d, event.tenant), f"{name} removed"))

    def on_workload_pane_add_wanted(self) -> None:
        """Choose a network to add."""
        self.took(Step.WORKLOAD)
        from workbench.tui.screens.choose import Choice, Choose
        from workbench.workload.presets import network_names

        app = self._app
        present = {t.network.name for t in app.session.state.workload.tenants}
        choices = [Choice(n, n, "in the workload" if n in present else "", n) for n in network_names()]

        def chosen(name: str | None) -> None:
            if name:
                app.session.edit(lambda d: (edit.add_tenant(d, name), f"{name} added"))

        app.push_screen(Choose("Add a network", choices), chosen)

    def on_dataflow_pane_text_edited(self, event: DataflowPane.TextEdited) -> None:
        """The text of a dataflow."""
        self.took(Step.DATAFLOW)
        words = "" if event.typed else " fixed"
        self._app.edit_directives(event.sub_id, event.text, event.inside, words, merge=event.typed)

    def on_dataflow_pane_models_wanted(self) -> None:
        """Both models side by side."""
        from workbench.tui.screens.models import ModelsOverlay

        self._app.push_screen(ModelsOverlay(self._app.session.state))

    def on_dataflow_pane_library_wanted(self) -> None:
        """Choose a named dataflow, over cores or over PEs as the pane shows."""
        self.took(Step.DATAFLOW)
        if self._app.main.dataflow.inside:
            self._choose_pe_dataflow()
        else:
            self._choose_dataflow()

    def on_grid_pane_library_wanted(self) -> None:
        """Choose a named dataflow."""
        self._choose_dataflow()

    def _choose_dataflow(self) -> None:
        from workbench.dataflow.library import DataflowLevel, load_dataflows
        from workbench.tui.screens.choose import Choice, Choose

        app = self._app
        sub_id = app.session.state.selected
        choices = [Choice(d.name, d.title, d.words, d.name) for d in load_dataflows() if d.level is DataflowLevel.CORE]

        def chosen(name: str | None) -> None:
            if name:
                app.session.edit(lambda d: (edit.use_dataflow(d, sub_id, name), f"{sub_id}.dataflow {name}"))

        app.push_screen(Choose(f"Dataflow of {sub_id}", choices), chosen)

    def _choose_pe_dataflow(self) -> None:
        from workbench.dataflow.library import DataflowLevel, load_dataflows
        from workbench.design.pe_text import set_pe_dataflow, use_pe_dataflow
        from workbench.tui.screens.choose import Choice, Choose

        app = self._app
        sub = app.session.state.sub
        own = Choice("own", f"{sub.core}'s own", "the directives that the core comes with")
        named = [Choice(d.name, d.title, d.words, d.name) for d in load_dataflows() if d.level is DataflowLevel.PE]

        def chosen(name: str | None) -> None:
            if name == own.id:
                app.session.edit(lambda d: (set_pe_dataflow(d, sub.id, ""), f"{sub.id}.pe_dataflow the core's own"))
            elif name:
                app.session.edit(lambda d: (use_pe_dataflow(d, sub.id, name), f"{sub.id}.pe_dataflow {name}"))

        app.push_screen(Choose(f"PEs of {sub.id}", [own, *named]), chosen)

    def on_monitor_pane_command(self, event: MonitorPane.Command) -> None:
        """The search pane's keys."""
        session = self._app.session
        searching = session.searching
        match event.command:
            case "adopt":
                if event.candidate is not None:
                    self.took(Step.SEARCH)
                    searching.adopt(event.candidate)
            case "freeze_values":
                searching.freeze_all()
            case "attach":
                self._choose_run()
            case command:
                session.spawn(searching.steer(command, session.state.design))

    def _choose_run(self) -> None:
        from workbench.engine.client import list_runs
        from workbench.tui.screens.choose import Choice, Choose

        app = self._app
        runs = list(reversed(list_runs()))
        choices = [
            Choice(r.id, f"{r.workload} on {r.board}", f"{r.state}  {r.evaluations:,} designs", r.id) for r in runs
        ]

        def chosen(run: str | None) -> None:
            if run:
                app.session.spawn(app.session.searching.attach(run))

        app.push_screen(Choose("Look at a run", choices), chosen)

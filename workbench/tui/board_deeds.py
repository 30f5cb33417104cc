"""Another board or another workload, chosen from a list and changed in place."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


class BoardDeeds:
    """Mixed into the app."""

    @property
    def _app(self) -> "WorkbenchApp":
        return cast("WorkbenchApp", self)

    def action_board(self) -> None:
        """Choose a board."""
        from workbench.tui.board_moves import boards
        from workbench.tui.screens.choose import Choice, Choose

        app = self._app
        here = app.session.state.design.board
        about = (
            "Boards of the same kind take the design as it is. Between FPGA cards and ASICs it is a first design of "
            "that board, or the one you had there; u goes back."
        )
        choices = [
            Choice(name, name, f"{words}{'  (now)' if name == here else ''}", name, "", "", about)
            for name, words in boards()
        ]

        def chosen(name: str | None) -> None:
            if name and name != here:
                app.session.move_to_board(name)

        app.push_screen(Choose("Board", choices), chosen)

    def on_workload_pane_workload_wanted(self) -> None:
        """Choose a workload."""
        from workbench.design import edit
        from workbench.tui.screens.choose import Choice, Choose
        from workbench.workload.presets import load_workload, workload_names

        app = self._app
        choices = [
            Choice(name, name, ", ".join(t.network.name for t in load_workload(name).tenants), name)
            for name in workload_names()
        ]

        def chosen(name: str | None) -> None:
            if name:
                app.session.edit(lambda d: (edit.set_workload(d, name), f"workload {d.workload} → {name}"))

        app.push_screen(Choose("Workload", choices), chosen)

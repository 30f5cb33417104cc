"""What the workload pane asks for beyond a step up or down: another tool's network, a latency limit."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from workbench.design import edit
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.opening import saves_root
from workbench.tui.panes.workload import WorkloadPane

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

NETWORKS = "networks"  # folder under the saves for tables of imported networks
_WANTED = re.compile(r"--dim (\S+=\d+)")  # what an import's error proposes for dimensions the file leaves open
_GIVEN = re.compile(r"(\S+)=(\d+)")
MS = 1e3


class TenantDeeds:
    """Mixed into the app."""

    @property
    def _app(self) -> "WorkbenchApp":
        return cast("WorkbenchApp", self)

    # ── latency limits ───────────────────────────────────────────────────────────────────────────────────────────

    def on_workload_pane_limit_wanted(self, event: WorkloadPane.LimitWanted) -> None:
        """Ask for a tenant's latency limit."""
        from workbench.tui.screens.ask import AskText

        session = self._app.session
        tenant = session.state.workload.tenants[event.tenant]
        now = tenant.latency_limit_s
        question = f"Latency limit of {tenant.network.name}, ms"

        def typed(text: str | None) -> None:
            if text is None:
                return
            try:
                limit_s = float(text.removesuffix("ms").replace(",", "")) / MS if text else None
            except ValueError:
                session.tell(f"latency limit: found {text!r}; allowed: milliseconds, or nothing for none", "warning")
                return
            words = f"{tenant.network.name} limit {_ms(now)} → {_ms(limit_s)}"
            session.edit(lambda d: (edit.set_latency_limit(d, event.tenant, limit_s), words))

        value = "" if now is None else f"{now * MS:g}"
        about = "Every instance ends within it, counted from the start of the round. Nothing: no limit."
        self._app.push_screen(AskText(question, value, about), typed)

    def on_workload_pane_isolation_wanted(self, event: WorkloadPane.IsolationWanted) -> None:
        """Ask for a tenant's isolation label."""
        from workbench.tui.screens.ask import AskText

        session = self._app.session
        tenant = session.state.workload.tenants[event.tenant]

        def typed(text: str | None) -> None:
            if text is not None:
                words = f"{tenant.network.name} isolation {tenant.isolation or 'none'} → {text or 'none'}"
                session.edit(lambda d: (edit.set_isolation(d, event.tenant, text), words))

        about = (
            "Networks of different labels share no cores; those without a label are kept together. Nothing: no label."
        )
        question = f"Isolation label of {tenant.network.name}"
        self._app.push_screen(AskText(question, tenant.isolation, about), typed)

    # ── import ───────────────────────────────────────────────────────────────────────────────────────────────────

    def on_workload_pane_import_wanted(self) -> None:
        """Ask for another tool's file."""
        from workbench.tui.screens.ask_path import AskPath

        def chosen(text: str | None) -> None:
            if text:
                self._import(Path(text).expanduser().absolute(), {})

        about = "ONNX (.onnx), MAESTRO (.m), layer tables of the workbench, GAMMA, MAGMA or SCALE-Sim (.csv)"
        self._app.push_screen(AskPath("Import a network from", (".onnx", ".m", ".csv"), about), chosen)

    def _import(self, path: Path, dims: dict[str, int], again: bool = False) -> None:
        self._app.session.spawn(self._ask_engine(path, dims, again))

    async def _ask_engine(self, path: Path, dims: dict[str, int], again: bool) -> None:
        session = self._app.session
        out = saves_root().absolute() / NETWORKS / f"{path.stem}.csv"
        asked = {"path": str(path), "out": str(out), "dims": dims, "replace": again}
        try:
            found = await session.engine.call("import", asked)
        except EngineError as error:
            self._import_failed(str(error), path, dims, out)
            return
        table = str(found["out"])
        if session.edit(lambda d: (edit.add_tenant(d, table), f"{found['network']} imported")):
            session.tell(f"imported {found['network']}: {found['layers']} layers", "information")
        for words in cast("list[str]", found["warnings"]):
            session.tell(words, "warning")

    def _import_failed(self, error: str, path: Path, dims: dict[str, int], out: Path) -> None:
        """Ask for what is missing, or say what is wrong."""
        from workbench.tui.screens.ask import AskText, Confirm

        app = self._app
        wanted = _WANTED.findall(error)
        if wanted:

            def given(text: str | None) -> None:
                if text:
                    values = {name: int(size) for name, size in _GIVEN.findall(text)}
                    self._import(path, dims | values)

            words = error.partition(": give it with")[0]
            app.push_screen(AskText("Sizes of open dimensions", " ".join(wanted), words), given)
        elif "exists already" in error:

            def replaced(yes: bool | None) -> None:
                if yes:
                    self._import(path, dims, again=True)

            app.push_screen(Confirm(f"{out.name} exists already in {out.parent}.", "replace it"), replaced)
        else:
            app.session.tell(error, "error")


def _ms(limit_s: float | None) -> str:
    return "none" if limit_s is None else f"{numbers.latency_ms(limit_s)} ms"

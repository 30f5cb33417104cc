"""The app with recorded values in place of the engine: what it shows is then a function of the code alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from recording import recorded_design, recorded_explanation, recorded_score, recorded_snapshot

from workbench.design.design import Design
from workbench.engine.messages import ScoreReply
from workbench.tui.app import WorkbenchApp
from workbench.tui.first_steps import Step
from workbench.tui.opening import Opened
from workbench.tui.state import EngineStatus, Pinned


class RecordedEngine:
    """Answers what the screens ask of an engine with what a real one said."""

    async def score(self, design: Design, *, timeline: bool = False, lane: str = "main") -> ScoreReply:
        """A recorded score; the timeline of a small design stands for every design's."""
        pinned = design == recorded_design()
        names = ("other-timeline", "timeline") if timeline else ("score", "better")
        return ScoreReply(1, recorded_score(names[0] if pinned else names[1]), 0.01)

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """The recorded explanation."""
        assert name == "explain", (name, arguments)
        return msgspec.to_builtins(recorded_explanation())

    async def close(self) -> None:
        """There is no process to end."""


class RecordedApp(WorkbenchApp):
    """Begins with a scored design, a pinned one, and a search."""

    def __init__(
        self, *, search: str | None = "running", design: Design | None = None, newcomer: bool = False, **options: Any
    ) -> None:
        super().__init__(Opened(design or recorded_design(), "first-design"), **options)
        if not newcomer:
            self.first_steps.taken.update(Step)
        self._search = search

    def _start_engine(self) -> None:
        self.session.request_score = lambda: None  # type: ignore[method-assign]  # there is no engine to ask
        self.session._engine = RecordedEngine()  # type: ignore[assignment]
        snapshot = recorded_snapshot()
        score, first = recorded_score("better"), recorded_score()
        yours = snapshot.best[0].design
        if self.session.state.fit.fits:
            state = replace(self.session.state, design=yours, score=score, scored=True)
        else:
            state = replace(self.session.state, last_fit_edp_j_s=first.edp_j_s, edits_since_fit=2)
        shown = msgspec.structs.replace(snapshot, state=self._search) if self._search else None
        fit = state.fit if not state.fit.fits else type(state.fit)(score.resources, True, headroom=score.headroom)
        self.session.state = replace(
            state, engine=EngineStatus.READY, pinned=Pinned("first-design", recorded_design(), first), fit=fit,
            snapshot=shown, path=Path("mixed-u280.toml"), unsaved=True, selected="A", undo_words="A.cols 3 → 4",
        )  # fmt: skip
        self._show(self.session.state)

"""The one owner of the session: design and history, pinned reference, engine, search, file, recovery.

It knows nothing of the screen: it makes a new `State` at every change and hands it to `on_change`; what the user must
be told goes to `tell`. All methods belong to one event loop.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.design.design import Design
from workbench.design.edit import EditError, design_board
from workbench.design.history import History
from workbench.design.report import Score
from workbench.design.tenants import EDITED, design_workload
from workbench.tui.fitting import fit_of
from workbench.tui.numbers import percent, plural
from workbench.tui.opening import Opened, remember
from workbench.tui.recovery import Recovery
from workbench.tui.state import EngineStatus, Judged, Pinned, State

if TYPE_CHECKING:
    from workbench.engine.client import Crashed, EngineClient
    from workbench.engine.messages import Progress, Ready
    from workbench.tui.searching import Searching

Severity = Literal["information", "warning", "error"]
Edit = Callable[[Design], tuple[Design, str]]
PATIENCE_S = 0.5  # a score that takes longer is said to be on its way
DRAWS = 200  # a share is then known to about 3 %
RECOVERY_DELAY_S = 0.5  # an edit is on the disk within a second


class Session:
    """What the user does is a method; what follows from it arrives by `on_change`."""

    def __init__(
        self,
        opened: Opened,
        on_change: Callable[[State], None],
        tell: Callable[[str, Severity], None],
        recovery: Recovery | None = None,
    ) -> None:
        self._on_change = on_change
        self.tell = tell
        self.recovery = recovery or Recovery()
        self._engine: EngineClient | None = None
        self._searching: Searching | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._recovery_timer: threading.Timer | None = None
        self._recovering = threading.RLock()  # a signal handler may come in between
        self._opened = opened
        self.history = History.begin(opened.design, "opened", saved=not opened.unsaved)
        self.state = self._begin(opened)

    def _begin(self, opened: Opened) -> State:
        design = opened.design
        board, workload = design_board(design), design_workload(design)
        return State(
            design=design, workload=workload, board=board, fit=fit_of(design, board, workload),
            pinned=Pinned(opened.name, design, None), path=opened.path, name=opened.name, unsaved=opened.unsaved,
            selected=design.subaccelerators[0].id,
        )  # fmt: skip

    # What talks to other processes is loaded when it is first asked for: after the first paint.

    @property
    def engine(self) -> "EngineClient":
        """The engine's client."""
        if self._engine is None:
            from workbench.engine.client import EngineClient

            self._engine = EngineClient(on_event=self._engine_event)
        return self._engine

    @property
    def searching(self) -> "Searching":
        """The search being watched."""
        if self._searching is None:
            from workbench.tui.searching import Searching

            self._searching = Searching(self)
        return self._searching

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Start the engine and ask for the first score."""
        from workbench.engine.client import EngineError

        try:
            await self.engine.start()
        except EngineError as error:
            self._change(engine=EngineStatus.FAILED, engine_words=str(error))
            return
        self.request_score()
        self.spawn(self.searching.find_living())

    async def close(self) -> None:
        """End the engine, look away from the search (it goes on), and forget the recovery file if all is saved."""
        for task in list(self._tasks):
            task.cancel()
        if self._recovery_timer is not None:
            self.write_recovery()
        if self._searching is not None:
            await self._searching.close()
        if self._engine is not None:
            await self._engine.close()

    def spawn(self, work: "asyncio.Future[None] | object") -> None:
        """Run a coroutine beside the rest; its errors are told."""

        async def guarded() -> None:
            try:
                await work  # type: ignore[misc]
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001  nothing done on the side may end the screen
                self.tell(f"{type(error).__name__}: {error}", "error")

        task = asyncio.ensure_future(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _engine_event(self, event: "Ready | Progress | Crashed") -> None:
        from workbench.engine.messages import Progress, Ready

        if isinstance(event, Ready):
            self._change(engine=EngineStatus.READY, engine_words="")
        elif isinstance(event, Progress):
            self._change(engine=EngineStatus.STARTING, engine_words=event.words)
        else:
            self._change(engine=EngineStatus.STARTING, engine_words="the engine ended and is being started again")

    def _change(self, **fields: object) -> None:
        self.state = replace(self.state, **fields)  # type: ignore[arg-type]
        self._on_change(self.state)

    def show_snapshot(self, **fields: object) -> None:
        """The search has something new to show."""
        self._change(**fields)

    # ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────

    def edit(self, change: Edit, merge: bool = False) -> bool:
        """Make an edit; False, with a word to the user, where it cannot be made."""
        try:
            design, label = change(self.state.design)
        except (EditError, ValueError) as error:
            self.tell(str(error), "warning")
            return False
        if design == self.state.design:
            return True
        self.history = self.history.push(design, label, merge)
        self._take(design)
        return True

    def set_variable(self, name: str, value: object, label: str) -> bool:
        """Set a named variable: fixes and suggestions."""
        from workbench.design.variables import set_variable

        return self.edit(lambda d: (set_variable(d, name, value), label))

    def move_to_board(self, board: str) -> bool:
        """Another board, of either kind."""
        from workbench.tui.board_moves import on_board

        earlier = [step.design for step in self.history.steps[: self.history.position]]
        return self.edit(lambda d: on_board(d, board, earlier))

    def undo(self) -> None:
        """One step back."""
        if self.history.can_undo:
            self.history = self.history.undo()
            self._take(self.history.design)

    def redo(self) -> None:
        """One step forward."""
        if self.history.can_redo:
            self.history = self.history.redo()
            self._take(self.history.design)

    def go_to_step(self, position: int) -> None:
        """To any step of the history; those after it can be done again."""
        self.history = self.history.at(position)
        self._take(self.history.design)

    def _take(self, design: Design) -> None:
        old = self.state
        board = old.board if _same_board(design, old.design) else design_board(design)
        workload = old.workload if _same_tenants(design, old.design) else design_workload(design)
        fit = fit_of(design, board, workload)
        known = self.history.present.score
        # Numbers of another board or workload say nothing about this one.
        stale = old.score if design.board == old.design.board and _same_workload(design, old.design) else None
        ids = [s.id for s in design.subaccelerators]
        added = [i for i in ids if i not in {s.id for s in old.design.subaccelerators}]
        selected = added[-1] if len(added) == 1 else old.selected if old.selected in ids else ids[-1]
        last_fit, edits = old.last_fit_edp_j_s, old.edits_since_fit + 1
        if old.fit.fits and old.score is not None and old.score.edp_j_s is not None:
            last_fit, edits = old.score.edp_j_s, 1
        self._change(
            design=design, board=board, workload=workload, fit=fit, selected=selected, problem="",
            score=known if known is not None else stale, scored=known is not None, waiting=False,
            last_fit_edp_j_s=last_fit, edits_since_fit=edits, **self._marks(),
        )  # fmt: skip
        self._note_recovery()
        if known is None and fit.fits:
            self.request_score()

    def _marks(self) -> dict[str, object]:
        steps, at = self.history.steps, self.history.position
        return {
            "unsaved": self.history.modified,
            "undo_words": steps[at].label if self.history.can_undo else "",
            "redo_words": steps[at + 1].label if self.history.can_redo else "",
        }

    def select(self, sub_id: str) -> None:
        """Another sub-accelerator is at hand."""
        if sub_id != self.state.selected:
            self._change(selected=sub_id)

    def pin(self) -> None:
        """Compare with the design at hand from now on."""
        score = self.state.score if self.state.scored else None
        self._change(pinned=Pinned(self.history.present.label, self.state.design, score))
        self.tell("pinned: scores are compared with this design now", "information")

    def swap(self) -> None:
        """The pinned design becomes the one at hand, and the other way round."""
        pinned, state = self.state.pinned, self.state
        if pinned is None:
            return
        mine = Pinned(self.history.present.label, state.design, state.score if state.scored else None)
        if self.edit(lambda _: (pinned.design, f"swapped with {pinned.name}")):
            self._change(pinned=mine)

    # ── scores ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def awaits_score(self) -> bool:
        """Whether the engine is at the design at hand."""
        return self.state.fit.fits and not self.state.scored and not self.state.problem

    def request_score(self) -> None:
        """Ask for the score of the design at hand, and of the pinned one where it has none."""
        if self.state.fit.fits:
            self.spawn(self._score(self.state.design))
        pinned = self.state.pinned
        if pinned is not None and pinned.score is None and pinned.design != self.state.design:
            self.spawn(self._score_pinned(pinned))

    async def _score(self, design: Design) -> None:
        from workbench.engine.client import EngineError

        late = asyncio.get_running_loop().call_later(PATIENCE_S, self._wait, design)
        try:
            reply = await self.engine.score(design)
        except EngineError as error:
            if design == self.state.design:
                self._change(problem=str(error), scored=False, waiting=False)
            return
        finally:
            late.cancel()
        if reply.score is None:
            return
        self.history = self.history.with_score(design, reply.score)
        pinned = self.state.pinned
        if pinned is not None and pinned.score is None and pinned.design == design:
            pinned = replace(pinned, score=reply.score)
        if design == self.state.design:
            ready = {"engine": EngineStatus.READY, "engine_words": ""}  # whatever it had to compile for this
            self._change(score=reply.score, scored=True, waiting=False, pinned=pinned, problem="", **ready)
            self._compare_with_file(reply.score)

    def _wait(self, design: Design) -> None:
        if design == self.state.design and not self.state.scored:
            self._change(waiting=True)

    async def _score_pinned(self, pinned: Pinned) -> None:
        from workbench.engine.client import EngineError

        with contextlib.suppress(EngineError):
            reply = await self.engine.score(pinned.design, lane="pinned")
            if reply.score is not None and self.state.pinned == pinned:
                self._change(pinned=replace(pinned, score=reply.score))

    def judge_in_draws(self) -> None:
        """Ask how often the design at hand is better than the pinned one and the search's best, if the board and the
        model are somewhat other than assumed."""
        state = self.state
        found = [c.design for c in state.snapshot.best] if state.snapshot is not None else []
        pinned = [state.pinned.design] if state.pinned is not None else []
        alike = [d for d in (*pinned, *found) if _same_board(d, state.design) and _same_tenants(d, state.design)]
        rivals = list(dict.fromkeys(replace(d, frozen=(), bounds=()) for d in alike))
        mine = replace(state.design, frozen=(), bounds=())
        rivals = [d for d in rivals if d != mine]
        if not state.fit.fits:
            self.tell("the design does not fit; there is nothing to judge", "warning")
        elif not rivals:
            self.tell("nothing to judge it against: pin a design (p) and change this one, or search (s)", "warning")
        else:
            self.tell(f"judging it against {plural(len(rivals), 'design')} in {DRAWS} draws", "information")
            self.spawn(self._judge(state.design, rivals))

    async def _judge(self, design: Design, rivals: list[Design]) -> None:
        import msgspec

        from workbench.engine.client import EngineError

        asked = {"designs": msgspec.to_builtins([design, *rivals]), "draws": DRAWS}
        try:
            answer = await self.engine.call("best-shares", asked)
        except EngineError as error:
            self.tell(str(error), "error")
            return
        share = msgspec.convert(answer["shares"], list[float])[0]
        self._change(judged=Judged(design, share, DRAWS, len(rivals)))
        against = plural(len(rivals), "other")
        self.tell(f"best in {percent(share)} of {DRAWS} draws, against {against}", "information")

    def _compare_with_file(self, score: Score) -> None:
        from workbench.design.file import score_difference

        words = score_difference(self._opened.saved_score, score) if self.history.position == 0 else ""
        if words:
            self._opened = replace(self._opened, saved_score=None)
            self.tell(words, "warning")

    # ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, opened: Opened) -> None:
        """Go on with another design; the old one's history ends here."""
        self._opened = opened
        self.history = History.begin(opened.design, "opened", saved=not opened.unsaved)
        begun = self._begin(opened)
        self.state = replace(begun, engine=self.state.engine, engine_words=self.state.engine_words,
                             snapshot=self.state.snapshot)  # fmt: skip
        if opened.path is not None:
            remember(opened.path)
        if not opened.unsaved:
            self._forget_recovery()
        else:
            self._note_recovery()
        self._on_change(self.state)
        for note in opened.notes:
            self.tell(note, "warning")
        self.request_score()

    def save(self, path: Path) -> bool:
        """Write the design; False, with a word to the user, where that fails."""
        from importlib.metadata import version

        from workbench.design.file import DesignFileError, save_design
        from workbench.design.provenance import Provenance, preset_fingerprints

        state = self.state
        score = state.score if state.scored else None
        try:
            provenance = Provenance(
                version=version("workbench"), date=date.today().isoformat(),
                hand_edits=self.history.hand_edits[-20:], presets=preset_fingerprints(state.design),
            )  # fmt: skip
            save_design(state.design, path, score, provenance)
        except (DesignFileError, ValueError) as error:
            self.tell(str(error), "error")
            return False
        self.history = self.history.mark_saved()
        self._change(path=path, name=path.stem, **self._marks())
        remember(path)
        self._forget_recovery()
        self.tell(f"saved {path.name}", "information")
        return True

    def text(self, folder: Path | None = None) -> str:
        """The design as TOML."""
        from workbench.design.file import design_text

        return design_text(self.state.design, folder)

    def _note_recovery(self) -> None:
        if not self.history.modified:
            self._forget_recovery()
        elif self._recovery_timer is None:
            # A thread: the loop may be blocked by a terminal that has stopped reading, and disks can be slow.
            self._recovery_timer = threading.Timer(RECOVERY_DELAY_S, self._recovery_due)
            self._recovery_timer.daemon = True
            self._recovery_timer.start()

    def write_recovery(self) -> None:
        """Write the recovery file now, if there is anything to lose; from any thread and in a signal handler."""
        with self._recovering:
            self._stop_recovery_timer()
            if self.history.modified:
                origin = str(self.state.path.resolve()) if self.state.path else self.state.name
                self.recovery.write(self.text(self.recovery.root), origin)

    def _recovery_due(self) -> None:
        with self._recovering:
            if self._recovery_timer is not None:  # not forgotten in the meantime
                self.write_recovery()

    def _stop_recovery_timer(self) -> None:
        timer, self._recovery_timer = self._recovery_timer, None
        if timer is not None:
            timer.cancel()

    def _forget_recovery(self) -> None:
        with self._recovering:
            self._stop_recovery_timer()
            self.recovery.clear()

    def discard(self) -> None:
        """The user leaves and does not want the edits."""
        self._forget_recovery()


def _same_board(a: Design, b: Design) -> bool:
    return a.board == b.board and a.board_overrides == b.board_overrides


def _same_workload(a: Design, b: Design) -> bool:
    return a.workload.removesuffix(EDITED) == b.workload.removesuffix(EDITED)


def _same_tenants(a: Design, b: Design) -> bool:
    return a.workload == b.workload and a.tenants == b.tenants

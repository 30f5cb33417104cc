"""Steps of an explanation as shown: their words, which are best, and what those that do not fit lack."""

import math

from workbench.design.design import Design
from workbench.design.edit import design_board
from workbench.design.explain import Suggestion
from workbench.design.tenants import design_workload
from workbench.design.variables import set_variable
from workbench.hardware.board import Board
from workbench.tui import numbers
from workbench.tui.board_fields import board_fields, words_of
from workbench.tui.fitting import fit_of
from workbench.tui.state import resource_label
from workbench.tui.variable_words import value_words

SAME = 5e-5  # relative change shown as none
TOGETHER = 3  # steps that are scored all taken


def step_words(board: Board, step: Suggestion) -> tuple[str, str, str]:
    """A step's variable, value now and value then, as short as a table needs them; a board's field with its unit."""
    field = next((f for f in board_fields(board) if f"board.{f.key}" == step.variable), None)
    if field is None or not isinstance(step.before, str | int | float) or not isinstance(step.after, str | int | float):
        before, after = (value_words(step.variable, value) for value in (step.before, step.after))
        return step.variable, before, after
    return field.label, words_of(field, step.before), words_of(field, step.after)


def best_together(design: Design, steps: tuple[Suggestion, ...]) -> tuple[Design, tuple[str, ...]]:
    """The design with the best steps taken, and their variables: at most three, each of another variable and a gain by
    itself; one that does not fit beside those before it is passed over.
    """
    workload = design_workload(design)
    variables: list[str] = []
    for step in steps:
        gains = step.ratio is not None and step.ratio < 1 - SAME
        if len(variables) == TOGETHER or not gains:
            break
        if step.variable in variables:
            continue
        try:
            changed = set_variable(design, step.variable, step.after)
            fits = fit_of(changed, design_board(changed), workload).fits
        except ValueError:
            continue
        if fits:
            design = changed
            variables.append(step.variable)
    return design, tuple(variables)


def best_first(steps: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """Steps sorted by what they bring; those that do not fit last."""
    return tuple(sorted(steps, key=lambda s: (s.edp_j_s is None, s.ratio or s.edp_j_s or s.overrun)))


def misfit_words(design: Design, step: Suggestion) -> str:
    """What a step that does not fit lacks most, and how much of it: `DSP 1,270 over`."""
    try:
        changed = set_variable(design, step.variable, step.after)
        board = design_board(changed)
    except ValueError:
        return "does not fit"
    over = [use for use in fit_of(changed, board, design_workload(changed)).resources if use.share > 1]
    if not over:
        return "does not fit"
    most = max(over, key=lambda use: use.share)
    return f"{resource_label(most.name, board)} {numbers.number(math.ceil(most.used - most.available))} over"

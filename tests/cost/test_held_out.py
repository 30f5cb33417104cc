"""The fit to what is left: it finds figures that were put in, and what it leaves out has no say."""

import pytest

from workbench.cost.accuracy import measured_latencies
from workbench.cost.held_out import Predictions, fit_shared

PUT_IN = (24.0, 0.12, 40e-9, 8e-9)


def test_figures_put_in_are_found() -> None:
    predictions = Predictions()
    rows = [row for row in measured_latencies() if row["board"] == "zcu102" and row["clock_mhz"] == "287"]
    known = [row | {"measured_ms": repr(predictions.ms(row, PUT_IN))} for row in rows]
    assert len(known) >= 6
    found = fit_shared(known, predictions)
    for row in known:
        assert predictions.ms(row, found) == pytest.approx(float(row["measured_ms"]), rel=0.01)
    port, overlap, per_pixel, _ = found
    assert port == pytest.approx(PUT_IN[0], rel=0.1)
    assert overlap == pytest.approx(PUT_IN[1], abs=0.03)
    assert per_pixel == pytest.approx(PUT_IN[2], rel=0.1)

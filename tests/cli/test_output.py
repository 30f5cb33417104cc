"""What commands say on stderr while the engine gets ready."""

import pytest

from workbench.cli.output import PLAIN_EVERY_S, EngineWords
from workbench.engine.messages import Progress, Ready


def test_a_line_per_piece_of_work_and_one_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    words = EngineWords(lambda: now)
    for model, kernels in (("one", 40), ("two", 3)):
        for done in range(1, kernels + 1):
            words(Progress(f"kernels of {model}, {done} of {kernels}", done, kernels))
            now += PLAIN_EVERY_S / 10
    words(Ready(1.0, "1"))
    said = capsys.readouterr().err.splitlines()
    assert said == [
        *(f"kernels of one, {done} of 40 …" for done in (1, 11, 21, 31)),
        "kernels of two, 1 of 3 …",
    ]

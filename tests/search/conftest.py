"""A board and a base design to search from."""

import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.hardware.board import Board
from workbench.hardware.presets import load_board


@pytest.fixture(scope="session")
def board() -> Board:
    return load_board("u280")


@pytest.fixture(scope="session")
def base() -> Design:
    first = SubAccelerator("A", "B512", 2, 3, load_dataflow("auto-p-k").text, wires=(Wire.WEIGHT_MULTICAST,))
    second = SubAccelerator("B", "B4096", 2, 2, load_dataflow("flexible").text, dsp="high")
    return Design("mixed", "u280", (first, second))

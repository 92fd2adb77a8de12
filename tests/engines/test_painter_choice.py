from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lucida.engines.painter import PAINTERS, choose_painter
from lucida.errors import BadParameter


@pytest.mark.parametrize("name", PAINTERS)
def test_what_is_said_of_a_painter_is_what_it_says_of_itself(name: str) -> None:
    choice = choose_painter(name)
    assert (choice.name, choice.licence) == (choice.painter.name, choice.painter.licence)
    assert choice.reason


def test_a_painter_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadParameter, match="choose auto or draft"):
        choose_painter("sdxl")


def test_a_server_starts_and_names_its_painter_without_loading_what_paints(tmp_path: Path) -> None:
    code = (
        "import sys, lucida.serving; from lucida.server import create_app; create_app()\n"
        "from lucida.engines.painter import choose_painter; choose_painter('auto')\n"
        "print({'numba', 'scipy', 'cv2'} & sys.modules.keys())"
    )
    environment = {"LUCIDA_DATA_DIR": str(tmp_path), "PATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert told.stdout == "set()\n", told.stderr

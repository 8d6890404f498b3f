"""The demonstration, as `make run` plays it without a terminal: no step of the tour may be missing, and
the real-time system beside it loses nothing."""

import subprocess
import sys
from pathlib import Path

import kumiki_machine as km
import pytest

TOUR = Path(__file__).with_name("tour.py")


@pytest.mark.parametrize("system", ["demo", "shared"])
def test_the_tour_reaches_its_end(system):
    ended = subprocess.run([sys.executable, TOUR, f"systems/{system}.dts"], cwd=km.TOP, text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=150, check=False)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "== The end:" in ended.stdout and " 0 lost." in ended.stdout

"""The demonstration, as `make run` plays it without a terminal: no step of the tour may be missing, and
the real-time system beside it loses nothing."""

import subprocess
import sys
from pathlib import Path

import kumiki_machine as km
import pytest

TOUR = Path(__file__).with_name("tour.py")


def of_board(system):
    """On another board than the first: the same description, with that board's file and guests."""
    path = km.TOP / f"systems/{system}.dts"
    if not km.APART:
        return path
    text = path.read_text().replace('"qemu-virt.dtsi"', f'"{km.BOARD}.dtsi"')
    text = text.replace("../build/guests/realtime.bin", f"{km.GUESTS}/realtime.bin").replace("../build/", f"{km.TOP}/build/")
    km.TESTS.mkdir(parents=True, exist_ok=True)
    (km.TESTS / path.name).write_text(text)
    return km.TESTS / path.name


@pytest.mark.boards_long
@pytest.mark.parametrize("system", ["shared"] if km.APART else ["demo", "shared"])
def test_the_tour_reaches_its_end(system):
    ended = subprocess.run([sys.executable, TOUR, of_board(system)], cwd=km.TOP, text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=150, check=False)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "== The end:" in ended.stdout and " 0 lost." in ended.stdout

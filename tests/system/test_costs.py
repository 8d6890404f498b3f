"""The frame's costs in the analysis of promises aren't below the measured ones (bench/figures.json). A latency is judged
beside its own kind's on the bare machine."""

import json
import re
import subprocess
import sys

import kumiki_machine
from realtime import Phase

sys.path.insert(0, str(kumiki_machine.TOP / "bench"))
import sharing  # noqa: E402

COSTS = kumiki_machine.TOP / "bench/costs.py"
RECORD = kumiki_machine.TOP / "bench/figures.json"
GOOD = {"vcpu.switch": 400, "irq.timer.wfi": 131, "irq.spi.wfi": 149, "irq.sgi.cross": 384,
        "frame.masked.max": 979, "migrate": 2500}


def compared(tmp_path, figures):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({"figures": [
        {"name": name, "median": worst - 1, "worst": worst} for name, worst in figures.items()]}))
    return subprocess.run([COSTS, path], timeout=60, capture_output=True, text=True)


def test_the_figures_of_record_are_within_it():
    """No figure is missing either: the comparison would report it."""
    result = subprocess.run([COSTS, RECORD], timeout=60, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_figures_that_are_good_are_within_it(tmp_path):
    result = compared(tmp_path, GOOD)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


# Shows: time.check-costs.
def test_a_worse_figure_is_reported(tmp_path):
    result = compared(tmp_path, {**GOOD, "irq.sgi.cross": 441})
    assert result.returncode == 1
    assert result.stderr == ("bench/costs.py: error: irq.sgi.cross is 441 at the worst, and "
                             "COSTS_INTERRUPT only 440; raise it in tools/include/host/costs.h\n")


def test_a_missing_figure_is_reported(tmp_path):
    result = compared(tmp_path, {name: GOOD[name] for name in GOOD if name != "migrate"})
    assert result.returncode == 0
    assert result.stdout == ("bench/costs.py: migrate isn't measured; COSTS_MOVE takes 3200 for "
                             "it\n")


def constants(path):
    text = (kumiki_machine.TOP / path).read_text()
    return {name: int(value) for name, value in re.findall(r"^#define (\w+) +(\d+)\b", text, re.MULTILINE)}


def test_turns_and_moves_are_the_frames():
    """Constants that aren't measured, and stand in the frame and in the analysis."""
    costs = constants("tools/include/host/costs.h")
    frame = constants("frame/core/run/include/run/sched.h") | constants("frame/core/run/include/run/move.h")
    for name, of_frame in (("COSTS_TURN_HALVED", "SCHED_TURN_HALVED_NS"), ("COSTS_TURN", "SCHED_SLICE_NS"),
                           ("COSTS_MOVES_APART", "MOVE_STAY_NS")):
        assert costs[name] * 1000 == frame[of_frame], name


def test_the_worst_latency_is_judged_by_its_kind():
    """A line may be later than a tick, and within its goal while the tick isn't."""
    worst = {"tick": (1000, 0), "line": (1500, 128), "near": (1720, 0), "near-line": (1728, 128)}
    figure = sharing.worst_figure({
        (load, kind): (Phase(1, 0, 0, 0, late - less), Phase(1, 0, 0, 0, bare))
        for load, less in (("busy", 16), ("fork", 0)) for kind, (late, bare) in worst.items()})
    assert (figure["value"], figure["bare"], figure["load"]) == (1720, 0, "fork, near")
    assert {kind: (found["worst"], found["bare"]) for kind, found in figure["kinds"].items()} == worst

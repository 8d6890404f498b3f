"""What the analysis of promises takes the frame to cost isn't below what was measured."""

import json
import subprocess

import kumiki_machine

COSTS = kumiki_machine.TOP / "bench/costs.py"
GOOD = {"vcpu.switch": 400, "irq.timer.wfi": 131, "irq.spi.wfi": 149, "irq.sgi.cross": 384,
        "frame.masked.max": 979, "migrate": 2500}


def compared(tmp_path, figures):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({"figures": [
        {"name": name, "median": worst - 1, "worst": worst} for name, worst in figures.items()]}))
    return subprocess.run([COSTS, path], timeout=60, capture_output=True, text=True)


def test_what_was_measured_is_within_it(tmp_path):
    result = compared(tmp_path, GOOD)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_is_worse_is_told(tmp_path):
    result = compared(tmp_path, {**GOOD, "irq.sgi.cross": 401})
    assert result.returncode == 1
    assert result.stderr == ("bench/costs.py: error: irq.sgi.cross is 401 at the worst, and "
                             "COSTS_INTERRUPT only 400; raise it in tools/include/host/costs.h\n")


def test_what_isnt_measured_is_told(tmp_path):
    result = compared(tmp_path, {name: GOOD[name] for name in GOOD if name != "migrate"})
    assert result.returncode == 0
    assert result.stdout == ("bench/costs.py: migrate isn't measured; COSTS_MOVE takes 3000 for "
                             "it\n")

#!/usr/bin/env python3
"""Compares what the analysis of promises takes the frame's own work to cost with what was measured.

tools/include/host/costs.h names beside each number the figures that it stands for. None of them may
be worse than the number: then `kumiki check` would promise what can't be kept. `make bench` runs this
at its end.

  bench/costs.py [BENCH.JSON]
"""

import json
import os
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
COSTS = TOP / "tools/include/host/costs.h"


def costs(text):
    """{constant: (instructions, figures)}"""
    found = re.findall(r"#define (COSTS_\w+) +(\d+) +/\* ([\w., ]+):", text)
    return {name: (int(number), figures.split(", ")) for name, number, figures in found}


def compare(constants, figures):
    """What is wrong, and what isn't known, in words."""
    wrong, unknown = [], []
    for constant, (number, names) in constants.items():
        for name in names:
            measured = max(figures.get(name, {}).get(key, 0) for key in ("median", "worst"))
            if not measured:
                unknown.append(f"{name} isn't measured; {constant} takes {number} for it")
            elif measured > number:
                wrong.append(f"{name} is {measured} at the worst, and {constant} only {number}; "
                             f"raise it in {COSTS.relative_to(TOP)}")
    return wrong, unknown


def main():
    build = Path(os.environ.get("KUMIKI_BUILD", TOP / "build"))
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else build / "bench.json"
    constants = costs(COSTS.read_text())
    if len(constants) < 4:
        sys.exit(f"bench/costs.py: error: {COSTS} has another form than this script reads")
    figures = {figure["name"]: figure for figure in json.loads(path.read_text())["figures"]}
    wrong, unknown = compare(constants, figures)
    for line in unknown:
        print(f"bench/costs.py: {line}")
    for line in wrong:
        print(f"bench/costs.py: error: {line}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

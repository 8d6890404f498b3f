"""A campaign of the scheduler's simulation on the host: random machines with budgets and deadlines, each compared with a
model (tests/unit/frame_plays/test_promises.c). Each machine has a seed of its own. Used by soak.py.
"""

import os
import re
import subprocess
from dataclasses import dataclass

import kumiki_machine as km

PROGRAM = km.BUILD / "unit/frame_plays/promises"
TOLD = r"^promises: (\d+) budgets used up, (\d+) deadlines missed, (\d+) times raised$"


@dataclass(frozen=True)
class Campaign:
    """All options of a campaign."""

    seed: int
    machines: int

    @property
    def name(self):
        return f"promises-{self.seed}"

    @property
    def first(self):
        return self.seed * self.machines


def run(campaign, _folder, seconds):
    """Runs the campaign; returns counts for the report."""
    km.LOGS.mkdir(parents=True, exist_ok=True)
    log = km.LOGS / f"{campaign.name}.log"
    given = {"UNIT_FIRST": str(campaign.first), "UNIT_SEEDS": str(campaign.machines)}
    again = " ".join(f"{name}={value}" for name, value in given.items())
    try:
        with log.open("w") as out:
            ended = subprocess.run([PROGRAM], env=os.environ | given, stdout=out,
                                   stderr=subprocess.STDOUT, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{log}: it never ends: {again} {PROGRAM}") from late
    told = re.search(TOLD, log.read_text(), re.MULTILINE)
    assert ended.returncode == 0 and told, f"{log}: {again} {PROGRAM}"
    exhausted, misses, raised = map(int, told.groups())
    return {"machines with promises": campaign.machines, "budgets used up": exhausted,
            "deadlines missed": misses, "times raised": raised}

"""Random damage to console, warden and loader while they are at work, one after the other; and what comes of each
(docs/failures.md#services).

A machine of service_damaged.py runs until a service is at some instruction of its own, at work by itself or for an
operator's command. Then it is killed there, or one thing of its is damaged. The machine goes on, and is judged. A fresh
machine comes after all that those who use it noticed as more than a delay, while a damage is still in memory, and after so
many. Used by test_service_damage.py and campaigns.py.
"""

import contextlib
import tempfile
from pathlib import Path

from campaign import Campaign
from frame_crash import ELF
from service_damaged import FATES, KINDS, SERVICES, STEPS, Served

SEEDS = 1000
MANY, TRIES = 25, 20  # in one machine; places until the service comes to one


class Service(Campaign):
    """A service; a case is a seed."""

    group, image, classes, harmless, many, keys = "service", ELF, FATES, FATES[4:], MANY, ("kind",)

    def __init__(self, name):
        assert name in SERVICES
        self.name = name

    @contextlib.contextmanager
    def start(self, _case):
        with tempfile.TemporaryDirectory() as folder, Served(f"service-damage-{self.name}", Path(folder)) as machine:
            if "functions" not in self.results.notes:
                self.results.note("functions", machine.functions(self.name))
            yield machine

    def place(self, machine, _case, dice):
        """At random, at work for some command."""
        for _ in range(TRIES):
            place, command = dice.choice(self.results.notes["functions"]["value"])
            machine.begin(command)
            if machine.stand(self.name, place, dice.randrange(STEPS)):
                machine.command = command
                return f"{command or 'idle'}, {machine.at(self.name)}"
            machine.rest()
        raise AssertionError(f"{self.name} comes nowhere")

    def damage(self, machine, case, dice):
        return machine.damage(KINDS[case % len(KINDS)], self.name, dice)

    def judge(self, machine, case, damage):
        return machine.judge_damage(machine.command, KINDS[case % len(KINDS)], damage)

    def stays(self, machine, damage):
        return machine.stays(damage)

    def fault(self, machine, case):
        return super().fault(machine, case) | {"kind": KINDS[case % len(KINDS)]}

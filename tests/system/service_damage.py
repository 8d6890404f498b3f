"""Random damage to console, warden and loader while they are at work, one after the other; and what comes of each
(docs/failures.md#services).

    service_damage.py SERVICE… [--seeds A-B]     goes on with these services, or with all

A machine of service_damaged.py runs until a service is at some instruction of its own, at work by itself or for an
operator's command. Then it is killed there, or one thing of its is damaged. The machine goes on, and is judged. A fresh
machine comes after all that those who use it noticed as more than a delay, while a damage is still in memory, and after so
many. build/campaign/service/SERVICE.json has a row for each seed. A row names the seed with which its machine began. Used by
test_service_damage.py.
"""

import collections
import tempfile
import time
from pathlib import Path

from frame_campaign import Rows, campaign_folder, run_campaign
from frame_damaged import rng_of
from service_damaged import FATES, KINDS, SERVICES, STEPS, Served

SEEDS = 1000
MANY, TRIES = 25, 20  # in one machine; places until the service comes to one
NOTICED = FATES[:4]


class Service(Rows):
    """A service; a row for each seed."""

    def __init__(self, name, folder):
        super().__init__(name, folder, functions=[])

    def go_on(self, seeds):
        """Machine after machine, until each seed has its row."""
        while left := [seed for seed in seeds if str(seed) not in self.rows]:
            with tempfile.TemporaryDirectory() as folder, Served(f"service-damage-{self.name}", Path(folder)) as machine:
                if not self.state["functions"]:
                    self.state["functions"] = machine.functions(self.name)
                self._machine(machine, left[:MANY])

    def _machine(self, machine, seeds):
        for seed in seeds:
            begin = time.monotonic()
            kind, rng = KINDS[seed % len(KINDS)], rng_of(self.name, seed)
            command = self._stand(machine, rng)
            at = machine.at(self.name)
            damage = machine.damage(kind, self.name, rng)
            fate, why = machine.judge_damage(command, kind, damage)
            stays = machine.stays(damage)
            self.rows[str(seed)] = {"class": fate, "why": why, "kind": kind, "what": damage.what, "command": command,
                                    "at": at, "stays": stays, "machine": seeds[0]}
            self.keep()
            print(f"{self.name} {seed}: {command or 'idle'}, {at}: {damage.what}: {fate} {why} "
                  f"({time.monotonic() - begin:.1f} s)", flush=True)
            if fate in NOTICED or stays:
                return

    def _stand(self, machine, rng):
        """The service stands at random. Returns the command that it is at work for."""
        for _ in range(TRIES):
            place, command = rng.choice(self.state["functions"])
            machine.begin(command)
            if machine.stand(self.name, place, rng.randrange(STEPS)):
                return command
            machine.rest()
        raise AssertionError(f"{self.name} comes nowhere")


def show(services):
    """A table of the classes, for each service and kind."""
    lines = ["| service | kind | damages | " + " | ".join(FATES[::-1]) + " |", "|---" * (3 + len(FATES)) + "|"]
    for service in services:
        for kind in (*KINDS, "all"):
            rows = [row["class"] for row in service.rows.values() if kind in ("all", row["kind"])]
            counts = collections.Counter(rows)
            cells = [service.name, kind, len(rows), *(counts[fate] for fate in FATES[::-1])]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_campaign(__doc__.splitlines()[0], SERVICES, SEEDS, lambda name: Service(name, campaign_folder("service")), show)

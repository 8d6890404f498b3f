"""Random damage to the frame while a core is at EL2, one after the other; and what comes of each (docs/recovery.md).

    frame_damage.py KIND… [--seeds A-B]     goes on with these kinds, or with all

A machine of frame_damaged.py runs until a core is somewhere at EL2. Then one thing is damaged. The machine goes on, and is
judged. A fresh machine comes after everything that a guest noticed, while the damage is still in memory, and after so many.
build/campaign/frame-damage/KIND.json has a row for each seed. A row names the seed with which its machine began: from there on
the same ways, steps and damages come again, though a few instructions from where they were, if QEMU's cores took other turns.
Used by test_frame_random_damage.py.
"""

import collections
import tempfile
import time
from pathlib import Path

from frame_campaign import Rows, campaign_folder, run_campaign
from frame_damaged import FATES, PARTS, Damaged, Stuck, rng_of

KINDS = ("register", "pc", "stack", "data", "table", "text", "loop", "store")
SHIFTS = {"loop": 1}  # an instruction takes 2 ns, so a hang is noticed sooner
MANY, TRIES = 20, 2  # in one machine; machines until a seed is left out, as QEMU doesn't answer
SEEDS = 200
UNNOTICED = ("no effect", "recovered")


class Kind(Rows):
    """A kind of damage; a row for each seed."""

    def go_on(self, seeds):
        """Machine after machine, until each seed has its row."""
        tries = collections.Counter()
        while left := [seed for seed in seeds if str(seed) not in self.rows and tries[seed] < TRIES]:
            rng = rng_of(f"{self.name} machine", left[0])
            more = rng.choices([part for part, _ in PARTS], [often for _, often in PARTS])[0]
            with tempfile.TemporaryDirectory() as folder, \
                    Damaged(f"frame-damage-{self.name}", more, Path(folder), SHIFTS.get(self.name, 0)) as machine:
                try:
                    self._machine(machine, left[:MANY])
                except Stuck:
                    last = next(seed for seed in left if str(seed) not in self.rows)
                    tries[last] += 1
                    print(f"{self.name} {last}: QEMU doesn't answer; once more, in a fresh machine", flush=True)

    def _machine(self, machine, seeds):
        for seed in seeds:
            begin = time.monotonic()
            rng = rng_of(self.name, seed)
            way = machine.stand(rng)
            at, core = machine.where(machine.probe.register("pc")), machine.core
            damage = machine.damage(self.name, rng)
            fate, why = machine.judge_damage(damage)
            clean = fate in UNNOTICED and not why and machine.is_clean(damage)
            self.rows[str(seed)] = {"class": fate, "why": why, "what": damage.what, "way": way, "at": at, "core": core,
                                    "guests": damage.guests, "stays": not clean, "machine": seeds[0]}
            self.keep()
            print(f"{self.name} {seed}: {way} {at}, core {core}: {damage.what}: {fate} {why} "
                  f"({time.monotonic() - begin:.1f} s)", flush=True)
            if not clean:
                return


def counted(kinds):
    return collections.Counter(row["class"] for kind in kinds for row in kind.rows.values())


def survived(kinds):
    """frame.survived, frame.survived.all, and silent damage: of 100. What was a guest's own value isn't counted."""
    counts = counted(kinds)
    effect = sum(counts.values()) - counts["no effect"] - counts["guest's value damaged"]
    noticed = effect - counts["silent damage"]
    good = counts["recovered"] + counts["partition restarted"]
    parts = ((counts["recovered"], noticed), (good, effect), (counts["silent damage"], effect))
    return [f"{100 * part / max(whole, 1):.1f}" for part, whole in parts]


def show(kinds):
    """A table of the classes. The last columns are of 100."""
    columns = ["kind", "damages", *FATES[::-1], "survived", "survived.all", "silent"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name, part in [*((kind.name, [kind]) for kind in kinds), ("all", kinds)]:
        counts = counted(part)
        cells = [name, sum(counts.values()), *(counts[fate] for fate in FATES[::-1]), *survived(part)]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_campaign(__doc__.splitlines()[0], KINDS, SEEDS, lambda name: Kind(name, campaign_folder("frame-damage")), show)

"""Random damage to the frame while a core is at EL2, one damage after the other, and judges each (docs/proof/recovery.md).

A machine of frame_machine.py runs until a core is somewhere at EL2. Then one thing is damaged, the machine goes on, and is
judged. A fresh machine starts when a guest has noticed something, when the damage is still in memory, and after MANY
damages. Used by test_frame_random_damage.py and campaigns.py.
"""

import campaign
from frame_crash import ELF
from frame_machine import FATES, PARTS, SOON, UNNOTICED, machine_of

KINDS = ("register", "pc", "stack", "data", "table", "text", "loop", "store", "bits", "replaced", "page", "control")
SHIFTS = {"loop": 1, "control": SOON}  # `shift` of their machines
SEEDS = 200
MANY = 20  # in one machine


class Kind(campaign.Campaign):
    """A kind of damage; a case is a seed."""

    group, image, classes, harmless, many, keys = "frame-damage", ELF, FATES, UNNOTICED, MANY, ("kind",)

    def __init__(self, kind):
        self.name = self.kind = kind
        self.many = 1 if kind == "page" else MANY  # what of it is left isn't told from what the frame has made of it

    def start(self, case):
        more, = self.dice(f"machine {case}").choices([part for part, _ in PARTS], [often for _, often in PARTS])
        return machine_of(f"frame-damage-{self.kind}", more, SHIFTS.get(self.kind, 0))

    def place(self, machine, _case, dice):
        way = machine.stand(dice)
        return f"{way} {machine.where(machine.probe.register('pc'))}, core {machine.core}"

    def damage(self, machine, _case, dice):
        return machine.damage(self.kind, dice)

    def judge(self, machine, _case, damage):
        return machine.judge_damage(damage)

    def stays(self, machine, damage):
        return not machine.is_clean(damage)

    def fault(self, machine, case):
        return super().fault(machine, case) | {"kind": self.kind}


def survived(counts):
    """The percentages frame.survived, frame.survived.all, and silent damage. Damage to a guest's own value isn't counted."""
    effect = sum(counts.values()) - counts["no effect"] - counts["guest's value damaged"]
    good = counts["recovered"] + counts["partition restarted"]
    parts = ((counts["recovered"], effect - counts["silent damage"]), (good, effect), (counts["silent damage"], effect))
    return [100 * part / max(whole, 1) for part, whole in parts]


OF_100 = [(name, lambda counts, at=at: f"{survived(counts)[at]:.1f}") for at, name in enumerate(("survived", "survived.all", "silent"))]

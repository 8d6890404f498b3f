"""The listed damages of a Linux that is watched and mended, and their outcomes. tests/modules/intruder does the damage. Used
for the figure mend.rate (bench/damaged.py), and for its short form, test_damages.py. A seed chooses the moment and the
victim of each damage, and the order. With an odd seed the Linux has other work meanwhile."""

import random

import kumiki_machine as km
from sessions import PROMPT, SHELL
from test_watching import INTRUDER, Linux, system

# By rule. The handlers, and the packet hooks but `divert`, are functions of a hidden module.
LISTED = {
    "tasks": ("list", "prev", "tree"),
    "text": ("text", "break", "traced", "jump"),
    "constants": ("settime", "show", "next", "proc", "call", "compat"),
    "modules": ("hide", "back"),
    "handlers": ("hook", "tcp", "probe", "trace", "modules", "restarts", "crashes", "panics", "work", "handler"),
    "packets": ("divert", "packets", "packets6", "device"),
    "mappings": ("data", "second"),
    "module-text": ("own",),
    "registers": ("vectors", "control"),
    "credentials": ("cred", "share"),
}
DAMAGES = [what for row in LISTED.values() for what in row]
MENDED, RESTARTED, NOT = "mended", "restarted", "not"
# Without KASLR, a module is near enough to the kernel to branch to it.
BOOTARGS = f"{SHELL} nokaslr"
RESTARTS = 2  # the limit of systems/rtos/ladder.dts
SLEEPERS = 8
LOAD = "while true; do /bin/busybox true; cat /proc/*/stat > /dev/null 2>&1; sleep 0.1; done & echo load is \"on\""
RESTART = r"it is restarted for the rule '[\w-]+'"


class Damaged:
    """A Linux that is damaged again and again; after a restart it is as at the beginning."""

    def __init__(self, machine, load):
        self.machine, self.load = machine, load
        self.begin()

    def begin(self):
        self.linux = Linux(self.machine)
        self.pids = [self.linux.sleeper() for _ in range(SLEEPERS)]
        if self.load:
            self.linux.do(LOAD, "load is on")

    def damage(self, what, dice):
        """Does one damage; returns its outcome. The intruder says whether its work was undone by somebody else."""
        insert = INTRUDER.format(f"{what} pid={dice.choice(self.pids)} hidden=3")
        wait = 8 if what == "own" else 5
        self.machine.send(f"sleep 0.{dice.randrange(1, 1000):03}; {insert}; sleep {wait}; rmmod intruder\r")
        said = self.machine.expect(rf"^\[watcher\] .*{RESTART}.*$|^\[linux\] .*intruder: {what} (is undone.*|failed.*)$", 120)
        if said.group(1) is None:
            self.machine.expect(r"^\[watcher\] .*it was started anew; another baseline is needed$", 60)
            return RESTARTED
        assert "failed" not in said.group(1), said.group(0)
        self.machine.expect(PROMPT, 60)
        return MENDED if "by somebody else" in said.group(1) else NOT


def _run(name, whats, dice, load):
    found = {}
    while whats:
        with km.kumiki(name, system(name, BOOTARGS, watcher="ladder", mends=True, manages=True),
                       mode=km.MODES["icount"]) as machine:
            linux, restarts = Damaged(machine, load), 0
            while whats and restarts < RESTARTS:
                what = whats.pop()
                found[what] = linux.damage(what, dice)
                restarts += found[what] == RESTARTED
                if found[what] == RESTARTED and whats and restarts < RESTARTS:
                    linux.begin()
    return found


def outcomes(seed, damages=None, name="damages"):
    """{damage: outcome}"""
    dice = random.Random(seed)
    whats = list(damages or DAMAGES)
    dice.shuffle(whats)
    return _run(name, whats, dice, seed % 2 == 1)

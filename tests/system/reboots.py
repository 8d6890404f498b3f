"""A campaign of restarts: a Linux that is ended in every way, again and again, by itself and by its
operator, at its prompt and while it boots. Each life has to come up as the first one did, and a
heartbeat beside it loses nothing. The frame itself checks the images at each restart, and says so if
one is damaged. Used by test_reboots.py and soak.py.
"""

import random
import re
from dataclasses import dataclass

import kumiki_machine as km

import sessions
import witness
from sessions import PROMPT

CONSOLE, KEYS = "\x1dc", "\x1d1"  # to the operator's command line, and back to Linux
RUNS = r"^\[kumiki\] linux runs(?: again)?: start {}\b.*\n"
PROMPT = r"^\[linux\] / # $"
BAD = "WARNING:|BUG:|Oops|rcu.*stall|soft lockup|nobody cared"
# What a life says of itself: complaints of its kernel, CPUs, memory.
ASK = (f"echo life $(dmesg | grep -cE '{BAD}') $(nproc) "
       "$(sed -n 's/ : System RAM//p' /proc/iomem)\r")
LIFE = r"^\[linux\] life (\d+) (\d+) ([0-9a-f -]+)\n"
STOPPED = r"^\[kumiki\] linux stopped: {}$"
# How a life ends, at its prompt or, in one case, as soon as it runs: what is waited for, what is typed.
ENDS = {
    "reset": [(None, "reboot -f\r")],
    "panic": [(None, "echo c >/proc/sysrq-trigger\r"),
              (STOPPED.format("its kernel panicked"), "")],
    "off": [(None, "poweroff -f\r"),
            (STOPPED.format("it turned itself off"), f"{CONSOLE}start linux\r{KEYS}")],
    "restart": [(None, f"{CONSOLE}restart linux\r{KEYS}")],
    "stop": [(None, f"{CONSOLE}stop linux\r"),
             (STOPPED.format("it was told to"), f"start linux\r{KEYS}")],
    "early": [(None, f"{CONSOLE}restart linux\r{KEYS}")],
}


@dataclass(frozen=True)
class Campaign:
    """What is run: everything that a repetition needs."""

    seed: int
    restarts: int
    cpus: int = 1
    threads: bool = False
    kernel: str = "linux"

    @property
    def name(self):
        mode = "threads" if self.threads else "icount"
        return f"reboots-{mode}-{self.kernel}-{self.cpus}-{self.seed}"

    def partitions(self):
        return [
            sessions.linux(cores=(1 << self.cpus) - 1, kernel=self.kernel,
                           more=["kumiki,restart-limit = <4000000000 1>;",
                                 "kumiki,restart-delay = <0>;"]),
            witness.heartbeat(self.cpus)]


class Lives:
    """Drives the Linux of a running machine from one life to the next."""

    def __init__(self, campaign, machine, seconds):
        self.machine, self.seconds = machine, seconds
        self.random = random.Random(campaign.seed)
        self.cpus = str(campaign.cpus)
        self.memory = None  # what its first life had
        self.ways = []

    def comes_up(self):
        """At its prompt, not at that of its former life, which the console shows again; it says that it is as its first life
        was."""
        self.machine.expect(r"^\[linux\] (?:/ # )?kumiki-init: up", self.seconds)
        self.machine.expect(PROMPT, self.seconds)
        self.machine.send(ASK)
        said = self.machine.expect(LIFE, self.seconds)
        self.memory = self.memory or said[3]
        assert said.groups() == ("0", self.cpus, self.memory), f"{said[0]}, not {self.memory}"
        self.machine.expect(PROMPT, self.seconds)

    def next_way(self):
        """In rounds: each way once, in an order by chance."""
        if not self.ways:
            self.ways = self.random.sample(sorted(ENDS), len(ENDS))
        return self.ways.pop()

    def ends(self, number):
        """The life ends one way or another, and the one of that number begins."""
        how = self.next_way()
        if how != "early":
            self.comes_up()
        for wanted, keys in ENDS[how]:
            if wanted:
                self.machine.expect(wanted, self.seconds)
            self.machine.send(keys)
        self.machine.expect(RUNS.format(number), self.seconds)


def _judge(machine, lives):
    """The last life is as good as the first; everybody else never noticed anything."""
    lives.comes_up()
    witness.heartbeat_goes_on(machine, lives.seconds)
    bad = re.findall(r"^\[kumiki\] .*(?:loader|damaged|held|limit of|at its limit).*$", machine.text,
                     re.MULTILINE)
    assert not bad, f"{machine.log_path}: " + "; ".join(bad[:5])


def run(campaign, folder, seconds):
    """Raises what went wrong; returns what was done. Each step has `seconds`."""
    described = km.description(campaign.name, campaign.partitions())
    mode = km.THREADS if campaign.threads else km.ICOUNT
    with km.kumiki(campaign.name, described, mode=mode, image=folder / "system.img") as machine:
        lives = Lives(campaign, machine, seconds)
        for number in range(2, campaign.restarts + 2):
            lives.ends(number)
        _judge(machine, lives)
    return {"restarts": campaign.restarts}

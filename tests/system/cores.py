"""A Linux with three cores and a small system beside it that can use the last of them: what tests of cores that
move begin with, and a campaign of moves under load. Used by test_cores.py and soak.py.
"""

import re
from dataclasses import dataclass

import kumiki_machine as km

from moves import WORK, WORKED
from test_panel_linux import INITRD, MODULES
from test_panel_linux import run as shell

UP = r"kumiki-init: up, (\d) CPUs"
AGENT = "kumiki-cores >>/tmp/agent 2>&1 &"
# Linux's CPU is on again at the end of each.
ROUND = ("kumikictl --wait 60 give 2 worker && kumikictl --wait 60 give 2 linux && "
         "until grep -q 0-2 /sys/devices/system/cpu/online; do :; done")
HERE = r"^\[worker\] worker: core 2 is here: CPU 1 works\n"
TRIP = r"^\[worker\] worker: core 2 is gone: (\d+) ticks, worst (\d+) us late\n"


def system(name, root=None, free=False):
    """`root`: what stands beside the domains; `free`: nobody has core 2 at the start."""
    path = km.description(name, [
        km.partition("linux", cores=0x3 if free else 0x7, memory="256M", image=km.IMAGE["linux"], initrd=INITRD,
                     bootargs="console=ttyAMA0 quiet panic=-1 kumiki.run=shell",
                     more=("kumiki,panel;", 'kumiki,manages = "worker";',
                           *(["kumiki,may-hold = <&cpus 0x4>;"] if free else []))),
        km.partition("worker", cores=0x8, memory="1M as 0x40000000", image=km.GUESTS / "worker.bin",
                     more=("kumiki,may-hold = <&cpus 0x4>;", "kumiki,priority = <200>;"))])
    root = "kumiki,free-cores = <2>; " + (root or "") if free else root
    if root:
        path.write_text(path.read_text().replace("/ {", f"/ {{\n\t{root}", 1))
    return path


def begin(machine, cpus=3):
    """Linux is up, with so many CPUs and an agent."""
    assert int(machine.expect(UP, 120)[1]) == cpus
    machine.expect(r"^\[linux\] / # $", 30)
    shell(machine, f"{MODULES}; {AGENT} true")


@dataclass(frozen=True)
class Campaign:
    """What is run: everything that a repetition needs."""

    seed: int
    rounds: int  # there and back
    threads: bool = True

    @property
    def name(self):
        return f"cores-{'threads' if self.threads else 'icount'}-{self.seed}"


def _judge(machine, campaign):
    """The times that the worker was seen to work there."""
    agent = shell(machine, "cat /tmp/agent")
    assert agent.count("CPU 2 is off: its core is asked for worker") == campaign.rounds
    assert agent.count("CPU 2 is on: its core is held by linux") == campaign.rounds
    # One that was taken back before the worker had looked is none.
    trips = re.findall(TRIP, machine.text, re.MULTILINE)
    assert len(trips) == len(re.findall(HERE, machine.text, re.MULTILINE))
    assert any(int(ticks) > 0 for ticks, _ in trips)
    for worker in range(1, 5):
        machine.expect(WORKED.format(worker), 300)
    for wrong in ("work broke", "Unable to handle", "rcu:", "BUG", "the frame itself failed", "failed to"):
        assert wrong not in machine.text.split("kumiki-init: up")[1], f"{machine.log_path}: {wrong}"
    return len(trips)


def run(campaign, _folder, seconds):
    """A Linux that works and checks what it does gives its core away and takes it back, again and again; the other
    side ticks there meanwhile."""
    mode = "threads" if campaign.threads else "icount"
    with km.kumiki(campaign.name, system(campaign.name), mode=km.MODES[mode]) as machine:
        begin(machine)
        shell(machine, "{ " + WORK.rstrip("\r") + "; }")
        said = shell(machine, f"n=0; while [ $n -lt {campaign.rounds} ] && {ROUND}; do n=$((n+1)); done; "
                   "echo rou\"\"nds: $n; true", seconds=seconds)
        assert f"rounds: {campaign.rounds}" in said, said[-2000:]
        seen = _judge(machine, campaign)
    return {"cores given and taken back": campaign.rounds, "times a worker worked there": seen}

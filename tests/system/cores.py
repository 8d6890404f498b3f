"""The systems of tests of moving cores: a Linux with three cores, and a worker beside it that can use the last of them.
Beside them a campaign of moves under load. Used by test_cores.py and soak.py.
"""

import re
from dataclasses import dataclass

import kumiki_machine as km

from moves import WORK, WORKED
from test_panel_linux import INITRD, MODULES
from test_panel_linux import run as shell

UP = r"kumiki-init: up, (\d) CPUs"
AGENT = "kumiki-cores >>/tmp/agent 2>&1 &"
BACK = "kumikictl --wait 60 give {0} linux && until grep -q 0-2 /sys/devices/system/cpu/online; do :; done"
# At the end of a round, Linux's CPU is on again.
ROUND = "kumikictl --wait 60 give {0} worker && " + BACK
HERE = r"^\[worker\] worker: core 2 is here: CPU 1 works\n"
TRIP = r"^\[worker\] worker: core 2 is gone: (\d+) ticks, worst (\d+) us late\n"
# The worst lateness of the worker's ticks when instructions are counted. QEMU gives the cores turns in their order, and
# begins with core 0 when a timer is due. So the ticks are judged on core 0. Before a tick's interrupt, each of the three
# other cores may have a turn. They may have one more if another timer is due between the interrupt and the worker's handler.
# A turn is no divisor of a tick, so that ticks fall anywhere in turns. With threads the host decides when a core runs: no
# lateness is judged.
TURN_US = 23
LATE_US = 2 * 3 * (TURN_US + 1) + 10


def system(name, root=None, free=False, core=2, runs="shell"):
    """`root`: properties of the description's root. `free`: the moving core is free at the start. `runs`: what Linux starts;
    "cores" starts an agent before the shell."""
    home = 0x7 & ~(1 << core)
    path = km.description(name, [
        km.partition("linux", cores=home if free else 0x7, memory="256M", image=km.IMAGE["linux"], initrd=INITRD,
                     bootargs=f"console=ttyAMA0 quiet panic=-1 kumiki.run={runs}",
                     more=("kumiki,panel;", 'kumiki,manages = "worker";',
                           *([f"kumiki,may-hold = <&cpus {1 << core:#x}>;"] if free else []))),
        km.partition("worker", cores=0x8, memory="1M as 0x40000000", image=km.GUESTS / "worker.bin",
                     more=(f"kumiki,may-hold = <&cpus {1 << core:#x}>;", "kumiki,priority = <200>;"))])
    root = f"kumiki,free-cores = <{core}>; " + (root or "") if free else root
    if root:
        path.write_text(path.read_text().replace("/ {", f"/ {{\n\t{root}", 1))
    return path


def begin(machine, cpus=3):
    """Waits until Linux is up with `cpus` CPUs, and starts the agent."""
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

    @property
    def core(self):
        """The moving core. Core 0 isn't Linux's at the start: it is given to Linux first."""
        return 2 if self.threads else 0

    @property
    def machine(self):
        """The arguments of km.kumiki()."""
        if self.threads:
            return {"description": system(self.name), "mode": km.THREADS}
        return {"description": system(self.name, "kumiki,console-core = <3>;", free=True, core=0),
                "extra": km.turns(TURN_US)}


def _judge(machine, campaign):
    """Checks what the worker and Linux report; returns how often the worker was seen on the moving core."""
    on = campaign.rounds + (campaign.core == 0)
    # The agent reports the last switch after it; the round has only waited for the switch itself.
    agent = shell(machine, f"until [ $(grep -c 'CPU 2 is on' /tmp/agent) -ge {on} ]; do sleep 0.1; done; cat /tmp/agent", seconds=60)
    assert agent.count("CPU 2 is off: its core is asked for worker") == campaign.rounds
    assert agent.count("CPU 2 is on: its core is held by linux") == on
    # A visit that ended before the worker looked isn't reported. Each reported visit has an end by now.
    here, trip = (line.replace("core 2", f"core {campaign.core}") for line in (HERE, TRIP))
    behind, machine.position = machine.position, 0
    trips = [machine.expect(trip, 60).groups() for _ in re.findall(here, machine.whole, re.MULTILINE)]
    machine.position = behind
    assert any(int(ticks) > 0 for ticks, _ in trips)
    if not campaign.threads:
        late = max(int(worst) for _, worst in trips)
        assert late <= LATE_US, f"{machine.log_path}: a tick of the worker was {late} us late"
    for worker in range(1, 5):
        machine.expect(WORKED.format(worker), 300)
    for wrong in ("work broke", "Unable to handle", "rcu:", "BUG", "the frame itself failed", "the frame failed on core", "failed to"):
        assert wrong not in machine.text.split("kumiki-init: up")[1], f"{machine.log_path}: {wrong}"
    return len(trips)


def run(campaign, _folder, seconds):
    """A Linux under load gives its core away and takes it back, again and again. It checks its own results. The worker ticks
    on the core meanwhile, in time."""
    with km.kumiki(campaign.name, **campaign.machine) as machine:
        begin(machine, 3 if campaign.threads else 2)
        if not campaign.threads:
            shell(machine, BACK.format(campaign.core))
        shell(machine, "{ " + WORK.rstrip("\r") + "; }")
        said = shell(machine, f"n=0; while [ $n -lt {campaign.rounds} ] && {ROUND.format(campaign.core)}; do n=$((n+1)); done; "
                   "echo rou\"\"nds: $n; true", seconds=seconds)
        assert f"rounds: {campaign.rounds}" in said, said[-2000:]
        seen = _judge(machine, campaign)
    return {"cores given and taken back": campaign.rounds, "times a worker worked there": seen}

"""A campaign of moves: a manager's calls and the balancer send vCPUs from core to core all the time. The vCPUs check all of
their registers, count their ticks, or belong to a Linux that checksums and compiles and checks its results. No register,
interrupt or tick is lost, and no result is wrong. Used by test_moves.py and soak.py.
"""

import re
from dataclasses import dataclass

import kumiki_machine as km

import witness
from sessions import SHELL

SHARED = "kumiki,shared-cores;"
ANYWHERE = 'kumiki,vcpu-may-run = "all";'
ROUNDS = r"^\[{}\] registers: \d+ rounds, (\d+) wrong\n"
CALLS = r"\[mover\] mover: (\d+) moves\n"
PROMPT = r"^\[linux\] / # $"
# Each worker compresses data, unpacks it, and compares the sums. Two workers run on each CPU.
WORK = ("work() { n=0; while :; do head -c 400000 /dev/urandom >/tmp/a$1; gzip -c /tmp/a$1 >/tmp/b$1; "
        "gunzip -c /tmp/b$1 | cmp - /tmp/a$1 || echo wor\"\"k broke; "
        '[ "$(sha256sum </tmp/a$1)" = "$(gunzip -c /tmp/b$1 | sha256sum)" ] || echo wor""k broke; '
        "n=$((n+1)); echo worker $1: $n; done; }; for i in 1 2 3 4; do work $i & all=\"$all $!\"; done\r")
ENOUGH = "kill $all\r"
WORKED = r"^\[linux\] .*worker {}: (\d+)$"
# Two workers compile Lua with Debian's own compiler. The program that comes out works, and is the same each time.
COMPILE = ("build() { n=0; while :; do /usr/bin/tcc -w -o /tmp/lua$1 $(ls /usr/src/lua/l*.c | grep -v luac) "
           '/lib/aarch64-linux-gnu/libm.so.6 || echo wor""k broke; '
           "[ $(/tmp/lua$1 -e 's=0 for i=1,9999 do s=(s*31+i)%1000003 end print(s)') = 450549 ] || "
           'echo wor""k broke; n=$((n+1)); echo compiler $1: $n $(md5sum </tmp/lua$1); done; }; '
           "for i in 1 2; do build $i & done\r")
# The console cuts a long line when another system's line comes: so the line's end, which no other line has, is enough.
COMPILED = r"^\[linux\] .*{}: \d+ ([0-9a-f]{{32}}) +-$"
BETWEEN = 4000  # the mover's calls between two looks at the counts of moves
LOOKS = 40  # looks until each vCPU is judged by its moves
LEAST = 50  # each vCPU has at least one of so many moves; there are seven vCPUs at the most


def roams(name, image, cores=0x3, priority=100, more=()):
    return km.partition(name, cores=cores, memory="1M as 0x40000000", image=image,
                        more=(SHARED, ANYWHERE, f"kumiki,priority = <{priority}>;", *more))


def registers(name, more=(), cores=0x3):
    return roams(name, km.GUESTS / "alone-registers.bin", cores=cores, more=more)


def mover(core, *managed):
    return km.partition("mover", cores=1 << core, memory="1M as 0x40000000",
                        image=km.GUESTS / "alone-mover.bin",
                        more=("kumiki,manages = " + ", ".join(f'"{name}"' for name in managed) + ";",))


def moves_of(machine, *names):
    """The moves of these partitions' vCPUs in `top`: {"linux.0": moves}."""
    machine.send("\x1dc")
    machine.send("top\r")
    machine.expect(r"\[kumiki\] in [0-9.]+ s\n", 60)
    found, moves = set(), {}
    while True:
        line = machine.expect(r"\[kumiki\] +(\S+)(.*)\n", 60)
        name = re.fullmatch(r"(\S+)\.\d", line[1])
        if name and name[1] in names:
            found.add(name[1])
            moves[line[1]] = int(line[2].split()[-1])
        elif found == set(names):
            return moves


def each_moved(moves, least):
    """Checks each vCPU, because a sum would hide one that stood still."""
    assert min(moves.values()) >= least, moves


@dataclass(frozen=True)
class Campaign:
    """All options of a campaign."""

    seed: int
    moves: int
    cores: int = 2
    linux: bool = False

    @property
    def name(self):
        return f"moves-{'linux' if self.linux else 'registers'}-{self.cores}-{self.seed}"

    @property
    def roaming(self):
        return ("left", "right", "heartbeat") + (("linux",) if self.linux else ())


def _system(campaign):
    cores = (1 << campaign.cores) - 1
    partitions = [registers("left", ("kumiki,realtime;",) if campaign.seed % 2 else (), cores),
                  registers("right", cores=cores),
                  roams("heartbeat", km.HEARTBEAT, cores, 200)]
    if campaign.linux:
        partitions.insert(0, km.partition(
            "linux", cores=cores, memory="256M", image=km.IMAGE["linux"],
            initrd=km.BUILD / "guests/initrd-compiler.cpio", bootargs=SHELL,
            more=(SHARED, ANYWHERE, "kumiki,vcpus = <4>;")))
    return km.description(campaign.name, [*partitions, mover(campaign.cores, *campaign.roaming)])


def _judge(machine, campaign, seconds):
    """All partitions go on, and none has reported anything wrong."""
    for name in ("left", "right"):
        machine.expect(ROUNDS.format(name), seconds)
        assert set(re.findall(ROUNDS.format(name), machine.text, re.MULTILINE)) == {"0"}
    if campaign.linux:
        for worker in range(1, 5):
            machine.expect(WORKED.format(worker), seconds)
        machine.send("\x1d1" + ENOUGH)  # a compilation may take longer than all moves: it ends while the vCPUs go on moving
        here, machine.position = machine.position, 0
        machine.expect_all([COMPILED.format(compiler) for compiler in (1, 2)], seconds)
        machine.position = max(here, machine.position)
        assert len(set(re.findall(COMPILED.format(r"\d"), machine.text, re.MULTILINE))) == 1
    witness.heartbeat_goes_on(machine, seconds)
    for wrong in ("isn't what it was", "another's", "work broke", "Unable to handle", "rcu:", "BUG",
                  "the frame itself failed", "the frame failed on core"):
        assert wrong not in machine.text, f"{machine.log_path}: {wrong}"


def run(campaign, _folder, seconds):
    """Runs the campaign; returns counts for the report."""
    with km.kumiki(campaign.name, _system(campaign), mode=km.MODES["threads"]) as machine:
        if campaign.linux:
            machine.expect(PROMPT, seconds)
            machine.send(WORK + COMPILE)
        calls, moves, least = 0, {}, campaign.moves // LEAST
        looks = 0
        # Chance decides whether a sleeping vCPU is moved: so there are more looks until each vCPU has moved often enough.
        while sum(moves.values()) < campaign.moves or min(moves.values()) < least and looks < LOOKS:
            looks += 1
            while int(machine.expect(CALLS, seconds)[1]) < calls + BETWEEN:
                continue
            calls += BETWEEN
            moves = moves_of(machine, *campaign.roaming)
        each_moved(moves, least)
        _judge(machine, campaign, seconds)
    return {"moves": sum(moves.values()),
            "moves of Linux": sum(count for name, count in moves.items() if name.startswith("linux."))}

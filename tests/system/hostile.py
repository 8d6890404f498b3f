"""A campaign of the hostile guest (tests/guest/hostile): it runs beside a heartbeat and the watcher,
which manages it, until it has done what was asked for; then everybody is looked at. Used by
test_hostile.py, soak.py and bench.
"""

import re
import struct
from dataclasses import dataclass

import kumiki_machine as km

import frame_probe
import witness

WATCH_AT, HOSTILE_AT = 0x60000000, 0x61000000
WATCH_FROM, WATCH_TO = 0x100000, 0x300000  # of its memory, filled with the witness's pattern
JOURNAL, JOURNAL_SIZE, CPUS, RECORDS = 0xe0000, 0x2000, 8, 8
RECORD = struct.Struct("<QII4I6Q4Q")
SANE = r"^\[hostile\] hostile: sane again after (\d+) lives: (\d+) operations, (\d+) of (\d+) CPUs"
WATCH = r"^\[watch\] watch: \d+ ticks, (\d+) lost, (\d+) damaged, (\d+) stuck, \d+ commands, .*$"


@dataclass(frozen=True)
class Campaign:
    """What is run: everything that a repetition needs."""

    seed: int
    operations: int
    cpus: int = 1
    threads: bool = False
    life: int = 3000  # operations of a CPU in a life, in the mean
    cpu: str = "cortex-a57"
    shape: str = "alone"  # of SHAPES

    @property
    def name(self):
        mode = "threads" if self.threads else "icount"
        shape = "" if self.shape == "alone" else f"-{self.shape}"
        return f"hostile{shape}-{mode}-{self.cpus}-{self.cpu.split(',')[0]}-{self.seed}"


# One that it may only read, which the watcher looks at, and one that it may do with as it likes.
WINDOWS = """/ {
	windows {
		shown {
			kumiki,size = "4K at 0x60800000";
			kumiki,writers = "watch";
			kumiki,readers = "hostile";
			kumiki,doorbells;
		};
		shared {
			kumiki,size = "4K at 0x60810000";
			kumiki,writers = "watch", "hostile";
			kumiki,doorbells;
		};
	};
};
"""
WILD, ALONE = 1, 2  # flags of the hostile guest's orders

SHARED = ("kumiki,shared-cores;", 'kumiki,vcpu-may-run = "all";')
MASTER = 'kumiki,manages = "prey"; kumiki,manages-power;'  # of a neighbour, and of which cores are on
LAST, NOBODYS, PREYS = 1 << 3, 1 << 6, 1 << 5  # cores that move: the hostile one's last, that which nobody has; the prey's


def watcher(campaign, cores, more):
    """Its commands come by wall-clock time with threads, which are slower."""
    pause = 400 if campaign.threads else 20
    return km.partition("watch", cores=cores, memory=f"4M at {WATCH_AT:#x}", image=km.GUESTS / "hostile-watch.bin",
                        access=km.WATCHED, bootargs=f"watch={campaign.seed},{pause}",
                        more=['kumiki,manages = "hostile";', *more])


def prey(cores, image, *more):
    return km.partition("prey", cores=cores, memory="1M as 0x40000000", image=km.GUESTS / image, more=more)


def alone(campaign, flags):
    """Everybody has cores of its own."""
    return "", [
        witness.heartbeat(0, "beat"), watcher(campaign, 0x2, ["kumiki,priority = <150>;"] if km.APART else []),
        partition(campaign, ((1 << campaign.cpus) - 1) << 2, flags)]


def turns(campaign, flags):
    """All on the same four cores, which go off and come; it says how urgent it is, and has a budget."""
    return 'kumiki,power = "balanced";', [
        km.partition("beat", cores=0xf, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=("kumiki,priority = <200>;", "kumiki,shared-cores;", "kumiki,vcpus = <1>;")),
        watcher(campaign, 0xf, ["kumiki,priority = <150>;", "kumiki,vcpus = <1>;", *SHARED]),
        partition(campaign, 0xf, flags, MASTER, f"kumiki,vcpus = <{campaign.cpus}>;", "kumiki,task-priority = <10 110>;",
                  "kumiki,budget = <2000 5000>;", *SHARED),
        prey(0xf, "heartbeat.bin", "kumiki,vcpus = <1>;", *SHARED)]


def holds(campaign, flags):
    """Cores go from one to the other, and to nobody, by whoever says so and by load; and go off, where nobody is."""
    assert campaign.cpus == 2
    return 'kumiki,power = "balanced"; kumiki,free-cores = <6>; kumiki,cores-by-load;', [
        witness.heartbeat(0, "beat"), watcher(campaign, 0x2, []),
        partition(campaign, 0x4 | LAST, flags, MASTER, f"kumiki,may-hold = <&cpus {NOBODYS | PREYS:#x}>;"),
        prey(0x10 | PREYS, "worker.bin", f"kumiki,may-hold = <&cpus {NOBODYS | LAST:#x}>;")]


SHAPES = {"alone": alone, "turns": turns, "holds": holds}


def described(campaign):
    """The campaign's system."""
    root, partitions = SHAPES[campaign.shape](campaign, WILD if campaign.threads else 0)
    path = km.description(campaign.name, partitions)
    path.write_text(path.read_text().replace("/ {", f"/ {{ {root}", 1) + WINDOWS)
    return path


def partition(campaign, cores, flags, *more):
    """The hostile one itself."""
    orders = (campaign.seed, campaign.operations, campaign.life, flags)
    return km.partition(
        "hostile", cores=cores, memory=f"1M at {HOSTILE_AT:#x}", image=km.GUESTS / "hostile.bin",
        bootargs="hostile=" + ",".join(map(str, orders)),
        more=[*([] if km.APART else ["kumiki,panel;"]), "kumiki,restart-limit = <4000000000 1>;", "kumiki,restart-delay = <0>;",
              f'kumiki,keep = "{JOURNAL_SIZE} at {HOSTILE_AT + JOURNAL:#x}";', *more])


def last_operations(probe):
    """What the journal says, in words, newest last for each CPU."""
    data = probe.read(HOSTILE_AT + JOURNAL, JOURNAL_SIZE)
    lines, at = [], 16
    for cpu in range(CPUS):
        done, _ = struct.unpack_from("<QQ", data, at)
        at += 16
        records = [RECORD.unpack_from(data, at + i * RECORD.size) for i in range(RECORDS)]
        at += RECORDS * RECORD.size
        for number, kind, words, *rest in sorted(records):
            if number == 0 and rest[10] == 0:
                continue
            code = " ".join(f"{word:08x}" for word in rest[:min(words, 4)])
            x = " ".join(f"{value:x}" for value in rest[4:10])
            pstate, entry, sctlr, life = rest[10:]
            lines.append(f"CPU {cpu} of {done}: {number} in life {life}, kind {kind}: {code}; "
                         f"x0-5 {x}; pstate {pstate:x}, entry {entry:x}, sctlr {sctlr:x}")
    return lines


def _judge(machine, seconds):
    """Nobody has lost or found anything, up to a report after the end."""
    for pattern in (WATCH, r"^\[beat\] heartbeat: .*\n"):
        machine.expect(pattern, seconds)
    said = machine.whole
    bad = [match[0] for match in re.finditer(WATCH, said, re.MULTILINE) if match.groups() != ("0", "0", "0")]
    bad += [line for line in re.findall(r"^\[beat\] heartbeat: \d+ s, .*$", said, re.MULTILINE) if " 0 lost," not in line]
    bad += re.findall(r"^\[hostile\] hostile: \d+ things left behind$", said, re.MULTILINE)
    bad += re.findall(r"^\[kumiki\] .*(?:loader|damaged|at the limit).*$", said, re.MULTILINE)
    assert not bad, f"{machine.log_path}: " + "; ".join(bad[:5])


def run(campaign, folder, seconds):
    """Raises what went wrong, with the last operations; returns what was done. Each step, of which the
    campaign is one, has `seconds`: they are a busy machine's matter, not the guests'."""
    image = folder / "system.img"
    extra = [*([] if km.APART else ["-cpu", campaign.cpu]), "-action", "shutdown=pause", *frame_probe.arguments(folder / "probe")]
    mode = km.THREADS if campaign.threads else km.ICOUNT
    with km.kumiki(campaign.name, described(campaign), mode=mode, image=image, extra=extra) as machine:
        try:
            match = machine.expect(SANE, seconds)
            _judge(machine, seconds)
            with frame_probe.Probe(folder / "probe") as probe:
                witness.images_untouched(image, probe)
                witness.pattern_untouched(probe, WATCH_AT + WATCH_FROM, WATCH_AT + WATCH_TO)
        except AssertionError as error:
            with frame_probe.Probe(folder / "probe") as probe:
                told = "\n".join(last_operations(probe))
            raise AssertionError(f"{error}\n{campaign}\nthe last operations:\n{told}") from None
        assert match[3] == match[4] and (campaign.shape == "holds" or match[4] == str(campaign.cpus))
        return {"operations": int(match[2]), "lives": int(match[1])}

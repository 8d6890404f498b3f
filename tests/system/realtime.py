"""A real-time system that measures itself (guests/realtime), beside a Linux under all kinds of loads (guests/linux/load.sh).
Linux tells it by doorbells when a load begins and ends. Used by test_realtime.py and bench/sharing.py."""

import re
from dataclasses import dataclass, field

import kumiki_machine as km

GUEST = km.GUESTS / "realtime.bin"
INITRD = km.BUILD / "guests/initrd-modules.cpio"
SHARED = "kumiki,shared-cores;"
BELLS = "\tdoorbells {\n" + "".join(
    f'\t\t{name} {{\n\t\t\tkumiki,from = "linux";\n\t\t\tkumiki,to = "realtime";\n\t\t}};\n'
    for name in ("begins", "ends")) + "\t};\n"
LINE_NS = 10016  # from a packet to its answer
NEAR_NS = 1008  # deadline and line sweep over this time after the guest's next wait begins

# Linux's disk, its network card, and its device for the load "line" (guests/linux/load.sh), if the board has one.
DISK, CARD = f"virtio_mmio{km.SLOTS - 1}", f"virtio_mmio{km.SLOTS - 2}"
LINE = () if km.APART else ("pl061",)

# A load's begin and end, and some loads, insert and remove a module. Linux then waits until each CPU has passed a quiescent
# state. This option shortens the wait. Under icount other CPUs work during the wait; with threads it is idle.
QUICK_RCU = " rcupdate.rcu_expedited=1"

# All loads that Linux ends by itself.
LOADS = ("idle", "busy", "fork", "pages", "masked", "timers", "tlb", "hypercall", "access", *(["line"] if LINE else []), "disk",
         "network", "console", "hotplug", "sgi")

PHASE = re.compile(r"PHASE ([\w-]+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)\n(?:((?:HISTOGRAM.*\n)+)END\n)?")


@dataclass
class Phase:
    """The measurements between two doorbells, in nanoseconds."""

    count: int
    lost: int
    late: int
    median: int
    worst: int
    histogram: dict = field(default_factory=dict)


def phases(text, name="realtime"):
    """[{"tick": Phase, "line": Phase, "near": Phase, "near-line": Phase}], one for each load."""
    found = {}
    lines = "".join(re.findall(rf"^\[{name}\] (.*\n)", text, re.MULTILINE)) or text
    for match in PHASE.finditer(lines):
        kind, number, *values = match.groups()[:7]
        histogram = {int(value): int(count) for value, count in re.findall(r"(\d+):(\d+)", match[8] or "")}
        phase = Phase(*map(int, values), histogram)
        assert not histogram or sum(histogram.values()) == phase.count, match[0]
        found.setdefault(int(number), {})[kind] = phase
    return [found[number] for number in sorted(found)]


def worst_of_loads(phases):
    """{load: instructions}, the worst of all kinds, of {load: {kind: Phase}}. The idle Linux is left out: a switch has next
    to nothing to go back to then, so that its worst is better by chance."""
    return {load: max(phase.worst for phase in kinds.values()) for load, kinds in phases.items() if load != "idle"}


def spread(worst):
    return 1 - min(worst.values()) / max(worst.values())


def disk_device(file):
    """A new disk of 64 MiB."""
    with open(file, "wb") as made:
        made.truncate(64 << 20)
    return (DISK, "virtio-blk-device,drive=disk0", f"-drive if=none,id=disk0,file={file},format=raw,cache=unsafe")


def card_device(answers_ns=None):
    """`answers_ns`: the card interrupts this time of the machine after each packet, with the answer, and not when the host
    is ready."""
    timer = f",tx=timer,x-txtimer={answers_ns}" if answers_ns else ""
    return (CARD, f"virtio-net-device,netdev=net0{timer}", "-netdev user,id=net0")


def line_device(slot):
    return (f"virtio_mmio{slot}", f"virtio-net-device,netdev=line,tx=timer,x-txtimer={LINE_NS}",
            "-netdev user,id=line,restrict=on")


def arguments(hz, line, brief=False, work=0, wait=False):
    return f"hz={hz}" + (f" line={LINE_NS} near={NEAR_NS}" if line else "") + (" brief=1" if brief else "") + \
        (f" work={work}" if work else "") + (" wait=1" if wait else "")


def realtime(hz, *, core=0, line=False, brief=False, priority=200, work=0, wait=False):
    """`wait`: for the first load. With `line`, the memory is at its real address, because the device uses real addresses."""
    return km.partition(
        "realtime", cores=1 << core, memory="1M at 0x7f000000" if line else "1M as 0x40000000",
        image=GUEST, bootargs=arguments(hz, line, brief, work, wait), access=("virtio_mmio23",) if line else (),
        more=(SHARED, f"kumiki,priority = <{priority}>;"))


def linux(cores, loads, ms, *, vcpus=4, access=(), more=(), hasty=False):
    """`hasty`: with QUICK_RCU."""
    return km.partition(
        "linux", cores=(1 << cores) - 1, memory="256M", image=km.IMAGE["linux"], initrd=INITRD, access=access,
        bootargs=f"console=ttyAMA0 quiet panic=-1 kumiki.run=load kumiki.loads={','.join(loads)} kumiki.ms={ms}{QUICK_RCU if hasty else ''}",
        more=(f"kumiki,vcpus = <{vcpus}>;", SHARED, *more))


def system(name, cores, hz, loads, ms, disk, *, line=False, brief=False, wait=False, hasty=False):
    """Linux with four CPUs on `cores` cores, and the real-time system on the last one of them."""
    path = km.description(name, [
        linux(cores, loads, ms, access=(DISK, CARD, *LINE), hasty=hasty),
        realtime(hz, core=cores - 1, line=line, brief=brief, wait=wait)],
        [disk_device(disk), card_device(), *([line_device(23)] if line else [])])
    return km.beside_domains(path, BELLS)


def beside(name, loads, ms, disk, *, hz=10000, line=True, seconds=600):
    """Runs all on one core, with instructions counted: {load: phases()}."""
    with km.kumiki(name, system(name, 1, hz, loads, ms, disk, line=line)) as machine:
        kind = "near-line" if line else "tick"
        machine.expect(rf"(?s)^\[realtime\] PHASE {kind} {len(loads)} .*?^\[realtime\] END\n", seconds)
        return dict(zip(loads, phases(machine.text)))


def bare(name, hz, ticks, *, line=False):
    """Runs the same image on the bare machine: {"tick": Phase, "line": Phase}."""
    extra = ["-global", "virtio-mmio.force-legacy=false", "-netdev", "user,id=line,restrict=on", "-device",
             f"virtio-net-device,netdev=line,tx=timer,x-txtimer={LINE_NS},bus=virtio-mmio-bus.23"]
    with km.bare(name, GUEST, append=f"{arguments(hz, line)} report={ticks}",
                 extra=extra if line else ()) as machine:
        machine.wait_end(60)
        return phases(machine.text)[0]

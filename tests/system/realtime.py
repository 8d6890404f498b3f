"""The real-time system that measures itself (guests/realtime) beside a Linux under loads of all kinds
(guests/linux/load.sh), which tells it by doorbells when each begins and ends. Used by test_realtime.py and
bench/sharing.py."""

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
NEAR_NS = 1008  # a deadline and the line sweep over so much behind the moment when the guest waits again

# Linux's disk and network card; and where the board has it, what Linux has for the load "line" (guests/linux/load.sh).
DISK, CARD = f"virtio_mmio{km.SLOTS - 1}", f"virtio_mmio{km.SLOTS - 2}"
LINE = () if km.APART else ("pl061",)

# Who loads and removes a module, as a load's begin, its end and some loads do, waits until each CPU has passed by once; it
# doesn't wait for as long with this. Under icount, where that time is one of other CPUs' work: with threads it is an idle one.
QUICK_RCU = " rcupdate.rcu_expedited=1"

# Every load that Linux ends by itself.
LOADS = ("idle", "busy", "fork", "pages", "masked", "timers", "tlb", "hypercall", "access", *(["line"] if LINE else []), "disk",
         "network", "console", "hotplug", "sgi")

PHASE = re.compile(r"PHASE ([\w-]+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)\n(?:((?:HISTOGRAM.*\n)+)END\n)?")


@dataclass
class Phase:
    """What was noted from one doorbell to the other, in nanoseconds."""

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
    """{load: instructions}, whatever came, of {load: {kind: Phase}}; but for an idle Linux, of which there is
    next to nothing that a switch goes back to: it is better, and by how much is luck."""
    return {load: max(phase.worst for phase in kinds.values()) for load, kinds in phases.items() if load != "idle"}


def spread(worst):
    return 1 - min(worst.values()) / max(worst.values())


def disk_device(file):
    """64 MiB, new."""
    with open(file, "wb") as made:
        made.truncate(64 << 20)
    return (DISK, "virtio-blk-device,drive=disk0", f"-drive if=none,id=disk0,file={file},format=raw,cache=unsafe")


def card_device(answers_ns=None):
    """`answers_ns`: it interrupts so much of the machine's own time behind each packet (and the answer is there then),
    not when the host comes to it."""
    timer = f",tx=timer,x-txtimer={answers_ns}" if answers_ns else ""
    return (CARD, f"virtio-net-device,netdev=net0{timer}", "-netdev user,id=net0")


def line_device(slot):
    return (f"virtio_mmio{slot}", f"virtio-net-device,netdev=line,tx=timer,x-txtimer={LINE_NS}",
            "-netdev user,id=line,restrict=on")


def arguments(hz, line, brief=False, work=0, wait=False):
    return f"hz={hz}" + (f" line={LINE_NS} near={NEAR_NS}" if line else "") + (" brief=1" if brief else "") + \
        (f" work={work}" if work else "") + (" wait=1" if wait else "")


def realtime(hz, *, core=0, line=False, brief=False, priority=200, work=0, wait=False):
    """The device reaches memory by real addresses, so it is at its own. `wait`: for the first load."""
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
    """Linux with four CPUs on so many cores, and the real-time system on the last one of them."""
    path = km.description(name, [
        linux(cores, loads, ms, access=(DISK, CARD, *LINE), hasty=hasty),
        realtime(hz, core=cores - 1, line=line, brief=brief, wait=wait)],
        [disk_device(disk), card_device(), *([line_device(23)] if line else [])])
    return km.beside_domains(path, BELLS)


def beside(name, loads, ms, disk, *, hz=10000, line=True, seconds=600):
    """All on one core, instructions counted: {load: phases()}."""
    with km.kumiki(name, system(name, 1, hz, loads, ms, disk, line=line)) as machine:
        kind = "near-line" if line else "tick"
        machine.expect(rf"(?s)^\[realtime\] PHASE {kind} {len(loads)} .*?^\[realtime\] END\n", seconds)
        return dict(zip(loads, phases(machine.text)))


def bare(name, hz, ticks, *, line=False):
    """The same image on the bare machine: {"tick": Phase, "line": Phase}."""
    extra = ["-global", "virtio-mmio.force-legacy=false", "-netdev", "user,id=line,restrict=on", "-device",
             f"virtio-net-device,netdev=line,tx=timer,x-txtimer={LINE_NS},bus=virtio-mmio-bus.23"]
    with km.bare(name, GUEST, append=f"{arguments(hz, line)} report={ticks}",
                 extra=extra if line else ()) as machine:
        machine.wait_end(60)
        return phases(machine.text)[0]

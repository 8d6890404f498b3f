"""What frame.masked.max is measured over: systems on one core, which end by themselves. Used by run.py."""

import shlex
import subprocess

import hostile
import kumiki_machine as km
import masked
import realtime
import restart

SECONDS = 3600  # at most, of each of them: a busy host takes its time
# The guests that try what a guest can do.
GUESTS = ("fault", "gic", "gic_active", "gic_ids", "hypercall", "idreg", "mmio", "psci", "rtc", "state", "timer",
          "uart", "debug", "pmu")
SEEDS = (1, 2)
OPERATIONS = 20_000
DOORBELLS = 24
# As many PCI functions as a partition can have, and what QEMU has for them.
FUNCTIONS = (("pci1af4,1044", "virtio-rng-pci"), ("pci1b36,0010", "nvme,serial=kumiki"),
             ("pci1b36,000d", "qemu-xhci"), ("pci8086,10d3", "e1000e"),
             *[("pci1af4,1043", "virtio-serial-pci")] * 4)
LOADS = ("fork", "masked", "timers", "tlb", "hypercall", "access", "line", "disk", "hotplug", "sgi", "panic")
LOAD_MS = 5  # of each
ENDS = 'kumiki,restart-limit = <0 1>; kumiki,at-limit = "off";'  # with its first reset, the machine with it


def _packed(name, *partitions, devices=(), more=""):
    """Packs a system; returns the command that runs it with the frame logged."""
    system = km.description(f"bench-masked-{name}", partitions, devices)
    system.write_text(system.read_text() + more)
    image = km.BUILD / f"tests/bench-masked-{name}.img"
    subprocess.run([km.KUMIKI, "pack", system, "-o", image], check=True, stdout=subprocess.DEVNULL)
    printed = subprocess.run([km.KUMIKI, "run", "--icount", "--print", "--no-pack", image, system],
                             check=True, text=True, stdout=subprocess.PIPE).stdout
    return shlex.split(printed) + masked.QEMU_LOG


def _guest(name):
    return _packed(name, km.partition("guest", cores=1, memory="16M as 0x40000000",
                                      image=km.BUILD / f"guests/test-{name}.bin"))


def _linux():
    """A whole life of a Linux that says all that it has to say."""
    return _packed("linux", km.partition(
        "linux", cores=1, memory="512M", image=km.IMAGE["linux"], initrd=km.INITRD,
        bootargs="console=ttyAMA0 kumiki.run=off"))


def _functions():
    """A partition with eight functions that begins six times, and stops."""
    functions = {f"card{number}": km.function(f"card{number}", compatible, number, device=device)
                 for number, (compatible, device) in enumerate(FUNCTIONS, start=1)}
    return _packed("functions", km.partition(
        "racer", cores=1, memory="2M at 0x60000000", image=km.BUILD / "guests/dma-racer.bin",
        access=functions, bootargs="racer=6",
        more=['kumiki,keep = "4K at 0x601ff000";', "kumiki,restart-limit = <5 60>;",
              "kumiki,restart-delay = <0>;"]), more="&pcie {\n" + "".join(functions.values()) + "};\n")


def _hostile(seed):
    """The peer, on a core of its own, is there for the doorbells: it ends as it has begun."""
    campaign = hostile.Campaign(seed=seed, operations=OPERATIONS)
    peer = km.partition("peer", cores=2, memory="1M as 0x40000000", image=km.BUILD / "guests/bench-boot.bin")
    bells = "".join(f'b{i} {{ kumiki,from = "peer"; kumiki,to = "hostile"; }};\n' for i in range(DOORBELLS))
    return _packed(campaign.name, hostile.partition(campaign, 1, hostile.ALONE), peer,
                   more="/ { doorbells {\n" + bells + "}; };\n")


def _shared():
    """The hostile guest, one that restarts all the time, two whose PMU and debug registers are at work, and a
    real-time system, on one core."""
    campaign = hostile.Campaign(seed=3, operations=OPERATIONS)
    shared = "kumiki,shared-cores;"
    return _packed(
        "shared", hostile.partition(campaign, 1, 0).replace("kumiki,panel;", f"kumiki,panel; {shared}"),
        km.partition("racer", cores=1, memory="1M as 0x40000000", image=restart.GUEST,
                     more=(restart.KEPT, restart.LIMITED, shared)),
        *[km.partition(name, cores=1, memory="1M as 0x40000000", image=km.GUESTS / "alone-registers.bin",
                       more=(shared,)) for name in ("left", "right")],
        km.partition("beat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=(shared, "kumiki,priority = <200>;")))


def _loaded():
    """A Linux with four CPUs under one load after the other, beside a real-time system on its core."""
    disk = km.BUILD / "tests/bench-masked-loaded.disk"
    with open(disk, "wb") as file:
        file.truncate(64 << 20)
    return _packed(
        "loaded", realtime.linux(1, LOADS, LOAD_MS, access=("virtio_mmio31", "pl061"), more=(ENDS,)),
        realtime.realtime(1000, brief=True),
        devices=[("virtio_mmio31", "virtio-blk-device,drive=disk0",
                  f"-drive if=none,id=disk0,file={disk},format=raw,cache=unsafe")],
        more="/ {\n" + realtime.BELLS + "};\n")


def commands():
    yield _shared()
    yield _loaded()
    yield _linux()
    yield _functions()
    yield from map(_guest, GUESTS)
    yield from map(_hostile, SEEDS)

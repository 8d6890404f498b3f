"""The longest stretch with interrupts masked in the frame (frame.masked.max), over systems that end by themselves. Used by
run.py."""

import collections
import functools
import shlex
import subprocess
import tempfile
from pathlib import Path

import brokers
import gdbstub
import hostile
import kumiki_machine as km
import masked
import physical
import realtime
import restart

SECONDS = 3600  # at most, of each of them: a busy host takes its time
# The guests that try what a guest can do.
GUESTS = ("fault", "gic", "gic_active", "gic_ids", "gic_reset", "hypercall", "idreg", "mmio", "psci", "rtc", "state",
          "timer", "uart", "debug", "pmu")
# One that ends, in eight seconds if nothing is logged. With 1, 2 and 6 to 9 it is in its first life still after half a
# minute, and with 1 after twenty (it stands in Thumb code at EL0): nobody is there who starts it anew.
SEEDS = (5,)
OPERATIONS = 20_000
ENDLESS = 1 << 30
DOORBELLS = 24
# As many PCI functions as a partition can have, and what QEMU has for them.
FUNCTIONS = (("pci1af4,1044", "virtio-rng-pci"), ("pci1b36,0010", "nvme,serial=kumiki"),
             ("pci1b36,000d", "qemu-xhci"), ("pci8086,10d3", "e1000e"),
             *[("pci1af4,1043", "virtio-serial-pci")] * 4)
LOADS = (*(load for load in realtime.LOADS if load != "idle"), "panic")
LOAD_MS = 5  # of each
LIVES = 10  # of one that is started anew for each deadline that it misses
# What the operator types: behind the hot key, so often.
KEYS = ("\x1dc" + "".join(f"{command}\r" for command in (
    "suspend prey", "resume prey", "restart prey", "stop prey", "start prey", "list", "show prey", "power", "cores",
    "log prey all", "trace prey")) * 20).encode()
# (a service, a function that it comes to, how often it fails there)
FAILING = (("warden", "warden_turn", 1), ("console", "console_turn", 6))
NO_CODE = 0x8
ENDS = 'kumiki,restart-limit = <0 1>; kumiki,at-limit = "off";'  # with its first reset, the machine with it


def _packed(name, *partitions, devices=(), more="", keys=None):
    """Packs a system; returns its name, the command that runs it with the frame logged, and what is typed."""
    system = km.description(f"bench-masked-{name}", partitions, devices)
    system.write_text(system.read_text() + more)
    image = km.BUILD / f"tests/bench-masked-{name}.img"
    subprocess.run([km.KUMIKI, "pack", system, "-o", image], check=True, stdout=subprocess.DEVNULL)
    printed = subprocess.run([km.KUMIKI, "run", "--icount", "--print", "--no-pack", image, system],
                             check=True, text=True, stdout=subprocess.PIPE).stdout
    return name, shlex.split(printed) + masked.QEMU_LOG, keys


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


def _small(name, image, priority, *more):
    return km.partition(name, cores=1, memory="1M as 0x40000000", image=km.GUESTS / image,
                        more=(realtime.SHARED, f"kumiki,priority = <{priority}>;", *more))


def _missing(name, priority, *more):
    """Work each 2 ms, of which each tenth misses its deadline of 1 ms."""
    return _small(name, "time-late.bin", priority, "kumiki,period = <2000>;", "kumiki,deadline = <1000>;", *more)


def _restarted(priority, lives=LIVES):
    """The machine ends with its last life."""
    return _missing("late", priority, 'kumiki,on-miss = "restart";', "kumiki,restart-delay = <0>;",
                    f'kumiki,restart-limit = <{lives - 1} 100000>; kumiki,at-limit = "off";')


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


def _promises():
    """Limits, a guarantee, deadlines that are kept and missed, answered in each way, on one core."""
    return _packed(
        "promises", _restarted(120), _missing("told", 110, 'kumiki,on-miss = "tell";'),
        _small("manager", "manager.bin", 150, 'kumiki,manages = "told";'),
        _small("hog", "time-share.bin", 180, "kumiki,budget = <2000 10000>;"),
        _small("flutter", "time-flutter.bin", 170, "kumiki,budget = <1000 10000>;"),
        _small("sure", "time-share.bin", 210, "kumiki,budget = <500 10000>;", 'kumiki,budget-kind = "guarantee";'),
        _small("rest", "time-share.bin", 60),
        _small("beat", "heartbeat.bin", 200, "kumiki,period = <1000>;", "kumiki,deadline = <900>;"))


def _managed():
    """The hostile guest, with a budget and tasks of its own, which its neighbour restarts, stops and suspends; and
    another one by the operator, who types without a pause; on one core."""
    campaign = hostile.Campaign(seed=4, operations=ENDLESS)
    return _packed(
        "managed", _restarted(120), hostile.watcher(campaign, 1, [realtime.SHARED, "kumiki,priority = <150>;"]),
        hostile.partition(campaign, 1, 0, realtime.SHARED, "kumiki,priority = <50>;", "kumiki,task-priority = <10 60>;",
                          "kumiki,budget = <2000 5000>;"),
        _small("prey", "heartbeat.bin", 130), more=hostile.WINDOWS, keys=KEYS)


def _loaded():
    """A Linux with four CPUs under one load after the other, beside a real-time system on its core."""
    disk = km.BUILD / "tests/bench-masked-loaded.disk"
    disk.parent.mkdir(parents=True, exist_ok=True)
    with open(disk, "wb") as file:
        file.truncate(64 << 20)
    return _packed(
        "loaded", realtime.linux(1, LOADS, LOAD_MS, access=("virtio_mmio31", "virtio_mmio30", "pl061"),
                                 more=(ENDS,)),
        realtime.realtime(1000, brief=True),
        devices=[("virtio_mmio31", "virtio-blk-device,drive=disk0",
                  f"-drive if=none,id=disk0,file={disk},format=raw,cache=unsafe"),
                 ("virtio_mmio30", "virtio-net-device,netdev=net0", "-netdev user,id=net0")],
        more="/ {\n" + realtime.BELLS + "};\n")


def _guarded():
    """A Linux with a device whose watcher prevents: it is sealed as it begins, restarts at once, and the machine is off."""
    name, command, keys = _packed(
        "guarded", km.partition("linux", cores=1, memory="256M at 0x60000000", image=km.IMAGE["linux"], initrd=km.INITRD,
                                bootargs="console=ttyAMA0 quiet panic=-1 kumiki.run=reboot", access=["rng"], more=[ENDS]),
        km.partition("watcher", cores=2, memory="56M as 0x40000000", image=km.BUILD / "rtos/prevent.img",
                     more=['kumiki,watches = "linux";', "kumiki,mends;", "kumiki,prevents;"]),
        more="&pcie {\n" + km.function("rng", "pci1af4,1044", 1, device="virtio-rng-pci") + "};\n")
    at = command.index("-cpu") + 1
    return name, [*command[:at], "neoverse-n1", *command[at + 1:]], keys


def _fail(waiting):
    """QEMU's gdbstub leads each service to an address without code, so often."""
    with gdbstub.Stub(waiting.socket.accept()[0]) as stub:
        for service, place, times in FAILING:
            elf = km.SERVICES[service]
            for _ in range(times):
                brokers.arrive(stub, elf, gdbstub.symbols(elf)[place])
                stub.set_register(gdbstub.PC, NO_CODE)
                stub.step()
        stub.ask("D")


def _failing():
    """Services that fail, beside partitions on their core, of which one begins again and again."""
    waiting = physical.Waiting(Path(tempfile.mkdtemp()) / "gdb")
    name, command, keys = _packed("failing", _restarted(120, 60), _small("prey", "heartbeat.bin", 130), keys=KEYS)
    return name, command + waiting.options, keys, functools.partial(_fail, waiting)


def systems():
    """(name, command, what is typed, and what happens beside it, if anything) of each; the longest runs first."""
    yield _loaded()
    yield _guarded()
    yield _promises()
    yield _managed()
    yield from map(_hostile, SEEDS)
    yield _shared()
    yield _linux()
    yield _functions()
    yield _failing()
    yield from map(_guest, GUESTS)


# ---- the figure ----

WAYS = 20  # of the longest stretches it is told how they were gone


def _stretches(name, command, keys, meanwhile=None):
    """Of one system, to its end; says so, as all of them take a quarter of an hour."""
    stretches = masked.measure(command, km.BUILD / "frame/qemu-virt.elf", SECONDS, keys=keys, kind=masked.Once,
                                meanwhile=meanwhile)
    if stretches.cut:
        raise SystemExit(f"bench: {' '.join(command)} didn't end within {SECONDS} s; run it where the host has less to do, or "
                         "raise SECONDS in bench/masked_systems.py")
    lengths = stretches.histogram()
    print(f"masked: {name}: worst {max(lengths, default=0)} of {sum(lengths.values())}", flush=True)
    return stretches


def measure():
    """The longest stretches in the frame, and how they were gone, over everything that is tried."""
    lengths, ways = collections.Counter(), []
    for name, *system in systems():
        stretches = _stretches(name, *system)
        lengths.update(stretches.histogram())
        ways += [{"instructions": length, "times": times, "system": name, "way": way}
                 for (length, way), times in stretches.longest(WAYS)]
    if not lengths:
        raise SystemExit("bench: QEMU logged nothing of the frame")
    ordered = sorted(lengths.elements())
    # Shows: frame.masked.
    yield {"name": "frame.masked.max", "unit": "instructions", "median": ordered[len(ordered) // 2],
           "worst": ordered[-1], "samples": len(ordered),
           "ways": sorted(ways, key=lambda way: -way["instructions"])[:WAYS],
           "what": "a stretch with interrupts masked in the frame, one core: the test guests, the "
                   "hostile one, one with eight PCI functions, a verbose boot of Linux, one that is sealed, a Linux "
                   "with four CPUs under loads beside a real-time system, budgets and deadlines, and partitions that "
                   "a manager and the operator stop, restart and suspend, and services that fail"}

"""What channels cost beside a frame's way (net.packet): from a notice to the broker's look, a broker's crash, a stream, a disk. Used by run.py."""

import re
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path

import disk_requests
import dump
import kumiki_machine as km
import masked
import physical
import test_channels
from brokers import kill_next

NET = km.BUILD / "guests/bench-net.bin"
BROKER = km.BUILD / "service/broker.elf"
NETWORK = """	channels {{
		lan {{
			compatible = "kumiki,network";
			kumiki,ends = "{}", "{}";
		}};
	}};
"""
SAMPLES = 1000  # bench/guest/net.c
ENDS = ('kumiki,restart-limit = <0 1>;', 'kumiki,at-limit = "off";')  # the machine with the sender
SENDER = 1  # its core, and so its broker's
KILLS = 40  # of both partitions' brokers, whichever comes first


def _net(name):
    """Two partitions on a network."""
    system = km.description(name, [
        km.partition("answerer", cores=1, memory="1M as 0x40000000", image=NET),
        km.partition("sender", cores=1 << SENDER, memory="1M as 0x40000000", image=NET,
                     more=('kumiki,after = "answerer";', *ENDS))])
    return km.beside_domains(system, NETWORK.format("sender", "answerer"))


def _of_samples(name, what, samples):
    return {"name": name, "unit": "instructions", "median": statistics.median_high(samples), "worst": max(samples),
            "samples": len(samples), "what": what}


# ---- a notice ----

class Notices(masked.Stretches):
    """Instructions of the frame and of brokers from a trap of the sender's core that is a notice to its broker's look at
    a ring. Ends with the machine."""

    def __init__(self, core, only=None):
        super().__init__(km.BUILD / "frame/qemu-virt.elf", only, whole=True)
        self.core, self.trap = core, self.vectors + 0x400
        self.looks = SENDER if only is None else only
        self.sign = self.symbols.address("ends_write")  # what a notice passes, and no other trap
        broker = masked.Symbols(BROKER)
        text = (broker.address("ring_take"), broker.address("ring_take") + 0x40)
        self.look = next(at for at in sorted(masked.instructions(BROKER, "ldarh")) if text[0] <= at < text[1])
        self.found = []

    def instruction(self, core, pc):
        if self.last and self.last[-1] == pc:  # QEMU logs an access to a device twice
            return
        if pc == self.trap and int(core) == self.core:
            self.last = []
        elif not self.last:
            return
        self.last.append(pc)
        if pc == self.look and int(core) == self.looks:
            if self.sign in self.last:
                self.found.append(len(self.last))
            self.last = []


def _watch(name, stretches, least, *extra):
    """What the stretches find while the guests run."""
    command = km.command_of(_net(name), km.BUILD / f"tests/{name}.img") + [*extra, *masked.QEMU_LOG]
    command[-1] += f",{masked.Symbols(BROKER).address('service_start'):#x}+{masked.TEXT_SIZE:#x}"
    process = subprocess.Popen(["timeout", "300", *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    for line in process.stderr:
        stretches.line(line)
    if process.wait() != 0 or len(stretches.found) < least:
        raise SystemExit(f"bench: {name}: {len(stretches.found)} of {least} seen; status {process.returncode}")
    return stretches.found


def _notify():
    """Of the rounds that are measured; the first notices are of the guest's start."""
    return _of_samples("channel.notify", "a guest's store to its card's QueueNotify to its broker's first look at the ring, on "
                       "the sender's core: frame and broker",
                       _watch("bench-channel-notify", Notices(SENDER), SAMPLES)[-SAMPLES:])


# ---- a broker's crash ----

class Restarts(Notices):
    """Instructions of the frame and of a core's broker from its fault to the next run's first look at a ring."""

    def __init__(self, core):
        super().__init__(core, core)
        self.sign = masked.Symbols(BROKER).address("service_start")


class AllRestarts:
    """Of both cores: whichever broker comes to the place first is killed there, and most often it is the next one, too."""

    def __init__(self):
        self.each = [Restarts(core) for core in (0, SENDER)]

    def line(self, line):
        for each in self.each:
            each.line(line)

    @property
    def found(self):
        return [count for each in self.each for count in each.found]


def _restart():
    name = "bench-broker-restart"
    gdb = km.BUILD / f"tests/{name}.gdb"
    gdb.unlink(missing_ok=True)
    killer = threading.Thread(target=kill_next, args=(gdb, BROKER, masked.Symbols(BROKER).address("receive_deliver"), KILLS))
    killer.start()
    found = _watch(name, AllRestarts(), KILLS // 4, *physical.options(gdb))
    killer.join()
    return _of_samples("broker.restart", "a broker's fault to its next run's first look at a ring, the fault's report included: "
                       "frame and broker", found)


# ---- a stream ----

STREAMS = (2, 10)  # MiB


def _executed(mib):
    """What the frame and the brokers execute from a Linux's pings to the end of the stream that it sends then. QEMU logs
    nothing before: a machine that logs is slow."""
    name = f"bench-channel-stream-{mib}"
    system = km.beside_domains(km.description(name, [
        test_channels.linux("left", 1, 2, mib=mib, by="flow"), test_channels.linux("right", 2)]), NETWORK.format("left", "right"))
    with tempfile.TemporaryDirectory() as folder:
        command = km.command_of(system, km.BUILD / f"tests/{name}.img", dump.arguments(Path(folder) / "monitor"))
        command += [masked.QEMU_LOG[-2], f"{masked.QEMU_LOG[-1]},{masked.Symbols(BROKER).address('service_start'):#x}"
                                         f"+{masked.TEXT_SIZE:#x}"]
        with subprocess.Popen(["timeout", "1200", *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            count = Counted(process.stderr)
            pings = any(b"channel: pings" in line for line in process.stdout)
            with dump.Dump(Path(folder) / "monitor", Path(folder)) as machine:
                machine.monitor("log exec,nochain,in_asm")
            took = any(b"channel: took" in line for line in process.stdout)
            executed = count.value
            process.terminate()
            count.join()
    if not pings or not took:
        raise SystemExit(f"bench: {name}: the stream doesn't arrive")
    return executed


class Counted(threading.Thread):
    """Instructions of QEMU's log, as it comes. QEMU tells of each block's instructions when it translates the block, just
    before it first executes it, and then of the block alone."""

    def __init__(self, log):
        super().__init__()
        self.log, self.value = log, 0
        self.start()

    def run(self):
        sizes, told, executed = {}, 0, 0
        for line in self.log:
            if line.startswith(b"IN:"):
                told = 0
            elif line.startswith(b"0x"):
                told += 1
            elif line.startswith(b"Trace"):
                block = line.split()[2]
                if told != 0:
                    sizes[block], told = told, 0
                executed = sizes[block]
                self.value += executed
            elif line.startswith(b"Stopped"):
                self.value -= executed


def _stream():
    little, much = map(_executed, STREAMS)
    return {"name": "net.stream", "unit": "instructions", "value": round((much - little) / (STREAMS[1] - STREAMS[0])),
            "what": "a MiB of a TCP stream from one Linux to another: what the frame and the brokers execute "
                                        "for it, on all cores"}


# ---- a disk ----

TICK = 16  # instructions
DISK = """	channels {
		disk {
			compatible = "kumiki,disk";
			kumiki,provider = "store";
			kumiki,ends = "linux";
		};
	};
"""


def _served(name):
    """The RTOS has a disk that answers at once, so that the core never rests; a Linux on the same core uses it."""
    shared = "kumiki,shared-cores;"
    system = km.beside_domains(km.description(name, [
        km.partition("store", cores=1, memory="16M as 0x40000000", image=km.RTOS / "store.img",
                     more=["access = <&disk>;", shared]),
        km.partition("linux", cores=1, memory="256M as 0x40000000", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs=disk_requests.BOOTARGS, more=[shared, 'kumiki,after = "store";'])]), DISK)
    km.on_bus(system, [km.function("disk", "pci1af4,1042", 3, device=disk_requests.DISK, arguments=disk_requests.DISK_ARGUMENTS)])
    return km.kumiki(name, system)


def _time_of(machine):
    """Of a request, in the median of the batches: everything that the core does meanwhile."""
    with machine:
        disk_requests.batches_of(machine)
        ticks = [int(count) for count in re.findall(r"requests ticks (\d+)\n", machine.text)]
    return statistics.median(ticks) * TICK / disk_requests.BATCH


def _disk():
    through, own = _time_of(_served("bench-channel-disk")), _time_of(disk_requests.start("bench-channel-disk-own", "256M", True))
    return {"name": "channel.disk.4k", "unit": "instructions", "value": round(through - own), "through": round(through),
            "own": round(own),
            "what": "a Linux's request of 4 KiB, read and written by turns, to a disk that the RTOS provides, less the same to "
                    "a disk of its own: everything that their core does, the disk answers at once"}


def measure():
    yield _notify()
    yield _restart()
    yield _stream()
    yield _disk()

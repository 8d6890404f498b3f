#!/usr/bin/env python3
"""Measures Kumiki beside the bare machine and writes build/bench.json (`make bench`).

Every figure is a count of instructions: QEMU runs with icount, where an instruction takes one
nanosecond of virtual time. It is no model of cycles: caches, TLB misses and barriers cost nothing.
"Bare" is the same guest image on the same machine at EL1, without Kumiki; Linux gets the device
tree there that Kumiki made for it.

  bench/run.py [--only NAME…] [--bare-only] [-o FILE]
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/system"))
import kumiki_machine as km  # noqa: E402
import channels  # noqa: E402
import cost  # noqa: E402
import damaged  # noqa: E402
import dma  # noqa: E402
import frame_swap  # noqa: E402
import hold  # noqa: E402
import masked  # noqa: E402
import mend  # noqa: E402
import power  # noqa: E402
import recover  # noqa: E402
import masked_systems  # noqa: E402
import restart  # noqa: E402
import rtos  # noqa: E402
import rtos_disk_files  # noqa: E402
import rtos_net_stream  # noqa: E402
import rtos_first  # noqa: E402
import sharing  # noqa: E402
import stolen  # noqa: E402
import update  # noqa: E402
import watch  # noqa: E402
import switch  # noqa: E402

GUESTS = km.BUILD / "guests"
DONE = r"bench: done"

# What is measured by a small guest: image, cores, devices of its own, and what its figures mean.
SMALL = {
    "trap": (1, (), {
        "trap.hypercall": "empty Kumiki hypercall, round trip",
        "trap.psci": "PSCI_VERSION, round trip",
        "mmio.gic.ctlr": "read of GICD_CTLR",
        "mmio.gic.isenabler.read": "read of GICD_ISENABLER",
        "mmio.gic.isenabler.write": "write of GICD_ISENABLER",
        "mmio.gic.sgi.enable": "write of GICR_ISENABLER0",
        "mmio.uart.flag": "read of the PL011's flag register",
        "mmio.uart.data": "write of the PL011's data register",
    }),
    "irq": (1, ("pl031",), {
        "irq.timer.spin": "virtual timer's deadline to the first handler instruction, spinning",
        "irq.timer.wfi": "the same, guest in WFI",
        "irq.sgi.self": "SGI to the own CPU to its first handler instruction",
        "irq.spi.spin": "line of a real device (PL031 alarm) to the first handler instruction, "
                        "spinning",
        "irq.spi.wfi": "the same, guest in WFI",
    }),
    "cross": (2, (), {
        "irq.sgi.cross": "SGI to a sleeping CPU: the sender's store to the receiver's first "
                         "handler instruction",
    }),
    "boot": (1, (), {"frame.boot": "reset to the first instruction of a 64 KiB guest"}),
}

# Linux waits for its own ticks (4 ms) here and there, so a boot's time moves by a tick if anything
# at all changes. Each figure is the median of runs that differ a little on both sides.
LINUX_RUNS = 5
# Without it Linux relocates itself where it is given a seed, which the bare machine doesn't give.
LINUX_ARGUMENTS = "console=ttyAMA0 nokaslr"
# A fork takes more instructions at some of a program's random addresses than at others: a whole
# boot's rounds of the load are some tenths of a percent longer or shorter. Fixed addresses, and no
# random stack offset in each system call, leave a few hundredths.
WORK_ARGUMENTS = "quiet norandmaps randomize_kstack_offset=off"
# Boots, and rounds of one boot after the warm-up, by CPUs: so many that the ratio's error is below
# 0.0005. With several CPUs each boot is scheduled in another way.
WORK_RUNS = {1: (5, 800), 4: (12, 240)}
WORK_BATCHES = 10


def parse_figures(text):
    """{name: {"median", "worst", "samples", "histogram": {value: count}}} of a measuring guest's output."""
    figures = {}
    for match in re.finditer(r"FIGURE (\S+) (\d+) (\d+) (\d+)", text):
        figures[match[1]] = {"median": int(match[2]), "worst": int(match[3]), "samples": int(match[4]), "histogram": {}}
    for match in re.finditer(r"HISTOGRAM (\S+)((?: \d+:\d+)+)", text):
        pairs = (pair.split(":") for pair in match[2].split())
        figures[match[1]]["histogram"] = {int(value): int(count) for value, count in pairs}
    return figures


def run_small(guest, cpus, access, under_kumiki):
    image = GUESTS / f"bench-{guest}.bin"
    name = f"bench-{guest}-{'kumiki' if under_kumiki else 'bare'}"
    if under_kumiki:
        system = km.description(name, [km.partition(
            "bench", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=image,
            access=access)])
        machine = km.kumiki(name, system)
    else:
        machine = km.bare(name, image, cpus=cpus)
    with machine:
        machine.expect(DONE, 120)
        return parse_figures(machine.text), machine.command


def measure_small(guest, options):
    cpus, access, meanings = SMALL[guest]
    bare, _ = run_small(guest, cpus, access, False)
    kumiki = {} if options.bare_only else run_small(guest, cpus, access, True)[0]
    for name, what in meanings.items():
        figure = {"name": name, "unit": "instructions", "what": what,
                  "command": f"make bench ONLY={guest}"}
        figure.update(kumiki.get(name, {}))
        if name in bare:
            figure.update(bare_median=bare[name]["median"], bare_worst=bare[name]["worst"])
        if len(figure) > 4:
            yield figure


# ---- Linux ----

def linux_system(name, cpus, memory, bootargs):
    return km.description(name, [km.partition(
        "linux", cores=(1 << cpus) - 1, memory=f"{memory} as 0x40000000",
        image=GUESTS / "bench-linux.bin", initrd=km.INITRD, bootargs=bootargs)])


def device_tree(name, system):
    """The tree that Kumiki makes for the Linux of this system, for the bare machine."""
    image, tree = km.BUILD / f"tests/{name}.img", km.BUILD / f"tests/{name}.dtb"
    subprocess.run([km.KUMIKI, "pack", system, "-o", image], check=True, stdout=subprocess.DEVNULL)
    tree.write_bytes(subprocess.run([km.KUMIKI, "show", "--dtb", "linux", image], check=True,
                                    stdout=subprocess.PIPE).stdout)
    return tree


def start_linux(name, cpus, memory, bootargs, under_kumiki, options):
    if under_kumiki:
        return km.kumiki(name, linux_system(name, cpus, memory, bootargs))
    extra = []
    if not options.bare_only:
        extra = ["-dtb", device_tree(name, linux_system(name, cpus, memory, bootargs))]
    return km.bare(name, GUESTS / "bench-linux.bin", cpus=cpus, memory=memory, initrd=km.INITRD,
                   append=bootargs, extra=extra)


def stamps_of(machine, last):
    """Stamps of one run: {name: virtual counter}, and the counters at Linux's first instruction."""
    machine.expect(rf"stamp {last} \d+\n", 300)
    text = machine.text
    physical, virtual = re.search(r"stamp start (\d+) (\d+)", text).groups()
    stamps = {match[1]: int(match[2]) for match in re.finditer(r"stamp (\S+) (\d+)\n", text)}
    stamps["start"], stamps["offset"] = int(virtual), int(physical) - int(virtual)
    return stamps


def rounds_of(machine, last):
    """The time of each round of the load."""
    machine.expect(rf"stamp {last} \d+\n", 600)
    failed = re.search(r"kumiki-init: work ended.*", machine.text)
    if failed:
        raise SystemExit(f"bench: {machine.log_path}: {failed[0]}; guests/linux/work.c says why")
    return [int(ticks) for ticks in re.findall(r"work round (\d+)\n", machine.text)]


def nanoseconds(ticks):
    return ticks * 16  # the counter of QEMU's machines runs at 62.5 MHz


def measure_linux_pair(name, cpus, bootargs, options, runs=LINUX_RUNS, last="init",
                       read=stamps_of):
    """What `read` finds in all runs: [(bare, Kumiki's or None)]. The two of a pair run side by
    side, which under icount changes nothing in them."""
    pairs = []
    for run in range(runs):
        case = (cpus, f"{512 + 24 * run}M", f"{LINUX_ARGUMENTS} {bootargs}")
        with contextlib.ExitStack() as machines:
            bare = machines.enter_context(start_linux(f"bench-{name}-bare", *case, False, options))
            kumiki = None if options.bare_only else machines.enter_context(
                start_linux(f"bench-{name}-kumiki", *case, True, options))
            pairs.append((read(bare, last), kumiki and read(kumiki, last)))
    return pairs


def value_figure(name, what, only, pairs, value):
    figure = {"name": name, "unit": "instructions", "what": what,
              "command": f"make bench ONLY={only}", "samples": len(pairs),
              "bare": nanoseconds(statistics.median(value(bare) for bare, _ in pairs))}
    if pairs[0][1]:
        ratios = [value(kumiki) / value(bare) for bare, kumiki in pairs]
        figure["value"] = nanoseconds(statistics.median(value(kumiki) for _, kumiki in pairs))
        figure["ratio"] = round(statistics.median(ratios), 5)
        figure["ratios"] = [round(ratio, 5) for ratio in ratios]
    return figure


def measure_boots(options):
    for cpus, suffix in ((1, ""), (4, ".smp4")):
        for quiet, word in ((".quiet", "quiet "), ("", "")):
            name = "boot.linux" + quiet + suffix
            pairs = measure_linux_pair(name, cpus, f"{word}kumiki.run=off -- stamp", options)
            yield value_figure(name, f"Linux's first instruction to its init, {cpus} core(s)"
                               + (", quiet" if quiet else ""), "boots", pairs,
                               lambda s: s["init"] - s["start"])
            if not quiet and cpus == 1:
                yield value_figure("boot.system", "machine reset to Linux's init, checks and "
                                   "layout of images included", "boots", pairs,
                                   lambda s: s["init"] + s["offset"])


def batch_error(rounds):
    """The standard error of the rounds' mean, relative to it. Rounds follow one another's rhythm (a
    tick comes in every third), so it is taken from the means of long stretches."""
    size = len(rounds) // WORK_BATCHES
    batches = [statistics.mean(rounds[at * size:(at + 1) * size]) for at in range(WORK_BATCHES)]
    return statistics.stdev(batches) / WORK_BATCHES ** 0.5 / statistics.mean(rounds)


def ratio_and_error(pairs):
    """Mean of the pairs' ratios, its standard error (the larger of what the scatter between the
    pairs and what the scatter within the runs says), and the ratios."""
    ratios = [statistics.mean(kumiki) / statistics.mean(bare) for bare, kumiki in pairs]
    between = statistics.stdev(ratios) / len(pairs) ** 0.5
    within = sum(batch_error(run) ** 2 for pair in pairs for run in pair) ** 0.5 / len(pairs)
    return statistics.mean(ratios), max(between, within), ratios


def work_figure(name, what, pairs):
    """A mean over all rounds: what interrupts cost falls on some rounds only."""
    figure = {"name": name, "unit": "instructions", "what": what, "command": "make bench ONLY=work",
              "samples": sum(len(bare) for bare, _ in pairs),
              "bare": round(nanoseconds(statistics.mean(t for bare, _ in pairs for t in bare))),
              "bare_worst": nanoseconds(max(t for bare, _ in pairs for t in bare))}
    if pairs[0][1]:
        ratio, error, ratios = ratio_and_error(pairs)
        figure["worst"] = nanoseconds(max(t for _, run in pairs for t in run))
        figure["value"] = round(nanoseconds(statistics.mean(t for _, run in pairs for t in run)))
        figure.update(ratio=round(ratio, 5), error=round(error, 5),
                      ratios=[round(each, 5) for each in ratios])
    return figure


def measure_work(options):
    for cpus, suffix in ((1, ""), (4, ".smp4")):
        # Shows: guests.speed.
        name, (runs, rounds) = "linux.work" + suffix, WORK_RUNS[cpus]
        pairs = measure_linux_pair(
            name, cpus, f"{WORK_ARGUMENTS} kumiki.run=work kumiki.rounds={rounds}", options,
            runs, "work-end", rounds_of)
        if any(len(run) != rounds for pair in pairs for run in pair if run is not None):
            raise SystemExit(f"bench: {name}: some rounds of the load are missing; see {km.LOGS}")
        yield work_figure(name, f"a round of forks and pipes in Linux on {cpus} core(s): a "
                          "pipeline of three processes for each core; mean of all rounds", pairs)


def code_lines(path):
    """Lines with code on them: neither blank nor comment."""
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"),
                  path.read_text(), flags=re.S)
    return sum(1 for line in text.splitlines() if re.sub(r"//.*", "", line).strip())


def frame_sources():
    """What is built into the frame and runs at EL2: its sources, as its objects name them, and its entry."""
    folder = km.BUILD / "frame/every"
    names = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.o"))
    return [km.TOP / "frame/arch/aarch64/head.S", *(km.TOP / name for name in names if (km.TOP / name).exists())]


def measure_sizes(options):
    """The frame's size: of its image, of its sources, in memory."""
    elf = km.BUILD / "frame/qemu-virt.elf"
    if options.bare_only:
        return
    command = "make bench ONLY=sizes"
    sections = subprocess.run(["aarch64-linux-gnu-size", "-A", elf], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    sizes = dict(re.findall(r"^\.(head|text|rodata|start) +(\d+)", sections, re.M))
    stays = sum(int(sizes[name]) for name in ("head", "text", "rodata"))
    services = sum(-(-image.stat().st_size // 4096) * 4096 for image in (km.BUILD / "service").glob("*.bin"))
    yield {"name": "frame.size", "unit": "bytes", "value": stays, "command": command,
           "what": "text and read-only data of what runs at EL2 beside guests"}
    yield {"name": "frame.size.start", "unit": "bytes", "value": int(sizes["start"]),
           "command": command,
           "what": "the same of what runs once, before any guest; unmapped after it"}
    yield {"name": "frame.size.services", "unit": "bytes", "value": services, "command": command,
           "what": "the services' images, which run at EL0, in whole pages"}
    yield {"name": "frame.lines", "unit": "lines", "command": command,
           "value": sum(code_lines(path) for path in frame_sources()),
           "what": "lines of code in the sources that run at EL2, without headers"}
    # Two cores each time, so the difference is a partition's.
    one, two = memory_used("one", [0x2]), memory_used("two", [0x1, 0x2])
    yield {"name": "frame.memory", "unit": "bytes", "value": one, "command": command,
           "what": "working memory in use with two cores and one partition, trace and console "
                   "included"}
    yield {"name": "frame.memory.spare", "unit": "bytes", "value": memory_used("key", [0x2], frame_swap.KEY), "command": command,
           "what": "the same with a key of updates: the other frame has room there"}
    box = 1024 * int(re.search(r"BUNDLE_BLACKBOX_MEMORY +\((\d+) \* 1024\)",
                               (km.TOP / "include/kumiki/bundle.h").read_text())[1])
    yield {"name": "frame.memory.partition", "unit": "bytes", "value": two - one - box,
           "command": command, "what": "what a further partition of one vCPU takes, its console's "
                                       "ring included, its black box not"}
    yield {"name": "frame.memory.blackbox", "unit": "bytes", "value": box, "command": command,
           "what": "a partition's black box"}


def memory_used(name, cores, key=None):
    system = km.description(f"bench-memory-{name}", [km.partition(
        f"bench{mask}", cores=mask, memory="1M as 0x40000000", image=GUESTS / "bench-boot.bin")
        for mask in cores])
    if key:
        system.write_text(system.read_text().replace("/ {", f'/ {{\n\tkumiki,update-key = "{key}";', 1))
    with km.kumiki(f"bench-memory-{name}", system) as machine:
        used = machine.expect(r"kumiki: 0x([0-9a-f]+) bytes of working memory in use", 30)
    return int(used[1], 16)


# ---- interrupts masked ----

WAYS = 20  # of the longest stretches it is told how they were gone


def masked_stretches(system):
    """Of one system, to its end; says so, as all of them take a quarter of an hour."""
    name, command, keys = system
    stretches = masked.measure(command, km.BUILD / "frame/qemu-virt.elf", masked_systems.SECONDS, keys=keys,
                               kind=masked.Once)
    if stretches.cut:
        raise SystemExit(f"bench: {' '.join(command)} didn't end within {masked_systems.SECONDS} s; run it where "
                         "the host has less to do, or raise SECONDS in bench/masked_systems.py")
    lengths = stretches.histogram()
    print(f"masked: {name}: worst {max(lengths, default=0)} of {sum(lengths.values())}", flush=True)
    return name, stretches


def measure_masked(options):
    """The longest stretches in the frame, and how they were gone, over everything that is tried."""
    if options.bare_only:
        return
    lengths = collections.Counter()
    ways = []
    # Instructions are counted, so that one beside the other finds what it finds alone.
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, stretches in pool.map(masked_stretches, masked_systems.systems()):
            lengths.update(stretches.histogram())
            ways += [(length, times, name, way) for (length, way), times in stretches.longest(WAYS)]
    if not lengths:
        raise SystemExit("bench: QEMU logged nothing of the frame")
    ordered = sorted(lengths.elements())
    ways.sort(key=lambda way: -way[0])
    # Shows: frame.masked.
    yield {"name": "frame.masked.max", "unit": "instructions", "median": ordered[len(ordered) // 2],
           "worst": ordered[-1], "samples": len(ordered),
           "ways": [{"instructions": length, "times": times, "system": name, "way": way}
                    for length, times, name, way in ways[:WAYS]],
           "histogram": {str(length): count for length, count in sorted(lengths.items())},
           "command": "make bench ONLY=masked",
           "what": "a stretch with interrupts masked in the frame, one core: the test guests, the "
                   "hostile one, one with eight PCI functions, a verbose boot of Linux, one that is sealed, a Linux "
                   "with four CPUs under loads beside a real-time system, budgets and deadlines, and partitions that "
                   "a manager and the operator stop, restart and suspend"}


def measure_switch(options):
    """From one vCPU to another one on its core, by what led to it."""
    if not options.bare_only:
        yield from switch.figures()


def measure_restart(options):
    """A restart, from the call to the first instruction of the next life; and what others feel."""
    if options.bare_only:
        return
    command = "make bench ONLY=restart"
    for name, text, what in (
            # Shows: life.restart-cost.
            ("restart.small", restart.small(), "of a guest with an image of 64 KiB and 1 MiB"),
            ("restart.linux", restart.linux(), "of as many bytes as a Linux: its Image, 512 MiB")):
        found = parse_figures(text)
        figure = {"name": name, "unit": "instructions", **found[name], "command": command,
                  "what": f"SYSTEM_RESET to the first instruction of the next life, {what}"}
        if "restart.plain" in found:
            figure["plain"] = found["restart.plain"]["median"]
            figure["ratio"] = round(figure["median"] / figure["plain"], 4)
            figure["ratios"] = "a plain copy, CRC and wipe of the same bytes"
        yield figure
    instructions, stretches = restart.sibling()
    yield {"name": "restart.sibling", "unit": "instructions", "value": instructions,
           "samples": stretches, "command": command,
           "what": "for each restart, on a heartbeat's core beside it, in stretches that a message "
                   "began"}


def measure_doorbell(options):
    """Two partitions on two cores; the receiver sleeps."""
    if options.bare_only:
        return
    system = km.description("bench-bell", [
        km.partition(name, cores=cores, memory="1M as 0x40000000", image=GUESTS / "bench-bell.bin",
                     more=more)
        for name, cores, more in (("answerer", 1, ()),
                                  ("ringer", 2, ('kumiki,after = "answerer";',)))])
    km.beside_domains(system, """	windows {
		bell {
			kumiki,size = "4K";
			kumiki,writers = "ringer", "answerer";
			kumiki,doorbells;
		};
	};
""")
    with km.kumiki("bench-bell", system) as machine:
        machine.expect(DONE, 120)
        found = parse_figures(machine.text)["doorbell"]
    # Shows: talk.doorbell-cost.
    yield {"name": "doorbell", "unit": "instructions", **found, "command": "make bench ONLY=doorbell",
           "what": "a partition's call to the first handler instruction of another one, asleep on "
                   "another core"}


def measure_net(options):
    """Two partitions on two cores, on one network; the receiver sleeps."""
    if options.bare_only:
        return
    system = km.description("bench-net", [
        km.partition(name, cores=cores, memory="1M as 0x40000000", image=GUESTS / "bench-net.bin", more=more)
        for name, cores, more in (("answerer", 1, ()), ("sender", 2, ('kumiki,after = "answerer";',)))])
    km.beside_domains(system, """	channels {
		lan {
			compatible = "kumiki,network";
			kumiki,ends = "sender", "answerer";
		};
	};
""")
    with km.kumiki("bench-net", system) as machine:
        machine.expect(DONE, 120)
        found = parse_figures(machine.text)["net.packet"]
    yield {"name": "net.packet", "unit": "instructions", **found, "command": "make bench ONLY=net",
           "what": "a frame of 64 bytes: its sender's notice to the first handler instruction of its receiver, asleep "
                   "on another core"}


def measure_move(options):
    """A vCPU that roams two cores, alone on them, and its manager on a third one."""
    if options.bare_only:
        return
    image = GUESTS / "bench-move.bin"
    system = km.description("bench-move", [
        km.partition("roams", cores=3, memory="1M as 0x40000000", image=image,
                     more=("kumiki,shared-cores;", 'kumiki,vcpu-may-run = "all";', "kumiki,vcpus = <1>;")),
        km.partition("manager", cores=4, memory="1M as 0x40000000", image=image,
                     more=('kumiki,manages = "roams";', 'kumiki,after = "roams";'))])
    with km.kumiki("bench-move", system) as machine:
        machine.expect(DONE, 120)
        found = parse_figures(machine.text)["migrate"]
    # Shows: moves.cost.
    yield {"name": "migrate", "unit": "instructions", **found, "command": "make bench ONLY=move",
           "what": "a vCPU goes from core to core: from its last instruction on the one to its first on the "
                   "other, with what of its manager's call comes at the same time"}


def measure_watchdog(options):
    """What comes between the second signal's deadline and a restart as by SYSTEM_RESET."""
    if options.bare_only:
        return
    bitten = parse_figures(restart.watchdog())["restart.watchdog"]
    called = parse_figures(restart.small())["restart.small"]
    # Shows: life.watchdog.
    yield {"name": "watchdog.detect", "unit": "instructions", "value": bitten["median"] - called["median"],
           "samples": bitten["samples"], "bitten": bitten["median"], "called": called["median"],
           "command": "make bench ONLY=watchdog",
           "what": "how much longer a restart takes from the watchdog's second deadline than from a "
                   "call of SYSTEM_RESET: medians, to the first instruction of the next life"}


# ---- PCI functions ----

CONFIG = {
    "pci.config.read": "read of a real function's header in configuration space",
    "pci.config.capability": "read of the last word of its last capability",
    "pci.config.write": "write of its command register",
    "pci.config.panel.read": "read of the panel's header",
    "pci.config.panel.write": "write of its command register",
}


def measure_config(options):
    if options.bare_only:
        return
    found = parse_figures(dma.config())
    for name, what in CONFIG.items():
        yield {"name": name, "unit": "instructions", "what": what, **found[name], "command": "make bench ONLY=config"}


def measure_update(options):
    if options.bare_only:
        return
    yield {"name": "smmu.update", "unit": "instructions", "value": dma.update(),
           "samples": dma.RESTARTS, "command": "make bench ONLY=update",
           "what": "for each restart of a partition of 1 MiB with one function: its stream closed and "
                   "opened again, each time with what the SMMU had cached forgotten, and awaited"}


def measure_overhead(options):
    """Equal batches of disk requests in a Linux, behind the SMMU and bare without one. A busy host answers
    late, and then timer interrupts fall into the wait: so the least batch of each boot is taken."""
    if options.bare_only:
        return
    pairs = []
    for run in range(dma.RUNS):
        memory = f"{512 + 24 * run}M"
        with contextlib.ExitStack() as machines:
            started = [machines.enter_context(dma.start(f"bench-dma-{side}", memory, under))
                       for side, under in (("bare", False), ("kumiki", True))]
            pairs.append([dma.batches_of(machine) for machine in started])
    if any(len(batches) != dma.BATCHES for pair in pairs for batches in pair):
        raise SystemExit(f"bench: dma.overhead: some batches are missing; see {km.LOGS}")
    ratios = [min(kumiki) / min(bare) for bare, kumiki in pairs]
    bare, kumiki = ([min(pair[side]) / dma.BATCH for pair in pairs] for side in (0, 1))
    yield {"name": "dma.overhead", "unit": "instructions", "value": round(statistics.mean(kumiki)),
           "worst": round(max(kumiki)), "bare": round(statistics.mean(bare)),
           "bare_worst": round(max(bare)), "samples": dma.RUNS * dma.BATCHES,
           "ratio": round(statistics.mean(ratios), 5),
           "error": round(statistics.stdev(ratios) / len(ratios) ** 0.5, 5),
           "ratios": [round(each, 5) for each in ratios], "command": "make bench ONLY=overhead",
           "what": "a 4 KiB request of a Linux to its virtio-blk-pci disk, every second a write: of "
                   f"the least batch of {dma.BATCH} of each boot"}


CASES = {name: (lambda options, name=name: measure_small(name, options)) for name in SMALL}
CASES |= {"boots": measure_boots, "work": measure_work, "sizes": measure_sizes, "masked": measure_masked,
          "switch": measure_switch,
          "restart": measure_restart, "doorbell": measure_doorbell, "net": measure_net, "watchdog": measure_watchdog,
          "channels": channels.measure, "config": measure_config, "update": measure_update, "overhead": measure_overhead,
          "latency": sharing.measure_latency, "flood": sharing.measure_flood,
          "share": lambda options: sharing.measure_share(options, rounds_of),
          "shares": sharing.measure_shares,
          "overcommit": sharing.measure_overcommit,
          "rtos": lambda options: rtos.measure_rtos(options, parse_figures),
          "rtos-masked": rtos.measure_masked,
          "rtos-files": rtos.measure_files,
          "rtos-block": rtos.measure_block,
          "rtos-disk-files": rtos_disk_files.measure,
          "rtos-net": rtos_net_stream.measure,
          "rtos-loading": rtos.measure_loading,
          "rtos-replace": rtos.measure_replace,
          "rtos-restart": rtos.measure_restart,
          "rtos-boot": rtos_first.measure_boot,
          "rtos-crash": rtos_first.measure_crash,
          "steal": stolen.measure_steal, "move": measure_move,
          "power": power.measure_power, "power-latency": power.measure_latency,
          "hold": lambda options: hold.measure(options, parse_figures, device_tree),
          "recover": recover.measure, "update": update.measure,
          "damages": damaged.measure,
          "mend": lambda options: mend.measure(options, parse_figures),
          "watch": watch.measure,
          "cost": cost.measure, "cost-loads": cost.measure_loads, "cost-changes": cost.measure_changes}


def show(figure):
    value = figure.get("median", figure.get("value", "-"))
    worst = f" worst {figure['worst']}" if "worst" in figure else ""
    bare = figure.get("bare_median", figure.get("bare", "-"))
    error = f" ± {figure['error']}" if "error" in figure else ""
    ratio = f" ratio {figure['ratio']}{error} of {figure['ratios']}" if "ratio" in figure else ""
    print(f"{figure['name']:28} {value:>12}{worst}   bare {bare}{ratio}", flush=True)


def write(path, figures):
    """All of them or none: a run may be broken off at any time."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps({"schema": 1, "figures": figures}, indent=1) + "\n")
    beside.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=list(CASES), default=list(CASES))
    parser.add_argument("--bare-only", action="store_true")
    parser.add_argument("-o", default=km.BUILD / "bench.json", type=Path)
    options = parser.parse_args()
    print("Counts of instructions under icount (1 instruction = 1 ns); no model of cycles.")
    old = json.loads(options.o.read_text())["figures"] if options.o.exists() else []
    figures = []
    for case in options.only:
        for figure in CASES[case](options):
            show(figure)
            figures.append(figure)
            old = [other for other in old if other["name"] != figure["name"]]
            write(options.o, old + figures)  # as soon as it is known: the whole takes long
    # Those that weren't asked for stay from an earlier run.
    if set(options.only) == set(CASES):
        write(options.o, figures)
    print(f"written to {options.o}")


if __name__ == "__main__":
    main()

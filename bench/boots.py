"""What Kumiki costs a Linux: its boot, and its work, beside the bare machine. "Bare" is the same image, with the device tree
that Kumiki makes for it. Used by run.py."""

import contextlib
import re
import statistics
import subprocess

import kumiki_machine as km

IMAGE = km.GUESTS / "bench-linux.bin"
# Linux waits for its own ticks (4 ms) here and there, so a boot's time moves by a tick if anything
# at all changes. Each figure is the median of runs that differ a little on both sides.
RUNS = 5
# Without it Linux relocates itself where it is given a seed, which the bare machine doesn't give.
ARGUMENTS = "console=ttyAMA0 nokaslr"
# A fork takes more instructions at some of a program's random addresses than at others: a whole
# boot's rounds of the load are some tenths of a percent longer or shorter. Fixed addresses, and no
# random stack offset in each system call, leave a few hundredths.
WORK_ARGUMENTS = "quiet norandmaps randomize_kstack_offset=off"
# Boots, and rounds of one boot after the warm-up, by CPUs: so many that the ratio's error is below
# 0.0005. With several CPUs each boot is scheduled in another way.
WORK_RUNS = {1: (5, 800), 4: (12, 240)}
WORK_BATCHES = 10


def system_of(name, cpus, memory, bootargs):
    return km.description(name, [km.partition("linux", cores=(1 << cpus) - 1, memory=f"{memory} as 0x40000000", image=IMAGE,
                                              initrd=km.INITRD, bootargs=bootargs)])


def tree_of(name, system):
    """The tree that Kumiki makes for the Linux of this system, for the bare machine."""
    image, tree = km.BUILD / f"tests/{name}.img", km.BUILD / f"tests/{name}.dtb"
    subprocess.run([km.KUMIKI, "pack", system, "-o", image], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([km.KUMIKI, "show", "--dtb", "linux", "-o", tree, image], check=True, stdout=subprocess.DEVNULL)
    return tree


def started(name, cpus, memory, bootargs):
    """(bare, under Kumiki)"""
    bare = km.bare(f"{name}-bare", IMAGE, cpus=cpus, memory=memory, initrd=km.INITRD, append=bootargs,
                   extra=["-dtb", tree_of(f"{name}-bare", system_of(f"{name}-bare", cpus, memory, bootargs))])
    return bare, km.kumiki(name, system_of(name, cpus, memory, bootargs))


def stamps_of(machine):
    """{name: virtual counter} of one run; the counters at Linux's first instruction."""
    machine.expect(r"stamp init \d+\n", 300)
    text = machine.text
    physical, virtual = re.search(r"stamp start (\d+) (\d+)", text).groups()
    stamps = {match[1]: int(match[2]) for match in re.finditer(r"stamp (\S+) (\d+)\n", text)}
    return stamps | {"start": int(virtual), "offset": int(physical) - int(virtual)}


def rounds_of(machine):
    """The time of each round of the load."""
    machine.expect(r"stamp work-end \d+\n", 600)
    failed = re.search(r"kumiki-init: work ended.*", machine.text)
    if failed:
        raise SystemExit(f"bench: {machine.log_path}: {failed[0]}; guests/linux/work.c says why")
    return [int(ticks) for ticks in re.findall(r"work round (\d+)\n", machine.text)]


def nanoseconds(ticks):
    return ticks * 16  # the counter of QEMU's machines runs at 62.5 MHz


def pairs_of(name, cpus, bootargs, read, runs=RUNS):
    """What `read` finds in all runs: [(bare, Kumiki's)]. The two of a pair run side by side, which under icount changes
    nothing in them."""
    pairs = []
    for run in range(runs):
        with contextlib.ExitStack() as machines:
            pair = [machines.enter_context(each)
                    for each in started(f"bench-{name}", cpus, f"{512 + 24 * run}M", f"{ARGUMENTS} {bootargs}")]
            pairs.append([read(machine) for machine in pair])
    return pairs


def _boot(name, what, pairs, value):
    bare, kumiki = ([value(pair[side]) for pair in pairs] for side in (0, 1))
    ratios = [b / a for a, b in zip(bare, kumiki)]
    return {"name": name, "unit": "instructions", "what": what, "samples": len(pairs),
            "bare": nanoseconds(statistics.median(bare)), "value": nanoseconds(statistics.median(kumiki)),
            "ratio": round(statistics.median(ratios), 5), "ratios": [round(ratio, 5) for ratio in ratios]}


def measure_boots():
    said = pairs_of("boot-linux", 1, "kumiki.run=off -- stamp", stamps_of)
    yield _boot("boot.linux", "Linux's first instruction to its init, one core", said, lambda s: s["init"] - s["start"])
    yield _boot("boot.system", "machine reset to Linux's init, checks and layout of images included", said,
                lambda s: s["init"] + s["offset"])
    quiet = pairs_of("boot-linux-quiet", 1, "quiet kumiki.run=off -- stamp", stamps_of)
    yield _boot("boot.linux.quiet", "the same, quiet", quiet, lambda s: s["init"] - s["start"])


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


def measure_work():
    """Means over all rounds: what interrupts cost falls on some rounds only."""
    for cpus, suffix in ((1, ""), (4, ".smp4")):
        # Shows: guests.speed.
        name, (runs, rounds) = "linux.work" + suffix, WORK_RUNS[cpus]
        pairs = pairs_of(name, cpus, f"{WORK_ARGUMENTS} kumiki.run=work kumiki.rounds={rounds}", rounds_of, runs)
        if any(len(run) != rounds for pair in pairs for run in pair):
            raise SystemExit(f"bench: {name}: some rounds of the load are missing; see {km.LOGS}")
        bare, kumiki = ([nanoseconds(ticks) for pair in pairs for ticks in pair[side]] for side in (0, 1))
        ratio, error, ratios = ratio_and_error(pairs)
        yield {"name": name, "unit": "instructions", "samples": len(bare),
               "bare": round(statistics.mean(bare)), "bare_worst": max(bare),
               "value": round(statistics.mean(kumiki)), "worst": max(kumiki),
               "ratio": round(ratio, 5), "error": round(error, 5), "ratios": [round(each, 5) for each in ratios],
               "what": f"a round of forks and pipes in Linux on {cpus} core(s): a pipeline of three processes for each core; "
                       "mean of all rounds"}

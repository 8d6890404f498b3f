"""How late a real-time system's interrupts are on the core that it shares with a Linux under load
(rt.latency.…), and what sharing costs that Linux (linux.share.cost, overcommit.cost). Used by run.py."""

import statistics
import subprocess

import kumiki_machine as km
import realtime
from realtime import SHARED

MS = 50  # of each load
TICKS = 20_000  # on the bare machine
KINDS = {"tick": "the virtual timer's deadline to the handler",
         "line": "a device's line (a virtio network card's) to the handler"}
SHARE_PAIRS, SHARE_ROUNDS, SHARE_TICKS = 3, 500, 1000
PAIRS, PAIR_ROUNDS = 5, 100


# ---- latency ----

def latencies():
    """{(load, kind): (Phase, bare Phase)}."""
    disk = km.BUILD / "tests/bench-realtime.img"
    bare = realtime.bare("bench-realtime-bare", 10000, TICKS, line=True)
    found = realtime.beside("bench-realtime", realtime.LOADS, MS, disk)
    found |= realtime.beside("bench-realtime-panic", ("panic",), MS, disk)
    return {(load, kind): (phase, bare[kind]) for load, kinds in found.items()
            for kind, phase in kinds.items()}


def latency_figure(load, kind, phase, bare):
    if phase.lost or phase.late:
        raise SystemExit(f"bench: rt.latency.{load}: {phase.lost} {kind}s lost, {phase.late} late")
    return {"name": f"rt.latency.{load}" + (".line" if kind == "line" else ""), "unit": "instructions",
            "median": phase.median, "worst": phase.worst, "samples": phase.count,
            "bare_median": bare.median, "bare_worst": bare.worst,
            "histogram": phase.histogram, "command": "make bench ONLY=latency",
            "what": f"{KINDS[kind]}, beside a Linux with four CPUs on the same core; its load: {load}"}


def measure_latency(options):
    if options.bare_only:
        return
    found = latencies()
    for (load, kind), (phase, bare) in found.items():
        yield latency_figure(load, kind, phase, bare)
    (load, kind), (phase, bare) = max(found.items(), key=lambda item: item[1][0].worst)
    yield {"name": "rt.latency.worst", "unit": "instructions", "value": phase.worst, "bare": bare.worst,
           "samples": sum(phase.count for phase, _ in found.values()), "load": f"{load}, {kind}",
           "command": "make bench ONLY=latency", "what": "the worst of all of them"}


# ---- what it costs Linux ----

def _worker(cores, vcpus, rounds, memory="512M"):
    return km.partition(
        "linux", cores=(1 << cores) - 1, memory=memory, image=km.IMAGE["linux"], initrd=km.INITRD,
        bootargs="console=ttyAMA0 quiet nokaslr norandmaps randomize_kstack_offset=off kumiki.run=work "
                 f"kumiki.rounds={rounds}", more=(f"kumiki,vcpus = <{vcpus}>;", SHARED))


def _work(name, partitions, rounds_of, mode):
    with km.kumiki(name, km.description(name, partitions), mode=mode) as machine:
        return sum(rounds_of(machine, "work-end"))


def own_use():
    """Of a core, by the real-time system at 1 kHz, in instructions a second: counted on the bare machine."""
    with km.bare("bench-share-own", realtime.GUEST, append=f"report={SHARE_TICKS} brief=1",
                 extra=["-singlestep", "-d", "exec,nochain", "-D", km.BUILD / "tests/bench-share-own.log"],
                 ) as machine:
        machine.wait_end(120)
    lines = subprocess.run(["grep", "-c", "^Trace", km.BUILD / "tests/bench-share-own.log"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    return int(lines) * 1000 / SHARE_TICKS


def measure_share(options, rounds_of):
    """Boots that differ a little, each alone and beside."""
    if options.bare_only:
        return
    ratios = []
    for pair in range(SHARE_PAIRS):
        worker = _worker(1, 1, SHARE_ROUNDS, f"{512 + 24 * pair}M")
        alone = _work("bench-share-alone", [worker], rounds_of, km.ICOUNT)
        beside = _work("bench-share-beside", [worker, realtime.realtime(1000, brief=True)], rounds_of, km.ICOUNT)
        ratios.append(beside / alone)
    own = own_use() / 1e9
    ratio = statistics.mean(ratios)
    yield {"name": "linux.share.cost", "unit": "of Linux's time", "samples": SHARE_PAIRS * SHARE_ROUNDS,
           "value": round(ratio - 1 - own, 5), "own": round(own, 5), "ratio": round(ratio, 5),
           "error": round(statistics.stdev(ratios) / SHARE_PAIRS ** 0.5, 5),
           "ratios": [round(each, 5) for each in ratios], "command": "make bench ONLY=share",
           "what": "how much longer rounds of forks and pipes take in a Linux that shares its core with a "
                   "real-time system at 1 kHz, less what that system itself runs"}


def measure_overcommit(options, rounds_of):
    """As many pipelines each time, so many at a time as there are CPUs; the two of a pair in turns."""
    if options.bare_only:
        return
    ratios = []
    for _ in range(PAIRS):
        times = [_work(f"bench-overcommit-{vcpus}", [_worker(2, vcpus, PAIR_ROUNDS * 4 // vcpus)], rounds_of,
                       km.THREADS) for vcpus in (4, 2)]
        ratios.append(times[0] / times[1])
    yield {"name": "overcommit.cost", "unit": "of the time with two", "value": round(statistics.median(ratios), 3),
           "ratio": round(statistics.median(ratios), 3), "samples": PAIRS,
           "ratios": [round(ratio, 3) for ratio in ratios],
           "command": "make bench ONLY=overcommit",
           "what": "wall clock of the same forks and pipes in a Linux with four CPUs on two cores, to two on two"}

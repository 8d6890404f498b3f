"""How late a real-time system's interrupts are on the core that it shares with a Linux under load
(rt.latency.…), what sharing costs that Linux (linux.share.cost), and what each of two has (shares.…). Used by run.py."""

import re
import statistics
import subprocess

import boots
import kumiki_machine as km
import realtime
import test_channels
from realtime import SHARED

MS = 300  # of each load
HZ = 9973  # no multiple of Linux's 250: each phase of it is met
TICKS = 20_000  # on the bare machine
# The virtual timer's deadline to its handler; a device's line (a virtio network card's) to its handler; the same while the guest's
# wait is being left for the vCPU that was interrupted, alone or with the other one, whose handler goes first.
KINDS = ("tick", "line", "near", "near-line")
SHARE_PAIRS, SHARE_ROUNDS, SHARE_TICKS = 3, 500, 1000
NET = km.BUILD / "guests/bench-net.bin"
FLOOD_TICKS = 5000


# Two Linuxes with two CPUs each on one core, all busy: what they are promised, and what each CPU is to have of the core.
GUARANTEE = 'kumiki,budget-kind = "guarantee";'
SHARES = {
    "equals": {"more": ((), 1 / 4), "less": ((), 1 / 4)},
    "guarantees": {"more": (("kumiki,budget = <3000 10000>;", GUARANTEE), 2 / 5),
                   "less": (("kumiki,priority = <0>;",), 1 / 10)},
    "limits": {"more": (("kumiki,budget = <3800 10000>;",), 0.38), "less": (("kumiki,budget = <950 10000>;",), 0.095)},
}
SHARE_PIECES = 40  # of the CPU that has least


# ---- latency ----

def latencies():
    """{(load, kind): (Phase, bare Phase)}."""
    disk = km.BUILD / "tests/bench-realtime.img"
    bare = realtime.bare("bench-realtime-bare", HZ, TICKS, line=True)
    found = realtime.beside("bench-realtime", realtime.LOADS, MS, disk, hz=HZ)
    found |= realtime.beside("bench-realtime-panic", ("panic",), MS, disk, hz=HZ)
    return {(load, kind): (phase, bare[kind]) for load, kinds in found.items()
            for kind, phase in kinds.items()}


def _sound(figure, phases):
    if any(phase.lost or phase.late for phase in phases):
        raise SystemExit(f"bench: {figure}: some are lost or late: {phases}")


def by_kind(found):
    """{kind: (load, Phase, bare Phase)} of the worst of each."""
    return {kind: max(((load, *found[load, kind]) for load, each in found if each == kind),
                      key=lambda one: one[1].worst) for kind in KINDS}


def worst_figure(found):
    """What is judged is how much later than on the bare machine what is of the same kind: there a tick is never
    late, and a line may be."""
    kinds = by_kind(found)
    kind, (load, phase, bare) = max(kinds.items(), key=lambda one: one[1][1].worst - one[1][2].worst)
    # Shows: realtime.latency.
    return {"name": "rt.latency.worst", "unit": "instructions", "value": phase.worst, "bare": bare.worst,
            "samples": sum(phase.count for phase, _ in found.values()), "load": f"{load}, {kind}",
            "kinds": {kind: {"worst": phase.worst, "bare": bare.worst, "load": load}
                      for kind, (load, phase, bare) in kinds.items()},
            "what": "the worst of all of them, by what it is later than its kind on the bare machine"}


def flooded(name, ticks, line):
    """Beside a partition that sends packets to everybody on its network without an end, and another one that answers each: all
    on one core, and with `line`, or else with an end of its own on the network. ({kind: Phase}, {partition: packets sent})"""
    told = realtime.arguments(HZ, True) if line else f"hz={HZ} near={realtime.NEAR_NS}"
    path = km.description(name, [
        km.partition("answerer", cores=1, memory="1M as 0x40000000", image=NET, bootargs="flood", more=(SHARED,)),
        km.partition("sender", cores=1, memory="1M as 0x40000000", image=NET, bootargs="flood",
                     more=(SHARED, 'kumiki,after = "answerer";')),
        km.partition("realtime", cores=1, memory="1M at 0x7f000000", image=realtime.GUEST, bootargs=f"{told} report={ticks}",
                     access=("virtio_mmio23",) if line else (),
                     more=(SHARED, "kumiki,priority = <200>;", 'kumiki,after = "sender";'))],
        [realtime.line_device(23)] if line else [])
    ends = ("sender", "answerer") if line else ("sender", "realtime", "answerer")
    km.beside_domains(path, test_channels.network(*ends))
    with km.kumiki(name, path) as machine:
        machine.expect(r"^\[kumiki\] realtime stopped: it turned itself off$", 600)
        found = test_channels.counts(machine, "answerer")
        return realtime.phases(machine.text)[0], {side: found[side]["sent"] for side in ("sender", "answerer")}


def measure_flood():
    bare = realtime.bare("bench-realtime-bare", HZ, TICKS, line=True)
    kinds, packets = {}, 0
    for line in (True, False):
        phases, sent = flooded(f"bench-realtime-flood-{'line' if line else 'end'}", FLOOD_TICKS, line)
        _sound("rt.latency.flood", phases.values())
        if sent["sender"] < FLOOD_TICKS or not sent["answerer"]:
            raise SystemExit(f"bench: rt.latency.flood: no flood: {sent}")
        packets += sum(sent.values())
        for kind, phase in phases.items():
            kinds[kind] = max(kinds.get(kind, phase), phase, key=lambda one: one.worst)
    kind = max(KINDS, key=lambda kind: kinds[kind].worst - bare[kind].worst)
    # Shows: realtime.latency.
    yield {"name": "rt.latency.flood", "unit": "instructions", "value": kinds[kind].worst, "bare": bare[kind].worst,
           "samples": sum(phase.count for phase in kinds.values()), "load": kind, "packets": packets,
           "kinds": {kind: {"worst": kinds[kind].worst, "bare": bare[kind].worst} for kind in KINDS},
           "what": "the worst of all kinds beside a partition that floods a network, and one that answers each packet"}


def measure_latency():
    found = latencies()
    _sound("rt.latency.worst", [phase for phase, _ in found.values()])
    yield worst_figure(found)


# ---- what it costs Linux ----

def _worker(rounds, memory):
    return km.partition(
        "linux", cores=1, memory=memory, image=km.IMAGE["linux"], initrd=km.INITRD,
        bootargs="console=ttyAMA0 quiet nokaslr norandmaps randomize_kstack_offset=off kumiki.run=work "
                 f"kumiki.rounds={rounds}", more=(SHARED,))


def _work(name, partitions):
    with km.kumiki(name, km.description(name, partitions)) as machine:
        return sum(boots.rounds_of(machine))


def own_use():
    """Of a core, by the real-time system at 1 kHz, in instructions a second: counted on the bare machine."""
    with km.bare("bench-share-own", realtime.GUEST, append=f"report={SHARE_TICKS} brief=1",
                 extra=["-singlestep", "-d", "exec,nochain", "-D", km.BUILD / "tests/bench-share-own.log"],
                 ) as machine:
        machine.wait_end(120)
    lines = subprocess.run(["grep", "-c", "^Trace", km.BUILD / "tests/bench-share-own.log"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    return int(lines) * 1000 / SHARE_TICKS


def measure_share():
    """Boots that differ a little, each alone and beside."""
    ratios = []
    for pair in range(SHARE_PAIRS):
        worker = _worker(SHARE_ROUNDS, f"{512 + 24 * pair}M")
        alone = _work("bench-share-alone", [worker])
        beside = _work("bench-share-beside", [worker, realtime.realtime(1000, brief=True)])
        ratios.append(beside / alone)
    own = own_use() / 1e9
    ratio = statistics.mean(ratios)
    yield {"name": "linux.share.cost", "unit": "of Linux's time", "samples": SHARE_PAIRS * SHARE_ROUNDS,
           "value": round(ratio - 1 - own, 5), "own": round(own, 5), "ratio": round(ratio, 5),
           "error": round(statistics.stdev(ratios) / SHARE_PAIRS ** 0.5, 5),
           "ratios": [round(each, 5) for each in ratios],
           "what": "how much longer rounds of forks and pipes take in a Linux that shares its core with a "
                   "real-time system at 1 kHz, less what that system itself runs"}


# ---- what each of two has ----

def _busy(name, cpus, promise=()):
    return km.partition(
        name, cores=1, memory="256M as 0x40000000", image=km.IMAGE["linux"], initrd=km.INITRD,
        bootargs=f"console=ttyAMA0 quiet kumiki.run=pieces kumiki.busy={cpus}",
        more=("kumiki,vcpus = <2>;", SHARED, *promise))


def _speed(text, name, cpu):
    """Pieces a tick, as a slope: a turn that is just over or not makes little of it."""
    whens = [int(when) for when in re.findall(rf"^\[{name}\] piece {cpu} (\d+)$", text, re.MULTILINE)]
    return statistics.linear_regression(whens, range(len(whens))).slope


def _speeds(kind, cpus, linuxes):
    """{(Linux, CPU): speed}, while the slowest did its pieces and all others were busy, too."""
    name = f"bench-shares-{kind}"
    path = km.description(name, [_busy(linux, ",".join(cpus), promise) for linux, promise in linuxes.items()])
    busy = [(linux, cpu) for linux in linuxes for cpu in cpus]
    with km.kumiki(name, path) as machine:
        machine.expect_all([rf"^\[{linux}\] kumiki-init: up" for linux in linuxes], 600)
        machine.send("".join(f"\x1d{number}\r" for number in range(1, 1 + len(linuxes))))
        machine.expect_all([rf"^\[{linux}\] piece {cpu} " for linux, cpu in busy], 600)
        begin = machine.position
        for _ in range(SHARE_PIECES):
            machine.expect_all([rf"^\[{linux}\] piece {cpu} " for linux, cpu in busy], 600)
        text = machine.text[begin:machine.position]
    return {each: _speed(text, *each) for each in busy}


def measure_shares():
    alone = _speeds("alone", ("0",), {"more": ()})["more", "0"]
    for kind, linuxes in SHARES.items():
        speeds = _speeds(kind, ("0", "1"), {linux: promise for linux, (promise, _) in linuxes.items()})
        shares = {f"{linux}.{cpu}": speed / alone for (linux, cpu), speed in speeds.items()}
        apart = [abs(share / linuxes[each[:4]][1] - 1) for each, share in shares.items()]
        # Shows: time.equals.
        yield {"name": f"shares.{kind}", "unit": "of a share", "value": round(max(apart), 4),
               "shares": {each: round(share, 4) for each, share in shares.items()},
               "what": "how far a CPU is from its share of what one does alone, at most: two Linuxes with two CPUs each "
                       "on one core, all busy"}

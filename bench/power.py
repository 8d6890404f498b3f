"""Cores that sleep: how many are on beside a Linux that idles, how long one takes to go off and to come on,
what a day of load costs, and what a policy does to a real-time system's worst latency. Used by run.py."""

import json
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kumiki_machine as km
import realtime
from sessions import console, leave, reachable
from test_power import ANYWHERE, SHARED, answer, operate, settles, shell, system
from test_power_kept import off_shares, off_times

CPUS = 4
ROUNDS = 5
MS = 50  # of each load
TICK = 16  # nanoseconds
WAKES = 100  # bench/guest/wake.c
OFF = re.compile(r"^\[kumiki\] +1 +\w+ +[\d.]+ +[\d.]+ +([\d.]+) ", re.MULTILINE)
SLEPT = re.compile(r"^ +(\d) +[\d.]+ % +[\d.]+ % +[\d.]+ % +off ([\d.]+) % ", re.MULTILINE)
DAY = re.compile(r"day (\w+): (\d+) core-seconds on, (\d+) pieces of work, (\d+) late")
LEFT, GOES = re.compile(r"core (\d) is to be left"), re.compile(r"core (\d) is to go off")
NEED = "console events 0x8"


def ask(link, command):
    done = subprocess.run([km.KUMIKI, "console", "--command", command, link], timeout=300, text=True,
                          capture_output=True, check=True)
    return done.stdout


def events(link, folder):
    """(ns, core, name, words) of what the traces have, by time; of a stretch in which a vCPU runs, "runs". An event that
    has no words has its vCPU's name."""
    subprocess.run([km.KUMIKI, "trace", link, "-o", folder], timeout=120, check=True, capture_output=True)
    found = [(round(event["ts"] * 1000), event["tid"], event["name"] if event["ph"] == "i" else "runs",
              (event["args"]["what"] or event["args"]["context"]) if event["ph"] == "i" else event["name"])
             for event in json.loads((folder / "trace.json").read_text())["traceEvents"] if event["ph"] in "iX"]
    return sorted(found)


def offs(found):
    """(core, to its being told to go, to its being off) from the decision, which is the console service's word to the
    core that it is to be left."""
    left, told = {}, {}
    for time, core, name, words in found:
        if name == "told" and (match := LEFT.match(words)):
            left[int(match[1])] = time
        elif name == "told" and (match := GOES.match(words)):
            told[int(match[1])] = time
        elif name == "core" and words == "goes off" and core in left and core in told:
            begin = left.pop(core)
            yield core, told.pop(core) - begin, time - begin


def ons(found):
    """List, from the console service's hearing that somebody waits in vain: to its word to a core, to that one's
    being on, to a vCPU's going on there."""
    need, told, came, took = None, None, {}, []
    for time, core, name, words in found:
        if name == "mail" and NEED in words:
            need = time
        elif name == "told" and "is to be open" in words:
            told = time
        elif name == "core" and words != "goes off" and need is not None:
            came[core] = time
        elif name == "runs" and core in came and "." in words:
            took.append((told - need, came.pop(core) - need, time - need))
    return took


def figure(name, values, what):
    values = sorted(values)
    if not values:
        raise SystemExit(f"bench: {name}: nothing of it in the trace")
    return {"name": name, "unit": "instructions", "median": values[len(values) // 2], "worst": values[-1],
            "samples": len(values), "what": what}


def quiet_offs(link, folder):
    """Of the cores that go while nobody asks anything, and Linux idles: all take turns on one clock."""
    for command in ("power performance", "top 1", "power balanced", "top 1"):
        ask(link, command)
    return list(offs(events(link, folder)))[1 - CPUS:]


def machine_figures(folder):
    link = folder / "uart"
    path = system("bench-power", [shell()], "balanced")
    with km.kumiki("bench-power", path, mode=km.ICOUNT, links=[link]):
        reachable(link)
        session = console(link)
        session.expect("/ # ")
        leave(session)
        ask(link, "top 2")
        asleep = [float(share) for _, share in SLEPT.findall(ask(link, "top 5"))]
        # Shows: power.off-and-on.
        yield {"name": "idle.cores", "unit": "cores", "value": CPUS - len(asleep), "least_off": min(asleep, default=0),
               "what": "cores on beside a Linux with four CPUs that idles; least_off: per cent of the time that each other one was off"}
        went = [took for number in range(ROUNDS) for took in quiet_offs(link, folder / f"off{number}")]
    # Shows: power.off-and-on.
    yield figure("core.off", [took for *_, took in went], "the console service decides that a core is to go, to its being off, the "
                 "moves of the vCPUs there included; parts: which core, until it is told to go as all were asked to leave, from there to "
                 "its being off") | {"parts": [[core, told, took - told] for core, told, took in went]}


def spins(name):
    """Never waits, and gives an emulator's turn away: a core that comes on beside it isn't kept from running."""
    return km.partition(name, cores=0x3, memory="1M as 0x40000000", image=km.GUESTS / "alone-registers.bin",
                        more=("kumiki,shared-cores;", "kumiki,vcpus = <1>;", ANYWHERE))


def on_figure(folder):
    link, came = folder / "on-uart", []
    path = system("bench-power-on", [spins("one"), spins("two")], "powersave")
    with km.kumiki("bench-power-on", path, mode=km.ICOUNT, links=[link]):
        reachable(link)
        for number in range(ROUNDS):
            while "  1   off" not in ask(link, "power"):
                continue
            ask(link, "power balanced")
            while "  1   on" not in ask(link, "power"):
                continue
            came += ons(events(link, folder / f"on{number}"))[-1:]
            ask(link, "power powersave")
    # Shows: power.by-need.
    return figure("core.on", [took for *_, took in came], "the console service hears that somebody waits in vain, to a "
                  "vCPU's going on on the core that came; parts: to its word to the core, from there to that one's being on, "
                  "from there to the end; the first grows by what it has in hand for the operator") | \
        {"parts": [[told, on - told, took - on] for told, on, took in came]}


def message_figure():
    """The vCPU that is rung sleeps where the ringer is. Its home is a core that is off, which passes the ring on."""
    def side(name, cores, *more):
        return km.partition(name, cores=cores, memory="1M as 0x40000000", image=km.GUESTS / "bench-wake.bin", more=(SHARED, *more))

    path = km.beside_domains(system("bench-power-wake", [
        side("sleeper", 0x3, "kumiki,vcpus = <1>;", "kumiki,vcpu-cores = <1>;", ANYWHERE),
        side("ringer", 0x1, 'kumiki,after = "sleeper";')], "balanced"), """	windows {
		wake { kumiki,size = "4K"; kumiki,writers = "ringer", "sleeper"; kumiki,doorbells; };
	};
""")
    with km.kumiki(path.stem, path) as machine:
        machine.expect("bench: done", 300)
        took = [TICK * int(ticks) for ticks in re.findall(r"wake: (\d+)\n", machine.text)]
        operate(machine)
        off = OFF.search(answer(machine, "power", "(?:about|at most)"))
    # Off before each of them, as it was for most of the half second of each round.
    if len(took) != WAKES or float(off[1]) < 0.25 * WAKES:
        raise SystemExit(f"bench: core.on.message: {len(took)} times, the core was off for {off[1]} s; see {machine.log_path}")
    # Shows: power.by-need.
    return figure("core.on.message", took, "a partition's call to the first handler instruction of another one, whose home is a "
                  "core that is off")


def day_figure():
    said = subprocess.run([km.BUILD / "unit/lib/power_day"], timeout=120, text=True, capture_output=True,
                          check=True, env={"CMOCKA_MESSAGE_OUTPUT": "stdout"}).stdout
    days = {policy: tuple(map(int, rest)) for policy, *rest in DAY.findall(said)}
    # Shows: power.balanced.
    return {"name": "energy.day", "unit": "ratio", "value": round(days["balanced"][0] / days["performance"][0], 3),
            "late": days["balanced"][2],
            "what": "core-seconds on in the day of tests/unit/lib/test_power_day.c, balanced / all on; late: pieces of work"}


# ---- latency ----

POLICIES = ("performance", "balanced", "powersave")
ASLEEP = {0: "on", 1: "off", 2: "off", 3: "off"}


def by_policy(policy, disk):
    """The system of rt.latency.…, all of it on core 0, and one that sleeps and may run on all four cores: so
    three of them are on or off by the policy alone. They go off under `powersave`, while Linux boots: under `balanced`
    one would stay on beside that, for a core that is all busy, until Linux rests."""
    path = realtime.system(f"bench-power-{policy}", 1, 10000, realtime.LOADS, MS, disk, line=True)
    sleeper = km.partition("sleeper", cores=0xF, memory="4M as 0x40000000", image=km.GUESTS / "bad-still.bin",
                           more=(SHARED, "kumiki,vcpus = <1>;", ANYWHERE))
    first = "performance" if policy == "performance" else "powersave"
    path.write_text(path.read_text().replace("/ {", f'/ {{\n\tkumiki,power = "{first}";', 1)
                    .replace("\tdomains {\n", "\tdomains {\n" + sleeper, 1))
    return path


def worst_by_policy(policy, folder):
    """The worst of all loads, whatever came; how many there were; and for which part of the time, from before the first of
    the loads to behind the last one, each other core was off."""
    disk = folder / f"{policy}.img"
    with open(disk, "wb") as file:
        file.truncate(64 << 20)
    path = by_policy(policy, disk)
    with km.kumiki(path.stem, path) as machine:
        operate(machine)
        settles(machine, dict.fromkeys(ASLEEP, "on") if policy == "performance" else ASLEEP, 600)
        answer(machine, f"power {policy}", f"power: {policy}")
        before = off_times(machine)
        if "PHASE" in machine.text:
            raise SystemExit(f"bench: power.latency: the first load had begun when the cores were off; see {machine.log_path}")
        machine.expect(rf"(?s)^\[realtime\] PHASE near-line {len(realtime.LOADS)} .*?^\[realtime\] END\n", 1500)
        off = off_shares(before, off_times(machine))[1:]
        found = [phase for phases in realtime.phases(machine.text) for phase in phases.values()]
    if len(found) != 4 * len(realtime.LOADS) or any(phase.lost or phase.late for phase in found):
        raise SystemExit(f"bench: power.latency: ticks of {policy} are lost, late or missing; see {km.LOGS}")
    if (max(off) > 0) if policy == "performance" else (min(off) < 0.99):
        raise SystemExit(f"bench: power.latency: under {policy} the other cores were off for {off} of the time; see {km.LOGS}")
    return max(phase.worst for phase in found), sum(phase.count for phase in found), min(off)


def measure_latency():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as side_by_side:
        worst = dict(zip(POLICIES, side_by_side.map(worst_by_policy, POLICIES, [Path(folder)] * 3)))
    slowest = max(POLICIES[1:], key=lambda policy: worst[policy][0])
    # Shows: power.latency.
    yield {"name": "power.latency", "unit": "ratio", "value": round(worst[slowest][0] / worst["performance"][0], 3),
           "policy": slowest, "samples": sum(count for _, count, _ in worst.values()),
           "least_off": round(min(worst[policy][2] for policy in POLICIES[1:]), 4),
           "what": "a real-time system's worst latency beside a Linux under each load, both on one core of four, under balanced "
                   "or powersave, the others off / under performance, the others on and asleep; least_off: the part of all loads' time "
                   "for which each other one was off at least"} | \
        {policy: instructions for policy, (instructions, *_) in worst.items()}


def measure_power():
    with tempfile.TemporaryDirectory() as folder:
        yield from machine_figures(Path(folder))
        yield on_figure(Path(folder))
        yield message_figure()
    yield day_figure()

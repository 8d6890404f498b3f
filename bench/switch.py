"""What a switch of vCPUs costs: from the WFI of one to the first instruction of another one on the
same core. Counted in QEMU's log of what runs in the frame, as masked.py does. Used by run.py."""

import collections
import re
import sys

import kumiki_machine as km
import masked
import realtime

GUEST = km.BUILD / "guests/bench-switch.bin"
ROUNDS = 300  # bench/guest/switch.c
WINDOW = """	windows {
		ball {
			kumiki,size = "4K";
			kumiki,writers = "left", "right";
			kumiki,doorbells;
		};
	};
"""
BEATS = 300
LOADS = ("busy", "fork", "timers", "sgi", "panic")  # the machine ends with the last
LOAD_MS = 10  # of each


def _is_switch(way):
    """Begins at a WFI, behind which trap_sync() has another one chosen, and ends in another vCPU: EL1's registers
    change hands."""
    return (re.match(r"trap_vectors:\d+ trap_sync:\d+ turn_choose:", way) is not None
            and "resident_exchange_el1:" in way)


def _ways(system, name, seconds=120):
    """[((instructions, way), times)] of all switches."""
    command = km.command_of(system, km.BUILD / f"tests/{name}.img") + masked.QEMU_LOG
    stretches = masked.measure(command, km.BUILD / "frame/qemu-virt.elf", seconds, whole=True)
    return [(way, times) for way, times in stretches.ways.items() if _is_switch(way[1])]


def _ball(name, left, right, bootargs=None):
    """Two who toss a ball, each of such a priority: who waits leads to the other one."""
    name = f"bench-switch-{name}"
    system = km.description(name, [
        km.partition(side, cores=1, memory="1M as 0x40000000", image=GUEST, bootargs=bootargs,
                     more=("kumiki,shared-cores;", f"kumiki,priority = <{priority}>;", *more))
        for side, priority, more in (("left", left, ()), ("right", right, ('kumiki,after = "left";',)))])
    km.beside_domains(system, WINDOW)
    return _ways(system, name)


def _back():
    """A real-time system's wait leads back to who was interrupted in the middle of anything, never waits, and reads
    its record of stolen time."""
    name = "bench-switch-back"
    system = km.description(name, [
        km.partition("beat", cores=1, memory="1M as 0x40000000", image=realtime.GUEST,
                     bootargs=f"hz=1000 report={BEATS} brief=1", more=(realtime.SHARED, "kumiki,priority = <200>;")),
        km.partition("other", cores=1, memory="1M as 0x40000000", image=km.GUESTS / "time-share.bin",
                     more=(realtime.SHARED,))])
    return _ways(system, name, 25)


def _linux():
    """The same beside a Linux with four CPUs under loads, and that one's own CPUs among each other."""
    name = "bench-switch-linux"
    system = km.description(name, [
        realtime.linux(1, LOADS, LOAD_MS, more=('kumiki,restart-limit = <0 1>; kumiki,at-limit = "off";',)),
        realtime.realtime(1000, brief=True)])
    km.beside_domains(system, realtime.BELLS)
    return _ways(system, name, 600)


CASES = {
    "equal": lambda: _ball("equal", 100, 100),
    "unequal": lambda: _ball("unequal", 100, 110),
    "back": _back,
    "bell": lambda: _ball("bell", 100, 200),
    "lent": lambda: _ball("lent", 100, 100, "lent"),
    "linux": _linux,
}
WHAT = {
    "equal": "of equal priority, who was rung",
    "unequal": "of another priority in its class, who was rung, or rings",
    "back": "from a real-time system back to one of another class, which was interrupted and has a record of stolen time",
    "bell": "of another class, whose message is taken on the way",
    "lent": "of equal priority, both of which count cycles and have a breakpoint's registers at work",
    "linux": "from a real-time system back to a Linux with four CPUs under loads, and from CPU to CPU of that one",
}
SHORT = ("equal", "unequal", "back")


def measure(case):
    """{instructions: how often}, and the ways that were gone."""
    ways = CASES[case]()
    lengths = collections.Counter()
    for (length, _), times in ways:
        lengths[length] += times
    return lengths, ways


def _figure(name, lengths, what):
    ordered = sorted(lengths.elements())
    return {"name": name, "unit": "instructions", "median": ordered[len(ordered) // 2], "worst": ordered[-1],
            "samples": len(ordered), "histogram": {str(length): count for length, count in sorted(lengths.items())},
            "command": "make bench ONLY=switch",
            "what": f"the WFI of a vCPU to the first instruction of another one on its core, {what}"}


def figures():
    together = collections.Counter()
    for case in CASES:
        lengths, _ = measure(case)
        if case in SHORT:
            together += lengths
        # Shows: time.idle-free, realtime.switch.
        yield _figure(f"vcpu.switch.{case}", lengths, WHAT[case])
    yield _figure("vcpu.switch", together,
                  "of those that are neither rung on the way nor have lent registers: equal, unequal, back")


if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        found, gone = measure(case)
        print(case, sorted(found.items()))
        for (length, way), times in sorted(gone, key=lambda each: -each[1])[:4]:
            print(times, length, re.sub(r" ", "\n   ", way))

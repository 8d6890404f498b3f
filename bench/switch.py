"""What a switch of vCPUs costs: from the WFI of one to the first instruction of another one on the
same core. Counted in QEMU's log of what runs in the frame, as masked.py does. Used by run.py."""

import re

import kumiki_machine as km
import masked
import realtime

GUEST = km.BUILD / "guests/bench-switch.bin"
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


def _ball(name, left, right):
    """Two vCPUs that toss a ball, each of such a priority: the wait of one leads to the other."""
    name = f"bench-switch-{name}"
    system = km.description(name, [
        km.partition(side, cores=1, memory="1M as 0x40000000", image=GUEST,
                     more=("kumiki,shared-cores;", f"kumiki,priority = <{priority}>;", *more))
        for side, priority, more in (("left", left, ()), ("right", right, ('kumiki,after = "left";',)))])
    km.beside_domains(system, WINDOW)
    return _ways(system, name)


def _back():
    """A real-time system's wait leads back to a vCPU that was interrupted in the middle of anything, never waits, and reads
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
    "vcpu.switch": ("of equal priority, of another priority in its class, or one of another class that a real-time system "
                    "interrupted", (lambda: _ball("equal", 100, 100), lambda: _ball("unequal", 100, 110), _back)),
    "vcpu.switch.linux": ("from a real-time system back to a Linux with four CPUs under loads, and from CPU to CPU of that one",
                          (_linux,)),
}


def measure():
    # Shows: time.idle-free, realtime.switch.
    for name in ("vcpu.switch", "vcpu.switch.linux"):
        what, systems = CASES[name]
        lengths = sorted(length for each in systems for (length, _), times in each() for _ in range(times))
        yield {"name": name, "unit": "instructions", "median": lengths[len(lengths) // 2], "worst": lengths[-1],
               "samples": len(lengths), "what": f"the WFI of a vCPU to the first instruction of another one on its core, {what}"}

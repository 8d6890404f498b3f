"""What a switch of vCPUs costs: from the WFI of one to the first instruction of another one on the
same core. Counted in QEMU's log of what runs in the frame, as masked.py does. Used by run.py."""

import collections
import re

import kumiki_machine as km
import masked

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


def _is_switch(way):
    """Begins at a WFI, for which trap_sync() calls nobody, and ends in another vCPU: EL1's registers
    change hands."""
    return (re.match(r"trap_vectors:\d+ trap_sync:\d+ trap_return:", way) is not None
            and "resident_exchange_el1:" in way)


def measure(log=None):
    """{instructions: how often}, and the ways that were gone: [((instructions, way), times)]."""
    name = "bench-switch"
    system = km.description(name, [
        km.partition(side, cores=1, memory="1M as 0x40000000", image=GUEST,
                     more=("kumiki,shared-cores;", *more))
        for side, more in (("left", ()), ("right", ('kumiki,after = "left";',)))])
    km.beside_domains(system, WINDOW)
    command = km.command_of(system, km.BUILD / f"tests/{name}.img") + masked.QEMU_LOG
    stretches = masked.measure(command, km.BUILD / "frame/qemu-virt.elf", 120, whole=True)
    ways = [(way, times) for way, times in stretches.ways.items() if _is_switch(way[1])]
    lengths = collections.Counter()
    for (length, _), times in ways:
        lengths[length] += times
    return lengths, ways


if __name__ == "__main__":
    found, gone = measure()
    print(sorted(found.items()))
    for (length, way), times in sorted(gone, key=lambda each: -each[1])[:4]:
        print(times, length, re.sub(r" ", "\n   ", way))

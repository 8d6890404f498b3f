"""Figures that small guests measure themselves: calls, emulated registers, interrupts, doorbells, frames of a network, moves.
Used by run.py."""

import re

import kumiki_machine as km

DONE = r"bench: done"

# Image: cores, devices of its own, and what its figures mean. Each is measured on the bare machine, too.
ALONE = {
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
        "irq.spi.spin": "line of a real device (PL031 alarm) to the first handler instruction, spinning",
        "irq.spi.wfi": "the same, guest in WFI",
    }),
    "cross": (2, (), {
        "irq.sgi.cross": "SGI to a sleeping CPU: the sender's store to the receiver's first handler instruction",
    }),
    "boot": (1, (), {"frame.boot": "reset to the first instruction of a 64 KiB guest"}),
}


def parse_figures(text):
    """{name: {"median", "worst", "samples"}} of a measuring guest's output."""
    return {name: {"median": int(median), "worst": int(worst), "samples": int(samples)}
            for name, median, worst, samples in re.findall(r"FIGURE (\S+) (\d+) (\d+) (\d+)", text)}


def image_of(guest):
    return km.GUESTS / f"bench-{guest}.bin"


def figures_of(machine):
    with machine:
        machine.expect(DONE, 300)
        return parse_figures(machine.text)


def found_in(name, *partitions, more="", top=""):
    """What the guests of such a system tell."""
    system = km.beside_domains(km.description(name, partitions), more)
    system.write_text(system.read_text().replace("/ {", f"/ {{{top}", 1))
    return figures_of(km.kumiki(name, system))


def figure(name, what, found):
    return {"name": name, "unit": "instructions", "what": what, **found}


def measure_alone(guest):
    cpus, access, meanings = ALONE[guest]
    bare = figures_of(km.bare(f"bench-{guest}-bare", image_of(guest), cpus=cpus))
    kumiki = found_in(f"bench-{guest}", km.partition(
        "bench", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=image_of(guest), access=access))
    for name, what in meanings.items():
        beside = {f"bare_{key}": bare[name][key] for key in ("median", "worst") if name in bare}
        yield figure(name, what, kumiki[name] | beside)


def _two(guest, answerer, other, more):
    """Two partitions on two cores; the one that answers sleeps, and starts first."""
    def side(name, cores, *after):
        return km.partition(name, cores=cores, memory="1M as 0x40000000", image=image_of(guest), more=after)

    return found_in(f"bench-{guest}", side(answerer, 1), side(other, 2, f'kumiki,after = "{answerer}";'), more=more)


def measure_doorbell():
    found = _two("bell", "answerer", "ringer", """	windows {
		bell {
			kumiki,size = "4K";
			kumiki,writers = "ringer", "answerer";
			kumiki,doorbells;
		};
	};
""")
    # Shows: talk.doorbell-cost.
    yield {"name": "doorbell", "unit": "instructions", **found["doorbell"],
           "what": "a partition's call to the first handler instruction of another one, asleep on another core"}


def measure_msi():
    """A drive's message, on the partition's own core."""
    system = km.description("bench-msi", [km.partition("bench", cores=0x1, memory="16M as 0x40000000", image=image_of("msi"),
                                                       access=["drive"])])
    km.on_bus(system, [km.function("drive", "pci1b36,0010", 1, device="nvme,serial=kumiki")])
    found = figures_of(km.kumiki("bench-msi", system))
    # Shows: dma.messages.
    yield figure("irq.msi", "a PCI function's message (MSI-X) to the first handler instruction, spinning", found["irq.msi"])


def measure_net():
    found = _two("net", "answerer", "sender", """	channels {
		lan {
			compatible = "kumiki,network";
			kumiki,ends = "sender", "answerer";
		};
	};
""")
    yield figure("net.packet", "a frame of 64 bytes: its sender's notice to the first handler instruction of its receiver, asleep "
                 "on another core", found["net.packet"])


def measure_move():
    """A vCPU that roams two cores, alone on them, and its manager on a third one."""
    found = found_in("bench-move", *(
        km.partition(name, cores=cores, memory="1M as 0x40000000", image=image_of("move"), more=more)
        for name, cores, more in (
            ("roams", 3, ("kumiki,shared-cores;", 'kumiki,vcpu-may-run = "all";', "kumiki,vcpus = <1>;")),
            ("manager", 4, ('kumiki,manages = "roams";', 'kumiki,after = "roams";')))))
    # Shows: moves.cost.
    yield {"name": "migrate", "unit": "instructions", **found["migrate"],
           "what": "a vCPU goes from core to core: from its last instruction on the one to its first on the other, with what of "
                   "its manager's call comes at the same time"}


def measure_mend():
    found = found_in("bench-mend", *(
        km.partition(name, cores=cores, memory="2M as 0x40000000", image=image_of("mend"), more=more)
        for name, cores, more in (
            ("mended", 2, ()),
            ("mender", 4, ('kumiki,watches = "mended";', "kumiki,mends;", 'kumiki,after = "mended";')))))
    # Shows: watch.mends.
    yield figure("mend.pause", "a partition with one vCPU stands still for its watcher's mend of four words: the frame, its loader",
                 found["mend.pause"])


def measure_hold():
    """Two small systems between which a core goes; and what it costs to sleep where loads are looked at."""
    lends = ("kumiki,may-hold = <&cpus 0x2>;",)
    found = found_in("bench-hold", *(
        km.partition(name, cores=cores, memory="1M as 0x40000000", image=image_of("hold"), more=more)
        for name, cores, more in (
            ("giver", 3, ()), ("taker", 4, (*lends, 'kumiki,manages = "giver";', 'kumiki,after = "giver";')))))
    # Shows: cores.cost.
    yield figure("core.move", "a manager's asking for a core, to its own CPU's working there: the frame, and two small systems that "
                 "do nothing else", found["core.move"])
    slept = found_in(
        "bench-hold-wfi",
        km.partition("bench", cores=0x3, memory="16M as 0x40000000", image=image_of("irq"), access=("pl031",)),
        km.partition("taker", cores=0x4, memory="1M as 0x40000000", image=image_of("hold"), more=lends),
        top="kumiki,cores-by-load;")
    yield figure("core.move.wfi", "irq.timer.wfi on a core of its own of a partition that may give another one, under "
                 "kumiki,cores-by-load: WFI traps there", slept["irq.timer.wfi"])

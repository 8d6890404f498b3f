"""What a core's way from one system to another costs: between two small ones (core.move), and from a Linux and
back beside that Linux's own hotplug on the bare machine (core.move.away, core.move.back); and what it costs to sleep
where loads are looked at (core.move.wfi). Used by run.py."""

import contextlib
import re
import statistics

import kumiki_machine as km

GUEST = km.BUILD / "guests/bench-hold.bin"
INITRD = km.BUILD / "guests/initrd-hotplug.cpio"
RUNS, ROUNDS = 5, 40
ARGUMENTS = f"console=ttyAMA0 quiet norandmaps randomize_kstack_offset=off kumiki.run=hotplug kumiki.rounds={ROUNDS}"
TICK = 16  # nanoseconds


def small():
    """The text of two small systems between which a core goes."""
    system = km.description("bench-hold", [
        km.partition("giver", cores=0x3, memory="1M as 0x40000000", image=GUEST),
        km.partition("taker", cores=0x4, memory="1M as 0x40000000", image=GUEST,
                     more=("kumiki,may-hold = <&cpus 0x2>;", 'kumiki,manages = "giver";',
                           'kumiki,after = "giver";'))])
    with km.kumiki("bench-hold", system) as machine:
        machine.expect(r"bench: done", 300)
        return machine.text


def slept():
    """The text of what measures interrupts, in a partition whose load is looked at as it may give a core."""
    system = km.description("bench-hold-wfi", [
        km.partition("bench", cores=0x3, memory="16M as 0x40000000", image=km.BUILD / "guests/bench-irq.bin",
                     access=("pl031",)),
        km.partition("taker", cores=0x4, memory="1M as 0x40000000", image=GUEST,
                     more=("kumiki,may-hold = <&cpus 0x2>;",))])
    system.write_text(system.read_text().replace("/ {", "/ {\n\tkumiki,cores-by-load;", 1))
    with km.kumiki("bench-hold-wfi", system) as machine:
        machine.expect(r"bench: done", 300)
        return machine.text


def linux(name, memory, shares):
    """A Linux with three cores; with a panel, a neighbour that may have the second one, and one that asks for it."""
    panel = ("kumiki,panel;",) if shares else ()
    own = km.partition("linux", cores=0x7, memory=f"{memory} as 0x40000000", image=km.IMAGE["linux"], initrd=INITRD,
                       bootargs=ARGUMENTS + (" kumiki.watch=watch" if shares else ""), more=panel)
    others = [
        km.partition("taker", cores=0x8, memory="1M as 0x40000000", image=GUEST,
                     more=("kumiki,may-hold = <&cpus 0x2>;",)),
        km.partition("asker", cores=0x10, memory="1M as 0x40000000", image=GUEST,
                     more=('kumiki,manages = "linux", "taker";',))]
    return km.description(name, [own, *others] if shares else [own])


def rounds_of(machine):
    """[(away, back)] in ticks of the counter: how long, or when."""
    machine.expect(r"hotplug: done", 60)
    found = [(int(away), int(back)) for away, back in re.findall(r"hotplug: (\d+) (\d+)\n", machine.text)]
    if len(found) != ROUNDS:
        raise SystemExit(f"bench: core.move: {len(found)} rounds; see {machine.log_path}")
    return found


def lengths_of(machine):
    """The same of a Linux whose core is asked for: from the asking to when it was over."""
    found = rounds_of(machine)
    machine.expect(r"ask: \d+\n", 60)  # it says so later than when it asks
    asked = [int(tick) for tick in re.findall(r"ask: (\d+)\n", machine.text)]
    return [tuple(over - max(tick for tick in asked if tick < over) for over in each) for each in found]


def pairs(tree_of):
    """[(bare's rounds, Kumiki's)], each pair with as much memory."""
    for run in range(RUNS):
        memory = f"{256 + 24 * run}M"
        tree = tree_of("bench-hotplug-bare", linux("bench-hotplug-bare", memory, False))
        with contextlib.ExitStack() as machines:
            bare = machines.enter_context(km.bare("bench-hotplug-bare", km.IMAGE["linux"], cpus=3, memory=memory,
                                                  initrd=INITRD, append=ARGUMENTS, extra=["-dtb", tree]))
            kumiki = machines.enter_context(km.kumiki(
                "bench-hotplug-kumiki", linux("bench-hotplug-kumiki", memory, True)))
            yield rounds_of(bare), lengths_of(kumiki)


def figure(name, what, found, side):
    medians = [[TICK * statistics.median(each[side] for each in rounds) for rounds in pair] for pair in found]
    ratios = [kumiki / bare for bare, kumiki in medians]
    bare, kumiki = ([TICK * each[side] for pair in found for each in pair[which]] for which in (0, 1))
    return {"name": name, "unit": "instructions", "median": statistics.median_high(kumiki), "worst": max(kumiki),
            "bare_median": statistics.median_high(bare), "bare_worst": max(bare), "samples": len(kumiki),
            "ratio": round(statistics.median(ratios), 4), "ratios": [round(each, 4) for each in ratios],
            "medians": medians,
            "command": "make bench ONLY=hold", "what": what}


def measure(options, parse_figures, tree_of):
    if options.bare_only:
        return
    # Shows: cores.cost.
    yield {"name": "core.move", "unit": "instructions", **parse_figures(small())["core.move"],
           "command": "make bench ONLY=hold",
           "what": "a manager's asking for a core, to its own CPU's working there: the frame, and two small systems "
                   "that do nothing else"}
    yield {"name": "core.move.wfi", "unit": "instructions", **parse_figures(slept())["irq.timer.wfi"],
           "command": "make bench ONLY=hold",
           "what": "irq.timer.wfi on a core of its own of a partition that may give another one, under kumiki,cores-by-load: "
                   "WFI traps there"}
    found = list(pairs(tree_of))
    yield figure("core.move.away", "a core from a Linux with three: asked for, to the end of its hotplug; bare: its "
                 "hotplug alone, RCU expedited", found, 0)
    yield figure("core.move.back", "and back", found, 1)

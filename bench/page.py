#!/usr/bin/env python3
"""Makes docs/proof/figures.md and its chart from bench/figures.json, the figures of record: what `make figures` took
over of `make bench`. Goals are in bench/goals.txt, other systems' figures in bench/peers.txt.

  bench/page.py [--take BENCH.JSON]     takes that file as the figures of record first

A release's page (VERSION says none "-dev") has figures of one build, or it isn't made.
"""

import argparse
import json
import math
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
RECORD = TOP / "bench/figures.json"
PATHS = TOP / "bench/paths.json"
PAGE = TOP / "docs/proof/figures.md"
CHART = TOP / "docs/proof/figures.svg"
VERSION = (TOP / "VERSION").read_text(encoding="utf-8").strip()
MADE = "<!-- Made by bench/page.py (make docs); change that, or bench/goals.txt. -->\n"

TOP_TEN = {  # figure: what a reader sees in the chart
    "trap.hypercall": "shortest hypercall, round trip",
    "irq.timer.spin": "timer to handler, guest spins",
    "irq.timer.wfi": "timer to handler, guest in WFI",
    "irq.sgi.self": "SGI to the own CPU",
    "irq.sgi.cross": "SGI to a sleeping CPU",
    "doorbell": "doorbell to another partition",
    "mmio.gic.isenabler.read": "read of GICD_ISENABLER",
    "mmio.uart.flag": "read of the emulated UART",
    "ipc.call": "RTOS: call to a server",
    "ipc.reply": "RTOS: its answer",
}

SECTIONS = [  # heading, what its figures' names begin with, what a reader has to know
    ("Calls and interrupts", r"trap\.|mmio\.|irq\.(timer|spi|msi|sgi)|doorbell|net\.packet", ""),
    ("Start, restart and size", r"frame\.|restart\.(small|linux)", ""),
    ("Channels", r"channel\.|broker\.|net\.stream", ""),
    ("Linux in a partition", r"boot\.|linux\.|dma\.",
     "A ratio is Kumiki's number to the bare machine's. The number behind ± is one standard error."),
    ("Several virtual CPUs on a core", r"vcpu\.|migrate|shares\.|rt\.latency\.", ""),
    ("Cores that sleep and move", r"idle\.|core\.|power\.|energy\.", ""),
    ("Watching", r"mend\.|watch\.|watcher\.",
     "`watch.` is measured by the machine's counter. For `watch.cost` the watcher shares the Linux's core, and the time that\n"
     "it takes there is taken off. Prevention is measured on a Neoverse N1."),
    ("The RTOS", r"ipc\.|signal|irq\.thread|kernel\.|(?:file|disk|fs)\.|spawn|replace\.|driver\.|rtos\.|server\.|restart\.failed|net\.rtos",
     "The same image runs bare and in a partition. A goal that says *bare* is for the bare machine; in a partition the "
     "frame's own figure for the same way comes on top."),
]

OPENING = f"""{MADE}
# Figures

This page is for engineers who want to know what Kumiki costs. It shows each figure beside the bare machine,
beside other systems where they were measured in the same way, and beside its goal.

![Ten figures beside Bao, Xen and seL4](figures.svg)

## What is counted

`make bench` measures on QEMU 7.2 with a Cortex-A57 and a GICv3. QEMU counts instructions there, and each takes one
nanosecond of its clock. So a run gives the same figure on every host. A figure is the length of a path. It isn't a
number of cycles: caches, TLB misses and barriers cost nothing here.

*Bare* is the same program on the same machine without Kumiki. The other systems are unmodified, and were
measured in the same QEMU in the same way: Bao (738e3dc), Xen 4.17 dom0less, seL4 (1326364b, its fast path in the best case).
[How they were built and run](../../bench/peers/README.md) is written down; `make bench-peers` measures Xen again. A deadline's
figure of Xen is a whole number of 16 instructions. A number with a unit is the authors' own, of their machine.

What does a count mean in microseconds? seL4's call has 193 instructions here, and takes 406 cycles on a real
Cortex-A57 by its authors' figures: some two cycles for an instruction. At 1.5 GHz 1,000 instructions are then some
1.3 µs. Measure on your own board before you promise anything.

"""


def build_here():
    """The commit that is measured. Sources from an archive have the release's name."""
    told = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.strip()
    return told or VERSION


def read_rows(name):
    lines = (re.sub(r"\s*#.*", "", line) for line in (TOP / "bench" / name).read_text(encoding="utf-8").splitlines())
    return [line.split() for line in lines if line]


def goals():
    """[(figure, which number, bound)]"""
    return [(figure, which, float(bound)) for figure, which, bound in read_rows("goals.txt")]


def peers():
    """{figure: {system: number, or what its authors say}}"""
    found = {}
    for figure, system, *number in read_rows("peers.txt"):
        found.setdefault(figure, {})[system] = int(number[0]) if len(number) == 1 else " ".join(number)
    return found


def record():
    """(the figures by name, the build that was measured last)"""
    told = json.loads(RECORD.read_text(encoding="utf-8"))
    return {figure["name"]: figure for figure in told["figures"]}, told["build"]


def path_record():
    """(what each path touches, by name; the build that it is of)"""
    told = json.loads(PATHS.read_text(encoding="utf-8"))
    return told["paths"], told["build"]


def with_paths(figures, build):
    """The figures, and for all paths one more, as they are of one build."""
    return figures | {"make bench-paths": {"build": build}}


def others_than(build, figures):
    """The figures of other builds."""
    return [name for name, figure in figures.items() if figure["build"] != build]


def refused(build, figures, version=VERSION):
    """The figures for which a release has no page."""
    return [] if version.endswith("-dev") else others_than(build, figures)


def say_build(build, figures):
    if not others_than(build, figures):
        return f"All figures are of one build: `{build}`.\n"
    return (f"The figures are of the build `{build}`. One with a † was measured on another build, as each part of\n`make bench` can "
            "be run alone.\n")


def number_of(figures, name, which):
    """The number of a figure that a goal is about."""
    figure = figures[name]
    if which == "over-bare":
        return figure["value"] - figure["bare"]
    if which == "page":
        further = int(re.search(r"\.(\d+)", name)[1]) - 1
        return (figure["bare_median"] - figures["ipc.pages.1"]["bare_median"]) / further
    if which == "bare":
        return figure.get("bare", figure.get("bare_median"))
    return figure[which.replace("-", "_")]


def missed(figures):
    """[(figure, number, bound)] of goals that don't hold."""
    numbers = ((name, number_of(figures, name, which), bound) for name, which, bound in goals())
    return [(name, number, bound) for name, number, bound in numbers if number > bound]


# ---- the page ----

def say(value):
    return f"{value:,}" if value is not None else "–"


def say_pair(middle, worst):
    if middle is None:
        return f"worst {say(worst)}" if worst is not None else "–"
    return say(middle) + (f" (worst {say(worst)})" if worst is not None and worst != middle else "")


def say_kumiki(figure):
    return say_pair(figure.get("median", figure.get("value")), figure.get("worst"))


def say_bare(figure):
    text = say_pair(figure.get("bare_median", figure.get("bare")), figure.get("bare_worst"))
    if "ratio" in figure:
        error = f" ± {figure['error']}" if "error" in figure else ""
        text = ("" if text == "–" else text + "; ") + f"ratio {figure['ratio']}{error}"
    return text


WHICH = {"median": "", "value": "", "bare": "bare ", "bare-worst": "bare worst ", "page": ""}


def say_goal(name, known):
    return "; ".join(say_bound(which, bound) for figure, which, bound in known if figure == name) or "–"


def say_bound(which, bound):
    number = f"{int(bound) if bound == int(bound) else bound:,}"
    if which == "over-bare":
        return f"≤ bare + {number}"
    return f"{WHICH.get(which, which + ' ')}≤ {number}" + (" for each further page" if which == "page" else "")


def say_row(figure, known, others, build):
    beside = ", ".join(f"{system} {number if isinstance(number, str) else say(number)}" for system, number in others.get(figure["name"], {}).items()) or "–"
    what = figure["what"].replace("|", "/")
    unit = "" if figure["unit"] == "instructions" else f" [{figure['unit']}]"
    earlier = " †" if figure["build"] != build else ""
    return (f"| `{figure['name']}`{earlier} | {what}{unit} | {say_kumiki(figure)} | {say_bare(figure)} | {beside} | "
            f"{say_goal(figure['name'], known)} |")


PATHS_TOLD = """
## What a path touches

An instruction isn't what a real core waits for. `make bench-paths` takes these paths apart: distinct lines of 64 bytes and
pages of 4 KiB, with their code and data; accesses to devices and to system registers; barriers, and TLB operations.

*Hot* and *cold* are cycles by the constants in `bench/paths.py`, which are assumptions for a core like a Cortex-A57. They
count all that is in the table. Cold, each line misses all caches, and each page the TLB. They leave out the guest's own
side, what another core does meanwhile, and the second stage's tables.

| path | instructions | lines of code | lines of data | pages of code | pages of data | devices | system registers | barriers | TLB | hot | cold |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def paths(rows, earlier):
    mark = " †" if earlier else ""
    return PATHS_TOLD + "\n".join(f"| `{name}`{mark} | " + " | ".join(say(number) for number in row.values()) + " |"
                                  for name, row in rows.items())


def page(figures, build):
    known, others, (rows_of_paths, paths_build) = goals(), peers(), path_record()
    parts = [OPENING + say_build(build, with_paths(figures, paths_build))]
    for heading, names, told in SECTIONS:
        rows = [say_row(figure, known, others, build) for name, figure in figures.items() if re.match(names, name)]
        parts.append(f"\n## {heading}\n" + (f"\n{told}\n" if told else ""))
        parts.append("| figure | what | Kumiki | bare | others | goal |\n|---|---|---|---|---|---|\n" + "\n".join(rows))
    parts.append(paths(rows_of_paths, paths_build != build))
    commands = sorted({figure["command"] for figure in figures.values()})
    parts.append("\n## Measuring again\n\n`make bench` measures everything, in an hour on two cores, and writes `build/bench.json`. "
                 "One part alone:\n\n" + "\n".join(f"    {command}" for command in commands) +
                 "\n\n`make figures` takes `build/bench.json` as the figures of record, and makes this page anew.")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)) + "\n"


# ---- the chart ----

WIDTH, LEFT, BAR, LEAST, MOST = 860, 250, 11, 50, 5000
COLOURS = {"Kumiki": "#1f6f5c", "Bao": "#c77d2e", "Xen": "#8a4f9e", "seL4": "#3b6ea8"}


def across(value):
    share = math.log(max(value, LEAST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - 70)


def chart(figures):
    """Bars of instructions, on a logarithmic axis: the shorter, the better."""
    bars, y, others = [], 58, peers()
    for name, told in TOP_TEN.items():
        figure = figures[name]
        own = figure["bare_median"] if name.startswith("ipc.") else figure.get("median", figure.get("value"))
        bars.append(f'<text x="{LEFT - 8}" y="{y + 9}" text-anchor="end">{told}</text>')
        for system, value in {"Kumiki": own, **others.get(name, {})}.items():
            bars.append(f'<rect x="{LEFT}" y="{y}" width="{across(value) - LEFT:.0f}" height="{BAR - 2}" '
                        f'fill="{COLOURS[system]}"/><text x="{across(value) + 4:.0f}" y="{y + 9}">{value:,}</text>')
            y += BAR
        y += 9
    legend = "".join(f'<rect x="{LEFT + 90 * i}" y="34" width="10" height="10" fill="{colour}"/>'
                     f'<text x="{LEFT + 90 * i + 15}" y="43">{system}</text>'
                     for i, (system, colour) in enumerate(COLOURS.items()))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" font-family="sans-serif" '
            f'font-size="11" fill="#222">\n<rect width="100%" height="100%" fill="#fff"/>\n'
            f'<text x="10" y="20" font-size="14">Instructions on the way: fewer is better (logarithmic)</text>\n'
            + legend + "\n" + "\n".join(bars) + "\n</svg>\n")


def take(path):
    """Takes the figures of a bench over. A figure that isn't in it stays, and is of its own build still. The ways of the longest
    stretches stay in build/bench.json."""
    told = json.loads(path.read_text(encoding="utf-8"))
    figures = record()[0] | {figure["name"]: figure for figure in told["figures"]}
    kept = [{key: value for key, value in figure.items() if key != "ways"} for figure in figures.values()]
    RECORD.write_text(json.dumps({"schema": 1, "build": told["build"], "figures": kept}, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--take", type=Path, metavar="BENCH.JSON")
    options = parser.parse_args()
    if options.take:
        take(options.take)
    figures, build = record()
    if wrong := refused(build, with_paths(figures, path_record()[1])):
        sys.exit(f"bench/page.py: a release's figures are of one build; of another one than {build}: {', '.join(wrong)}. Run "
                 "make bench and make figures")
    PAGE.write_text(page(figures, build), encoding="utf-8")
    CHART.write_text(chart(figures), encoding="utf-8")
    for name, number, bound in missed(figures):
        print(f"bench/page.py: {name} is {number:,}, and its goal {bound:,}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What a path through the frame touches, as a real core pays for it: distinct cache lines and pages of code, accesses to
system registers, barriers, TLB operations, loads and stores; and a bound in cycles by the constants below. Writes
bench/paths.json, from which bench/page.py makes a table (`make bench-paths`).

The instructions of a path are those that QEMU logs between the guest's trap and its next instruction; their kinds are
objdump's. The guests are those of `make bench`, so a path is the one that a figure counts: of the ways that are gone often,
the one whose length is the figure's.
"""

import collections
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/system"))
import kumiki_machine as km  # noqa: E402
import masked  # noqa: E402
import small  # noqa: E402

RECORD = km.TOP / "bench/paths.json"
ELF = km.BUILD / "frame/qemu-virt.elf"
GUESTS = {"trap": ("trap.hypercall", "trap.psci", "mmio.gic.ctlr", "mmio.gic.isenabler.read", "mmio.uart.flag"),
          "irq": ("irq.timer.spin", "irq.sgi.self")}
OFTEN, NEAR = 100, 3  # times that a measured path is gone at least; instructions that a figure has besides the frame's
LINE, PAGE = 64, 4096  # bytes

KINDS = {"registers": r"mrs|msr", "barriers": r"dsb|dmb|isb", "tlb": r"tlbi|at", "memory": r"ld\w+|st\w+|cas\w*|swp\w*"}
# Cycles that a bound allows for each. They are assumptions for a core like a Cortex-A57 with memory that answers in 100 ns
# at 1.5 GHz: put your board's in.
INSTRUCTION, REGISTER, BARRIER, TLB, MISS, WALK, CROSSING = 1, 8, 20, 60, 150, 300, 40


def kinds():
    """{address: kind} of the frame's instructions."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", ELF], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for at, mnemonic in re.findall(r"^\s*([0-9a-f]+):\s+(\S+)", text, re.MULTILINE):
        found[int(at, 16)] = next((kind for kind, names in KINDS.items() if re.fullmatch(names, mnemonic)), "other")
    return found


class Paths(masked.Once):
    """Keeps each way from a trap to the guest, by its instructions."""

    def __init__(self):
        super().__init__(ELF, whole=True)
        self.gone = collections.Counter()

    def _count(self, stretch):
        self.gone[tuple(stretch)] += 1


def gone_by(guest, access):
    """(the figures that the guest tells, {instructions: times})"""
    name = f"bench-paths-{guest}"
    system = km.description(name, [km.partition("bench", cores=1, memory="16M as 0x40000000", image=small.image_of(guest),
                                                access=access, more=('kumiki,restart-limit = <0 1>;',))])
    command = km.command_of(system, km.TESTS / f"{name}.img") + masked.QEMU_LOG
    paths, told = Paths(), b""
    with subprocess.Popen([*km.MORTAL, *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            if line.startswith((b"Trace", b"Stopped")):
                paths.line(line)
                continue
            told += line
            if small.DONE.encode() in line:
                break
        process.kill()
    return small.parse_figures(told.decode("utf-8", "replace")), paths.gone


def path_of(figure, gone):
    """The instructions of the path that a figure counts."""
    near = {path: times for path, times in gone.items() if times >= OFTEN and 0 <= figure["median"] - len(path) <= NEAR}
    if not near:
        raise SystemExit(f"bench: no path of {figure['median']} instructions")
    return max(near, key=near.get)


def cost(path, kind_of):
    count = collections.Counter(kind_of[pc] for pc in path)
    found = {"instructions": len(path), "lines": len({pc // LINE for pc in path}), "pages": len({pc // PAGE for pc in path}),
             **{kind: count[kind] for kind in KINDS}}
    found["hot"] = (CROSSING + INSTRUCTION * len(path) + REGISTER * count["registers"] + BARRIER * count["barriers"] +
                    TLB * count["tlb"])
    found["cold"] = found["hot"] + MISS * (found["lines"] + count["memory"]) + WALK * found["pages"]
    return found


def main():
    kind_of, found = kinds(), {}
    for guest, names in GUESTS.items():
        figures, gone = gone_by(guest, small.ALONE[guest][1])
        for name in names:
            found[name] = cost(path_of(figures[name], gone), kind_of)
            print(f"{name:26}", *(f"{key} {value}" for key, value in found[name].items()), flush=True)
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

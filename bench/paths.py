#!/usr/bin/env python3
"""What a path through the frame touches, as a real core pays for it: distinct cache lines and pages of code and of data,
accesses to devices and system registers, barriers and TLB operations; and a bound in cycles by the constants below. Writes
bench/paths.json with the build that it is of; bench/page.py makes a table of it (`make bench-paths`).

The instructions of a path are those that QEMU logs between the guest's trap and its next instruction; their kinds are
objdump's. QEMU logs the general registers, too, and a load's or store's operand says which of them make its address.
The guests are those of `make bench`, so a path is the one that a figure counts: of the ways that are gone often, the
one whose length is the figure's.
"""

import collections
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/system"))
import kumiki_machine as km  # noqa: E402
import masked  # noqa: E402
import page  # noqa: E402
import small  # noqa: E402

RECORD = km.TOP / "bench/paths.json"
ELF = km.BUILD / "frame/qemu-virt.elf"
GUESTS = {"trap": ("trap.hypercall", "trap.psci", "mmio.gic.ctlr", "mmio.gic.isenabler.read", "mmio.uart.flag"),
          "irq": ("irq.timer.spin", "irq.sgi.self")}
OFTEN, NEAR = 100, 3  # times that a measured path is gone at least; instructions that a figure has besides the frame's
LINE, PAGE = 64, 4096  # bytes
DEVICES = range(0x7FFFF00000, 0x8000000000)  # LAYOUT_GICD to LAYOUT_END: devices' registers as the frame sees them
LOG = [word.replace("exec,", "exec,cpu,") for word in masked.QEMU_LOG]

KINDS = {"registers": r"mrs|msr", "barriers": r"dsb|dmb|isb", "tlb": r"tlbi|at"}
MEMORY = re.compile(r"(?:ld|st|cas|swp)\w*\s")
# The second register of a pair may lie in another line. All else is aligned.
PAIR = re.compile(r"(?:ld|st)n?p\w*\s+([wxq])")
PAIR_BYTES = {"w": 4, "x": 8, "q": 16}
# An address: a register, with a number or another register, shifted or extended, added to it. What stands behind the bracket
# is added afterwards.
OPERAND = re.compile(r"\[(\w+)(?:, (?:#(-?\w+)|([wx]\w+)(?:, (\w+)(?: #(\d+))?)?))?\]")
REGISTER_LOGGED = re.compile(rb"([XS][P\d]\d?)=([0-9a-f]{16})")
# Cycles that a bound allows for each. They are assumptions for a core like a Cortex-A57 with memory that answers in 100 ns
# at 1.5 GHz: put your board's in.
INSTRUCTION, REGISTER, BARRIER, TLB, DEVICE, MISS, WALK, CROSSING = 1, 8, 20, 60, 150, 150, 300, 40


def code():
    """({address: kind}, {address: the instruction, of a load or store}) of the frame's instructions."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", ELF], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    kind_of, operands = {}, {}
    for at, instruction in re.findall(r"^\s*([0-9a-f]+):\s+(\S.*)", text, re.MULTILINE):
        mnemonic = instruction.split()[0]
        kind_of[int(at, 16)] = next((kind for kind, names in KINDS.items() if re.fullmatch(names, mnemonic)), "other")
        if MEMORY.match(instruction):
            operands[int(at, 16)] = instruction
    return kind_of, operands


def address(operands, registers):
    """Where a load or store goes, by {"x0": value, …, "sp": value}."""
    base, number, index, extended, shift = OPERAND.search(operands).groups()
    if index is None:
        return registers[base] + int(number or "0", 0)
    value = 0 if index.endswith("zr") else registers["x" + index[1:]] & (2**64 - 1 if index[0] == "x" else 2**32 - 1)
    if extended == "sxtw" and value >> 31:
        value -= 1 << 32
    return registers[base] + (value << int(shift or "0"))


class Paths(masked.Once):
    """Keeps each way from a trap to the guest, by its instructions, with how often it is gone, and the addresses of data that
    it touches. QEMU logs an instruction's registers behind it."""

    def __init__(self, operands):
        super().__init__(ELF, whole=True)
        self.operands, self.pc, self.logged = operands, None, []
        # By the instruction's place on the way: QEMU logs some instructions twice.
        self.touched, self.gone, self.data = {}, collections.Counter(), {}

    def line(self, line):
        if line.startswith((b"Trace", b"Stopped")):
            self._settle()
            super().line(line)
        else:
            self.logged.append(line)

    def _settle(self):
        operands = self.operands.get(self.pc, "")
        if "[" in operands:
            told = REGISTER_LOGGED.findall(b"".join(self.logged))
            at = address(operands, {re.sub("x0(?=.)", "x", name.decode().lower()): int(value, 16) for name, value in told})
            pair = PAIR.match(operands)
            self.touched[len(self.last)] = [at, at + PAIR_BYTES[pair[1]]] if pair else [at]
        self.pc, self.logged = None, []

    def instruction(self, core, pc):
        if 0x400 <= pc - self.vectors < 0x800 and pc % 0x80 == 0:
            self.touched = {}
        if core in self.open or pc % 0x80 == 0:
            self.pc = pc
        super().instruction(core, pc)

    def _count(self, stretch):
        self.gone[tuple(stretch)] += 1
        self.data[tuple(stretch)] = [at for each in self.touched.values() for at in each]


def _until_done(process, told):
    for line in process.stdout:
        told.append(line)
        if small.DONE.encode() in line:
            process.kill()


def gone_by(guest, access, operands):
    """(the figures that the guest tells, its paths)"""
    name = f"bench-paths-{guest}"
    system = km.description(name, [km.partition("bench", cores=1, memory="16M as 0x40000000", image=small.image_of(guest),
                                                access=access, more=('kumiki,restart-limit = <0 1>;',))])
    command = km.command_of(system, km.TESTS / f"{name}.img") + LOG
    paths, told = Paths(operands), []
    with subprocess.Popen([*km.MORTAL, *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        reader = threading.Thread(target=_until_done, args=(process, told))
        reader.start()
        for line in process.stderr:
            paths.line(line)
        reader.join()
    return small.parse_figures(b"".join(told).decode("utf-8", "replace")), paths


def path_of(figure, gone):
    """The instructions of the path that a figure counts."""
    near = {path: times for path, times in gone.items() if times >= OFTEN and 0 <= figure["median"] - len(path) <= NEAR}
    if not near:
        raise SystemExit(f"bench: no path of {figure['median']} instructions")
    return max(near, key=near.get)


def cost(path, touched, kind_of):
    """What a path of instructions costs that touches these addresses of data."""
    count = collections.Counter(kind_of[pc] for pc in path)
    data = [at for at in touched if at not in DEVICES]
    found = {"instructions": len(path), "lines": len({pc // LINE for pc in path}), "data": len({at // LINE for at in data}),
             "pages": len({at // PAGE for at in path}), "data_pages": len({at // PAGE for at in touched}),
             "devices": len(touched) - len(data), **{kind: count[kind] for kind in KINDS}}
    found["hot"] = (CROSSING + INSTRUCTION * len(path) + REGISTER * count["registers"] + BARRIER * count["barriers"] +
                    TLB * count["tlb"] + DEVICE * found["devices"])
    found["cold"] = (found["hot"] + MISS * (found["lines"] + found["data"]) +
                     WALK * (found["pages"] + found["data_pages"]))
    return found


def main():
    build, (kind_of, operands), found = page.build_here(), code(), {}
    for guest, names in GUESTS.items():
        figures, paths = gone_by(guest, small.ALONE[guest][1], operands)
        for name in names:
            path = path_of(figures[name], paths.gone)
            found[name] = cost(path, paths.data[path], kind_of)
            print(f"{name:26}", *(f"{key} {value}" for key, value in found[name].items()), flush=True)
    RECORD.write_text(json.dumps({"schema": 1, "build": build, "paths": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How long the frame runs with interrupts masked: every way through EL2, instruction by instruction.

While the frame runs, no interrupt is taken but its own timer's; another one that comes is put off. So
a stretch is what lies between a vector and the ERET behind it, with such an interrupt of the frame
itself. QEMU logs each instruction in the frame's address range; the log is read as it comes and
nothing is kept but counts. A core that sleeps in the frame takes an interrupt at once: the
stretch ends at its WFI, and what it was woken for is the next one. So it is where the frame looks
for an interrupt itself (ISR_EL1), if there is none, or if it takes one next. What it finds there and
leaves for later waits on: such a look ends nothing.
"""

import bisect
import collections
import concurrent.futures
import re
import subprocess
import tempfile

FRAME = 0x7FFF200000  # LAYOUT_TEXT
RTOS_KERNEL = 0xFFFFFFC000000000  # the same of rtos/kernel, at EL1
TEXT_SIZE = 0x200000


def log_of(text):
    """Must stand before -kernel's system on QEMU's command line; the log goes to a pipe."""
    return ["-singlestep", "-d", "exec,nochain", "-dfilter", f"{text:#x}+{TEXT_SIZE:#x}"]


QEMU_LOG = log_of(FRAME)
LINE = re.compile(rb"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/")
# QEMU told of it too early: the core's turn is over before it, and it is told of again.
NOT_YET = re.compile(rb"Stopped execution of TB chain before \S+ \[([0-9a-f]+)\]")


class Symbols:
    """Functions of an ELF file (or symbols of other kinds), by address."""

    def __init__(self, elf, kinds="tT"):
        lines = subprocess.run(["aarch64-linux-gnu-nm", "-n", elf], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines()
        pairs = [line.split() for line in lines]
        self.found = [(int(p[0], 16), p[2]) for p in pairs
                      if len(p) == 3 and p[1] in kinds and not p[2].startswith("$")]
        self.addresses = [address for address, _ in self.found]

    def address(self, name):
        return next(address for address, found in self.found if found == name)

    def name(self, pc):
        return self.found[bisect.bisect_right(self.addresses, pc) - 1][1]


def instructions(elf, mnemonic):
    """Addresses of an instruction in the frame's text."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", elf], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return {int(match[1], 16) for match in
            re.finditer(rf"^\s*([0-9a-f]+):\s+[0-9a-f]{{8}}\s+{mnemonic}\b", text, re.MULTILINE)}


LOOK = re.compile(r"\bmrs\s+x(\d+), isr_el1\b")
BRANCH = re.compile(r"\b(tbz|tbnz|cbz|cbnz)\s+[wx](\d+),(?: #\d+,)? ([0-9a-f]+)")
BRANCH_NEAR = 4  # instructions from a look to the branch on what it found


def looks(elf):
    """{address of a branch on what is pending (ISR_EL1): where it goes if something is}, as the log has no
    registers; and the addresses of the looks themselves."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    code = [(int(match[1], 16), match[2]) for match in
            re.finditer(r"^\s*([0-9a-f]+):\s+(.*)", text, re.MULTILINE)]
    branches, found = {}, set()
    for at, (address, instruction) in enumerate(code):
        if not (look := LOOK.search(instruction)):
            continue
        behind = ((pc, BRANCH.search(each)) for pc, each in code[at + 1:at + 1 + BRANCH_NEAR])
        pc, branch = next(((pc, branch) for pc, branch in behind if branch and branch[2] == look[1]), (0, None))
        if branch is None:
            raise SystemExit(f"bench: no branch on ISR_EL1 behind {address:#x}")
        found.add(address)
        branches[pc] = int(branch[3], 16) if branch[1].endswith("nz") else pc + 4
    return branches, found


class Stretches:
    """Takes QEMU's log line by line; keeps how often each way was gone, and its length."""

    def __init__(self, elf, only=None, whole=False, apart=()):
        self.only = only  # a core's number, as QEMU logs it; None: all cores
        self.apart = apart  # instructions that don't count: where a core waits for another one
        self.waited = 0  # stretches with any of them
        self.symbols = Symbols(elf)
        self.vectors = self.symbols.address("vectors")
        self.sleeps = instructions(elf, "wfi")
        self.ends = instructions(elf, "eret") | self.sleeps
        # A way from a trap to the guest is in one piece.
        self.branches, self.looks = ({}, set()) if whole else looks(elf)
        self.takes = instructions(elf, r"mrs\s+x\d+, icc_iar1_el1")
        self.own = self.vectors + 0x280  # an interrupt of the frame itself
        self.within = set()  # cores that are in one
        self.open = {}
        self.last = []  # the stretch of the last instruction told of
        self.ways = collections.Counter()

    def line(self, line):
        match = LINE.match(line)
        if not match:
            self._take_back(NOT_YET.match(line))
            return
        core, pc = match[1], int(match[2], 16)
        if self.only is None or int(core) == self.only:
            self.instruction(core, pc)

    def instruction(self, core, pc):
        if 0x400 <= pc - self.vectors < 0x800 and pc % 0x80 == 0:
            self.open[core] = []
        stretch = self.open.get(core)
        if stretch is None:
            return
        stretch.append(pc)
        self.last = stretch
        if pc == self.own:
            self.within.add(core)
        elif core in self.within and pc in self.ends:
            self.within.remove(core)
        elif pc in self.ends:
            for part in self._parts(self.open.pop(core)):
                self._count(part)
        if pc in self.sleeps:
            self.open[core] = []

    def _take_back(self, stopped):
        if stopped and self.last and self.last[-1] == int(stopped[1], 16):
            self.last.pop()

    def _parts(self, stretch):
        """What lies between the looks that end something."""
        begin, look = 0, None
        for at, pc in enumerate(stretch):
            if pc in self.looks:
                look = at
            elif look is not None and (pc in self.takes or
                                       pc != self.branches.get(stretch[at - 1], pc)):
                yield stretch[begin:look + 1]
                begin, look = look + 1, None
        yield stretch[begin:]

    def _count(self, stretch):
        length = len(stretch)
        stretch = [pc for pc in stretch if pc not in self.apart]
        self.waited += len(stretch) < length
        functions = collections.Counter(self.symbols.name(pc) for pc in stretch)
        way = " ".join(f"{name}:{count}" for name, count in functions.items())
        self.ways[len(stretch), way] += 1

    def longest(self, count=1):
        return sorted(self.ways.items(), key=lambda item: -item[0][0])[:count]

    def histogram(self):
        lengths = collections.Counter()
        for (length, _), times in self.ways.items():
            lengths[length] += times
        return dict(sorted(lengths.items()))


JUMP_TO_ITSELF = re.compile(r"^\s*([0-9a-f]+):\s+(?:b|b\.\w+|cbn?z|tbn?z)\s(?:.*\s)?\1\b", re.MULTILINE)


class Once(Stretches):
    """The same, each instruction once. QEMU logs one that accesses a device twice, as it begins that
    one's block anew; so what follows itself at once isn't another one, where none jumps to itself."""

    def __init__(self, elf, **arguments):
        super().__init__(elf, **arguments)
        text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        if match := JUMP_TO_ITSELF.search(text):
            raise SystemExit(f"bench: {match[0].strip()} jumps to itself")

    def instruction(self, core, pc):
        stretch = self.open.get(core)
        if not stretch or stretch[-1] != pc:
            super().instruction(core, pc)


def measure(command, elf, seconds, whole=False, apart=(), keys=None, kind=Stretches, meanwhile=None):
    """Runs QEMU with the frame's instructions logged to its standard error, until it ends, or is `cut`, by
    its time or by somebody; `keys` are typed to it, as fast as it takes them; `meanwhile` is called as it begins."""
    stretches = kind(elf, whole=whole, apart=apart)
    with tempfile.TemporaryFile() as typed:
        typed.write(keys or b"")
        typed.seek(0)
        process = subprocess.Popen(["timeout", str(seconds), *map(str, command)],
                                   stdin=typed if keys else subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        beside = pool.submit(meanwhile) if meanwhile else None
        for line in process.stderr:
            stretches.line(line)
        stretches.cut = process.wait() != 0
        if beside:
            beside.result()
    return stretches

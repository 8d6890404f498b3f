"""How long a CPU waits for the lock of the RTOS's kernel: in instructions that the others do with the lock in
the meantime, in one log of all CPUs. They take turns under icount, so how long the wait is by the clock says
nothing; but whoever has the lock when its turn is over is found with it by the others, and what it does until it
lets go, and what those in front of them in the queue do, is what they would wait for on CPUs of their own."""

import collections

import masked


class Waits(masked.Stretches):
    """Stretches with interrupts masked, and waits for the lock (rtos/kernel/arch/aarch64/include/machine/lock.h)."""

    def __init__(self, elf, **arguments):
        super().__init__(elf, **arguments)
        tries = masked.instructions(elf, "ldaxrh")
        self.tickets = {pc - 60 for pc in tries}
        self.turns = {pc + 12 for pc in tries}
        self.releases = masked.instructions(elf, "stlrh")
        if not tries or not self.tickets <= masked.instructions(elf, "stxr"):
            raise SystemExit("bench: the kernel's lock isn't what bench/lock.py knows")
        self.holder = None
        self.since = {}  # core that waits: how much of `held` was before
        self.held = []  # what is done with the lock while somebody waits
        self.waits = collections.Counter()
        self.longest_wait = (0, "")

    def instruction(self, core, pc):
        if self.holder == core and self.since:
            self.held.append(pc)
        if pc in self.tickets:
            self.since[core] = len(self.held)
        elif pc in self.turns and core in self.since:
            self._turn(core)
        elif pc in self.releases:
            self.holder = None
        super().instruction(core, pc)

    def _turn(self, core):
        held = self.held[self.since.pop(core):]
        self.holder = core
        self.waits[len(held)] += 1
        if len(held) > self.longest_wait[0]:
            functions = collections.Counter(self.symbols.name(pc) for pc in held)
            self.longest_wait = (len(held), " ".join(f"{name}:{count}" for name, count in functions.items()))
        if not self.since:
            self.held = []
